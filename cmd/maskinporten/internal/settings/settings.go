// Package settings puts together what the program works with: flags before the
// environment, and the environment before a profile.
package settings

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
)

// Client is how a client proves who it is. Secrets are in files, or in the
// environment; never in arguments.
type Client struct {
	ID           string `yaml:"id,omitempty"`
	Key          string `yaml:"key,omitempty"` // a file, - for standard input
	KeyID        string `yaml:"kid,omitempty"`
	KeyName      string `yaml:"key_name,omitempty"` // which of several in the file
	PasswordFile string `yaml:"password_file,omitempty"`

	text string // the key itself, from the environment
}

func (c Client) hasKey() bool { return c.Key != "" || c.text != "" }

// KeyOptions are what reading its key needs.
func (c Client) KeyOptions() maskinporten.KeyOptions {
	return maskinporten.KeyOptions{KeyID: c.KeyID, Name: c.KeyName, PasswordFile: c.PasswordFile}
}

// Token is what tokens are asked for where the command line doesn't say.
type Token struct {
	Scopes      []string `yaml:"scopes,omitempty"`
	Resource    []string `yaml:"resource,omitempty"`
	ConsumerOrg string   `yaml:"consumer_org,omitempty"`
}

// Values are those of one source: flags, the environment, a profile.
type Values struct {
	Env         string `yaml:"env,omitempty"`
	Issuer      string `yaml:"issuer,omitempty"`
	SelfService string `yaml:"selfservice,omitempty"`
	PlainHTTP   bool   `yaml:"plain_http,omitempty"`
	CAFile      string `yaml:"ca_file,omitempty"` // who else is trusted to vouch for servers
	Client      Client `yaml:"client,omitempty"`
	Admin       Client `yaml:"admin,omitempty"`
	Token       Token  `yaml:"token,omitempty"`
}

// Settings are the values that hold.
type Settings struct {
	Values

	stdin io.Reader
}

// Source is where the values come from.
type Source struct {
	Flags   Values
	Profile string // its name, empty for that of the environment or the default
	Env     func(string) string
	Stdin   io.Reader
}

// Load finds the values that hold.
func (s Source) Load() (*Settings, error) {
	profile, err := readProfile(cmp.Or(s.Profile, s.Env("MASKINPORTEN_PROFILE")), s.Env)
	if err != nil {
		return nil, err
	}
	settings := &Settings{Values: merged(s.Flags, fromEnvironment(s.Env), profile), stdin: s.Stdin}
	return settings, settings.check()
}

// merged takes from each source what those before it don't have. What belongs
// together comes from one: the target; a key with its kid and password.
func merged(sources ...Values) Values {
	var v Values
	for _, source := range sources {
		if v.Env == "" && v.Issuer == "" {
			v.SelfService = cmp.Or(v.SelfService, source.SelfService)
			v.Env, v.Issuer = source.Env, source.Issuer
			v.PlainHTTP = v.PlainHTTP || source.PlainHTTP
			v.CAFile = cmp.Or(v.CAFile, source.CAFile)
		}
		v.Client, v.Admin = v.Client.or(source.Client), v.Admin.or(source.Admin)
		if len(v.Token.Scopes) == 0 {
			v.Token.Scopes = slices.Clone(source.Token.Scopes)
		}
		if len(v.Token.Resource) == 0 {
			v.Token.Resource = slices.Clone(source.Token.Resource)
		}
		v.Token.ConsumerOrg = cmp.Or(v.Token.ConsumerOrg, source.Token.ConsumerOrg)
	}
	return v
}

func (c Client) or(other Client) Client {
	c.ID = cmp.Or(c.ID, other.ID)
	if c.hasKey() {
		return c
	}
	c.Key, c.text = other.Key, other.text
	c.KeyID = cmp.Or(c.KeyID, other.KeyID)
	c.KeyName = cmp.Or(c.KeyName, other.KeyName)
	c.PasswordFile = cmp.Or(c.PasswordFile, other.PasswordFile)
	return c
}

func fromEnvironment(env func(string) string) Values {
	client := func(prefix string) Client {
		return Client{
			ID: env(prefix + "CLIENT_ID"), Key: env(prefix + "KEY_FILE"), KeyID: env(prefix + "KID"),
			PasswordFile: env(prefix + "PASSWORD_FILE"), text: env(prefix + "CLIENT_JWK"),
		}
	}
	return Values{
		Env: env("MASKINPORTEN_ENV"), Issuer: env("MASKINPORTEN_ISSUER"), SelfService: env("MASKINPORTEN_SELFSERVICE"), CAFile: env("MASKINPORTEN_CA_FILE"),
		Client: client("MASKINPORTEN_"), Admin: client("MASKINPORTEN_ADMIN_"),
		Token: Token{Scopes: strings.Fields(env("MASKINPORTEN_SCOPES"))},
	}
}

func (s *Settings) check() error {
	if s.Env != "" && s.Issuer != "" {
		return fmt.Errorf("both an environment (%s) and an issuer (%s) are given: give one", s.Env, s.Issuer)
	}
	if s.Client.Key == stdinName && s.Admin.Key == stdinName {
		return fmt.Errorf("both keys can't come from standard input: give one of them as a file")
	}
	for _, client := range []Client{s.Client, s.Admin} {
		if client.Key != "" && client.text != "" {
			return fmt.Errorf("a key is given twice, as a file (%s) and in the environment: give one", client.Key)
		}
	}
	target, err := s.Target()
	if err != nil {
		return err
	}
	for _, address := range []string{target.Issuer, target.API} {
		if !s.PlainHTTP && isPlainElsewhere(address) {
			return fmt.Errorf("%s is an address with http on another machine: whoever is on the way could read what is sent. Use https, or allow it with --plain-http where it is a mock", address)
		}
	}
	return nil
}

// isPlainElsewhere reports whether what is sent to an address leaves this machine
// unencrypted.
func isPlainElsewhere(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "http" && !isLocal(u)
}

func isLocal(u *url.URL) bool {
	host, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && host.IsLoopback()
}

// IsLocal reports whether the issuer is on this machine: a mock.
func (s *Settings) IsLocal() bool {
	u, err := url.Parse(s.Issuer)
	return err == nil && isLocal(u)
}

// Where is what is asked: an environment, or another issuer.
func (s *Settings) Where() string { return cmp.Or(s.Issuer, s.Env) }

// HTTPClient is what sends, where a file says who else is trusted; else nil.
func (s *Settings) HTTPClient() (*http.Client, error) {
	if s.CAFile == "" {
		return nil, nil //nolint:nilnil // the default's own
	}
	data, err := ReadFile(s.CAFile, s.stdin)
	if err != nil {
		return nil, err
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("%s: there is no certificate in PEM form in it", s.CAFile)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:errcheck,forcetypeassert // that is what it is
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	return &http.Client{Transport: transport}, nil
}

// Target is where calls go: the environment test where nothing says otherwise.
func (s *Settings) Target() (maskinporten.Endpoints, error) {
	if s.Issuer == "" {
		endpoints, err := cmp.Or(maskinporten.Environment(s.Env), maskinporten.Test).Endpoints()
		if err == nil && s.SelfService != "" {
			endpoints.API = s.SelfService
		}
		return endpoints, err
	}
	endpoints, err := maskinporten.IssuerAt(s.Issuer).Endpoints()
	if err != nil {
		return endpoints, err
	}
	endpoints.API = s.SelfService
	return endpoints.Endpoints()
}
