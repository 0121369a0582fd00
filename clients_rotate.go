package maskinporten

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/oauth2"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// RotateOptions say how [ClientsService.RotateKey] goes about it. The zero
// value rotates the one key of a Maskinporten client and proves the new one
// with a token for any of the client's scopes.
type RotateOptions struct {
	// Old is the kid of the key to remove: that of the key in use, such as
	// current.KeyID(). It may be left out where the client has one other key.
	Old string
	// Request is the token request that proves the new key. Without scopes,
	// each of the client's scopes is tried until one gets a token; a client
	// that works only for others needs a ConsumerOrg here.
	Request TokenRequest
	// Switch, if set, is called when the new key has got a token, and before
	// the old one is removed: the moment to store the new key and to have
	// all programs use it. An error ends the rotation with both keys in
	// place. When a rotation is run again, it is called again.
	Switch func(ctx context.Context, key *Key) error
	// Progress, if set, is called when a step begins, and after each
	// attempt to get a token.
	Progress func(RotateProgress)
	// MaxWait is how long the token endpoint may take to learn of the new
	// key, 16 minutes by default, or until the context ends if that is
	// earlier.
	MaxWait time.Duration
}

// RotateKey gives a client a new key and takes the old one away, so that
// there is no moment without a working key. It
//
//  1. makes room: where the client has five keys, one that expired more than
//     a day ago is removed; without one, it ends here,
//  2. adds the new key (PUT /clients/{id}/jwks/{kid}) and touches no other,
//  3. waits until the token endpoint takes the new key, which usually lasts
//     up to three minutes, and has it prove itself with a real token; where
//     all that is refused is an access (MP-250), it may just have been
//     granted, and is waited for as well, unless self-service says that it
//     isn't there or was given long ago,
//  4. calls Switch, for programs to take the new key into use,
//  5. removes the old key (DELETE /clients/{id}/jwks/{kid}).
//
// Where it fails, the error is a [*RotateError] that says which step it was
// and what stands where. It can be run again with the same new key after a
// failure or a crash at any point: it then does what is left to do.
//
// The key must be one with a kid. Login clients cannot prove a key like this;
// for them, use [ClientsService.AddKey] and [ClientsService.RemoveKey]. The
// first key of a client that has used a business certificate until now makes
// grants with the certificate fail as soon as it is known.
//
// An admin client can rotate its own key: from step 4 on this [Client] signs
// with the new key. A [KeySource] among its credentials must give the new key
// when Switch returns.
//
// The new key exists only where the caller keeps it: store it before the call,
// or in Switch.
func (s *ClientsService) RotateKey(ctx context.Context, clientID string, newKey *Key, options RotateOptions) error {
	r, err := s.newRotation(clientID, newKey, options)
	if err != nil {
		return err
	}
	defer func() { _ = r.auth.Close() }()
	if err := r.run(ctx, RotateCheck, RotateRoom, RotateAdd, RotateProve, RotateSwitch, RotateRemove); err != nil {
		return err
	}
	r.report(RotateDone, WaitProgress{})
	return nil
}

// run does some of the steps, until one fails.
func (r *rotation) run(ctx context.Context, steps ...RotateStep) error {
	for _, step := range steps {
		r.report(step, WaitProgress{})
		if err := r.do(ctx, step); err != nil {
			return &RotateError{ClientID: r.clientID, Step: step, NewKey: r.public.KeyID, OldKey: r.old, Err: err}
		}
	}
	return nil
}

func (r *rotation) do(ctx context.Context, step RotateStep) error {
	switch step {
	case RotateCheck:
		return r.check(ctx)
	case RotateRoom:
		return r.makeRoom(ctx)
	case RotateStore:
		return r.keep(ctx)
	case RotateAdd:
		return r.add(ctx)
	case RotateProve:
		return r.prove(ctx)
	case RotateSwitch:
		return r.switchOver(ctx)
	default:
		return r.remove(ctx)
	}
}

// rotation is one run of RotateKey.
type rotation struct {
	service  *ClientsService
	clientID string
	key      *Key
	public   JSONWebKey
	auth     *Authenticator // signs with the new key, and has no cached tokens yet
	options  RotateOptions

	keys     []JSONWebKey // those of the client, as found
	there    bool         // the new key is among them, and works
	old      string       // kid of the one to remove, or empty
	requests []TokenRequest
	noAccess []TokenRequest // of them, those that were refused since an access was missing
	pause    time.Duration  // the longest between attempts to get a token; 0 is the usual

	keep func(context.Context) error // RotateStore of RotateExpiring
	more []string                    // kids that go with the old one
}

const rotateName = "Clients.RotateKey"

func (s *ClientsService) newRotation(clientID string, newKey *Key, options RotateOptions) (*rotation, error) {
	if err := checkID(rotateName, "client id", clientID); err != nil {
		return nil, err
	}
	if newKey == nil || newKey.KeyID() == "" {
		return nil, invalidArgument(rotateName, "new key", "has no kid: a registered key needs one")
	}
	if options.Old == newKey.KeyID() {
		return nil, invalidArgument(rotateName, "Old", "is the new key's kid: the new key needs a kid of its own")
	}
	public, err := newKey.PublicJWK()
	if err != nil {
		return nil, err
	}
	if public, err = s.sendable(rotateName, public); err != nil {
		return nil, err
	}
	auth, err := s.admin.authenticatorFor(Credentials{ClientID: clientID, Key: newKey})
	if err != nil {
		return nil, err
	}
	return &rotation{service: s, clientID: clientID, key: newKey, public: public, auth: auth, options: options}, nil
}

func (r *rotation) report(step RotateStep, w WaitProgress) {
	if r.options.Progress != nil {
		r.options.Progress(RotateProgress{ClientID: r.clientID, Step: step, NewKey: r.public.KeyID, OldKey: r.old, Wait: w})
	}
}

// makeRoom removes the key that expired first where the client has as many as
// it may have. A day's grace is for clocks that disagree.
func (r *rotation) makeRoom(ctx context.Context) error {
	if r.index(r.public.KeyID) >= 0 || len(r.keys) < MaxKeys {
		return nil
	}
	limit := r.service.admin.settings.clock.Now().Add(-day).Unix()
	var expired *JSONWebKey
	for i, key := range r.keys {
		if key.Exp != 0 && key.Exp < limit && (expired == nil || key.Exp < expired.Exp) {
			expired = &r.keys[i]
		}
	}
	if expired == nil {
		return fmt.Errorf("the client has %d keys, the most it may have, and none has expired: remove one that no program uses with RemoveKey", len(r.keys))
	}
	if err := r.removeIfThere(ctx, expired.KeyID); err != nil {
		return err
	}
	if r.old == expired.KeyID {
		r.old = ""
	}
	return nil
}

func (r *rotation) add(ctx context.Context) error {
	if r.there {
		return nil
	}
	_, err := r.service.putKey(ctx, rotateName, r.clientID, r.public)
	return err
}

// prove gets a real token with the new key. While the key isn't known yet it
// waits; a scope that the client may not have is passed over for the next.
func (r *rotation) prove(ctx context.Context) error {
	w := waiter{
		options: WaitOptions{MaxWait: r.options.MaxWait, Progress: func(p WaitProgress) { r.report(RotateProve, p) }},
		retry:   keyMayComeReady, random: r.service.admin.settings.backoff.Random, longest: r.pause, why: r.whyRefused,
	}
	_, err := w.until(ctx, r.anyToken)
	if scopeRefused(err) {
		return errtext.Wrapf("the key is known, but none of the scopes asked for can be had: set RotateOptions.Request: %v", err)
	}
	return err
}

// whyRefused says why the key gets no token, where waiting doesn't help.
func (r *rotation) whyRefused(ctx context.Context, refusal error) string {
	var why string
	for _, request := range r.noAccess {
		if why = r.service.whyRefused(ctx, Credentials{ClientID: r.clientID, Key: r.key}, request, refusal); why == "" {
			return ""
		}
	}
	return why
}

// anyToken tries one scope after the other. Of their refusals, that of an
// access counts, since it may pass.
func (r *rotation) anyToken(ctx context.Context) (*oauth2.Token, error) {
	var refusal error
	r.noAccess = nil
	for _, request := range r.requests {
		token, err := r.auth.Token(ctx, request)
		if errors.Is(err, ErrAccessNotGranted) {
			r.noAccess = append(r.noAccess, request)
		}
		switch {
		case !scopeRefused(err):
			return token, err
		case refusal == nil || errors.Is(err, ErrAccessNotGranted):
			refusal = err
		}
	}
	return nil, refusal
}

// switchOver moves programs to the new key, this one among them if it is the
// admin client's own key that is rotated.
func (r *rotation) switchOver(ctx context.Context) error {
	if r.options.Switch != nil {
		if err := r.options.Switch(ctx, r.key); err != nil {
			return errtext.Wrap("RotateOptions.Switch", err)
		}
	}
	if !r.service.admin.is(r.clientID) {
		return nil
	}
	return r.service.admin.useKey(ctx, r.key, r.old)
}

func (r *rotation) remove(ctx context.Context) error {
	for _, kid := range append(slices.Clone(r.more), r.old) {
		if kid == "" {
			continue
		}
		if err := r.removeIfThere(ctx, kid); err != nil {
			return err
		}
	}
	return nil
}

// removeIfThere takes a key that is gone already for a success: an earlier
// run, or an answer that was lost.
func (r *rotation) removeIfThere(ctx context.Context, kid string) error {
	err := r.service.removeKey(ctx, rotateName, r.clientID, kid)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
