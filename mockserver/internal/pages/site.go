package pages

import (
	"net/http"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/journal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// Environment is one of the mock's environments, and where it is found.
type Environment struct {
	Name               string
	Issuer, Token, API string
	// Served is false where the mock was told to leave the environment out.
	Served bool
}

// Config is what the pages stand on. All fields are required.
type Config struct {
	// Portal returns the portal, which is another one after a reset.
	Portal func() *portal.Portal
	// Registry returns the registry of an environment that is served.
	Registry func(environment string) *registry.Registry
	Now      func() time.Time
	// Consents returns the consents of an environment that is served.
	Consents func(environment string) []issuer.Consent
	// Mail returns a part of the mail to the addresses that are wanted, the newest
	// first, and how much there is.
	Mail func(offset, limit int, wanted func(to string) bool) ([]portal.Mail, int)
	// Requests returns a part of the requests that keep picks, the newest first, and
	// how many there are.
	Requests func(offset, limit int, keep func(journal.Noted) bool) ([]journal.Noted, int)
}

// Place is where a browser finds the mock.
type Place struct {
	// Base is the path below which everything lies, without a last slash; it is
	// empty at the root of a host.
	Base string
	// Environments are all of them, in the order of the page.
	Environments []Environment
	// Calls answers the calls that programs make, below / and below /_mock/. Nil:
	// there is no workbench.
	Calls http.Handler
}

// Site serves the pages, wherever browsers find them.
type Site struct {
	config  Config
	key     []byte // of the tokens in forms
	once    once
	flashes recent[flash]
	tokens  recent[*tokenResult]
	handler func() http.Handler // made when a browser comes
}

// placeKey finds the place of a request in its context.
type placeKey struct{}

// flash is what a visitor is told once, on the next page.
type flash struct {
	Text   string
	Secret string // shown once, and kept nowhere else
	Bad    bool   // it is a refusal
}

// tokenResult is a token request and its answer, for people.
type tokenResult struct {
	Header, Claims string // of the grant
	Curl           string
	Status         int
	Answer         string
	Meaning        string // of a refusal
	TokenClaims    string // of the token; empty: there is none, or it is one by reference
}
