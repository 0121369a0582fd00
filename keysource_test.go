package maskinporten_test

import (
	"context"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/maskinporten-go/maskinporten"
)

// write puts a file in place as deployments do: all at once.
func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func kidOf(t *testing.T, source maskinporten.KeySource) string {
	t.Helper()
	key, err := source.Key(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return key.KeyID()
}

func TestAKeyFileIsReadAgainWhenItChanges(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	write(t, path, jwkOf(t, privateKey(t, "one"), nil))
	file, err := maskinporten.NewKeyFile(path, "of-pem")
	if err != nil {
		t.Fatal(err)
	}
	if kid := kidOf(t, file); kid != "one" {
		t.Errorf("kid %q", kid)
	}
	first, _ := file.Key(t.Context())
	if again, _ := file.Key(t.Context()); again != first {
		t.Error("a file that did not change was parsed again")
	}
	write(t, path, keyPEM(t, "two"))
	if kid := kidOf(t, file); kid != "of-pem" || file.Err() != nil {
		t.Errorf("kid %q, error %v", kid, file.Err())
	}
	write(t, path, jwkOf(t, privateKey(t, "one"), func(m map[string]any) { m["kid"] = "two" })) // same size, same second
	if kid := kidOf(t, file); kid != "two" {
		t.Errorf("kid %q", kid)
	}
}

func TestTheLastGoodKeyGoesOnWhileTheFileCannotBeUsed(t *testing.T) {
	t.Parallel()
	for what, spoil := range map[string]func(path string) error{
		"gone":         os.Remove,
		"half written": func(path string) error { return os.WriteFile(path, keyPEM(t, "two")[:900], 0o600) },
		"empty":        func(path string) error { return os.Truncate(path, 0) },
		"endless":      func(path string) error { return os.Truncate(path, 1<<30) },
		"a folder":     func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "key")
			write(t, path, keyPEM(t, "one"))
			file, err := maskinporten.NewKeyFile(path, "one")
			if err != nil {
				t.Fatal(err)
			}
			if err := spoil(path); err != nil {
				t.Fatal(err)
			}
			if kid := kidOf(t, file); kid != "one" || file.Err() == nil || !strings.Contains(file.Err().Error(), path) {
				t.Errorf("kid %q, error %v", kid, file.Err())
			}
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			write(t, path, jwkOf(t, privateKey(t, "two"), func(m map[string]any) { m["kid"] = "two" }))
			if kid := kidOf(t, file); kid != "two" || file.Err() != nil {
				t.Errorf("afterwards: kid %q, error %v", kid, file.Err())
			}
		})
	}
}

func TestAKeyFileMustBeGoodAtFirst(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	if _, err := maskinporten.NewKeyFile(path, "one"); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	write(t, path, []byte("nothing"))
	if _, err := maskinporten.NewKeyFile(path, "one"); !errors.Is(err, maskinporten.ErrInvalidArgument) || strings.Count(err.Error(), "maskinporten: ") != 1 {
		t.Errorf("error %v", err)
	}
}

func TestAPKCS12FileAsksForItsPasswordAtEachReading(t *testing.T) {
	t.Parallel()
	private := privateKey(t, "one")
	chain := testChain(t, private.Public())
	encode := func(password string) []byte {
		data, err := pkcs12.Modern.Encode(private, chain[0], []*x509.Certificate{chain[1]}, password)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	path := filepath.Join(t.TempDir(), "certificate.p12")
	write(t, path, encode("one"))
	passwords := []string{"one", "two"}
	file, err := maskinporten.NewPKCS12File(path, func() (string, error) {
		if len(passwords) == 0 {
			return "", errors.New("no more passwords")
		}
		password := passwords[0]
		passwords = passwords[1:]
		return password, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, encode("two"))
	if key, err := file.Key(t.Context()); err != nil || len(key.Certificates()) != 2 || file.Err() != nil {
		t.Errorf("%v, error %v and %v", key, err, file.Err())
	}
	write(t, path, encode("three"))
	if _, err := file.Key(t.Context()); err != nil || file.Err() == nil || !strings.Contains(file.Err().Error(), "no more passwords") {
		t.Errorf("error %v and %v", err, file.Err())
	}
	if _, err := maskinporten.NewPKCS12File(path, nil); !errors.Is(err, maskinporten.ErrInvalidArgument) {
		t.Errorf("without a password function: %v", err)
	}
}

// keySource is a function that gives keys.
type keySource func(context.Context) (*maskinporten.Key, error)

func (s keySource) Key(ctx context.Context) (*maskinporten.Key, error) { return s(ctx) }

func TestAKeySourceIsAskedOnceAGrant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{}
		asked := 0
		keys := []*maskinporten.Key{fileKey(t, "one"), fileKey(t, "two")}
		auth := b.auth(t)
		if err := auth.SetCredentials(maskinporten.Credentials{ClientID: "client-1", KeySource: keySource(func(context.Context) (*maskinporten.Key, error) {
			asked++
			return keys[asked-1], nil
		})}); err != nil {
			t.Fatal(err)
		}
		for range 100 {
			mustToken(t.Context(), t, auth)
		}
		time.Sleep(time.Hour)
		mustToken(t.Context(), t, auth)
		grants := b.seenGrants()
		if asked != 2 || len(grants) != 2 || grants[0].Header["kid"] != "one" || grants[1].Header["kid"] != "two" {
			t.Errorf("asked %d times for %d grants", asked, len(grants))
		}
	})
}

func TestAKeySourceThatFailsDoesNotEndATokenThatLives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{}
		sealed := errors.New("the vault is sealed")
		var key *maskinporten.Key
		err := sealed
		auth := b.auth(t)
		if err := auth.SetCredentials(maskinporten.Credentials{
			ClientID:  "client-1",
			KeySource: keySource(func(context.Context) (*maskinporten.Key, error) { return key, err }),
		}); err != nil {
			t.Fatal(err)
		}
		if _, got := auth.Token(t.Context(), forScope("x")); !errors.Is(got, sealed) || strings.Count(got.Error(), "maskinporten: ") != 1 {
			t.Errorf("error %v", got)
		}
		err = nil
		if _, got := auth.Token(t.Context(), forScope("x")); got == nil || !strings.Contains(got.Error(), "it gave none") {
			t.Errorf("error %v", got)
		}
		key = fileKey(t, "one")
		mustToken(t.Context(), t, auth)
		err = sealed
		time.Sleep(100 * time.Second)
		if got := mustToken(t.Context(), t, auth); got != "token-1" {
			t.Errorf("served %q", got)
		}
	})
}

func TestAFileThatCannotBeReadAgainIsWarnedOf(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	write(t, path, keyPEM(t, "one"))
	file, err := maskinporten.NewKeyFile(path, "one")
	if err != nil {
		t.Fatal(err)
	}
	var log logBuffer
	b := &backend{}
	auth := b.auth(t, logTo(&log))
	if err := auth.SetCredentials(maskinporten.Credentials{ClientID: "client-1", KeySource: file}); err != nil {
		t.Fatal(err)
	}
	mustToken(t.Context(), t, auth)
	if log.String() != "" {
		t.Errorf("logged %s", log.String())
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := auth.Token(t.Context(), forScope("y")); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), path) {
		t.Errorf("logged %s", log.String())
	}
}
