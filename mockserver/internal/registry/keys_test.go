package registry_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func TestAClientWithoutKeysHasAnEmptySet(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	none, err := w.Keys(consumer, id)
	wantEmpty(t, none, err)
	w.posts(t, id, "k")
	check.OK(t, w.DeleteKey(consumer, id, "k"))
	none, err = w.Keys(consumer, id)
	wantEmpty(t, none, err)
	if w.stored(t, id).JWKS != nil {
		t.Error("the client answers an empty set")
	}
}

func TestAPostedKeyIsAnsweredAsItWasSent(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	in := publicKey(t, 0, "")
	got := check.Got(w.PutKey(consumer, id, "my.key_1-x", in))(t)
	want := registry.Key{
		Kty: "RSA", Kid: "my.key_1-x", Use: "sig", Alg: "RS256", N: in.N, E: "AQAB",
		Exp: dawn.Add(365 * day).Unix(), Created: dawn, LastUpdated: dawn,
	}
	one := check.Got(w.Key(consumer, id, want.Kid))(t)
	all := check.Got(w.Keys(consumer, id))(t)
	for name, key := range map[string]registry.Key{
		"put": got, "get": one, "list": all[0], "client": w.stored(t, id).JWKS.Keys[0],
	} {
		check.Same(t, want, key, name)
	}
}

func TestAKidInTheBodyMustBeThatOfThePath(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	w.refusesChange(t, id, registry.Invalid, "kid", func() error { return check.Err(w.PutKey(consumer, id, "a", publicKey(t, 0, "b"))) })
	check.Got(w.PutKey(consumer, id, "a", publicKey(t, 0, "a")))(t)
}

func TestASixthKeyIsAConflict(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	w.posts(t, id, "1", "2", "3", "4", "5")
	for name, call := range map[string]func() error{
		"put": func() error { return check.Err(w.PutKey(consumer, id, "6", publicKey(t, 6, "6"))) },
		"add": func() error { return check.Err(w.AddKeyText(consumer, id, []byte(publicPEM(t, 6)))) },
	} {
		t.Log(name)
		w.refusesChange(t, id, registry.Conflict, "", call)
	}
	check.Got(w.PutKey(consumer, id, "3", publicKey(t, 6, "")))(t) // in another's place there is room
	check.OK(t, w.DeleteKey(consumer, id, "1"))
	check.Got(w.PutKey(consumer, id, "6", publicKey(t, 7, "")))(t)
	check.Same(t, []string{"2", "3", "4", "5", "6"}, w.kids(t, id))
}

func TestExpiredKeysCountAmongTheFive(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	w.posts(t, id, "1", "2", "3", "4", "5")
	w.advance(366 * day)
	wantKind(t, check.Err(w.PutKey(consumer, id, "6", publicKey(t, 6, ""))), registry.Conflict, "")
	check.Same(t, 5, len(w.kids(t, id)), "expired keys are gone")
}

func TestASetReplacesAllKeys(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	w.posts(t, id, "a", "b")
	w.advance(time.Hour)
	w.happened()
	answer := check.Got(w.ReplaceKeys(consumer, id, []registry.KeyInput{publicKey(t, 2, "c"), publicKey(t, 1, "b"), publicKey(t, 3, "d")}))(t)
	check.Same(t, []string{"c", "b", "d"}, w.kids(t, id))
	check.Same(t, answer, w.stored(t, id).JWKS.Keys)
	check.Same(t, []string{"key_removed a", "key_added c", "key_renewed b", "key_added d"}, keyed(w.happened()))
}

func TestASetHoldsOneToFiveDifferentKids(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	w.posts(t, id, "a", "b")
	numbered := func(n int) (set []registry.KeyInput) {
		for i := range n {
			set = append(set, publicKey(t, i, fmt.Sprint(i)))
		}
		return set
	}
	broken := numbered(3)
	broken[1].N = "x"
	nameless := numbered(2)
	nameless[1].Kid = ""
	for name, c := range map[string]struct {
		set   []registry.KeyInput
		field string
	}{
		"empty":        {nil, "keys"},
		"six":          {numbered(6), "keys"},
		"doubled kid":  {append(numbered(2), publicKey(t, 3, "0")), "kid"},
		"no kid":       {nameless, "kid"},
		"one is wrong": {broken, "n"},
	} {
		t.Log(name)
		w.refusesChange(t, id, registry.Invalid, c.field, func() error { return check.Err(w.ReplaceKeys(consumer, id, c.set)) })
	}
	for n := 1; n <= 5; n++ {
		check.Got(w.ReplaceKeys(consumer, id, numbered(n)))(t)
	}
}

func TestOtherKeyCallsTouchOnlyTheKeysTheyName(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	w.posts(t, id, "a", "b", "c")
	before := w.stored(t, id).JWKS.Keys
	w.advance(time.Hour)
	check.Got(w.PutKey(consumer, id, "b", publicKey(t, 7, "")))(t)
	check.Got(w.AddKeyText(consumer, id, []byte(publicPEM(t, 8))))(t)
	check.OK(t, w.DeleteKey(consumer, id, "a"))
	after := w.stored(t, id).JWKS.Keys
	if diff := cmp.Diff(before[2], after[1]); diff != "" || len(after) != 3 {
		t.Errorf("%d keys; %s", len(after), diff)
	}
}

func TestDeletingKeys(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	w.posts(t, id, "a", "b", "c")
	w.refusesChange(t, id, registry.NotFound, "", func() error { return w.DeleteKey(consumer, id, "d") })
	wantKind(t, check.Err(w.Key(consumer, id, "d")), registry.NotFound, "")
	w.happened()
	check.OK(t, w.DeleteKeys(consumer, id))
	want := []registry.EventKind{registry.KeyRemoved, registry.KeyRemoved, registry.KeyRemoved}
	if diff := cmp.Diff(want, kinds(w.happened())); diff != "" || len(w.kids(t, id)) != 0 {
		t.Errorf("left %v; %s", w.kids(t, id), diff)
	}
	check.OK(t, w.DeleteKeys(consumer, id)) // once more is no error, and nothing happens
	w.silent(t)
}

func TestAKeyLivesAYearFromItsPosting(t *testing.T) {
	t.Parallel()
	year := dawn.Add(365 * day).Unix()
	for name, c := range map[string]struct{ sent, want int64 }{
		"sooner":          {year - 1, year - 1},
		"a year":          {year, year},
		"later":           {year + 1, year},
		"much later":      {1 << 60, year},
		"the next second": {dawn.Unix() + 1, dawn.Unix() + 1},
	} {
		w := newWorld(t)
		id := w.create(t, server()).ClientID
		in := publicKey(t, 0, "k")
		in.Exp = new(c.sent)
		key := check.Got(w.PutKey(consumer, id, "k", in))(t)
		check.Same(t, c.want, key.Exp, name, ": exp")
	}
}

func TestAKeyThatHasExpiredIsRefused(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	for _, exp := range []int64{dawn.Unix(), dawn.Unix() - 1, 0, -1} {
		in := publicKey(t, 0, "k")
		in.Exp = new(exp)
		w.refusesChange(t, id, registry.Invalid, "exp", func() error { return check.Err(w.PutKey(consumer, id, "k", in)) })
	}
}

func TestPostingAKeyAgainRenewsIt(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	w.posts(t, id, "k")
	w.advance(100 * day)
	w.happened()
	calls := map[string]func(in registry.KeyInput) error{
		"put": func(in registry.KeyInput) error { return check.Err(w.PutKey(consumer, id, "k", in)) },
		"replace": func(in registry.KeyInput) error {
			return check.Err(w.ReplaceKeys(consumer, id, []registry.KeyInput{in}))
		},
	}
	for name, call := range calls {
		for _, asAnswered := range []bool{false, true} { // as posted before, or as a GET answered it
			in := publicKey(t, 0, "k")
			if asAnswered {
				in.Exp = new(w.stored(t, id).JWKS.Keys[0].Exp)
			}
			w.advance(day)
			check.OK(t, call(in))
			key := w.stored(t, id).JWKS.Keys[0]
			if !key.Created.Equal(dawn) || !key.LastUpdated.Equal(w.now()) || key.Exp != w.now().Add(365*day).Unix() {
				t.Errorf("%s: %+v", name, key)
			}
			check.Same(t, []registry.EventKind{registry.KeyRenewed}, kinds(w.happened()), name)
		}
	}
}

func TestAKeyThatIsPostedAgainAtOnceWithAnotherEndIsRenewed(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	w.posts(t, id, "k")
	w.happened()
	in := publicKey(t, 0, "k")
	in.Exp = new(dawn.Add(50 * day).Unix())
	check.Got(w.PutKey(consumer, id, "k", in))(t)
	check.Same(t, []registry.EventKind{registry.KeyRenewed}, kinds(w.happened()))
}

func TestAnEndOfTheCallersOwnStays(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	in := publicKey(t, 0, "k")
	in.Exp = new(dawn.Add(50 * day).Unix())
	check.Got(w.PutKey(consumer, id, "k", in))(t)
	w.advance(day)
	key := check.Got(w.PutKey(consumer, id, "k", in))(t)
	if key.Exp != *in.Exp {
		t.Errorf("exp %v", time.Unix(key.Exp, 0))
	}
}

func TestAnotherKeyUnderAKidIsANewOne(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	w.posts(t, id, "k")
	w.advance(time.Hour)
	w.happened()
	key := check.Got(w.PutKey(consumer, id, "k", publicKey(t, 1, "")))(t)
	if !key.Created.Equal(w.now()) {
		t.Errorf("created %v", key.Created)
	}
	check.Same(t, []registry.EventKind{registry.KeyRemoved, registry.KeyAdded}, kinds(w.happened()))
}

func TestPrivateKeysAreRefusedAndTold(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	private := registry.KeyInput{}
	check.OK(t, private.UnmarshalJSON([]byte(`{"kid":"leaked","n":1,"d":"secretsecret"}`))) // whatever else is wrong
	odd := registry.KeyInput{}
	check.OK(t, odd.UnmarshalJSON([]byte(`{"kid":"secret secret","d":"secretsecret"}`)))
	for name, c := range map[string]struct {
		kid  string
		call func() error
	}{
		"put":           {"leaked", func() error { return check.Err(w.PutKey(consumer, id, "leaked", private)) }},
		"put elsewhere": {"leaked", func() error { return check.Err(w.PutKey(consumer, id, "other", private)) }},
		"set": {"leaked", func() error {
			return check.Err(w.ReplaceKeys(consumer, id, []registry.KeyInput{publicKey(t, 0, "a"), private}))
		}},
		"kid that is none": {"", func() error { return check.Err(w.ReplaceKeys(consumer, id, []registry.KeyInput{odd})) }},
		"JWK text": {"leaked", func() error {
			return check.Err(w.AddKeyText(consumer, id, []byte(` {"kid":"leaked","kty":"RSA","d":"secretsecret"}`)))
		}},
	} {
		before := w.stored(t, id)
		w.happened()
		wantKind(t, c.call(), registry.Invalid, "")
		want := []registry.Event{{
			Kind: registry.PrivateKeyPosted, Time: dawn, OrgNo: consumerNo, ClientID: id, Kid: c.kid,
			Actor: "consumer-admin", ActorOrgNo: consumerNo,
		}}
		if diff := cmp.Diff(want, w.happened()); diff != "" || w.stored(t, id) != before {
			t.Errorf("%s: %s", name, diff)
		}
	}
	// Who may not act on the client cannot make others think that it leaked.
	wantKind(t, check.Err(w.PutKey(provider, id, "leaked", private)), registry.Forbidden, "")
	w.silent(t)
}

func TestKeysOfAnInactiveClientCanBeChanged(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	check.OK(t, w.DeactivateClient(consumer, id))
	w.posts(t, id, "k")
	check.OK(t, w.DeleteKey(consumer, id, "k"))
}

func TestKeyChangesLeaveTheClientsOwnTimeAlone(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	w.advance(time.Hour)
	w.posts(t, id, "k")
	if got := w.stored(t, id); !got.LastUpdated.Equal(dawn) {
		t.Errorf("last updated %v", got.LastUpdated)
	}
}

func TestFiftyWritersNeverExceedFiveAndLoseNone(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	in := publicKey(t, 0, "")
	var mu sync.Mutex
	confirmed := map[string]bool{}
	var writers sync.WaitGroup
	for n := range 50 {
		writers.Go(func() {
			kid := fmt.Sprintf("k%02d", n)
			_, err := w.PutKey(consumer, id, kid, in)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				confirmed[kid] = true
			case !isKind(err, registry.Conflict):
				t.Errorf("%s: %v", kid, err)
			}
		})
	}
	writers.Wait()
	got := map[string]bool{}
	for _, kid := range w.kids(t, id) {
		got[kid] = true
	}
	if diff := cmp.Diff(confirmed, got); diff != "" || len(got) != 5 {
		t.Errorf("%d keys: %s", len(got), diff)
	}
}
