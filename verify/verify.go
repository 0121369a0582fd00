package verify

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/strictjson"
	"github.com/maskinporten-go/maskinporten/verify/internal/jwt"
)

// Verifier checks tokens. It may be used from many goroutines. Make one with
// [New] when the program starts, and close it when it ends.
type Verifier struct {
	options *options
	issuers map[string]*keySource
	// verified is nil with [WithoutVerifiedCache].
	verified *verifiedCache
	// introspection is nil unless [WithIntrospection] is given.
	introspection *introspection
}

// New returns a verifier for the tokens of an environment, or of custom
// endpoints; [WithIssuer] adds more. Nothing is fetched before the first
// token comes: call [Verifier.Refresh] to find out earlier whether the keys
// can be had.
func New(target maskinporten.Target, opts ...Option) (*Verifier, error) {
	o, err := newOptions(target, opts)
	if err != nil {
		return nil, err
	}
	v := &Verifier{options: o, issuers: map[string]*keySource{}}
	changed := func(time.Time) {}
	if !o.forget {
		v.verified = newVerifiedCache()
		changed = v.verified.sweep
	}
	for _, target := range o.targets {
		if target == nil {
			return nil, errors.New("verify: the target is nil: give an Environment such as maskinporten.Test, or Endpoints")
		}
		endpoints, err := target.Endpoints()
		if err != nil {
			return nil, err
		}
		if v.issuers[endpoints.Issuer] == nil {
			v.issuers[endpoints.Issuer] = newKeySource(endpoints.Issuer, o, changed)
		}
		if o.introspect != nil && v.introspection == nil { // of the first target
			v.introspection = newIntrospection(endpoints.Issuer, o)
		}
	}
	return v, nil
}

// Refresh fetches all issuers' keys now. Before tokens come it is a check
// that everything is set up well; nobody has to call it.
func (v *Verifier) Refresh(ctx context.Context) error {
	var failures []error
	for issuer, source := range v.issuers {
		if err := source.fetchNow(ctx); err != nil {
			failures = append(failures, fmt.Errorf("verify: keys of %s: %w", issuer, err))
		}
	}
	return errors.Join(failures...)
}

// Close ends all work in the background and waits for it. Tokens with known
// keys can be checked after that, too.
func (v *Verifier) Close() error {
	for _, source := range v.issuers {
		source.close()
	}
	return nil
}

// Verify checks a token, without the word Bearer, and what is required of it.
// Every refusal is an [*Error] with a [Reason]. It waits for nobody if the
// token's key is known and nothing else is to be asked for.
//
// It is for servers that don't speak net/http; others have
// [Verifier.Middleware].
func (v *Verifier) Verify(ctx context.Context, token string, scope ScopeRequirement, more ...Requirement) (*Claims, error) {
	r := newRule(scope, more)
	return v.decide(ctx, nil, token, &r)
}

// Authorize checks the token in a request's Authorization header, for those
// who answer refusals themselves.
func (v *Verifier) Authorize(request *http.Request, scope ScopeRequirement, more ...Requirement) (*Claims, error) {
	r := newRule(scope, more)
	return v.authorize(request, &r)
}

func (v *Verifier) authorize(request *http.Request, r *rule) (*Claims, error) {
	token, err := bearerToken(request)
	if err != nil {
		v.observe(request.Context(), v.options.now(), Event{Request: request, Required: r.scope.names}, err)
		return nil, err
	}
	return v.decide(request.Context(), request, token, r)
}

// decide checks a token, and tells the observers.
func (v *Verifier) decide(ctx context.Context, request *http.Request, token string, r *rule) (*Claims, error) {
	began := v.options.now()
	claims, err := v.check(ctx, request, token, r, began)
	if err == nil && len(v.options.observe) == 0 {
		return claims, nil
	}
	if refusal, ok := errors.AsType[*Error](err); ok {
		refusal.Claims, refusal.scope = claims, r.scope.challenge()
	}
	v.observe(ctx, began, Event{Claims: claims, Request: request, Required: r.scope.names}, err)
	if err != nil {
		return nil, err
	}
	return claims, nil
}

func (v *Verifier) observe(ctx context.Context, began time.Time, event Event, err error) {
	if len(v.options.observe) == 0 {
		return
	}
	if err != nil {
		event.Err, event.Reason = err, reasonOf(err)
	}
	event.Duration = v.options.now().Sub(began)
	for _, observe := range v.options.observe {
		observe(ctx, event)
	}
}

// check returns the claims of a genuine token also when it refuses it.
func (v *Verifier) check(ctx context.Context, request *http.Request, token string, r *rule, now time.Time) (*Claims, error) {
	if r.err != nil {
		return nil, refuseBecause(ReasonMisconfigured, r.err)
	}
	if token == "" {
		return nil, refuse(ReasonTokenMissing)
	}
	if len(token) > v.options.maxSize {
		return nil, refuse(ReasonTooLong)
	}
	if claims := v.verified.get(token, now); claims != nil { //nolint:contextcheck // a fetch is for all who wait, and outlives each
		return claims, v.judge(ctx, request, claims, r, now)
	}
	if v.introspection != nil && isOpaque(token) {
		claims, err := v.introspection.genuine(ctx, token, v.options.now)
		if err != nil {
			return nil, err
		}
		return claims, v.judge(ctx, request, claims, r, v.options.now())
	}
	genuine, err := v.genuine(ctx, token, now)
	if err != nil {
		return nil, err
	}
	claims := genuine.claims.clone()
	if err := v.judge(ctx, request, claims, r, v.options.now()); err != nil {
		return claims, err
	}
	v.verified.add(token, genuine, now)
	return claims, nil
}

// judge decides about a genuine token, which may be good today and not
// tomorrow, here and not there. Now is when that is known, which may be long
// after the request came.
func (v *Verifier) judge(ctx context.Context, request *http.Request, claims *Claims, r *rule, now time.Time) error {
	if err := claims.checkTimes(now, v.options.leeway); err != nil {
		return err
	}
	if err := claims.checkAudience(v.options.resources); err != nil {
		return err
	}
	if err := r.scope.check(claims); err != nil || len(r.more) == 0 {
		return err
	}
	return r.check(&question{ctx: ctx, request: request, claims: claims, scope: r.scope, now: v.options.now})
}

// genuine reads a token that the issuer signed.
func (v *Verifier) genuine(ctx context.Context, token string, now time.Time) (*verifiedToken, error) {
	parts, err := jwt.Split(token)
	if err != nil {
		return nil, formRefusal(token, err)
	}
	h, err := readHeader(parts.Header)
	if err != nil {
		return nil, err
	}
	object, err := parseClaims(parts.Payload)
	if err != nil {
		return nil, err
	}
	issuer, source, err := v.issuer(object)
	if err != nil {
		return nil, err
	}
	if len(parts.Signature) == 0 {
		return nil, refuse(ReasonSignatureMissing)
	}
	key, err := source.key(ctx, h.keyName, now)
	if err != nil {
		return nil, err
	}
	if err := checkSignature(&parts, h, key); err != nil {
		if key = source.renewed(ctx, h.keyName, key, now); key == nil || checkSignature(&parts, h, key) != nil {
			return nil, err
		}
	}
	signed := strings.Clone(token[:len(parts.Signed)+1]) // keeps nothing else of the request
	claims, err := readClaims(object, issuer, signed)
	return &verifiedToken{claims: claims, key: key, source: source}, err
}

// errScheme is for those who give [Verifier.Verify] all that the header has.
var errScheme = errors.New("it begins with the word Bearer, which isn't part of it")

func formRefusal(token string, err error) error {
	scheme, _, found := strings.Cut(token, " ")
	switch {
	case errors.Is(err, jwt.ErrEncrypted):
		return refuse(ReasonEncrypted)
	case !errors.Is(err, jwt.ErrBase64):
		return refuse(ReasonNotSigned)
	case found && strings.EqualFold(scheme, "Bearer"):
		return refuseBecause(ReasonEncoding, errScheme)
	}
	return refuse(ReasonEncoding)
}

// issuer finds whose keys the token has to be checked with. Only their
// signature makes iss true.
func (v *Verifier) issuer(o strictjson.Object) (string, *keySource, error) {
	name, err := readIssuer(o)
	if err != nil {
		return "", nil, err
	}
	if source := v.issuers[name]; source != nil {
		return name, source, nil
	}
	if slices.ContainsFunc(maskinporten.Environments(), func(e maskinporten.Environment) bool {
		endpoints, err := e.Endpoints()
		return err == nil && endpoints.Issuer == name
	}) {
		return "", nil, refuse(ReasonOtherEnvironment)
	}
	return "", nil, refuse(ReasonIssuer)
}

// checkSignature verifies with the standard library (RFC 7518 section 3.3).
func checkSignature(parts *jwt.Parts, h header, key *publicKey) error {
	if key.algorithm != "" && key.algorithm != h.algorithm {
		return refuse(ReasonKeyAlgorithm)
	}
	digest := h.hash.New()
	digest.Write(parts.Signed)
	if rsa.VerifyPKCS1v15(key.rsa, h.hash, digest.Sum(nil), parts.Signature) != nil {
		return refuse(ReasonSignature)
	}
	return nil
}
