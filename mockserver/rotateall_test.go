package mockserver_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// vault is where a team keeps the keys of its clients: the one in use, and the
// one that is to follow. It outlives programs that are killed.
type vault struct {
	mu          sync.Mutex
	inUse, next map[string]*maskinporten.Key
	stored      int
}

func newVault() *vault {
	return &vault{inUse: map[string]*maskinporten.Key{}, next: map[string]*maskinporten.Key{}}
}

func (v *vault) store(_ context.Context, clientID string, key *maskinporten.Key) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.next[clientID], v.stored = key, v.stored+1
	return nil
}

func (v *vault) take(_ context.Context, clientID string) (*maskinporten.Key, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if next := v.next[clientID]; next != nil {
		return next, nil
	}
	return v.inUse[clientID], nil
}

func (v *vault) swap(_ context.Context, clientID string, key *maskinporten.Key) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.inUse[clientID] = key
	delete(v.next, clientID)
	return nil
}

// fleet is a team's clients, with a key each that has ten days left.
type fleet struct {
	*scene
	*vault
	ids []string
}

const leftOfKeys = 10 * 24 * time.Hour

func newFleet(t *testing.T, n int, options ...mockserver.Option) *fleet {
	t.Helper()
	return fleetOf(t, newScene(t, options...), n)
}

func fleetOf(t *testing.T, s *scene, n int) *fleet {
	t.Helper()
	f := &fleet{scene: s, vault: newVault()}
	for i := range n {
		created := check.Got(f.consumer.Clients.Create(t.Context(), maskinporten.ClientCreate{Name: fmt.Sprint("app ", i), Scopes: []string{"difi:api"}}))(t)
		key := f.srv.Key(0, "first")
		f.addUntil(t, created.ClientID, key, f.srv.Clock().Now().Add(leftOfKeys+time.Duration(i)*time.Second))
		f.ids, f.inUse[created.ClientID] = append(f.ids, created.ClientID), key
	}
	return f
}

func (f *fleet) addUntil(t *testing.T, clientID string, key *maskinporten.Key, exp time.Time) {
	t.Helper()
	public := check.Got(key.PublicJWK())(t)
	public.Exp = exp.Unix()
	check.Got(f.consumer.Clients.AddKey(t.Context(), clientID, public))(t)
}

// options take keys that cost nothing.
func (f *fleet) options() maskinporten.RotateAllOptions {
	return maskinporten.RotateAllOptions{
		NewKey: func(kid string) (*maskinporten.Key, error) { return f.srv.Key(1, kid), nil },
		Stored: f.take, Switch: f.swap,
		Only: func(c *maskinporten.ClientRegistration) bool { return strings.HasPrefix(c.Name, "app ") },
	}
}

func (f *fleet) rotate(ctx context.Context, client *maskinporten.Client, options maskinporten.RotateAllOptions) (*maskinporten.RotateAllResult, error) {
	return client.Clients.RotateExpiring(ctx, 2*leftOfKeys, f.store, options)
}

// mustWork wants the key in use of each client to get a token.
func (f *fleet) mustWork(t *testing.T, when string) {
	t.Helper()
	for _, id := range f.ids {
		f.mu.Lock()
		credentials := maskinporten.Credentials{ClientID: id, Key: f.inUse[id]}
		f.mu.Unlock()
		if !f.works(t, credentials) {
			t.Errorf("%s: %s has no token with the key in use, %s", when, id, credentials.Key.KeyID())
		}
	}
}

func TestFourHundredClientsAreRotatedWhileAllWaitSideBySide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const propagation = 90 * time.Second
		clients := 400
		if rounds.RaceDetector {
			clients = 60 // each costs ten signatures
		}
		f := newFleet(t, clients, mockserver.WithPropagation(propagation))
		time.Sleep(propagation)
		began, last := time.Now(), maskinporten.RotateAllProgress{}
		options := f.options()
		options.Progress = func(p maskinporten.RotateAllProgress) {
			if p.Done < last.Done || p.Total != clients {
				t.Errorf("progress went from %d to %d of %d", last.Done, p.Done, p.Total)
			}
			last = p
		}
		result := check.Got(f.rotate(t.Context(), f.consumer, options))(t)
		if took := time.Since(began); took < propagation || took > 3*time.Minute {
			t.Errorf("it took %v", took)
		} else {
			t.Logf("%d clients in %v of service time", clients, took)
		}
		if len(result.Done()) != clients || last.Done != clients || last.Step != maskinporten.RotateDone || f.stored != clients {
			t.Errorf("%d of %d were rotated, %d stored; the last progress is %+v", len(result.Done()), len(result.Items), f.stored, last)
		}
		for i, item := range result.Items {
			if item.ClientID != f.ids[i] || !slices.Equal(f.kids(t, item.ClientID), []string{item.NewKey}) {
				t.Errorf("item %d, %s: the client has %v, the new key is %s", i, item.ClientName, f.kids(t, item.ClientID), item.NewKey)
			}
		}
		f.mustWork(t, "in the end")
		if again := check.Got(f.rotate(t.Context(), f.consumer, options))(t); len(again.Items) != 0 {
			t.Errorf("%d clients are rotated again", len(again.Items))
		}
	})
}

func TestARotationOfAllThatIsKilledAnywhereIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	killedAnywhere(t, allKilledAt)
}

// allKilledAt kills a run at one request and reports whether there were fewer.
func allKilledAt(t *testing.T, at int64, acted bool) (finished bool) {
	t.Helper()
	f := newFleet(t, 3)
	var result *maskinporten.RotateAllResult
	finished = f.killed(t, at, acted, func(ctx context.Context, mortal *maskinporten.Client) (err error) {
		result, err = f.rotate(ctx, mortal, f.options())
		return err
	})
	if result != nil && len(result.Done())+len(result.Failed())+len(result.Left()) != len(f.ids) {
		t.Errorf("killed at request %d: the result tells of %d clients", at, len(result.Items))
	}
	f.mustWork(t, fmt.Sprintf("killed at request %d", at))
	stored := f.stored
	if _, err := f.rotate(t.Context(), f.consumer, f.options()); err != nil {
		t.Errorf("run again after request %d: %v", at, err)
	}
	f.mustWork(t, fmt.Sprintf("run again after request %d", at))
	for _, id := range f.ids {
		if diff := cmp.Diff([]string{f.inUse[id].KeyID()}, f.kids(t, id)); diff != "" || f.inUse[id].KeyID() == "first" {
			t.Errorf("killed at request %d: in the end %s", at, diff)
		}
	}
	if len(f.next) > 0 || f.stored > len(f.ids) {
		t.Errorf("killed at request %d: %d keys were stored, %d before the second run; %d are in no use", at, f.stored, stored, len(f.next))
	}
	return finished
}

func TestAKeyIsStoredBeforeTheServiceLearnsOfIt(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2)
	full := errors.New("the vault is full")
	result, err := f.consumer.Clients.RotateExpiring(t.Context(), 2*leftOfKeys, func(_ context.Context, id string, key *maskinporten.Key) error {
		if slices.Contains(f.kids(t, id), key.KeyID()) {
			t.Errorf("%s knows %s before it is stored", id, key.KeyID())
		}
		return full
	}, f.options())
	if !errors.Is(err, full) || result == nil || len(result.Failed()) != 2 {
		t.Fatalf("result %+v, error %v", result, err)
	}
	failure, ok := errors.AsType[*maskinporten.RotateError](result.Items[0].Err)
	if !ok || failure.Step != maskinporten.RotateStore || !strings.Contains(err.Error(), "0 of 2 clients rotated, 2 failed") || !strings.Contains(err.Error(), "nothing that works was changed") {
		t.Errorf("error %v", err)
	}
	for _, id := range f.ids {
		check.Same(t, []string{"first"}, f.kids(t, id), "the client")
	}
	if _, err := f.consumer.Clients.RotateExpiring(t.Context(), time.Hour, nil, f.options()); !errors.Is(err, maskinporten.ErrInvalidArgument) {
		t.Errorf("without a store: %v", err)
	}
}

func TestOneClientThatFailsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 3)
	old := f.ids[1]
	f.addUntil(t, old, f.srv.Key(2, "second"), f.srv.Clock().Now().Add(leftOfKeys/2))
	login := check.Got(f.consumer.Clients.Create(t.Context(), maskinporten.ClientCreate{
		Name: "app for login", IntegrationType: maskinporten.IntegrationTypeIDPorten, RedirectURIs: []string{"https://app.example.no/"}, Scopes: []string{"openid"},
		TokenEndpointAuthMethod: maskinporten.AuthMethodPrivateKeyJWT,
	}))(t)
	f.addUntil(t, login.ClientID, f.srv.Key(3, "login"), f.srv.Clock().Now().Add(leftOfKeys))
	options := f.options()
	options.Switch = func(ctx context.Context, id string, key *maskinporten.Key) error {
		if id == f.ids[0] {
			return errors.New("nobody answers")
		}
		return f.swap(ctx, id, key)
	}
	result, err := f.rotate(t.Context(), f.consumer, options)
	if err == nil || len(result.Done()) != 2 || len(result.Failed()) != 2 || !strings.Contains(err.Error(), "2 of 4 clients rotated, 2 failed") {
		t.Fatalf("result %+v, error %v", result, err)
	}
	if !strings.Contains(err.Error(), "nobody answers") || !strings.Contains(err.Error(), "cannot prove a key: use AddKey and RemoveKey") {
		t.Errorf("error %v", err)
	}
	if first := result.Items[0]; first.ClientID != old || !slices.Equal(first.OldKeys, []string{"second", "first"}) {
		t.Errorf("the most urgent is %+v", first)
	}
	check.Same(t, []string{f.inUse[old].KeyID()}, f.kids(t, old), "of two keys that expire, the client still")
	f.mustWork(t, "in the end")
}

func TestAFunctionOfTheCallersThatPanicsIsAnErrorOfThatClient(t *testing.T) {
	t.Parallel()
	for name, panicking := range map[string]func(o *maskinporten.RotateAllOptions, only func(id string)){
		"NewKey": func(o *maskinporten.RotateAllOptions, _ func(string)) {
			o.NewKey = func(string) (*maskinporten.Key, error) { panic("no entropy") } //nolint:forbidigo // what the test is about
		},
		"Stored": func(o *maskinporten.RotateAllOptions, only func(string)) {
			o.Stored = func(_ context.Context, id string) (*maskinporten.Key, error) { only(id); return nil, nil } //nolint:nilnil // the documented way to say that it has none
		},
		"Switch": func(o *maskinporten.RotateAllOptions, only func(string)) {
			swap := o.Switch
			o.Switch = func(ctx context.Context, id string, key *maskinporten.Key) error { only(id); return swap(ctx, id, key) }
		},
		"Request": func(o *maskinporten.RotateAllOptions, only func(string)) {
			o.Request = func(c *maskinporten.ClientRegistration) maskinporten.TokenRequest {
				only(c.ClientID)
				return maskinporten.TokenRequest{Scopes: c.Scopes}
			}
		},
		"store": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, 3)
			only := func(id string) {
				if id == f.ids[1] {
					panic("the map is nil") //nolint:forbidigo // likewise
				}
			}
			options, store := f.options(), f.store
			if panicking != nil {
				panicking(&options, only)
			} else {
				store = func(ctx context.Context, id string, key *maskinporten.Key) error {
					only(id)
					return f.store(ctx, id, key)
				}
			}
			result, err := f.consumer.Clients.RotateExpiring(t.Context(), 2*leftOfKeys, store, options)
			failed := map[bool]int{true: 3, false: 1}[name == "NewKey"]
			if result == nil || len(result.Failed()) != failed || len(result.Done()) != 3-failed || !strings.Contains(fmt.Sprint(err), "it panicked: ") {
				t.Fatalf("result %+v, error %v", result, err)
			}
			f.mustWork(t, "after a panic of "+name)
			if _, err := f.rotate(t.Context(), f.consumer, f.options()); err != nil {
				t.Errorf("the next run: %v", err)
			}
			f.mustWork(t, "in the end")
		})
	}
}

func TestWithoutAnEarlierRunsKeyAClientIsBegunAnew(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1)
	options := f.options()
	options.Stored = nil
	options.Request = func(c *maskinporten.ClientRegistration) maskinporten.TokenRequest {
		return maskinporten.TokenRequest{Scopes: c.Scopes, Resource: []string{"https://api.example.no"}}
	}
	options.Switch = func(context.Context, string, *maskinporten.Key) error { return errors.New("not today") }
	if _, err := f.rotate(t.Context(), f.consumer, options); err == nil || !strings.Contains(err.Error(), "not today") {
		t.Fatal(err)
	}
	options.Switch = f.swap
	result := check.Got(f.rotate(t.Context(), f.consumer, options))(t)
	if kids := f.kids(t, f.ids[0]); len(kids) != 2 || !slices.Contains(kids, result.Items[0].NewKey) || slices.Contains(kids, "first") {
		t.Errorf("the client has %v", kids)
	}
	f.mustWork(t, "in the end")
}

func TestARunThatIsCalledOffLeavesTheRestAlone(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 6)
	ctx, cancel := context.WithCancel(t.Context())
	options := f.options()
	options.Concurrency = 1
	options.Switch = func(ctx context.Context, id string, key *maskinporten.Key) error {
		cancel()
		return f.swap(ctx, id, key)
	}
	result, err := f.rotate(ctx, f.consumer, options)
	if !errors.Is(err, context.Canceled) || result == nil || len(result.Done()) == 6 {
		t.Fatalf("result %+v, error %v", result, err)
	}
	for _, item := range result.Left() {
		if item.NewKey != "" || !errors.Is(item.Err, maskinporten.ErrNotAttempted) || !slices.Equal(f.kids(t, item.ClientID), []string{"first"}) {
			t.Errorf("left, but %+v", item)
		}
	}
	f.mustWork(t, "called off")
	if _, err := f.rotate(t.Context(), f.consumer, f.options()); err != nil {
		t.Error(err)
	}
	f.mustWork(t, "run again")
}

func TestTheClientThatOneIsSignedInWithIsRotatedLast(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 3)
	admin := f.consumer.Authenticator().ClientID()
	options := f.options()
	options.Only = nil
	var finished []string
	options.Progress = func(p maskinporten.RotateAllProgress) {
		if p.Step == maskinporten.RotateDone {
			finished = append(finished, p.ClientID)
		}
	}
	result := check.Got(f.consumer.Clients.RotateExpiring(t.Context(), 400*24*time.Hour, f.store, options))(t)
	if len(result.Items) < 4 || result.Items[len(result.Items)-1].ClientID != admin || finished[len(finished)-1] != admin {
		t.Errorf("%s was not last: %v", admin, finished)
	}
	if _, err := f.consumer.Clients.Get(t.Context(), f.ids[0]); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
