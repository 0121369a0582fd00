// Package doctor finds out why a client gets no token, or why an API doesn't take
// the token that it gets.
//
// First it looks, from what is on this machine to what is far away: the key file,
// the metadata and its Date, self-service as an admin client where one is given,
// the public list of scopes, a token request, the API. Then it judges each step by
// all that it has seen: a certificate that seems not to be valid yet may only show
// that the clock is wrong.
package doctor

import (
	"context"
	"net/http"
	"time"

	"github.com/maskinporten-go/maskinporten"
)

// Credentials are what a client has, as it has them: a file that may not be there.
type Credentials struct {
	ClientID string
	// KeyFile is the file with the key, or how people call where Key is from.
	KeyFile string
	// Key is what is in it, where it is no file.
	Key []byte
	// Options are what reading the key needs.
	Options maskinporten.KeyOptions
}

// Patient is what is examined.
type Patient struct {
	Target  maskinporten.Endpoints
	Client  Credentials
	Request maskinporten.TokenRequest
	// Admin is an admin client of the organisation, which can see more; nil: none.
	Admin *Credentials
	// API, if set, is called with the token.
	API string
	// Elsewhere are environments to ask for a client that is unknown at the target.
	Elsewhere []maskinporten.Environment
	// HTTP sends everything; nil: a client of its own, with the system's proxy. No
	// redirects are followed, whatever it says.
	HTTP *http.Client
	// Now is this machine's clock; nil: time.Now.
	Now func() time.Time
	// Doing, if set, is told what is looked at.
	Doing func(what string)
}

// Examine looks at the patient. It takes no longer than the context, and some
// seconds a step; what it could not see is told by the steps.
func Examine(ctx context.Context, patient Patient) Report {
	x := &examination{Patient: patient}
	x.prepare()
	x.lookAtKey()
	x.lookAtMetadata(ctx)
	x.lookAsAdmin(ctx)
	x.askForToken(ctx)
	x.lookAtPublicScopes(ctx)
	x.askElsewhere(ctx)
	x.callAPI(ctx)
	return x.report()
}

// examination is what was seen.
type examination struct {
	Patient

	key    keyFacts
	probe  probe
	admin  adminFacts
	public publicFacts
	token  tokenFacts
	call   callFacts
}

const (
	patience          = 15 * time.Second // for each look at the network
	patienceWithLists = time.Minute      // which may be long
)

func (x *examination) prepare() {
	if x.Now == nil {
		x.Now = time.Now
	}
	if x.Doing == nil {
		x.Doing = func(string) {}
	}
	client := http.Client{Timeout: patience}
	if x.HTTP != nil {
		client = *x.HTTP
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	x.HTTP = &client
}

// serverNow is the time at the service, as far as it is known.
func (x *examination) serverNow() time.Time { return x.Now().Add(x.probe.offset) }

// options are those of what the SDK does here.
func (x *examination) options() []maskinporten.Option {
	return []maskinporten.Option{
		maskinporten.WithHTTPClient(x.HTTP), maskinporten.WithClock(x.Now),
		maskinporten.WithUserAgent("maskinporten-doctor"), maskinporten.WithAttempts(2),
	}
}

// report judges what was seen, in the order in which things must be right.
func (x *examination) report() Report {
	r := Report{Issuer: x.Target.Issuer, ClientID: x.Client.ClientID, Scopes: x.Request.Scopes}
	for _, judge := range []func() *Step{
		x.settings, x.keyFile, x.keyItself, x.certificate,
		x.connection, x.metadata, x.clock, x.adminClient,
		x.client, x.clientKey, x.scopes, x.access, x.delegation, x.details,
		x.tokenItself, x.api,
	} {
		if step := judge(); step != nil {
			r.Steps = append(r.Steps, x.clean(*step))
		}
	}
	return r
}
