package maskinporten

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/batch"
	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// RotateAllOptions say how [ClientsService.RotateExpiring] goes about it. The
// zero value is good for programs that take their key from where store puts
// it, at each grant.
type RotateAllOptions struct {
	// Only, if set, picks the clients that are the caller's to rotate.
	Only func(*ClientRegistration) bool
	// NewKey makes the key for a client, with this kid: [NewKey] by default,
	// which takes a tenth of a second.
	NewKey func(kid string) (*Key, error)
	// Stored, if set, returns the key that store was handed last for a client,
	// be it in use by now or not; nil if there is none. A run that was cut off
	// is then finished with the key that it began with, and no key is made for
	// a client whose newest key isn't one of those that expire. Without Stored
	// such a client is begun anew, and the key of the earlier run stays on it
	// until it expires.
	Stored func(ctx context.Context, clientID string) (*Key, error)
	// Switch, if set, is called when the new key of a client has got a token,
	// and before the old one is removed: the moment to have all programs use
	// the new one. An error leaves both keys in place.
	Switch func(ctx context.Context, clientID string, key *Key) error
	// Request, if set, gives the token request that proves the new key of a
	// client; see [RotateOptions].Request.
	Request func(*ClientRegistration) TokenRequest
	// Concurrency is for how many clients calls are made at a time: 1 to 32,
	// and 4 where it is 0. Waiting doesn't count.
	Concurrency int
	// MaxWait is how long the token endpoint may take to learn of a new key,
	// 16 minutes by default.
	MaxWait time.Duration
	// Progress, if set, is called when a step of a client begins and when a
	// client is finished, never twice at the same time.
	Progress func(RotateAllProgress)
}

// RotateAllProgress tells how far [ClientsService.RotateExpiring] has come.
type RotateAllProgress struct {
	// RotateProgress is about one client. At its end Step is RotateDone, or
	// the step that failed.
	RotateProgress
	// Err is why the client could not be rotated.
	Err error
	// Done clients of Total are finished, well or not.
	Done, Total int
}

// RotateExpiring gives a new key to each active client with keys that expire
// within the given time, or have expired, and takes those away: for each
// client what [ClientsService.RotateKey] does, the most urgent first, a few at
// a time, while all wait for the token endpoint side by side. 400 clients take
// about three minutes.
//
// A new key goes to store before the service learns of it. When store returns,
// the key must be kept for good, beside the one in use: a key that is lost is
// a client that must be given another. Programs go on with the old key until
// Switch.
//
// It is safe to be cut off at any point, and to run again: a client whose run
// was cut off still has its old key, and is begun or finished the next time.
// The result tells what became of each client, and the error is that of the
// result (see [RotateAllResult.Err]); it is nil with a nil result only where
// the clients or their keys could not be read.
//
// Where a function of the caller panics, that client fails.
//
// The client that one is signed in with is rotated last. Login clients cannot
// prove a key, and fail: see [ClientsService.RotateKey].
func (s *ClientsService) RotateExpiring(ctx context.Context, within time.Duration, store func(ctx context.Context, clientID string, key *Key) error, options RotateAllOptions) (*RotateAllResult, error) {
	if store == nil {
		return nil, invalidArgument(rotateAllName, "store", "is nil: a key that nobody keeps is lost")
	}
	if options.NewKey == nil {
		options.NewKey = NewKey
	}
	run := &rotateAll{service: s, store: store, options: options, result: &RotateAllResult{}}
	if err := run.find(ctx, within); err != nil {
		return nil, errtext.Wrap(rotateAllName, err)
	}
	run.do(ctx)
	return run.result, run.result.Err()
}

// rotateAll is one run of RotateExpiring.
type rotateAll struct {
	service *ClientsService
	store   func(context.Context, string, *Key) error
	options RotateAllOptions
	clients []*ClientRegistration // of the items, in their order
	result  *RotateAllResult
	runner  *batch.Runner
	slots   chan struct{} // for those who make calls after waiting

	mu       sync.Mutex // guards Progress and finished
	finished int
}

// find lists the clients with keys that expire, one's own at the end.
func (a *rotateAll) find(ctx context.Context, within time.Duration) error {
	clients, err := Collect(a.service.All(ctx, ClientFilter{}))
	if err != nil {
		return err
	}
	if a.options.Only != nil {
		clients = slices.DeleteFunc(clients, func(c *ClientRegistration) bool { return !a.options.Only(c) })
	}
	keys, err := a.service.expiringKeysOf(ctx, clients, within)
	if err != nil {
		return err
	}
	items := map[string]*RotateItem{}
	var order []*RotateItem
	for _, key := range keys {
		item := items[key.ClientID]
		if item == nil {
			item = &RotateItem{ClientID: key.ClientID, ClientName: key.ClientName, ClientOrgNo: key.ClientOrgNo, Expires: key.Expires}
			items[key.ClientID], order = item, append(order, item)
		}
		item.OldKeys = append(item.OldKeys, key.KeyID)
	}
	slices.SortStableFunc(order, func(x, y *RotateItem) int {
		return boolInt(a.service.admin.is(x.ClientID)) - boolInt(a.service.admin.is(y.ClientID))
	})
	for _, item := range order {
		a.result.Items = append(a.result.Items, *item)
		i := slices.IndexFunc(clients, func(c *ClientRegistration) bool { return c.ClientID == item.ClientID })
		a.clients = append(a.clients, clients[i])
	}
	return nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// do rotates all clients; one's own, at the end, when the others are done,
// since they need its key.
func (a *rotateAll) do(ctx context.Context) {
	a.runner = &batch.Runner{Concurrency: a.options.Concurrency, Fatal: isUnauthorized, Unavailable: isUnavailable}
	a.slots = make(chan struct{}, a.runner.Workers())
	others := len(a.clients)
	if others > 0 && a.service.admin.is(a.clients[others-1].ClientID) {
		others--
	}
	a.some(ctx, 0, others)
	a.some(ctx, others, len(a.clients))
}

// some begins with some of the clients, a few at a time; what was begun waits
// and ends by itself.
func (a *rotateAll) some(ctx context.Context, from, to int) {
	rotations := make([]*rotation, to-from)
	var waiting sync.WaitGroup
	defer waiting.Wait()
	a.runner.Do(ctx, to-from, func(i int) (err error) {
		rotations[i], err = a.begin(ctx, from+i)
		return err
	}, func(o batch.Outcome) {
		switch i := from + o.Index; {
		case o.Left:
			a.end(i, nil, &notAttemptedError{o.Err})
		case o.Err != nil:
			a.end(i, rotations[o.Index], o.Err)
		default:
			waiting.Go(func() { a.end(i, rotations[o.Index], a.complete(ctx, rotations[o.Index])) })
		}
	})
}

// begin takes a client so far that the service knows its new key.
func (a *rotateAll) begin(ctx context.Context, i int) (*rotation, error) {
	item, client := &a.result.Items[i], a.clients[i]
	fail := func(err error) error {
		return &RotateError{ClientID: item.ClientID, Step: RotateCheck, NewKey: item.NewKey, OldKey: item.OldKeys[0], Err: err}
	}
	if isLogin(client.IntegrationType) {
		return nil, fail(cannotProve(client.IntegrationType))
	}
	key, stored, err := a.key(ctx, item)
	if err != nil {
		return nil, fail(err)
	}
	options := RotateOptions{MaxWait: a.options.MaxWait, Old: item.OldKeys[len(item.OldKeys)-1]}
	if a.options.Request != nil {
		if err := guarded(func() error { options.Request = a.options.Request(client); return nil }); err != nil {
			return nil, fail(errtext.Wrap("RotateAllOptions.Request", err))
		}
	}
	if a.options.Switch != nil {
		options.Switch = func(ctx context.Context, key *Key) error {
			return guarded(func() error { return a.options.Switch(ctx, item.ClientID, key) })
		}
	}
	r, err := a.service.newRotation(item.ClientID, key, options)
	if err != nil {
		return nil, fail(err)
	}
	item.NewKey = r.public.KeyID
	r.more = item.OldKeys[:len(item.OldKeys)-1]
	r.pause = max(longestPause, time.Duration(len(a.clients))*pausePerClient)
	r.options.Progress = func(p RotateProgress) { a.report(RotateAllProgress{RotateProgress: p}) }
	r.keep = func(ctx context.Context) error {
		if stored {
			return nil
		}
		return guarded(func() error { return a.store(ctx, item.ClientID, key) })
	}
	return r, r.run(ctx, RotateCheck, RotateRoom, RotateStore, RotateAdd)
}

// guarded makes an error of a panic: one client must not leave all others half
// rotated.
func guarded(use func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("it panicked: %v", cause)
		}
	}()
	return use()
}

// pausePerClient keeps many waiters to some twenty requests a second.
const pausePerClient = 50 * time.Millisecond

// key returns the key of an earlier run, unless it expires itself, or makes
// one.
func (a *rotateAll) key(ctx context.Context, item *RotateItem) (key *Key, stored bool, err error) {
	if a.options.Stored != nil {
		err = guarded(func() (err error) { key, err = a.options.Stored(ctx, item.ClientID); return err })
		switch {
		case err != nil:
			return nil, false, errtext.Wrap("RotateAllOptions.Stored", err)
		case key != nil && !slices.Contains(item.OldKeys, key.KeyID()):
			return key, true, nil
		}
	}
	kid := a.service.admin.settings.clock.Now().UTC().Format("2006-01-02-") + strings.ToLower(rand.Text()[:10])
	if err = guarded(func() (err error) { key, err = a.options.NewKey(kid); return err }); err != nil {
		return nil, false, errtext.Wrap("RotateAllOptions.NewKey", err)
	}
	if key == nil {
		return nil, false, errors.New("RotateAllOptions.NewKey gave no key")
	}
	return key, false, nil
}

// complete waits until the new key works, and takes the old one away.
func (a *rotateAll) complete(ctx context.Context, r *rotation) error {
	if err := r.run(ctx, RotateProve); err != nil {
		return err
	}
	a.slots <- struct{}{}
	defer func() { <-a.slots }()
	return r.run(ctx, RotateSwitch, RotateRemove)
}

// end notes what became of a client.
func (a *rotateAll) end(i int, r *rotation, err error) {
	item := &a.result.Items[i]
	item.Err = err
	progress := RotateAllProgress{RotateProgress: RotateProgress{ClientID: item.ClientID, Step: RotateDone, NewKey: item.NewKey, OldKey: item.OldKeys[0]}, Err: err}
	if failure, ok := errors.AsType[*RotateError](err); ok {
		progress.Step = failure.Step
	}
	if r != nil {
		_ = r.auth.Close()
	}
	a.mu.Lock()
	a.finished++
	a.mu.Unlock()
	a.report(progress)
}

func (a *rotateAll) report(p RotateAllProgress) {
	if a.options.Progress == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p.Done, p.Total = a.finished, len(a.clients)
	a.options.Progress(p)
}
