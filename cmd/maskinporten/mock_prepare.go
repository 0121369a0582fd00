package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v4"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/settings"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// The scope that a mock starts with: a provider's, with access for a consumer,
// whose client is made.
const (
	mockPrefix   = "difi"
	mockSubscope = "weather.read"
	mockScope    = mockPrefix + ":" + mockSubscope
)

// prepare makes a scope, a client and its key in a mock's world, and writes the
// profiles. A world without admin clients of its own gets a profile with
// addresses only.
func prepare(ctx context.Context, world mockserver.Ready, file string, key *maskinporten.Key) (settings.Values, error) {
	test, ok := world.Environments["test"]
	if !ok {
		for _, other := range world.Environments {
			test = other
		}
	}
	values := settings.Values{Issuer: test.Issuer, SelfService: test.API, PlainHTTP: true}
	folder := keyFolder(file)
	if err := errors.Join(os.MkdirAll(folder, 0o700), replace(filepath.Join(folder, ownedByMock), []byte(writtenByMock))); err != nil {
		return values, err
	}
	if world.TLSCA != "" {
		values.CAFile = filepath.Join(folder, "ca.pem")
		if err := replace(values.CAFile, []byte(world.TLSCA)); err != nil {
			return values, err
		}
	}
	provider, consumer := adminOf(world, "provider"), adminOf(world, "consumer")
	if provider == nil || consumer == nil {
		return values, writeProfile(file, values)
	}
	for _, c := range []*mockserver.ReadyCredentials{provider, consumer} {
		if err := replace(filepath.Join(folder, c.Role+".jwk"), c.JWK); err != nil {
			return values, err
		}
	}
	asProvider := values
	asProvider.Admin = settings.Client{ID: provider.ClientID, Key: filepath.Join(folder, "provider.jwk")}
	values.Admin = settings.Client{ID: consumer.ClientID, Key: filepath.Join(folder, "consumer.jwk")}
	private, err := key.MarshalJWK()
	if err != nil {
		return values, err
	}
	id, err := weatherClient(ctx, asProvider, values, maskinporten.OrgNo(consumer.OrgNo), key)
	if err != nil {
		return values, fmt.Errorf("the mock runs, but has no client to try: %w", err)
	}
	values.Client = settings.Client{ID: id, Key: filepath.Join(folder, "client.jwk")}
	values.Token.Scopes = []string{mockScope}
	return values, errors.Join(
		replace(values.Client.Key, private), writeProfile(file, values),
		writeProfile(filepath.Join(filepath.Dir(file), providerProfile(filepath.Base(folder))+".yaml"), asProvider))
}

func adminOf(world mockserver.Ready, role string) *mockserver.ReadyCredentials {
	for i, c := range world.Credentials {
		if c.Role == role && c.Environment == "test" {
			return &world.Credentials[i]
		}
	}
	return nil
}

// weatherClient makes a client that gets tokens for the scope, and what that
// needs. It returns its id.
func weatherClient(ctx context.Context, provider, consumer settings.Values, consumerOrg maskinporten.OrgNo, key *maskinporten.Key) (id string, err error) {
	asProvider, err := admin(&settings.Settings{Values: provider})
	if err != nil {
		return "", err
	}
	defer func() { _ = asProvider.Close() }() // no work goes on
	asConsumer, err := admin(&settings.Settings{Values: consumer})
	if err != nil {
		return "", err
	}
	defer func() { _ = asConsumer.Close() }() // likewise
	_, err = asProvider.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: mockPrefix, Subscope: mockSubscope, Description: "Read the weather", Visibility: maskinporten.VisibilityPublic})
	if err != nil && !errors.Is(err, maskinporten.ErrConflict) { // a world that was kept has it
		return "", err
	}
	if _, err := asProvider.Access.Grant(ctx, mockScope, consumerOrg); err != nil {
		return "", err
	}
	client, err := asConsumer.Clients.Create(ctx, maskinporten.ClientCreate{Name: "weather-app", Description: "Made by maskinporten mock", Scopes: []string{mockScope}})
	if err != nil {
		return "", err
	}
	public, err := key.PublicJWK()
	if err != nil {
		return "", err
	}
	_, err = asConsumer.Clients.AddKey(ctx, client.ClientID, public)
	return client.ClientID, err
}

// writeProfile writes a profile for a mock, whose place it is: see mayWrite.
func writeProfile(file string, values settings.Values) error {
	data, err := yaml.Dump(values, yaml.WithIndent(2))
	if err != nil {
		return err
	}
	return replace(file, append([]byte(writtenByMock), data...))
}

// replace writes a file whole or not at all, for its owner alone, in place of one
// that is there.
func replace(name string, data []byte) error {
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
