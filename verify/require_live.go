package verify

import (
	"context"
	"time"

	"github.com/maskinporten-go/maskinporten"
)

// AccessChecker says whether a consumer may still use a scope.
// [maskinporten.Client].Access is one.
type AccessChecker interface {
	Has(ctx context.Context, scope string, consumer maskinporten.OrgNo) (bool, error)
}

const maxAccessLife = time.Hour

// RequireLiveAccess asks whether the consumer still has access to the scope,
// since tokens outlive a revoke. Answers are kept for as long as life says
// (at most an hour), and while there is no new one, for ten times as long;
// after that requests are refused with 503. A request waits five seconds for an
// answer, at most. Where several scopes are required
// each must still be there, and where any of them will do, one that the token
// has.
//
// It is for scopes that are given by grant: of a scope that is accessible for
// all, and of the owner itself, nobody has an access to find. European
// organisations, which have none either, are refused.
//
// Use one Requirement on all routes: it holds the answers.
func RequireLiveAccess(checker AccessChecker, life time.Duration) Requirement {
	if checker == nil || life <= 0 || life > maxAccessLife {
		return impossible("RequireLiveAccess: give a checker, and a life of at most an hour")
	}
	l := &liveAccess{answers[accessKey, bool]{life: life, ask: func(ctx context.Context, key accessKey) (bool, error) {
		return checker.Has(ctx, key.scope, key.consumer)
	}}}
	return Requirement{check: l.check, last: lastLiveAccess, needsScope: true}
}

// liveAccess has the answers of a checker.
type liveAccess struct{ answers answers[accessKey, bool] }

type accessKey struct {
	scope    string
	consumer maskinporten.OrgNo
}

func (l *liveAccess) check(q *question) error {
	if q.claims.Consumer.OrgNo == "" {
		return refuse(ReasonAccess)
	}
	var unanswered error
	for _, scope := range q.scope.held(q.claims) {
		allowed, err := l.answers.get(q.ctx, q.now, accessKey{scope, q.claims.Consumer.OrgNo})
		if err != nil {
			unanswered = err
			continue
		}
		if allowed != q.scope.all { // one that is there is enough, or one that isn't too little
			return accessDecision(allowed)
		}
	}
	if unanswered != nil {
		return refuseBecause(ReasonAccessUnknown, unanswered)
	}
	return accessDecision(q.scope.all) // all are there, or none is
}

func accessDecision(allowed bool) error {
	if allowed {
		return nil
	}
	return refuse(ReasonAccess)
}
