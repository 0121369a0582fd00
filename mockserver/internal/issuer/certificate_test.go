package issuer_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// x5cHeader is that of a grant with a certificate for certKey.
func (w *world) x5cHeader(t testing.TB, order pki.Order) object {
	t.Helper()
	key := check.Got(testkeys.RSA(certKey))(t)
	order.PublicKey = &key.PublicKey
	chain := check.Got(w.ca.Issue(order, w.now()))(t)
	return object{"alg": "RS256", "x5c": chain.X5C()}
}

// certified asks for a token with a certificate, as the client without keys.
func (w *world) certified(t testing.TB, number int, header object) reply {
	t.Helper()
	return w.ask(t, sign(t, number, header, w.claims(object{"iss": certificate})))
}

func TestAClientWithoutKeysShowsACertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := granted(t, w.certified(t, certKey, w.x5cHeader(t, pki.Order{OrgNo: consumerNo})))
	check.Same(t, "virksomhetssertifikat", got["client_amr"], "client_amr")
	header := w.x5cHeader(t, pki.Order{OrgNo: consumerNo})
	header["alg"] = "RS512"
	granted(t, w.certified(t, certKey, header))
	refused(t, w.certified(t, otherKey, header), badSignature)
}

func TestAClientWithoutKeysHasNoKid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused(t, w.certified(t, appKey, object{"alg": "RS256", "kid": kid}), unknownKid)
	header := w.x5cHeader(t, pki.Order{OrgNo: consumerNo})
	header["kid"] = "whatever"
	refused(t, w.certified(t, certKey, header), unknownKid) // both together: the kid counts
}

func TestTheLeafAloneIsEnough(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	header := w.x5cHeader(t, pki.Order{OrgNo: consumerNo})
	chain := header["x5c"].([]string)
	for length := 1; length <= len(chain); length++ { // the leaf, then its issuer, then the root
		header["x5c"] = chain[:length]
		granted(t, w.certified(t, certKey, header))
	}
}

func TestInvalidCertificates(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		order      pki.Order
		production bool
		change     func(x5c []string) []string
		later      time.Duration
	}{
		"expired":              {order: pki.Order{Kind: pki.Expired}},
		"revoked":              {order: pki.Order{Kind: pki.Revoked}},
		"production's in test": {order: pki.Order{Kind: pki.Production}},
		"test's in production": {order: pki.Order{}, production: true},
		"its issuer alone":     {change: func(x5c []string) []string { return x5c[1:] }},
		"expired by the clock": {later: 3 * 365 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *issuer.Config) { c.Production = test.production })
			test.order.OrgNo = consumerNo
			header := w.x5cHeader(t, test.order)
			if test.change != nil {
				header["x5c"] = test.change(header["x5c"].([]string))
			}
			w.advance(test.later)
			refused(t, w.certified(t, certKey, header), badCertificate)
		})
	}
}

func TestProductionTakesItsOwnCertificates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *issuer.Config) { c.Production = true })
	granted(t, w.certified(t, certKey, w.x5cHeader(t, pki.Order{OrgNo: consumerNo, Production: true})))
}

func TestASelfSignedCertificateIsInvalid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := check.Got(testkeys.RSA(certKey))(t)
	der := check.Got(pki.SelfSigned(key, "me", 1))(t)
	header := object{"alg": "RS256", "x5c": []string{base64.StdEncoding.EncodeToString(der)}}
	refused(t, w.certified(t, certKey, header), badCertificate)
}

func TestMalformedX5C(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.x5cHeader(t, pki.Order{OrgNo: consumerNo})["x5c"].([]string)
	der := check.Got(base64.StdEncoding.DecodeString(good[0]))(t)
	for name, x5c := range map[string]any{
		"a string":                 good[0],
		"null":                     nil,
		"a number":                 1,
		"an object":                object{"0": good[0]},
		"an empty array":           []string{},
		"an array of numbers":      []int{1},
		"null in it":               []any{nil},
		"no base64":                []string{"???"},
		"base64url":                []string{base64.RawURLEncoding.EncodeToString(der)},
		"no certificate":           []string{"AAAA"},
		"no certificate behind it": []string{good[0], "AAAA"},
		"PEM":                      []string{"-----BEGIN CERTIFICATE-----\n" + good[0] + "\n-----END CERTIFICATE-----"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, w.certified(t, certKey, object{"alg": "RS256", "x5c": x5c}), badX5C)
		})
	}
	refused(t, w.certified(t, certKey, object{"alg": "RS256"}), badX5C)
}

func TestTheCertificateMustBeTheClientsOrganisations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused(t, w.certified(t, certKey, w.x5cHeader(t, pki.Order{OrgNo: providerNo})), wrongOrgNo)
	refused(t, w.certified(t, certKey, w.x5cHeader(t, pki.Order{OrgNo: supplierNo})), wrongOrgNo)
}

func TestASuppliersClientMayShowTheSuppliersCertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.client(t, supplier, registry.ClientFields{ClientID: "for-consumer", ClientOrgNo: consumerNo, Scopes: []string{"difi:a"}})
	for _, orgno := range []string{supplierNo, consumerNo} {
		header := w.x5cHeader(t, pki.Order{OrgNo: orgno})
		granted(t, w.ask(t, sign(t, certKey, header, w.claims(object{"iss": "for-consumer"}))))
	}
	header := w.x5cHeader(t, pki.Order{OrgNo: providerNo})
	refused(t, w.ask(t, sign(t, certKey, header, w.claims(object{"iss": "for-consumer"}))), wrongOrgNo)
}
