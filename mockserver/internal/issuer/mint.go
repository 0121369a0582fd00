package issuer

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// Flaw is something wrong with a test token.
type Flaw string

// The flaws. A token can have several.
const (
	// Expired: it ended an hour ago.
	Expired Flaw = "expired"
	// OtherIssuer: its iss is not one of this environment's.
	OtherIssuer Flaw = "other_issuer"
	// OtherKey: it names the environment's key but is signed with another.
	OtherKey Flaw = "other_key"
	// UnknownKey: it names a key that isn't in the key set, and is signed
	// with it.
	UnknownKey Flaw = "unknown_key"
	// MissingConsumer: it has no consumer.
	MissingConsumer Flaw = "missing_consumer"
	// Tampered: its claims were changed after it was signed.
	Tampered Flaw = "tampered"
	// Unsigned: its alg is "none".
	Unsigned Flaw = "unsigned"
)

// flawed is what a flaw changes in the claims, beside the signature.
var flawed = map[Flaw]func(claims map[string]any, now time.Time){
	Expired: func(claims map[string]any, now time.Time) {
		end := now.Add(-time.Hour).Unix()
		claims["iat"], claims["exp"] = end-defaultLifetime, end
	},
	OtherIssuer: func(claims map[string]any, _ time.Time) {
		claims["iss"] = "https://other-issuer.invalid/"
	},
	MissingConsumer: func(claims map[string]any, _ time.Time) {
		delete(claims, "consumer")
	},
	OtherKey:   func(map[string]any, time.Time) {},
	UnknownKey: func(map[string]any, time.Time) {},
	Tampered:   func(map[string]any, time.Time) {},
	Unsigned:   func(map[string]any, time.Time) {},
}

// Mint makes a test token, good unless it is given flaws. It has all that a
// token of this endpoint's has; claims come in place of that, and a claim of nil
// is left out. Such a token is for APIs under test: no client has to exist.
func (e *Endpoint) Mint(claims map[string]any, flaws ...Flaw) (string, error) {
	all, err := e.defaults()
	if err != nil {
		return "", err
	}
	maps.Copy(all, claims)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	has := map[Flaw]bool{}
	for _, flaw := range flaws {
		change, ok := flawed[flaw]
		if !ok {
			return "", fmt.Errorf("flaws: unknown flaw %.40q: use %s", string(flaw), flawNames())
		}
		change(all, e.issuer.config.Now())
		has[flaw] = true
	}
	token, err := e.issuer.signFlawed(all, has)
	if err != nil {
		return "", fmt.Errorf("minting a token: %w", err)
	}
	return token, nil
}

// flawNames lists the flaws for an error.
func flawNames() string {
	var names []string
	for flaw := range flawed {
		names = append(names, string(flaw))
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// testConsumer is the organisation that most examples of the documentation
// use; a claim "consumer" replaces it.
const testConsumer = "991825827"

// defaults are the claims of a real token, without a scope.
func (e *Endpoint) defaults() (map[string]any, error) {
	now, newID := e.issuer.config.Now().Unix(), e.issuer.config.NewID
	text, err := json.Marshal(tokenClaims{
		Issuer: e.address, ClientID: newID(), ClientAMR: methodKey, Consumer: newParty(testConsumer),
		TokenType: bearer, IssuedAt: now, Expires: now + defaultLifetime, ID: name43("jti", newID()),
	})
	if err != nil {
		return nil, err
	}
	claims := map[string]any{}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	return claims, decoder.Decode(&claims)
}

func (i *Issuer) signFlawed(claims map[string]any, has map[Flaw]bool) (string, error) {
	switch {
	case has[Unsigned]:
		payload, err := encode(claims)
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + payload + ".", err
	case has[UnknownKey]:
		return signAsStranger(claims, "unknown")
	case has[OtherKey]:
		return signAsStranger(claims, i.keys.currentKid())
	}
	token, err := i.sign(claims)
	if err != nil || !has[Tampered] {
		return token, err
	}
	parts := strings.Split(token, ".")
	claims["jti"] = fmt.Sprint(claims["jti"], "-tampered")
	parts[1], err = encode(claims)
	return strings.Join(parts, "."), err
}

func encode(claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	return base64.RawURLEncoding.EncodeToString(payload), err
}

func signAsStranger(claims any, kid string) (string, error) {
	signer, err := newSigner(testkeys.Stranger, kid)
	if err != nil {
		return "", err
	}
	return signer.sign(claims)
}
