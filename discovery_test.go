package maskinporten_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

const metadataAddress = backendIssuer + ".well-known/oauth-authorization-server"

// discovering is a backend with metadata, and a second token endpoint on the
// same host.
func discovering(answer func(n int) reply) (b *backend, asked func() (metadata, moved int)) {
	var read, moved atomic.Int64
	b = &backend{other: func(r *http.Request) (reply, bool) {
		switch r.URL.String() {
		case metadataAddress:
			return answer(int(read.Add(1))), true
		case metadataAddress + "?again": // where only a redirect leads
			return metadata(backendIssuer, backendIssuer+"v2/token"), true
		case backendIssuer + "v2/token":
			return tokenReply(fmt.Sprintf("moved-%d", moved.Add(1)), 120), true
		}
		return reply{}, false
	}}
	return b, func() (int, int) { return int(read.Load()), int(moved.Load()) }
}

func metadata(issuer, token string) reply {
	return reply{body: fmt.Sprintf(`{"issuer":%q,"token_endpoint":%q,"jwks_uri":"x","grant_types_supported":["y"]}`, issuer, token)}
}

func TestDiscoveryTakesTheTokenEndpointFromTheMetadata(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, asked := discovering(func(int) reply { return metadata(backendIssuer, backendIssuer+"v2/token") })
		auth := b.auth(t, maskinporten.WithDiscovery())
		check.Same(t, "moved-1", mustToken(t.Context(), t, auth), "token")
		for range 4 {
			time.Sleep(20 * time.Minute)
			mustToken(t.Context(), t, auth)
		}
		if read, moved := asked(); read != 2 || moved != 5 || len(b.seenGrants()) != 0 {
			t.Errorf("%d readings in 80 minutes, %d tokens, %d from the old place", read, moved, len(b.seenGrants()))
		}
	})
}

func TestDiscoveryIsNotDoneUnlessAskedFor(t *testing.T) {
	t.Parallel()
	b, asked := discovering(func(int) reply { return metadata(backendIssuer, backendIssuer+"v2/token") })
	check.Same(t, "token-1", mustToken(t.Context(), t, b.auth(t)), "token")
	if read, _ := asked(); read != 0 {
		t.Errorf("%d readings", read)
	}
}

func TestMetadataThatCannotBeUsedLeavesTheTargetsOwn(t *testing.T) {
	t.Parallel()
	for what, answer := range map[string]reply{
		"another issuer":             metadata("https://evil.example.test/", backendIssuer+"v2/token"),
		"issuer without its slash":   metadata(strings.TrimSuffix(backendIssuer, "/"), backendIssuer+"v2/token"),
		"another host":               metadata(backendIssuer, "https://evil.example.test/token"),
		"another port":               metadata(backendIssuer, "https://issuer.example.test:444/token"),
		"without TLS":                metadata(backendIssuer, "http://issuer.example.test/token"),
		"host hidden as a user":      metadata(backendIssuer, "https://issuer.example.test@evil.example.test/token"),
		"no token endpoint":          metadata(backendIssuer, ""),
		"a relative token endpoint":  metadata(backendIssuer, "/token"),
		"with a query":               metadata(backendIssuer, backendIssuer+"token?a=b"),
		"no JSON":                    {body: "<html>"},
		"cut":                        {body: `{"issuer":`},
		"nothing":                    {},
		"404":                        {status: 404, body: `{"issuer":"` + backendIssuer + `","token_endpoint":"` + backendIssuer + `v2/token"}`},
		"redirect":                   {status: 302, header: map[string]string{"Location": "https://evil.example.test/"}},
		"redirect to what would do":  {status: 302, header: map[string]string{"Location": metadataAddress + "?again"}},
		"endless":                    {body: strings.Repeat(" ", 1<<20) + metadata(backendIssuer, backendIssuer+"v2/token").body},
		"deep":                       {body: strings.Repeat(`{"issuer":`, 20_000)},
		"a list":                     {body: "[" + metadata(backendIssuer, backendIssuer+"v2/token").body + "]"},
		"null":                       {body: "null"},
		"out of reach":               {err: refusedDial},
		"slower than a token may be": {after: time.Hour},
	} {
		inBubble(t, what, func(t *testing.T) {
			var log logBuffer
			b, asked := discovering(func(int) reply { return answer })
			auth := b.auth(t, maskinporten.WithDiscovery(), logTo(&log))
			check.Same(t, "token-1", mustToken(t.Context(), t, auth), "token")
			check.Got(auth.Token(t.Context(), forScope("y")))(t) // and at once not again
			if strings.Count(log.String(), "level=WARN") != 1 || !strings.Contains(log.String(), "metadata") {
				t.Errorf("logged %s", log.String())
			}
			time.Sleep(3 * time.Minute) // it is tried again before long
			mustToken(t.Context(), t, auth)
			if read, moved := asked(); read != 2 || moved != 0 {
				t.Errorf("%d readings, %d tokens from elsewhere", read, moved)
			}
		})
	}
}

func TestTheLastGoodMetadataIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, asked := discovering(func(n int) reply {
			if n == 1 {
				return metadata(backendIssuer, backendIssuer+"v2/token")
			}
			return reply{status: 503}
		})
		auth := b.auth(t, maskinporten.WithDiscovery())
		mustToken(t.Context(), t, auth)
		time.Sleep(2 * time.Hour)
		check.Same(t, "moved-2", mustToken(t.Context(), t, auth), "token")
		if read, _ := asked(); read != 2 {
			t.Errorf("%d readings", read)
		}
	})
}
