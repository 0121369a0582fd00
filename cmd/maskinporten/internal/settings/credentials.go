package settings

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/maskinporten-go/maskinporten"
)

// stdinName stands for standard input.
const stdinName = "-"

// maxKey is more than any key file has.
const maxKey = 1 << 20

// Missing says that something has to be given, and how.
type Missing struct{ Text string }

func (e *Missing) Error() string { return e.Text }

// ClientCredentials are those of the client that gets tokens.
func (s *Settings) ClientCredentials() (maskinporten.Credentials, error) {
	return s.credentials(s.Client, "", "MASKINPORTEN_", "a client")
}

// AdminCredentials are those of the client that calls self-service.
func (s *Settings) AdminCredentials() (maskinporten.Credentials, error) {
	return s.credentials(s.Admin, "admin-", "MASKINPORTEN_ADMIN_", "an admin client")
}

// HasAdmin reports whether an admin client is given.
func (s *Settings) HasAdmin() bool { return s.Admin.ID != "" || s.Admin.hasKey() }

func (s *Settings) credentials(c Client, flag, variable, what string) (maskinporten.Credentials, error) {
	section := strings.TrimPrefix(strings.TrimPrefix(what, "an "), "a ")
	section, _, _ = strings.Cut(section, " ")
	if c.ID == "" {
		return maskinporten.Credentials{}, &Missing{fmt.Sprintf("this needs %s: give its id with --%sclient-id, %sCLIENT_ID or %s.id in a profile", what, flag, variable, section)}
	}
	if !c.hasKey() {
		return maskinporten.Credentials{}, &Missing{fmt.Sprintf("this needs the key of client %s: give the file with --%skey, %sKEY_FILE or %s.key in a profile", c.ID, flag, variable, section)}
	}
	key, err := s.key(c)
	if err != nil {
		return maskinporten.Credentials{}, err
	}
	return maskinporten.Credentials{ClientID: c.ID, Key: key}, nil
}

func (s *Settings) key(c Client) (*maskinporten.Key, error) {
	data, name, err := s.KeyBytes(c)
	if err != nil {
		return nil, err
	}
	key, err := maskinporten.LoadKey(data, c.KeyOptions())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return key, nil
}

// KeyBytes are those of the client's key file or variable, as they are, and how
// people call where they come from.
func (s *Settings) KeyBytes(c Client) (data []byte, name string, err error) {
	if c.Key == "" {
		return []byte(c.text), "the environment", nil
	}
	data, err = ReadFile(c.Key, s.stdin)
	return data, c.Key, err
}

// ReadFile reads a file that the user names, or standard input for "-", up to
// what a key or a token can need.
func ReadFile(name string, stdin io.Reader) ([]byte, error) {
	if problem := nameProblem(name); problem != "" {
		return nil, errors.New(problem)
	}
	source := stdin
	if name != stdinName {
		file, err := os.Open(name) //nolint:gosec // the user names it
		if err != nil {
			return nil, plainPathError(err)
		}
		defer func() { _ = file.Close() }() // it was only read
		source = file
	}
	data, err := io.ReadAll(io.LimitReader(source, maxKey+1))
	switch {
	case err != nil:
		return nil, plainPathError(err)
	case len(data) > maxKey:
		return nil, fmt.Errorf("%s has more than 1 MiB: it can't be what is meant", name)
	case len(data) == 0 && name == stdinName:
		return nil, errors.New("standard input is empty")
	case len(data) == 0:
		return nil, fmt.Errorf("%s is empty", name)
	}
	return data, nil
}

// nameProblem says that something that should be the name of a file is what the
// file should hold. It is not repeated: it may be a secret.
func nameProblem(name string) string {
	switch {
	case LooksSecret(name):
		return "the name of a file is wanted, and this is what the file should hold; on the command line everybody on this machine can read it: put it in a file, and consider it known"
	case strings.ContainsAny(name, "\n\x00"):
		return "the name of a file is wanted, and this is not one"
	}
	return ""
}

// LooksSecret reports whether a text is a key or a token rather than the name of
// something.
func LooksSecret(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "-----BEGIN") || strings.HasPrefix(text, "eyJ") ||
		strings.HasPrefix(strings.ToLower(text), "bearer ") || len(text) > 500
}

// plainPathError says what a file is and what is wrong, without the name of a
// system call.
func plainPathError(err error) error {
	failure, ok := errors.AsType[*fs.PathError](err)
	if !ok {
		return err
	}
	text := failure.Err.Error()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text = "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		text = "you may not read it"
	case strings.Contains(text, "is a directory"):
		text = "it is a folder: name a file"
	}
	return fmt.Errorf("%s: %s", failure.Path, text)
}
