package verify_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/verify"
)

// forgery is a token that must be refused, and why.
type forgery struct {
	name string
	want verify.Reason
	make func(w *world) string
}

func header(text string) func(*world) string { return func(w *world) string { return w.headed(text) } }

func claim(name string, value any) func(*world) string {
	return func(w *world) string { return w.token(map[string]any{name: value}) }
}

// added is a genuine token with members put in as text.
func added(members string, without ...string) func(*world) string {
	return func(w *world) string {
		changes := map[string]any{}
		for _, name := range without {
			changes[name] = nil
		}
		return w.signed(`{"kid":"k1","alg":"RS256"}`, w.text(changes)+","+members+"}")
	}
}

func payload(text string) func(*world) string {
	return func(w *world) string { return w.signed(`{"kid":"k1","alg":"RS256"}`, text) }
}

func edited(edit func(token string) string) func(*world) string {
	return func(w *world) string { return edit(w.token(nil)) }
}

func consumer(members map[string]any) func(*world) string { return claim("consumer", members) }

var forms = []forgery{
	{"nothing", verify.ReasonTokenMissing, func(*world) string { return "" }},
	{"a word", verify.ReasonNotSigned, func(*world) string { return "token" }},
	{"two parts", verify.ReasonNotSigned, edited(func(s string) string { return s[:strings.LastIndex(s, ".")] })},
	{"four parts", verify.ReasonNotSigned, edited(func(s string) string { return s + ".x" })},
	{"only dots", verify.ReasonHeader, func(*world) string { return ".." }},
	{"five parts, encrypted", verify.ReasonEncrypted, edited(func(s string) string { return s + ".x.y" })},
	{"the JSON form of a JWS", verify.ReasonNotSigned, func(*world) string { return `{"payload":"e30","signatures":[]}` }},
	{"padding", verify.ReasonEncoding, edited(func(s string) string { return s + "==" })},
	{"standard instead of URL alphabet", verify.ReasonEncoding, func(w *world) string {
		return base64.StdEncoding.EncodeToString([]byte(`{"alg":"RS256","kid":"k1>>>???"}`)) + ".e30.AA"
	}},
	{"a line break that decoders skip", verify.ReasonEncoding, edited(func(s string) string { return s[:5] + "\n" + s[5:] })},
	{"a blank at the end", verify.ReasonEncoding, edited(func(s string) string { return s + " " })},
	{"spare bits in the last character", verify.ReasonEncoding, edited(spareBits)},
	{"a nul byte", verify.ReasonEncoding, edited(func(s string) string { return s + "\x00" })},
	{"Bearer twice", verify.ReasonEncoding, edited(func(s string) string { return "Bearer " + s })},
	{"a megabyte", verify.ReasonTooLong, claim("filler", strings.Repeat("x", 1<<20))},
}

// spareBits changes bits of the signature's last character that mean nothing.
func spareBits(token string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, token[len(token)-1])
	return token[:len(token)-1] + string(alphabet[last^1])
}

var headers = []forgery{
	{"header is no JSON", verify.ReasonHeader, header("RS256")},
	{"header is an array", verify.ReasonHeader, header(`["RS256"]`)},
	{"header is not UTF-8", verify.ReasonHeader, header("{\"alg\":\"RS256\",\"kid\":\"k1\xff\"}")},
	{"something after the header", verify.ReasonHeader, header(`{"kid":"k1","alg":"RS256"}{}`)},
	{"header nested without end", verify.ReasonHeader, header(`{"alg":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`)},
	{"alg twice", verify.ReasonHeaderDuplicate, header(`{"kid":"k1","alg":"none","alg":"RS256"}`)},
	{"kid twice, once escaped", verify.ReasonHeaderDuplicate, header(`{"kid":"k1","\u006bid":"k2","alg":"RS256"}`)},
	{"no alg", verify.ReasonAlgorithmMissing, header(`{"kid":"k1"}`)},
	{"alg in capitals", verify.ReasonAlgorithmMissing, header(`{"kid":"k1","ALG":"RS256"}`)},
	{"alg null", verify.ReasonAlgorithmMissing, header(`{"kid":"k1","alg":null}`)},
	{"alg is a list", verify.ReasonAlgorithmMissing, header(`{"kid":"k1","alg":["RS256"]}`)},
	{"alg none, unsigned", verify.ReasonAlgorithmNone, func(w *world) string {
		return b64([]byte(`{"alg":"none"}`)) + "." + b64([]byte(w.text(nil)+"}")) + "."
	}},
	{"alg none, signed", verify.ReasonAlgorithmNone, header(`{"kid":"k1","alg":"none"}`)},
	{"alg nOnE", verify.ReasonAlgorithmNone, header(`{"kid":"k1","alg":"nOnE"}`)},
	{"HS256 with the public key as PEM", verify.ReasonAlgorithmSymmetric, hmacWithPublicKey},
	{"HS512", verify.ReasonAlgorithmSymmetric, header(`{"kid":"k1","alg":"HS512"}`)},
	{"PS256", verify.ReasonAlgorithm, signedPSS},
	{"ES256", verify.ReasonAlgorithm, header(`{"kid":"k1","alg":"ES256"}`)},
	{"rs256", verify.ReasonAlgorithm, header(`{"kid":"k1","alg":"rs256"}`)},
	{"alg of an encryption", verify.ReasonAlgorithm, header(`{"kid":"k1","alg":"RSA-OAEP"}`)},
	{"crit", verify.ReasonCritical, header(`{"kid":"k1","alg":"RS256","crit":["exp"],"exp":1}`)},
	{"crit empty", verify.ReasonCritical, header(`{"kid":"k1","alg":"RS256","crit":[]}`)},
	{"b64", verify.ReasonUnencoded, header(`{"kid":"k1","alg":"RS256","b64":false}`)},
	{"zip", verify.ReasonCompressed, header(`{"alg":"RS256","kid":"k1","zip":"DEF"}`)},
	{"zip null", verify.ReasonCompressed, header(`{"alg":"RS256","kid":"k1","zip":null}`)},
	{"enc in a token of three parts", verify.ReasonEncrypted, header(`{"alg":"RS256","kid":"k1","enc":"A256GCM"}`)},
	{"own key in jwk", verify.ReasonHeaderKey, func(w *world) string {
		own := testKey(w.tb, 2)
		head := string(marshal(w.tb, map[string]any{"alg": "RS256", "kid": "k1", "jwk": jwk(own, "k1")}))
		return signWith(w.tb, own, crypto.SHA256, head, w.text(nil)+"}")
	}},
	{"jku", verify.ReasonHeaderKeyURL, header(`{"kid":"k1","alg":"RS256","jku":"https://attacker.invalid/jwk"}`)},
	{"jku of the issuer itself", verify.ReasonHeaderKeyURL, header(`{"kid":"k1","alg":"RS256","jku":"https://test.maskinporten.no/jwk"}`)},
	{"x5u", verify.ReasonHeaderCertificateURL, header(`{"kid":"k1","alg":"RS256","x5u":"https://attacker.invalid/pem"}`)},
	{"x5c", verify.ReasonHeaderCertificate, header(`{"kid":"k1","alg":"RS256","x5c":["MII="]}`)},
	{"typ of a logout token", verify.ReasonType, header(`{"kid":"k1","alg":"RS256","typ":"logout+jwt"}`)},
	{"typ a number", verify.ReasonType, header(`{"kid":"k1","alg":"RS256","typ":1}`)},
	{"a token within the token", verify.ReasonNested, header(`{"kid":"k1","alg":"RS256","cty":"JWT"}`)},
	{"no kid", verify.ReasonKeyNameMissing, header(`{"alg":"RS256"}`)},
	{"kid empty", verify.ReasonKeyName, header(`{"alg":"RS256","kid":""}`)},
	{"kid a number", verify.ReasonKeyName, header(`{"alg":"RS256","kid":1}`)},
	{"kid a list", verify.ReasonKeyName, header(`{"alg":"RS256","kid":["k1"]}`)},
	{"kid too long", verify.ReasonKeyName, header(`{"alg":"RS256","kid":"` + strings.Repeat("k", 300) + `"}`)},
	{"kid half a character", verify.ReasonKeyName, header(`{"alg":"RS256","kid":"k1\ud800"}`)},
	{"kid a path", verify.ReasonKeyUnknown, header(`{"alg":"RS256","kid":"../../../../dev/null"}`)},
	{"kid an address", verify.ReasonKeyUnknown, header(`{"alg":"RS256","kid":"https://attacker.invalid/k1"}`)},
	{"kid SQL", verify.ReasonKeyUnknown, header(`{"alg":"RS256","kid":"k1' OR '1'='1"}`)},
	{"kid in capitals", verify.ReasonKeyUnknown, header(`{"alg":"RS256","kid":"K1"}`)},
	{"kid with a blank", verify.ReasonKeyUnknown, header(`{"alg":"RS256","kid":"k1 "}`)},
	{"kid of a key that was never there", verify.ReasonKeyUnknown, func(w *world) string {
		return signWith(w.tb, testKey(w.tb, 2), crypto.SHA256, `{"alg":"RS256","kid":"k9"}`, w.text(nil)+"}")
	}},
}

func hmacWithPublicKey(w *world) string {
	der := check.Got(x509.MarshalPKIXPublicKey(&w.key.PublicKey))(w.tb)
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	signed := b64([]byte(`{"kid":"k1","alg":"HS256"}`)) + "." + b64([]byte(w.text(nil)+"}"))
	mac.Write([]byte(signed))
	return signed + "." + b64(mac.Sum(nil))
}

func signedPSS(w *world) string {
	signed := b64([]byte(`{"kid":"k1","alg":"PS256"}`)) + "." + b64([]byte(w.text(nil)+"}"))
	digest := sha256.Sum256([]byte(signed))
	signature := check.Got(rsa.SignPSS(rand.Reader, w.key, crypto.SHA256, digest[:], nil))(w.tb)
	return signed + "." + b64(signature)
}

var signatures = []forgery{
	{"signature empty", verify.ReasonSignatureMissing, edited(func(s string) string { return s[:strings.LastIndex(s, ".")+1] })},
	{"signature of another token", verify.ReasonSignature, func(w *world) string {
		one, other := w.token(nil), w.token(map[string]any{"jti": "jti-2"})
		return one[:strings.LastIndex(one, ".")] + other[strings.LastIndex(other, "."):]
	}},
	{"signature cut", verify.ReasonSignature, edited(func(s string) string {
		at := strings.LastIndex(s, ".") + 1
		whole, _ := base64.RawURLEncoding.DecodeString(s[at:])
		return s[:at] + b64(whole[:len(whole)-1])
	})},
	{"signature with zeros before it", verify.ReasonSignature, edited(func(s string) string {
		at := strings.LastIndex(s, ".") + 1
		return s[:at] + "AAAA" + s[at:]
	})},
	{"signature all zeros", verify.ReasonSignature, edited(func(s string) string {
		return s[:strings.LastIndex(s, ".")+1] + b64(make([]byte, 256))
	})},
	{"signature all ones", verify.ReasonSignature, edited(func(s string) string {
		return s[:strings.LastIndex(s, ".")+1] + b64([]byte(strings.Repeat("\xff", 256)))
	})},
	{"signed with a stranger's key", verify.ReasonSignature, func(w *world) string {
		return signWith(w.tb, testKey(w.tb, 2), crypto.SHA256, `{"kid":"k1","alg":"RS256"}`, w.text(nil)+"}")
	}},
	{"claims changed after signing", verify.ReasonSignature, func(w *world) string {
		parts := strings.Split(w.token(nil), ".")
		parts[1] = b64([]byte(strings.Replace(w.text(nil), "difi:api3", "difi:admin", 1) + "}"))
		return strings.Join(parts, ".")
	}},
	{"header changed after signing", verify.ReasonSignature, func(w *world) string {
		parts := strings.Split(w.token(nil), ".")
		parts[0] = b64([]byte(`{"alg":"RS256","kid":"k1"}`))
		return strings.Join(parts, ".")
	}},
	{"RS256's signature under alg RS384", verify.ReasonSignature, header(`{"kid":"k1","alg":"RS384"}`)},
	{"PSS signature under alg RS256", verify.ReasonSignature, func(w *world) string {
		parts := strings.Split(signedPSS(w), ".")
		parts[0] = b64([]byte(`{"kid":"k1","alg":"RS256"}`))
		return strings.Join(parts, ".")
	}},
	{"alg other than the key's", verify.ReasonKeyAlgorithm, func(w *world) string {
		return signWith(w.tb, testKey(w.tb, 3), crypto.SHA256, `{"kid":"k512","alg":"RS256"}`, w.text(nil)+"}")
	}},
}

func TestForgedDamagedReplayedAndConfusedTokensAreRefusedEachForItsOwnReason(t *testing.T) {
	t.Parallel()
	rows := 0
	for name, table := range map[string][]forgery{
		"form": forms, "header": headers, "signature": signatures, "issuer": issuers,
		"payload": payloads, "times": times, "parties": parties, "claims": otherClaims,
	} {
		for _, row := range table {
			rows++
			t.Run(name+"/"+row.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				v := w.verifier()
				claims, err := verifyToken(v, row.make(w))
				wantReason(t, err, row.want)
				if claims != nil {
					t.Errorf("a refused token has the claims %v", claims)
				}
				if err != nil && strings.Contains(err.Error(), "attacker") {
					t.Errorf("the error repeats the token: %v", err)
				}
			})
		}
	}
	if rows < 60 {
		t.Errorf("the table has %d rows, want 60 at least", rows)
	}
}
