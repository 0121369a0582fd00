package keyfile_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/maskinporten-go/maskinporten/internal/keyfile"
)

// A file that asks for too many rounds, in whatever place, is refused before
// any is made: the password, which is wrong here, is never tried.
func TestAPKCS12FileThatAsksForMillionsOfRoundsIsRefused(t *testing.T) {
	t.Parallel()
	one := signer(t, "one.pem")
	leaf := certificate(t, "leaf", 1, false, one, one, nil)
	few, many := []byte{2, 3, 1, 0, 3}, []byte{2, 3, 0x7f, 0xff, 0xff}           // as DER: 65,539, and 8 million
	most, more := []byte{2, 3, 0x4a, 0x4b, 0x3a}, []byte{2, 3, 0x4a, 0x4b, 0x3b} // with twice 65,539, five million, and one more
	for name, encoder := range map[string]*pkcs12.Encoder{
		"Modern2026": pkcs12.Modern2026, "Modern2023": pkcs12.Modern2023, "LegacyDES": pkcs12.LegacyDES, "LegacyRC2": pkcs12.LegacyRC2,
	} {
		data, err := encoder.WithIterations(65539).Encode(one, leaf, nil, "hush")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := keyfile.FromPKCS12(data, keyfile.Options{Password: "hush"}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		places := 0
		for at := 0; ; places++ {
			next := bytes.Index(data[at:], few)
			if next < 0 {
				break
			}
			at += next
			for _, rounds := range [][]byte{many, more} {
				mustSayOfRounds(t, data, at, rounds, "5000000 rounds")
			}
			if places == 0 { // the certificates, whose turn comes after the password's
				mustSayOfRounds(t, data, at, most, "the password is wrong")
			}
			at++
		}
		if places != 3 { // the certificates, the key, the MAC
			t.Errorf("%s: %d places", name, places)
		}
	}
}

func mustSayOfRounds(t *testing.T, data []byte, at int, rounds []byte, says string) {
	t.Helper()
	hostile := bytes.Clone(data)
	copy(hostile[at:], rounds)
	if _, err := keyfile.FromPKCS12(hostile, keyfile.Options{Password: "wrong"}); err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("%x at %d: %v", rounds, at, err)
	}
}

// asPFX is what begins as PKCS#12 does, with rounds behind salts, and with
// each pair as deep in it as is asked for.
func asPFX(depth int, rounds ...[]byte) []byte {
	var inner []byte
	for _, number := range rounds {
		inner = slices.Concat(inner, []byte{4, 1, 0, 2, byte(len(number))}, number)
	}
	for range depth - 1 {
		inner = append([]byte{0x30, byte(len(inner))}, inner...)
	}
	inner = append([]byte{2, 1, 3}, inner...)
	return append([]byte{0x30, byte(len(inner))}, inner...)
}

func TestRoundsAreCountedToTheLastAndToADepth(t *testing.T) {
	t.Parallel()
	fiveMillion, one, many, huge := []byte{0x4c, 0x4b, 0x40}, []byte{1}, []byte{0x7f, 0xff, 0xff, 0xff}, bytes.Repeat([]byte{0x7f}, 75)
	for what, row := range map[string]struct {
		data []byte
		many bool
	}{
		"five million":                        {asPFX(1, fiveMillion), false},
		"one more":                            {asPFX(1, []byte{0x4c, 0x4b, 0x41}), true},
		"one more, behind the limit":          {asPFX(1, fiveMillion, one), true},
		"a number without end":                {asPFX(1, huge), true},
		"as deep as is looked":                {asPFX(23, many), true},
		"deeper, where no real file has them": {asPFX(24, many), false},
	} {
		_, err := keyfile.Read(row.data, keyfile.Options{})
		if err == nil || strings.Contains(err.Error(), "5000000 rounds") != row.many {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// What is encrypted, and what certificates say, are no rounds, whatever their
// bytes look like.
func TestWhatLooksLikeRoundsIsCountedInStructuresOnly(t *testing.T) {
	t.Parallel()
	saltAndMillions := []byte{4, 1, 0, 2, 4, 0x7f, 0xff, 0xff, 0xff}
	in := func(tag byte, contents ...byte) []byte { return append([]byte{tag, byte(len(contents))}, contents...) }
	for what, row := range map[string]struct {
		inner []byte
		many  bool
	}{
		"parameters":                               {in(0x30, saltAndMillions...), true},
		"in an octet string":                       {in(4, in(0x30, saltAndMillions...)...), true},
		"in what stands for an octet string":       {in(2, in(0x30, saltAndMillions...)...), true},
		"a salt by tag alone":                      {in(0x30, slices.Concat(in(0x84, 0), saltAndMillions[3:])...), true},
		"ciphertext of a key":                      {in(4, saltAndMillions...), false},
		"ciphertext of certificates":               {in(0x80, saltAndMillions...), false},
		"ciphertext with more behind a structure":  {in(4, append(in(0x30, saltAndMillions...), 0)...), false},
		"ciphertext that holds a set":              {in(4, in(0x31, saltAndMillions...)...), false},
		"names of a certificate (RFC 5280, 4.2.1)": {in(0x30, slices.Concat(in(0xa4, in(0x30)...), in(0x82, []byte("kommune.example.no")...))...), false},
	} {
		_, err := keyfile.Read(in(0x30, append([]byte{2, 1, 3}, row.inner...)...), keyfile.Options{})
		if err == nil || strings.Contains(err.Error(), "5000000 rounds") != row.many {
			t.Errorf("%s: %v", what, err)
		}
	}
}
