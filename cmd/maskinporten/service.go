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
func options(s *settings.Settings) ([]maskinporten.Option, error) {
	options := []maskinporten.Option{maskinporten.WithUserAgent("maskinporten-program")}
	client, err := s.HTTPClient()
	if client != nil {
		options = append(options, maskinporten.WithHTTPClient(client))
	}
	if s.Issuer != "" {
		options = append(options, maskinporten.WithDiscovery())
	}
	if err != nil {
		return nil, &usageError{error: err}
	}
	return options, nil
}

// authenticator gets tokens as the client.
func authenticator(s *settings.Settings) (*maskinporten.Authenticator, error) {
	target, err := s.Target()
	if err != nil {
		return nil, err
	}
	credentials, err := s.ClientCredentials()
	if err != nil {
		return nil, &usageError{error: err}
	}
	options, err := options(s)
	if err != nil {
		return nil, err
	}
	return maskinporten.NewAuthenticator(target, credentials, options...)
}

// admin calls self-service as the admin client.
func admin(s *settings.Settings) (*maskinporten.Client, error) {
	credentials, err := s.AdminCredentials()
	if err != nil {
		return nil, &usageError{error: err}
	}
	return selfService(s, credentials)
}

// public calls what self-service tells everybody.
func public(s *settings.Settings) (*maskinporten.Client, error) {
	return selfService(s, maskinporten.Credentials{}, maskinporten.WithExternalAuth())
}

func selfService(s *settings.Settings, credentials maskinporten.Credentials, more ...maskinporten.Option) (*maskinporten.Client, error) {
	target, err := s.Target()
	if err != nil {
		return nil, err
	}
	if target.API == "" {
		return nil, &settings.Missing{Text: "where the self-service API is isn't known for the issuer " + s.Issuer + ": give its address with --selfservice; a mock prints it as api"}
	}
	options, err := options(s)
	if err != nil {
		return nil, err
	}
	return maskinporten.New(target, credentials, append(options, more...)...)
}
