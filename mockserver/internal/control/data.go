package control

import (
	"cmp"
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
	"POST apps":                taking(app),
	"POST credentials":         taking(credentials),
	"POST tokens":              taking(token),
	"POST signing-keys":        taking(rotate),
	"GET keys":                 key,
	"POST certificates":        taking(certificate),
	"GET organization-numbers": organizationNumber,
}

// clientOrder is what is asked of a client.
type clientOrder struct {
	Environment string   `json:"environment"`
	OrgNo       string   `json:"orgno"`
	Scopes      []string `json:"scopes"`
}

// app makes a client that gets tokens for scopes, and all that is missing.
func app(c *call, in clientOrder) (any, error) {
	env, err := c.environment(in.Environment)
	if err != nil {
		return nil, err
	}
	made, err := c.Engine.App(in.Environment, in.OrgNo, in.Scopes)
	if err != nil {
		return nil, err
	}
	return credentialsOf(env, "app", made)
}

// credentials makes an admin client, with a key of its own or for a certificate.
func credentials(c *call, in struct {
	clientOrder
	Certificate bool `json:"certificate"`
}) (any, error) {
	env, err := c.environment(in.Environment)
	if err != nil {
		return nil, err
	}
	if in.Certificate {
		return certified(c, env, in.clientOrder)
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

// certifiedCredentials are those of a client that shows a certificate.
type certifiedCredentials struct {
	Environment string   `json:"environment"`
	Role        string   `json:"role"`
	OrgNo       string   `json:"orgno"`
	ClientID    string   `json:"client_id"`
	Scopes      []string `json:"scopes"`
	certificateFiles
}

func certified(c *call, env *engine.Environment, in clientOrder) (any, error) {
	admin, err := env.CertifiedAdmin(in.OrgNo, in.Scopes)
	if err != nil {
		return nil, err
	}
	issued, err := issue(c, pki.Order{OrgNo: in.OrgNo, Production: env.Name == "prod"})
	return certifiedCredentials{env.Name, "admin", admin.OrgNo, admin.ID, admin.Scopes, issued}, err
}

// token makes a test token whose issuer is the one of this address.
func token(c *call, in struct {
	Environment string         `json:"environment"`
	Claims      map[string]any `json:"claims"`
	Flaws       []issuer.Flaw  `json:"flaws"`
}) (any, error) {
	env, err := c.environment(in.Environment)
	if err != nil {
		return nil, err
	}
	endpoint, err := env.At(c.site.AddressesFor(c.Request).Issuer(env.Name))
	if err != nil {
		return nil, err
	}
	token, err := endpoint.Mint(in.Claims, in.Flaws...)
	return map[string]string{"access_token": token}, err
}

// rotate answers with the name of the key that signs from now on.
func rotate(c *call, in struct {
	Environment string `json:"environment"`
}) (any, error) {
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
	query := c.URL.Query()
	number, err := numberIn(query, engine.FreeKeys()-1)
	if err != nil {
		return nil, err
	}
	kid := cmp.Or(query.Get("kid"), fmt.Sprintf("test-key-%d", number))
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

func certificate(c *call, in struct {
	Environment string   `json:"environment"`
	OrgNo       string   `json:"orgno"`
	Kind        pki.Kind `json:"kind"`
}) (any, error) {
	if _, err := c.environment(in.Environment); err != nil {
		return nil, err
	}
	return issue(c, pki.Order{OrgNo: in.OrgNo, Kind: in.Kind, Production: in.Environment == "prod"})
}

// certificateFiles are a certificate with its private key, as PEM and in one file.
type certificateFiles struct {
	Chain    []string `json:"chain"`
	Key      string   `json:"key"`
	PKCS12   []byte   `json:"pkcs12"` // base64
	Password string   `json:"password"`
}

// password is that of all PKCS#12 files.
const password = "changeit" //nolint:gosec // of test keys, which everybody has

func issue(c *call, order pki.Order) (files certificateFiles, err error) {
	issued, err := c.Engine.IssueCertificate(order)
	if err != nil {
		return files, err
	}
	files = certificateFiles{Chain: issued.PEM(), Password: password}
	if files.Key, err = issued.KeyPEM(); err == nil {
		files.PKCS12, err = issued.PKCS12(password)
	}
	return files, err
}

func organizationNumber(c *call) (any, error) {
	query := c.URL.Query()
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
