package maskinporten_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// orders are all ways to put the elements.
func orders[E any](elements []E) [][]E {
	if len(elements) < 2 {
		return [][]E{elements}
	}
	var all [][]E
	for i, first := range elements {
		for _, rest := range orders(slices.Concat(elements[:i], elements[i+1:])) {
			all = append(all, append([]E{first}, rest...))
		}
	}
	return all
}

func commonNames(certificates []*x509.Certificate) string {
	names := make([]string, len(certificates))
	for i, c := range certificates {
		names[i] = c.Subject.CommonName
	}
	return strings.Join(names, " ")
}

func TestAKeysCertificateIsFoundWhereverItStands(t *testing.T) {
	t.Parallel()
	private := privateKey(t, "one")
	chain := testChain(t, private.Public())
	stranger := testChain(t, privateKey(t, "two").Public())[0]
	loaders := map[string]func(order []*x509.Certificate) (*maskinporten.Key, error){
		"PEM, key first": func(order []*x509.Certificate) (*maskinporten.Key, error) {
			return maskinporten.KeyFromPEM(slices.Concat(keyPEM(t, "one"), certificatePEM(order...)), "")
		},
		"PEM, key last": func(order []*x509.Certificate) (*maskinporten.Key, error) {
			return maskinporten.KeyFromPEM(slices.Concat(certificatePEM(order...), keyPEM(t, "one")), "")
		},
		"PKCS#12": func(order []*x509.Certificate) (*maskinporten.Key, error) {
			file, err := pkcs12.Modern.Encode(private, order[0], order[1:], "hush")
			if err != nil {
				return nil, err
			}
			return maskinporten.KeyFromPKCS12(file, "hush")
		},
		"certificates": func(order []*x509.Certificate) (*maskinporten.Key, error) {
			return maskinporten.KeyFromCertificates(order, private)
		},
	}
	for what, load := range loaders {
		for _, order := range orders(append(slices.Clone(chain), stranger)) {
			key, err := load(order)
			if err != nil {
				t.Errorf("%s, %s: %v", what, commonNames(order), err)
				continue
			}
			if diff := cmp.Diff(rawOf(chain), rawOf(key.Certificates())); diff != "" {
				t.Errorf("%s, %s: the chain is %s", what, commonNames(order), commonNames(key.Certificates()))
			}
		}
	}
}

func rawOf(certificates []*x509.Certificate) []string {
	raw := make([]string, len(certificates))
	for i, c := range certificates {
		raw[i] = base64.StdEncoding.EncodeToString(c.Raw)
	}
	return raw
}

func TestTheKeyOfABundleIsTheLeafsWhereverItStands(t *testing.T) {
	t.Parallel()
	public := privateKey(t, "one").Public()
	chain := testChain(t, public)
	for _, order := range orders(chain) {
		for what, bundle := range map[string][]byte{
			"bundle":                    certificatePEM(order...),
			"bundle, twice":             bytes.Repeat(certificatePEM(order...), 2),
			"bundle and its public key": slices.Concat(certificatePEM(order...), []byte(publicPEM(t, public))),
		} {
			jwk, err := maskinporten.ParseJSONWebKey(bundle)
			if err != nil {
				t.Errorf("%s, %s: %v", what, commonNames(order), err)
				continue
			}
			if got, err := jwk.PublicKey(); err != nil || !got.Equal(public) {
				t.Errorf("%s, %s: the key of another certificate would be registered", what, commonNames(order))
			}
			check.Same(t, rawOf(chain), jwk.X5C, what, ", ", commonNames(order), ": another chain")
		}
	}
}

func TestACertificateOfAKindOfKeyThatNobodyKnowsIsRefused(t *testing.T) {
	t.Parallel()
	chain := testChain(t, privateKey(t, "one").Public())
	rsaOID := []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1}
	odd := bytes.Replace(chain[0].Raw, rsaOID, append(rsaOID[:8:8], 0x7f), 1)
	if jwk, err := maskinporten.ParseJSONWebKey(odd); err == nil || !strings.Contains(err.Error(), "RSA keys only") {
		t.Errorf("%+v, error %v", jwk, err)
	}
}
