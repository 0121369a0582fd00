package main

import (
	"encoding/json"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/settings"
)

// writeJSON writes a value as JSON, indented.
func (p *program) writeJSON(value any) error {
	encoder := json.NewEncoder(p.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// options are those of everything that calls.
func options(s *settings.Settings) []maskinporten.Option {
	options := []maskinporten.Option{maskinporten.WithUserAgent("maskinporten-program")}
	if s.PlainHTTP {
		options = append(options, maskinporten.WithPlainHTTP())
	}
	if s.Issuer != "" {
		options = append(options, maskinporten.WithDiscovery())
	}
	return options
}

// authenticator gets tokens as the client.
func authenticator(s *settings.Settings) (*maskinporten.Authenticator, error) {
	target, err := s.Target()
	if err != nil {
		return nil, err
	}
	credentials, err := s.ClientCredentials()
	if err != nil {
		return nil, err
	}
	return maskinporten.NewAuthenticator(target, credentials, options(s)...)
}

// admin calls self-service as the admin client.
func admin(s *settings.Settings) (*maskinporten.Client, error) {
	target, err := s.Target()
	if err != nil {
		return nil, err
	}
	if target.API == "" {
		return nil, noSelfService(s)
	}
	credentials, err := s.AdminCredentials()
	if err != nil {
		return nil, err
	}
	return maskinporten.New(target, credentials, options(s)...)
}

func noSelfService(s *settings.Settings) error {
	return &settings.Missing{Text: "where the self-service API is isn't known for the issuer " + s.Issuer + ": give its address with --selfservice; a mock prints it as api"}
}
