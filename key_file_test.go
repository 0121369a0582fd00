package maskinporten_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// write puts a file in place as deployments do: all at once.
func write(t *testing.T, path string, data []byte) {
	t.Helper()
	check.OK(t, os.WriteFile(path+".new", data, 0o600))
	check.OK(t, os.Rename(path+".new", path))
}

func kidOf(t *testing.T, source maskinporten.KeySource) string {
	t.Helper()
	key := check.Got(source.Key(t.Context()))(t)
	return key.KeyID()
}

func TestAKeyFileIsReadAgainWhenItChanges(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	jwk := func(key, kid string) []byte {
		return jwkOf(t, privateKey(t, key), func(m map[string]any) { m["kid"] = kid })
	}
	write(t, path, jwk("one", "one"))
	file := check.Got(maskinporten.LoadKeyFile(path, maskinporten.KeyOptions{}))(t)
	if kid := kidOf(t, file); kid != "one" {
		t.Errorf("kid %q", kid)
	}
	first, _ := file.Key(t.Context())
	if again, _ := file.Key(t.Context()); again != first {
		t.Error("a file that did not change was parsed again")
	}
	write(t, path, jwk("one", "two")) // same size, same second
	if kid := kidOf(t, file); kid != "two" {
		t.Errorf("kid %q", kid)
	}
	private := privateKey(t, "two")
	write(t, path, append(keyPEM(t, "two"), certificatePEM(testChain(t, private.Public())...)...))
	if key, err := file.Key(t.Context()); err != nil || len(key.Certificates()) != 3 || file.Err() != nil {
		t.Errorf("of another form: %v, error %v and %v", key, err, file.Err())
	}
}

func TestAKeyFileKeepsTheKidThatItWasGiven(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "certificate.p12")
	for _, name := range []string{"one", "two"} {
		private := privateKey(t, name)
		data := check.Got(pkcs12.Modern.Encode(private, testChain(t, private.Public())[0], nil, "hush"))(t)
		write(t, path, data)
		file := check.Got(maskinporten.LoadKeyFile(path, maskinporten.KeyOptions{Password: maskinporten.NewSecret("hush"), KeyID: "of-the-client"}))(t)
		if key, err := file.Key(t.Context()); err != nil || key.KeyID() != "of-the-client" || key.Certificates() != nil || !private.PublicKey.Equal(key.Public()) {
			t.Errorf("%s: %v, error %v", name, key, err)
		}
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
			file := check.Got(maskinporten.LoadKeyFile(path, maskinporten.KeyOptions{KeyID: "one"}))(t)
			check.OK(t, spoil(path))
			if kid := kidOf(t, file); kid != "one" || file.Err() == nil || !strings.Contains(file.Err().Error(), path) {
				t.Errorf("kid %q, error %v", kid, file.Err())
			}
			check.OK(t, os.RemoveAll(path))
			write(t, path, keyPEM(t, "two"))
			if key, err := file.Key(t.Context()); err != nil || file.Err() != nil || !privateKey(t, "two").PublicKey.Equal(key.Public()) {
				t.Errorf("afterwards: %v, error %v and %v", key, err, file.Err())
			}
		})
	}
}

func TestAKeyFileMustBeGoodAtFirst(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	if _, err := maskinporten.LoadKeyFile(path, maskinporten.KeyOptions{KeyID: "one"}); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	write(t, path, []byte("nothing"))
	if _, err := maskinporten.LoadKeyFile(path, maskinporten.KeyOptions{KeyID: "one"}); !errors.Is(err, maskinporten.ErrInvalidArgument) || strings.Count(err.Error(), "maskinporten: ") != 1 {
		t.Errorf("error %v", err)
	}
}

func TestAPasswordFileIsReadWithTheKey(t *testing.T) {
	t.Parallel()
	private := privateKey(t, "one")
	chain := testChain(t, private.Public())
	folder := t.TempDir()
	path, passwordPath := filepath.Join(folder, "certificate.p12"), filepath.Join(folder, "password")
	put := func(certificates int, secret string) {
		data := check.Got(pkcs12.Modern.Encode(private, chain[0], chain[1:certificates], secret))(t)
		write(t, path, data)
	}
	put(1, "first")
	options := maskinporten.KeyOptions{Password: maskinporten.NewSecret("not this one"), PasswordFile: passwordPath}
	if _, err := maskinporten.LoadKeyFile(path, options); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "password file") {
		t.Errorf("without the password file: %v", err)
	}
	write(t, passwordPath, []byte("\ufefffirst\r\n"))
	file := check.Got(maskinporten.LoadKeyFile(path, options))(t)
	put(2, "second")
	if key, err := file.Key(t.Context()); err != nil || len(key.Certificates()) != 1 || file.Err() == nil || !strings.Contains(file.Err().Error(), "the password is wrong") {
		t.Errorf("between the two: %v, error %v and %v", key, err, file.Err())
	}
	write(t, passwordPath, []byte("second"))
	if key, err := file.Key(t.Context()); err != nil || len(key.Certificates()) != 2 || file.Err() != nil {
		t.Errorf("with the new password: %v, error %v and %v", key, err, file.Err())
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
		check.OK(t, auth.SetCredentials(maskinporten.Credentials{ClientID: "client-1", KeySource: keySource(func(context.Context) (*maskinporten.Key, error) {
			asked++
			return keys[asked-1], nil
		})}))
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
		check.OK(t, auth.SetCredentials(maskinporten.Credentials{
			ClientID:  "client-1",
			KeySource: keySource(func(context.Context) (*maskinporten.Key, error) { return key, err }),
		}))
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
		check.Same(t, "token-1", mustToken(t.Context(), t, auth), "token")
	})
}

func TestAFileThatCannotBeReadAgainIsWarnedOf(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	write(t, path, keyPEM(t, "one"))
	file := check.Got(maskinporten.LoadKeyFile(path, maskinporten.KeyOptions{KeyID: "one"}))(t)
	var log logBuffer
	b := &backend{}
	auth := b.auth(t, logTo(&log))
	check.OK(t, auth.SetCredentials(maskinporten.Credentials{ClientID: "client-1", KeySource: file}))
	mustToken(t.Context(), t, auth)
	if log.String() != "" {
		t.Errorf("logged %s", log.String())
	}
	check.OK(t, os.Remove(path))
	check.Got(auth.Token(t.Context(), forScope("y")))(t)
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), path) {
		t.Errorf("logged %s", log.String())
	}
}
