package servers

import (
	"context"
	"crypto/rsa"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/bench/grants"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// zitadelOIDC is a provider of zitadel/oidc. It doesn't remember spent grants.
func zitadelOIDC(base string) (http.Handler, error) {
	client, err := clientAt(base)
	if err != nil {
		return nil, err
	}
	key, err := testkeys.RSA(signingKey)
	if err != nil {
		return nil, err
	}
	return op.NewProvider(&op.Config{}, &zitadelStorage{client: client, key: zitadelKey{key}}, op.StaticIssuer(client.Audience),
		op.WithAllowInsecure(), op.WithCustomTokenEndpoint(op.NewEndpoint("token")), op.WithLogger(slog.New(slog.DiscardHandler)))
}

// zitadelKey implements op.SigningKey.
type zitadelKey struct{ key *rsa.PrivateKey }

func (k zitadelKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k zitadelKey) Key() any                                    { return k.key }
func (k zitadelKey) ID() string                                  { return "signing" }

// zitadelStorage implements what a JWT grant needs of op.Storage.
type zitadelStorage struct {
	op.Storage

	client *grants.Client
	key    zitadelKey
}

// SigningKey implements op.Storage.
func (s *zitadelStorage) SigningKey(context.Context) (op.SigningKey, error) { return s.key, nil }

// GetKeyByIDAndClientID implements op.Storage.
func (s *zitadelStorage) GetKeyByIDAndClientID(_ context.Context, kid, client string) (*jose.JSONWebKey, error) {
	if kid != s.client.Kid || client != s.client.ID {
		return nil, errors.New("there is no such key")
	}
	return &jose.JSONWebKey{KeyID: kid, Key: &s.client.Key.PublicKey}, nil
}

// ValidateJWTProfileScopes implements op.Storage.
func (s *zitadelStorage) ValidateJWTProfileScopes(_ context.Context, _ string, scopes []string) ([]string, error) {
	if !slices.Equal(scopes, []string{s.client.Scope}) {
		return nil, errors.New("the client has another scope")
	}
	return scopes, nil
}

// JWTProfileTokenType implements op.JWTProfileTokenStorage.
func (s *zitadelStorage) JWTProfileTokenType(context.Context, op.TokenRequest) (op.AccessTokenType, error) {
	return op.AccessTokenTypeJWT, nil
}

// CreateAccessToken implements op.Storage.
func (s *zitadelStorage) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return uuid.NewString(), time.Now().Add(lifetime * time.Second), nil
}

// GetPrivateClaimsFromScopes implements op.Storage.
func (s *zitadelStorage) GetPrivateClaimsFromScopes(_ context.Context, _, _ string, scopes []string) (map[string]any, error) {
	return map[string]any{"scope": scopes[0]}, nil
}
