package servers

import (
	"context"
	"net/http"
	"time"

	jose "github.com/go-jose/go-jose/v3" // as fosite has it
	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/storage"
	"github.com/ory/fosite/token/jwt"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// oryFosite is a provider of ory/fosite with its memory store, which forgets
// nothing.
func oryFosite(base string) (http.Handler, error) {
	client, err := clientAt(base)
	if err != nil {
		return nil, err
	}
	key, err := testkeys.RSA(signingKey)
	if err != nil {
		return nil, err
	}
	config := &fosite.Config{
		AccessTokenLifespan: lifetime * time.Second, AccessTokenIssuer: client.Audience, TokenURL: client.Audience,
		GrantTypeJWTBearerCanSkipClientAuth: true, GlobalSecret: []byte("only refresh tokens would need it"),
	}
	store := storage.NewMemoryStore()
	store.IssuerPublicKeys[client.ID] = storage.IssuerPublicKeys{Issuer: client.ID, KeysBySub: map[string]storage.SubjectPublicKeys{
		client.ID: {Subject: client.ID, Keys: map[string]storage.PublicKeyScopes{client.Kid: {
			Key: &jose.JSONWebKey{Key: &client.Key.PublicKey, KeyID: client.Kid}, Scopes: []string{client.Scope},
		}}},
	}}
	signing := func(context.Context) (any, error) { return key, nil }
	strategy := compose.NewOAuth2JWTStrategy(signing, compose.NewOAuth2HMACStrategy(config), config)
	provider := compose.Compose(config, store, strategy, compose.RFC7523AssertionGrantFactory)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session := &oauth2.JWTSession{JWTClaims: &jwt.JWTClaims{}, JWTHeader: &jwt.Headers{}}
		request, err := provider.NewAccessRequest(r.Context(), r, session)
		if err != nil {
			provider.WriteAccessError(r.Context(), w, request, err)
			return
		}
		answer, err := provider.NewAccessResponse(r.Context(), request)
		if err != nil {
			provider.WriteAccessError(r.Context(), w, request, err)
			return
		}
		provider.WriteAccessResponse(r.Context(), w, request, answer)
	}), nil
}
