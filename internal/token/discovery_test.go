package token_test

import (
	"context"
	"errors"
	"strings"
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

func TestNobodyWaitsForMetadataLongerThanForAToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{metadata: func(int) answer { return answer{after: time.Hour} }}
		engine := e.start(t, func(c *token.Config) { c.Discover = true })
		time.AfterFunc(time.Second, engine.Close)
		began := time.Now()
		if _, err := engine.Token(context.Background(), forX); !errors.Is(err, token.ErrClosed) || time.Since(began) != time.Second || e.count() != 0 {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}
