package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"sync/atomic"
)

// vault stands in for a real one: it makes a key that it never shows, and signs
// digests for those who have its token.
type vault struct {
	token  string
	key    *rsa.PrivateKey
	signed atomic.Int64
	locked atomic.Bool
}

func newVault(token string) (*vault, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	return &vault{token: token, key: key}, err
}

func (v *vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Authorization") != "Bearer "+v.token:
		http.Error(w, "who is asking?", http.StatusUnauthorized)
	case v.locked.Load():
		http.Error(w, "locked", http.StatusServiceUnavailable)
	case r.URL.Path == "/public":
		der, err := x509.MarshalPKIXPublicKey(&v.key.PublicKey)
		answer(w, der, err)
	case r.URL.Path == "/sign":
		var asked order
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.Hash != crypto.SHA256.String() {
			http.Error(w, "a SHA-256 digest is signed", http.StatusBadRequest)
			return
		}
		v.signed.Add(1)
		signature, err := rsa.SignPKCS1v15(nil, v.key, crypto.SHA256, asked.Digest)
		answer(w, signature, err)
	default:
		http.NotFound(w, r)
	}
}

func answer(w http.ResponseWriter, body []byte, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(body) // who has gone away wants no answer
}
