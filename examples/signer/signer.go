package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// signer is a crypto.Signer whose private key is behind HTTP. crypto.Signer
// knows no context, so each question ends by a timeout of its own.
type signer struct {
	vault, token string
	public       crypto.PublicKey
	http         http.Client
}

var _ crypto.Signer = (*signer)(nil)

// newSigner asks for the public half once.
func newSigner(ctx context.Context, vault, token string) (*signer, error) {
	s := &signer{vault: vault, token: token, http: http.Client{Timeout: 5 * time.Second}}
	der, err := s.ask(ctx, http.MethodGet, "/public", nil)
	if err != nil {
		return nil, err
	}
	s.public, err = x509.ParsePKIXPublicKey(der)
	return s, err
}

// Public returns the key that signatures are checked with.
func (s *signer) Public() crypto.PublicKey { return s.public }

// Sign sends a digest, and never what it is of.
func (s *signer) Sign(_ io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	return s.ask(context.Background(), http.MethodPost, "/sign", &order{Digest: digest, Hash: options.HashFunc().String()})
}

// order is what the vault is asked to sign.
type order struct {
	Digest []byte `json:"digest"`
	Hash   string `json:"hash"`
}

func (s *signer) ask(ctx context.Context, method, path string, body *order) ([]byte, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, s.vault+path, bytes.NewReader(encoded))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	response, err := s.http.Do(request)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	switch err = errors.Join(err, response.Body.Close()); {
	case err != nil:
		return nil, err
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the vault answered %s", response.Status)
	}
	return answer, nil
}
