package verify

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten"
)

// AccessChecker says whether a consumer may still use a scope.
// [maskinporten.Client].Access is one.
type AccessChecker interface {
	Has(ctx context.Context, scope string, consumer maskinporten.OrgNo) (bool, error)
}

const (
	accessTimeout = 5 * time.Second
	// accessPause lies between two questions after one that failed.
	accessPause = time.Second
	// accessStale is how many times its life an answer is used while there is
	// no new one.
	accessStale   = 10
	maxAccesses   = 10_000
	maxAccessLife = time.Hour
)

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
	l := &liveAccess{checker: checker, life: life, answers: map[accessKey]*accessAnswer{}}
	return Requirement{check: l.check, last: lastLiveAccess, needsScope: true}
}

// liveAccess has the answers of a checker.
type liveAccess struct {
	checker AccessChecker
	life    time.Duration

	mu      sync.Mutex // guards what follows; not held while asking
	answers map[accessKey]*accessAnswer
}

type accessKey struct {
	scope    string
	consumer maskinporten.OrgNo
}

// accessAnswer is guarded by the lock of its liveAccess.
type accessAnswer struct {
	known   bool
	allowed bool
	asked   time.Time
	failed  time.Time // zero: the last question was answered
	failure error
	running chan struct{} // closed when the question under way ends; nil: none is
}

func (l *liveAccess) check(q *question) error {
	if q.claims.Consumer.OrgNo == "" {
		return refuse(ReasonAccess)
	}
	var unanswered error
	allowed := 0
	held := q.scope.held(q.claims)
	for _, scope := range held {
		yes, err := l.ask(q, accessKey{scope, q.claims.Consumer.OrgNo})
		switch {
		case err != nil:
			unanswered = err
		case yes && !q.scope.all:
			return nil
		case yes:
			allowed++
		case q.scope.all:
			return refuse(ReasonAccess)
		}
	}
	switch {
	case unanswered != nil:
		return refuseBecause(ReasonAccessUnknown, unanswered)
	case q.scope.all && allowed > 0:
		return nil
	}
	return refuse(ReasonAccess)
}

// ask returns the answer that is there, or asks; one asks for all who want to
// know the same.
func (l *liveAccess) ask(q *question, key accessKey) (bool, error) {
	for {
		l.mu.Lock()
		answer := l.answer(key, q.now())
		if allowed, err, ok := answer.use(q.now(), l.life); ok {
			l.mu.Unlock()
			return allowed, err
		}
		running := answer.running
		if running == nil {
			answer.running = make(chan struct{})
			l.mu.Unlock()
			if err := l.askNow(q, key, answer); err != nil {
				return false, err
			}
			continue
		}
		l.mu.Unlock()
		select {
		case <-running:
		case <-q.ctx.Done():
			return false, context.Cause(q.ctx)
		}
	}
}

// use returns what can be said without asking, if anything.
func (a *accessAnswer) use(now time.Time, life time.Duration) (allowed bool, err error, ok bool) { //nolint:revive // the error belongs to the answer
	age := now.Sub(a.asked)
	switch {
	case a.known && age < life:
		return a.allowed, nil, true
	case a.failed.IsZero() || now.Sub(a.failed) >= accessPause:
		return false, nil, false
	case a.known && age < accessStale*life:
		return a.allowed, nil, true
	}
	return false, a.failure, true
}

// askNow asks, and ends the question even if the checker panics. It returns
// an error when the asker gave up, which tells the others nothing.
func (l *liveAccess) askNow(q *question, key accessKey, answer *accessAnswer) error {
	allowed, err := false, errors.New("verify: the access checker panicked")
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		close(answer.running)
		answer.running = nil
		switch {
		case err == nil:
			*answer = accessAnswer{known: true, allowed: allowed, asked: q.now()}
		case q.ctx.Err() == nil:
			answer.failed, answer.failure = q.now(), err
		}
	}()
	ctx, cancel := context.WithTimeout(q.ctx, accessTimeout)
	defer cancel()
	allowed, err = l.checker.Has(ctx, key.scope, key.consumer)
	if q.ctx.Err() != nil && err != nil {
		return context.Cause(q.ctx)
	}
	return nil
}

// answer returns the place of an answer, and makes one if there is none. The
// caller holds the lock.
func (l *liveAccess) answer(key accessKey, now time.Time) *accessAnswer {
	if answer, ok := l.answers[key]; ok {
		return answer
	}
	if len(l.answers) >= maxAccesses {
		l.forget(now)
	}
	answer := &accessAnswer{}
	l.answers[key] = answer
	return answer
}

// forget drops the answers that have lived, or else any one of them.
func (l *liveAccess) forget(now time.Time) {
	for key, answer := range l.answers {
		if answer.running == nil && now.Sub(answer.asked) >= l.life {
			delete(l.answers, key)
		}
	}
	for key := range l.answers {
		if len(l.answers) < maxAccesses {
			return
		}
		delete(l.answers, key)
	}
}
