package mockserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// controlToken makes a test token whose issuer is the one of this address.
func controlToken(d *door, r *http.Request) (any, error) {
	in, err := readControl[struct {
		Environment string         `json:"environment"`
		Claims      map[string]any `json:"claims"`
		Flaws       []Flaw         `json:"flaws"`
	}](r)
	if err != nil {
		return nil, err
	}
	e, err := d.controlEnvironment(in.Environment)
	if err != nil {
		return nil, err
	}
	through, err := e.through(d)
	if err != nil {
		return nil, err
	}
	token, err := through.Mint(in.Claims, in.Flaws...)
	return map[string]string{"access_token": token}, err
}

// controlRotate answers with the name of the key that signs from now on.
func controlRotate(d *door, r *http.Request) (any, error) {
	in, err := readControl[struct {
		Environment string `json:"environment"`
	}](r)
	if err != nil {
		return nil, err
	}
	e, err := d.controlEnvironment(in.Environment)
	if err != nil {
		return nil, err
	}
	return map[string]string{"kid": e.issuer.RotateKey()}, nil
}

// testKey is a key with its private half. Everybody has it.
type testKey struct {
	Number int `json:"number"`
	// Test is always true: the key protects nothing.
	Test bool            `json:"test"`
	JWK  json.RawMessage `json:"jwk"`
	Pub  publicJWK       `json:"public_jwk"`
	PEM  string          `json:"key"`
}

// publicJWK is what is posted to self-service.
type publicJWK struct {
	Kty string `json:"kty"`
	Use string `json:"use"`
	Alg string `json:"alg"`
	Kid string `json:"kid"`
	testkeys.Params
}

func controlKey(_ *door, r *http.Request) (any, error) {
	query, err := controlQuery(r, "number", "kid")
	if err != nil {
		return nil, err
	}
	number, err := controlNumber(query, freeKeys()-1)
	if err != nil {
		return nil, err
	}
	kid := query.Get("kid")
	if kid == "" {
		kid = fmt.Sprintf("test-key-%d", number)
	}
	private, err := testkeys.RSA(testkeys.Free + number)
	if err != nil {
		return nil, err
	}
	text, err := (&pki.Certificate{Key: private}).KeyPEM()
	if err != nil {
		return nil, err
	}
	public, err := testkeys.Public(testkeys.Free + number)
	if err != nil {
		return nil, err
	}
	jwk, err := testkeys.PrivateJWK(testkeys.Free+number, kid)
	return testKey{
		Number: number, Test: true, JWK: jwk, PEM: text,
		Pub: publicJWK{Kty: "RSA", Use: "sig", Alg: "RS256", Kid: kid, Params: public},
	}, err
}

func controlOrgNo(_ *door, r *http.Request) (any, error) {
	query, err := controlQuery(r, "number")
	if err != nil {
		return nil, err
	}
	number, err := controlNumber(query, orgNos-1)
	return map[string]maskinporten.OrgNo{"orgno": OrgNo(number)}, err
}

// controlCredentials makes an admin client, as [Server.AdminCredentials] does.
func controlCredentials(d *door, r *http.Request) (any, error) {
	in, err := readControl[struct {
		Environment string   `json:"environment"`
		OrgNo       string   `json:"orgno"`
		Scopes      []string `json:"scopes"`
	}](r)
	if err != nil {
		return nil, err
	}
	e, err := d.controlEnvironment(in.Environment)
	if err != nil {
		return nil, err
	}
	admin, err := e.adminOf(in.OrgNo, in.Scopes)
	if err != nil {
		return nil, err
	}
	jwk, err := testkeys.PrivateJWK(admin.key, admin.kid)
	return ReadyCredentials{
		Environment: e.name, Role: "admin", OrgNo: admin.orgno, ClientID: admin.id, Scopes: admin.scopes, JWK: jwk,
	}, err
}

func controlReady(d *door, _ *http.Request) (any, error) { return d.server.Ready(d.base.String()) }

// controlQuery returns the parameters of a call. Those that don't exist are an
// error, as fields are.
func controlQuery(r *http.Request, names ...string) (url.Values, error) {
	query := r.URL.Query()
	for name := range query {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("there is no parameter %.40q: use %s", name, strings.Join(names, ", "))
		}
	}
	return query, nil
}

// controlNumber reads the parameter number, which is required.
func controlNumber(query url.Values, most int) (int, error) {
	number, err := strconv.Atoi(query.Get("number"))
	if err != nil || number < 0 || number > most {
		return 0, errors.New("number: give one from 0 to " + strconv.Itoa(most))
	}
	return number, nil
}
