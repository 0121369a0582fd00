package token_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/token"
)

const moved = issuer + "moved"

func described(issuer, tokenEndpoint string) answer {
	return answer{body: `{"issuer":"` + issuer + `","token_endpoint":"` + tokenEndpoint + `"}`}
}

// discovering plays two token requests, the second a while after the first,
// and tells where they went and how often the metadata was read.
func discovering(t *testing.T, metadata answer, pause time.Duration) (posted []string, read int, log string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var text logged
		e := &endpoint{answers: func(int) answer { return good("t", 1) }, metadata: func(int) answer { return metadata }}
		engine := e.start(t, func(c *token.Config) {
			c.Discover, c.Log = true, text.logger()
			c.CheckAddress = func(address string) error {
				if strings.Contains(address, "odd") {
					return errors.New("an odd address")
				}
				return nil
			}
		})
		mustToken(t, engine, forX)
		time.Sleep(pause)
		mustToken(t, engine, token.Request{Scope: "y"})
		posted, read, log = e.posted, e.read, text.String()
	})
	return posted, read, log
}

func TestMetadataIsKeptForAnHour(t *testing.T) {
	t.Parallel()
	for pause, want := range map[time.Duration]int{time.Hour - 1: 1, time.Hour: 2} {
		posted, read, log := discovering(t, described(issuer, moved), pause)
		if read != want || posted[0] != moved || posted[1] != moved || strings.Contains(log, "WARN") {
			t.Errorf("after %v: read %d times, posted to %v, logged %s", pause, read, posted, log)
		}
	}
}

func TestMetadataThatCannotBeUsedIsTriedAgainAfterAMinute(t *testing.T) {
	t.Parallel()
	notOK := described(issuer, moved)
	notOK.status = 503
	slow := described(issuer, moved)
	slow.after = 5*time.Second + 1
	large := described(issuer, moved)
	large.body = strings.Repeat(" ", 256<<10) + large.body
	for what, row := range map[string]struct {
		answer answer
		says   string
	}{
		"no connection":           {answer{err: errors.New("refused")}, "refused"},
		"another status":          {notOK, "status 503"},
		"slow":                    {slow, "deadline"},
		"no JSON":                 {answer{body: "<html>"}, "invalid character"},
		"large":                   {large, "EOF"},
		"another issuer":          {described("https://other.example/", moved), "metadata of issuer"},
		"an odd address":          {described(issuer, issuer+"odd"), "an odd address"},
		"an address of none":      {described(issuer, "https://issuer.example:x/"), "invalid port"},
		"another host":            {described(issuer, "https://other.example/token"), "moves the token endpoint"},
		"another port":            {described(issuer, "https://issuer.example:8443/token"), "moves the token endpoint"},
		"another scheme":          {described(issuer, "http://issuer.example/token"), "moves the token endpoint"},
		"the same, said in words": {answer{body: `{"issuer":"` + issuer + `"}`}, "moves the token endpoint"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			for pause, want := range map[time.Duration]int{time.Minute - 1: 1, time.Minute: 2} {
				posted, read, log := discovering(t, row.answer, pause)
				if read != want || posted[0] != address || posted[1] != address || strings.Count(log, "WARN") != want || !strings.Contains(log, row.says) {
					t.Errorf("after %v: read %d times, posted to %v, logged %s", pause, read, posted, log)
				}
			}
		})
	}
}

func TestMetadataThatTakesFiveSecondsIsInTime(t *testing.T) {
	t.Parallel()
	slow := described(issuer, moved)
	slow.after = 5*time.Second - 1
	if posted, _, _ := discovering(t, slow, 0); posted[0] != moved {
		t.Errorf("posted to %v", posted)
	}
}

// together asks for so many tokens at once, each for another scope, while the
// metadata takes a while, and tells what each got.
func together(t *testing.T, n int, metadata answer, then func(*token.Engine)) (e *endpoint, errs []error) {
	t.Helper()
	e = &endpoint{metadata: func(int) answer { return metadata }}
	engine := e.start(t, func(c *token.Config) { c.Discover = true })
	then(engine)
	errs = make([]error, n)
	var callers sync.WaitGroup
	for i := range n {
		callers.Go(func() { _, errs[i] = engine.Token(t.Context(), token.Request{Scope: fmt.Sprint(i)}) })
	}
	callers.Wait()
	return e, errs
}

func TestMetadataIsReadByOneForAllWhoWait(t *testing.T) {
	t.Parallel()
	slow := described(issuer, moved)
	slow.after = time.Second
	broken := answer{status: 503, after: time.Second}
	for want, metadata := range map[string]answer{moved: slow, address: broken} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			e, errs := together(t, 20, metadata, func(*token.Engine) {})
			if err := errors.Join(errs...); err != nil || e.read != 1 || time.Since(began) != time.Second || !slices.Equal(e.posted, slices.Repeat([]string{want}, 20)) {
				t.Errorf("read %d times, after %v posted to %v, error %v", e.read, time.Since(began), e.posted, err)
			}
		})
	}
}

func TestNobodyWaitsForMetadataLongerThanForAToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		e, errs := together(t, 2, answer{after: time.Hour}, func(engine *token.Engine) { time.AfterFunc(time.Second, engine.Close) })
		for _, err := range errs { // one reads, one waits for its turn
			if !errors.Is(err, token.ErrClosed) || time.Since(began) != time.Second || e.count() != 0 {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
		}
	})
}

func TestAnIssuerWithoutAnAddressLeavesTheEndpointThatIsKnown(t *testing.T) {
	t.Parallel()
	var log logged
	e := &endpoint{}
	mustToken(t, e.start(t, func(c *token.Config) { c.Discover, c.Issuer, c.Log = true, "https://\x7f/", log.logger() }), forX)
	if e.posted[0] != address || !strings.Contains(log.String(), "invalid control character") {
		t.Errorf("posted to %v, logged %s", e.posted, log.String())
	}
}
