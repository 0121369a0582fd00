package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/gateway"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// dataCalls make credentials and test data.
var dataCalls = map[string]handler{
	"POST credentials":         credentials,
	"POST tokens":              token,
	"POST signing-keys":        rotate,
	"GET keys":                 key,
	"POST certificates":        certificate,
	"GET organization-numbers": organizationNumber,
}

// credentials makes an admin client.
func credentials(c *call) (any, error) {
	in, err := read[struct {
		Environment string   `json:"environment"`
		OrgNo       string   `json:"orgno"`
		Scopes      []string `json:"scopes"`
	}](c)
	if err != nil {
		return nil, err
	}
	env, err := c.environment(in.Environment)
	if err != nil {
		return nil, err
	}
	admin, err := env.Admin(in.OrgNo, in.Scopes)
	if err != nil {
		return nil, err
	}
	return credentialsOf(env, "admin", admin)
}

func credentialsOf(env *engine.Environment, role string, client *engine.Client) (any, error) {
	jwk, err := client.JWK()
	return gateway.Credentials{
		Environment: env.Name, Role: role, OrgNo: client.OrgNo, ClientID: client.ID, Scopes: client.Scopes, JWK: jwk,
	}, err
}

// token makes a test token whose issuer is the one of this address.
func token(c *call) (any, error) {
	in, err := read[struct {
		Environment string         `json:"environment"`
		Claims      map[string]any `json:"claims"`
		Flaws       []issuer.Flaw  `json:"flaws"`
	}](c)
	if err != nil {
		return nil, err
	}
	env, err := c.environment(in.Environment)
	if err != nil {
		return nil, err
	}
	door, err := env.At(c.site.AddressesFor(c.Request).Issuer(env.Name))
	if err != nil {
		return nil, err
	}
	token, err := door.Mint(in.Claims, in.Flaws...)
	return map[string]string{"access_token": token}, err
}

// rotate answers with the name of the key that signs from now on.
func rotate(c *call) (any, error) {
	in, err := read[struct {
		Environment string `json:"environment"`
	}](c)
	if err != nil {
		return nil, err
	}
	env, err := c.environment(in.Environment)
	if err != nil {
		return nil, err
	}
	return map[string]string{"kid": env.Issuer.RotateKey()}, nil
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

func key(c *call) (any, error) {
	query, err := c.query("number", "kid")
	if err != nil {
		return nil, err
	}
	number, err := numberIn(query, engine.FreeKeys()-1)
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

func certificate(c *call) (any, error) {
	in, err := read[struct {
		Environment string   `json:"environment"`
		OrgNo       string   `json:"orgno"`
		Kind        pki.Kind `json:"kind"`
	}](c)
	if err != nil {
		return nil, err
	}
	if _, err := c.environment(in.Environment); err != nil {
		return nil, err
	}
	issued, err := c.Engine.IssueCertificate(pki.Order{OrgNo: in.OrgNo, Kind: in.Kind, Production: in.Environment == "prod"})
	if err != nil {
		return nil, err
	}
	key, err := issued.KeyPEM()
	return map[string]any{"chain": issued.PEM(), "key": key}, err
}

func organizationNumber(c *call) (any, error) {
	query, err := c.query("number")
	if err != nil {
		return nil, err
	}
	number, err := numberIn(query, engine.SampleOrgNos-1)
	return map[string]string{"orgno": engine.SampleOrgNo(number)}, err
}

// numberIn reads the parameter number, which is required.
func numberIn(query url.Values, most int) (int, error) {
	number, err := strconv.Atoi(query.Get("number"))
	if err != nil || number < 0 || number > most {
		return 0, errors.New("number: give one from 0 to " + strconv.Itoa(most))
	}
	return number, nil
}
