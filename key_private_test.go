package maskinporten_test

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/internal/dev/disguise"
)

func TestANewKeyIsReadAgainFromWhatIsStored(t *testing.T) {
	t.Parallel()
	for _, kid := range []string{"", "weather-2026.1_a"} {
		made := check.Got(maskinporten.NewKey(kid))(t)
		public := check.Got(made.PublicJWK())(t)
		if name, _ := public.Thumbprint(); kid == "" && made.KeyID() != name || kid != "" && made.KeyID() != kid {
			t.Errorf("asked for kid %q, got %q", kid, made.KeyID())
		}
		made = check.Got(made.WithAlgorithm("RS512"))(t)
		asPEM, errPEM := made.MarshalPEM()
		asJWK, errJWK := made.MarshalJWK()
		if errPEM != nil || errJWK != nil {
			t.Fatal(errPEM, errJWK)
		}
		fromPEM, errPEM := maskinporten.LoadKey(asPEM, maskinporten.KeyOptions{KeyID: made.KeyID()})
		fromJWK, errJWK := maskinporten.LoadKey(asJWK, maskinporten.KeyOptions{})
		if errPEM != nil || errJWK != nil {
			t.Fatal(errPEM, errJWK)
		}
		for form, key := range map[string]*maskinporten.Key{"PEM": fromPEM, "JWK": fromJWK} {
			if key.KeyID() != made.KeyID() || !samePublic(key.Public(), made.Public()) {
				t.Errorf("%s: %v came back as %v", form, made, key)
			}
			signsAs(t, key, made.Public())
		}
		if fromJWK.Algorithm() != "RS512" {
			t.Errorf("the JWK lost its algorithm: %v", fromJWK)
		}
	}
}

func TestANewKeysKidIsOneThatTheServiceTakes(t *testing.T) {
	t.Parallel()
	for _, kid := range []string{"my key", "a/b", "æ", "a\n", `"quoted"`, "2026:1"} {
		if key, err := maskinporten.NewKey(kid); !errors.Is(err, maskinporten.ErrInvalidArgument) {
			t.Errorf("%q: %v, error %v", kid, key, err)
		}
	}
}

func TestACertifiedKeyIsStoredWithItsChain(t *testing.T) {
	t.Parallel()
	private := privateKey(t, "one")
	chain := testChain(t, private.Public())
	key := check.Got(maskinporten.KeyFromCertificates(chain, private))(t)
	for form, marshal := range map[string]func() ([]byte, error){"PEM": key.MarshalPEM, "JWK": key.MarshalJWK} {
		data := check.Got(marshal())(t)
		again, err := maskinporten.LoadKey(data, maskinporten.KeyOptions{})
		if err != nil || commonNames(again.Certificates()) != commonNames(chain) || !again.Expires().Equal(chain[0].NotAfter) {
			t.Errorf("%s: %v, error %v", form, again, err)
		}
	}
}

func TestAPrivatePartThatIsElsewhereOrIncompleteIsNotWritten(t *testing.T) {
	t.Parallel()
	private := privateKey(t, "one")
	remote := check.Got(maskinporten.KeyFromSigner(remoteSigner{private: private, public: private.Public()}, "one"))(t)
	signsOnly := check.Got(maskinporten.KeyFromSigner(&rsa.PrivateKey{PublicKey: private.PublicKey, D: private.D}, "one"))(t)
	primes := check.Got(os.ReadFile(filepath.Join("testdata", "keys", "files", "three-primes.pem")))(t)
	three := check.Got(maskinporten.LoadKey(primes, maskinporten.KeyOptions{KeyID: "three"}))(t)
	signsAs(t, signsOnly, private.Public())
	for _, test := range []struct {
		marshal func() ([]byte, error)
		says    string
	}{
		{remote.MarshalPEM, "signer's keeping"}, {remote.MarshalJWK, "signer's keeping"},
		{signsOnly.MarshalPEM, "p and q are missing"}, {signsOnly.MarshalJWK, "p and q are missing"},
		{three.MarshalJWK, "as a JWK"},
	} {
		data, err := test.marshal()
		if data != nil {
			t.Errorf("wrote %d bytes", len(data))
		}
		mustSay(t, test.says, err, test.says)
	}
}

func TestKidsAndClientIDsWithOddCharactersAreRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	private := privateKey(t, "one")
	chain := testChain(t, private.Public())
	for _, odd := range []string{" kid", "kid ", "k id", "kid\n", "\"kid\"", "'kid'", "kid\x00", "k\u00a0id", "“kid”", "kid\u200b", "k\xffid", "k\u2028id"} {
		if key, err := maskinporten.KeyFromSigner(private, odd); !errors.Is(err, maskinporten.ErrInvalidArgument) || !strings.Contains(err.Error(), "as it is registered") {
			t.Errorf("kid %q: %v, error %v", odd, key, err)
		}
		if key, err := maskinporten.LoadKey(append(keyPEM(t, "one"), certificatePEM(chain...)...), maskinporten.KeyOptions{KeyID: odd}); !errors.Is(err, maskinporten.ErrInvalidArgument) {
			t.Errorf("kid %q: %v, error %v", odd, key, err)
		}
		b := &backend{}
		auth, err := maskinporten.NewAuthenticator(backendEndpoints(), maskinporten.Credentials{ClientID: odd, Key: fileKey(t, "one")}, maskinporten.WithHTTPClient(b.http()))
		if wrong, ok := errors.AsType[*maskinporten.ArgumentError](err); !ok || wrong.Argument != "Credentials.ClientID" || auth != nil {
			t.Errorf("client id %q: error %v", odd, err)
		}
	}
	for _, kid := range []string{"a/b", "a+b=", "2026:1", "æ", "f4c2e4c6-8d1b-4b0f", "a@b"} { // older keys have such names
		if _, err := maskinporten.KeyFromSigner(private, kid); err != nil {
			t.Errorf("kid %q: %v", kid, err)
		}
	}
}

func TestOptionsOfKeysHideThePassword(t *testing.T) {
	t.Parallel()
	options := maskinporten.KeyOptions{Password: maskinporten.NewSecret(materialPassword), KeyID: "one"}
	hidden := struct{ options maskinporten.KeyOptions }{options}
	path := filepath.Join(t.TempDir(), "key")
	write(t, path, keyPEM(t, "one"))
	file := check.Got(maskinporten.LoadKeyFile(path, options))(t)
	if text := dump(t, options, &options, hidden, &hidden, map[string]any{"key": options}, file); strings.Contains(text, materialPassword) {
		t.Errorf("shows %s", text)
	}
}

func TestPublicKeysAreReadInEveryDisguise(t *testing.T) {
	t.Parallel()
	public := privateKey(t, "one").Public()
	chain := testChain(t, public)
	want := check.Got(maskinporten.ParseJSONWebKey([]byte(publicPEM(t, public))))(t)
	der := check.Got(x509.MarshalPKIXPublicKey(public))(t)
	for form, data := range map[string][]byte{
		"PEM": []byte(publicPEM(t, public)), "JWK": []byte(encode(t, want)), "certificates": certificatePEM(chain[2], chain[1], chain[0]),
		"DER": der, "certificate in DER": chain[0].Raw,
	} {
		for look, d := range disguise.All {
			if d.Text && strings.Contains(form, "DER") {
				continue
			}
			got, err := maskinporten.ParseJSONWebKey(d.Put(data))
			if d.Lost != "" {
				mustSay(t, form+", "+look, err, d.Lost)
			} else if err != nil || got.KeyID != want.KeyID || got.N != want.N {
				t.Errorf("%s, %s: kid %q, error %v", form, look, got.KeyID, err)
			}
		}
	}
}
