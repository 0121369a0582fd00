package maskinporten_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/internal/dev/disguise"
)

// material is a key as a file holds it.
type material struct {
	data   []byte
	binary bool
	own    string // the exact loader for it
	kid    string // what grants name; without one, the chain of testChain
	needs  string // the kid that must be given
}

const materialPassword = "hush"

// materials are all forms of one key, those with certificates in all orders.
func materials(t testing.TB) map[string]material {
	t.Helper()
	private := privateKey(t, "one")
	chain := testChain(t, private.Public())
	pkcs8 := check.Got(x509.MarshalPKCS8PrivateKey(private))(t)
	pkcs1 := x509.MarshalPKCS1PrivateKey(private)
	keyText := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	jwk := jwkOf(t, private, nil)
	indented := bytes.NewBuffer(nil)
	check.OK(t, json.Indent(indented, jwk, "", "  "))
	all := map[string]material{
		"JWK":          {data: jwk, own: "KeyFromJWK", kid: "one"},
		"JWK in lines": {data: indented.Bytes(), own: "KeyFromJWK", kid: "one"},
		"JWK of n, e and d": {data: jwkOf(t, private, func(m map[string]any) {
			for _, name := range []string{"p", "q", "dp", "dq", "qi"} {
				delete(m, name)
			}
		}), own: "KeyFromJWK", kid: "one"},
		"JWK with odd members": {data: jwkOf(t, private, func(m map[string]any) {
			m["x5t"], m["x5u"], m["x5c"], m["key_ops"], m["exp"], m["D"] = "£", 7, "none", nil, "soon", "x"
		}), own: "KeyFromJWK", kid: "one"},
		"JWK with a number for its kid": {data: jwkOf(t, private, func(m map[string]any) { m["kid"] = 20250131 }), own: "KeyFromJWK", kid: "20250131"},
		"JWK in plain base64": {data: jwkOf(t, private, func(m map[string]any) {
			for _, name := range []string{"n", "e", "d", "p", "q"} {
				text, _ := m[name].(string)
				m[name] = strings.NewReplacer("-", "+", "_", "/").Replace(text) + "="
			}
		}), own: "KeyFromJWK", kid: "one"},
		"set of one JWK": {data: slices.Concat([]byte(`{"keys":[`), jwk, []byte(`]}`)), own: "KeyFromJWK", kid: "one"},
		"PKCS#8":         {data: keyText, own: "KeyFromPEM", kid: "given", needs: "given"},
		"PKCS#1":         {data: pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: pkcs1}), own: "KeyFromPEM", kid: "given", needs: "given"},
		"PEM with words, and what isn't needed": {data: slices.Concat([]byte("Bag Attributes\n    friendlyName: x\nKey Attributes: <No Attributes>\n"), keyText,
			pem.EncodeToMemory(&pem.Block{Type: "EC PARAMETERS", Bytes: []byte{6, 0}}), []byte(publicPEM(t, private.Public())),
			pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("odd")})), own: "KeyFromPEM", kid: "given", needs: "given"},
		"PKCS#8 in DER": {data: pkcs8, binary: true, kid: "given", needs: "given"},
		"PKCS#1 in DER": {data: pkcs1, binary: true, kid: "given", needs: "given"},
	}
	for _, order := range orders(chain) {
		names, certificates := commonNames(order), certificatePEM(order...)
		all["PEM: key "+names] = material{data: slices.Concat(keyText, certificates), own: "KeyFromPEM"}
		all["PEM: "+names+" key"] = material{data: slices.Concat(certificates, keyText), own: "KeyFromPEM"}
		all["PEM with a kid: key "+names] = material{data: slices.Concat(keyText, certificates), own: "KeyFromPEM", kid: "given", needs: "given"}
		file := check.Got(pkcs12.Modern2023.WithIterations(1).Encode(private, order[0], order[1:], materialPassword))(t)
		all["PKCS#12: "+names] = material{data: file, binary: true, own: "KeyFromPKCS12"}
		all["PKCS#12 with a kid: "+names] = material{data: file, binary: true, kid: "given", needs: "given"}
		all["JWK with x5c: "+names] = material{data: jwkOf(t, private, func(m map[string]any) {
			delete(m, "kid")
			m["x5c"] = rawOf(order)
		}), own: "KeyFromJWK"}
	}
	return all
}

type loader func(t *testing.T, data []byte, kid string) (*maskinporten.Key, error)

var loaders = map[string]loader{
	"LoadKey": func(_ *testing.T, data []byte, kid string) (*maskinporten.Key, error) {
		return maskinporten.LoadKey(data, maskinporten.KeyOptions{Password: maskinporten.NewSecret(materialPassword), KeyID: kid})
	},
	"LoadKeyFile": func(t *testing.T, data []byte, kid string) (*maskinporten.Key, error) {
		path := filepath.Join(t.TempDir(), "key")
		write(t, path, data)
		file, err := maskinporten.LoadKeyFile(path, maskinporten.KeyOptions{Password: maskinporten.NewSecret(materialPassword), KeyID: kid})
		if err != nil {
			return nil, err
		}
		return file.Key(t.Context())
	},
	"KeyFromJWK": func(_ *testing.T, data []byte, _ string) (*maskinporten.Key, error) {
		return maskinporten.KeyFromJWK(data)
	},
	"KeyFromPEM": func(_ *testing.T, data []byte, kid string) (*maskinporten.Key, error) {
		return maskinporten.KeyFromPEM(data, kid)
	},
	"KeyFromPKCS12": func(_ *testing.T, data []byte, _ string) (*maskinporten.Key, error) {
		return maskinporten.KeyFromPKCS12(data, materialPassword)
	},
}

// TestKeyMaterialIsReadOrNamed is the table of what people hold: each form,
// in each order of its certificates, in each disguise, with each loader.
func TestKeyMaterialIsReadOrNamed(t *testing.T) {
	t.Parallel()
	private := privateKey(t, "one")
	tried, read := 0, 0
	forms := materials(t)
	for form, m := range forms {
		for look, d := range disguise.All {
			if d.Text && m.binary {
				continue
			}
			data := d.Put(m.data)
			for name, load := range loaders {
				if name == "LoadKeyFile" && look != "as it is" && look != "base64 in lines" && d.Lost == "" {
					continue // LoadKey, for all that matters
				}
				if name == "KeyFromPKCS12" && m.binary && m.kid != "" {
					continue // it takes no kid, so that this is the same file again
				}
				tried++
				what := fmt.Sprintf("%s, %s, %s", name, form, look)
				key, err := load(t, data, m.needs)
				exact := strings.HasPrefix(name, "KeyFrom")
				switch {
				case d.Lost != "":
					mustSay(t, what, err, d.Lost)
				case exact && name != m.own:
					mustSay(t, what, err, "not", "in a disguise")
				case exact && !d.Plain && !bytes.Equal(data, m.data):
					if err != nil {
						mustSay(t, what, err, "use LoadKey")
					} else {
						mustBe(t, what, key, m, private.Public())
					}
				case err != nil:
					t.Errorf("%s: %v", what, err)
				default:
					read++
					mustBe(t, what, key, m, private.Public())
				}
			}
		}
	}
	t.Logf("%d combinations of %d forms and %d disguises, of which %d are read", tried, len(forms), len(disguise.All), read)
	if read < 1000 {
		t.Errorf("only %d combinations were read", read)
	}
}

func mustSay(t *testing.T, what string, err error, oneOf ...string) {
	t.Helper()
	if err == nil || !errors.Is(err, maskinporten.ErrInvalidArgument) {
		t.Errorf("%s: error %v", what, err)
		return
	}
	if !slices.ContainsFunc(oneOf, func(text string) bool { return strings.Contains(err.Error(), text) }) {
		t.Errorf("%s: %v; it should say %q", what, err, oneOf)
	}
}

func mustBe(t *testing.T, what string, key *maskinporten.Key, m material, public crypto.PublicKey) {
	t.Helper()
	if key.KeyID() != m.kid || !samePublic(key.Public(), public) {
		t.Errorf("%s: %v is another key", what, key)
	}
	if names := commonNames(key.Certificates()); m.kid == "" && names != "leaf authority root" || m.kid != "" && names != "" {
		t.Errorf("%s: the chain is %q", what, names)
	}
}

func samePublic(one, two crypto.PublicKey) bool {
	public, ok := one.(*rsa.PublicKey)
	return ok && public.Equal(two)
}
