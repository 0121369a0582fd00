package mockprogram

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver"
)

// healthTimeout is how long one check of the health may take.
const healthTimeout = 3 * time.Second

// defaultPort is that of a server that was started without -listen.
const defaultPort = 8080

// health is the subcommand that containers call: it returns 0 when a mock
// answers at the address, 1 when none does, and 2 when the command line makes
// no sense.
func health(ctx context.Context, c Call) int {
	addresses, err := parseHealth(c)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return c.refuse(exitUsage, fmt.Errorf("health: %w", err))
	}
	client, err := trusting()
	if err != nil {
		return c.refuse(exitFailed, err)
	}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	var problems []error
	for _, address := range addresses {
		err := healthy(ctx, client, address)
		if err == nil {
			return exitOK
		}
		problems = append(problems, err)
	}
	return c.refuse(exitFailed, fmt.Errorf("not healthy: %w", errors.Join(problems...)))
}

// parseHealth reads the command line. The address may stand alone, or behind
// -url, as it does for the server.
func parseHealth(c Call) ([]*url.URL, error) {
	flags := flag.NewFlagSet("health", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are printed by the caller
	address := flags.String("url", "", "base `address` of the server; the mock's own certificates are trusted\n(default: that on which this program listens, of the same user, else port 8080;\nwith TLS and without)")
	err := flags.Parse(c.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(c.Stderr)
		_, _ = fmt.Fprintf(c.Stderr, "usage: %s health [-url http://127.0.0.1:%d/]\n", c.Name, defaultPort) // as flags print, too
		flags.PrintDefaults()
	}
	if err != nil {
		return nil, err
	}
	texts := flags.Args()
	if *address != "" {
		texts = append(texts, *address)
	}
	if len(texts) == 0 {
		texts = healthAddresses()
	} else if len(texts) > 1 {
		return nil, fmt.Errorf("one address is enough: %q", texts)
	}
	var addresses []*url.URL
	for _, text := range texts {
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("%q is no address such as http://127.0.0.1:%d/", text, defaultPort)
		}
		addresses = append(addresses, u)
	}
	return addresses, nil
}

// healthAddresses are asked in turn when none is given.
func healthAddresses() (texts []string) {
	addresses := runningAddresses()
	if len(addresses) == 0 {
		addresses = []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), defaultPort)}
	}
	for _, address := range addresses {
		texts = append(texts, "https://"+address.String()+"/", "http://"+address.String()+"/")
	}
	return texts
}

// trusting returns a client that trusts the mock beside all whom the system
// trusts: a proxy may stand before it.
func trusting() (*http.Client, error) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // there are none, as in a container without files
	}
	server, err := mockserver.New()
	if err != nil {
		return nil, err
	}
	roots.AppendCertsFromPEM(server.TLSRootPEM())
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}, nil
}

// healthPaths are asked in turn: the first answers when the control API is on,
// the others where their environment is served.
var healthPaths = []string{
	"_mock/health", ".well-known/oauth-authorization-server", "ver1/.well-known/oauth-authorization-server",
	"ver2/.well-known/oauth-authorization-server", "prod/.well-known/oauth-authorization-server",
}

// healthy returns an error unless a mock answers at the address.
func healthy(ctx context.Context, client *http.Client, address *url.URL) error {
	var first error
	for _, path := range healthPaths {
		err := answers(ctx, client, address.JoinPath(path).String())
		if _, unreachable := errors.AsType[*url.Error](err); err == nil || unreachable {
			return err
		}
		first = cmp.Or(first, err)
	}
	return first
}

// answers returns an error unless a GET is answered as a mock would.
func answers(ctx context.Context, client *http.Client, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody) //nolint:gosec // whoever starts the program names it
	if err != nil {
		return err
	}
	response, err := client.Do(request) //nolint:gosec // likewise
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	var said struct {
		Status string `json:"status"`
		Issuer string `json:"issuer"`
	}
	err = json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&said)
	if response.StatusCode != http.StatusOK || err != nil || said.Status != "ok" && said.Issuer == "" {
		return fmt.Errorf("%s answers %s, and not as a mock does", request.URL.Redacted(), response.Status)
	}
	return nil
}
