package mockserver

import (
	"crypto/tls"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
)

// loopbackHosts are in every certificate.
var loopbackHosts = []string{"localhost", "127.0.0.1", "::1"}

// certificates are those of one listener: a new one is made when others come to
// reach it by another name.
type certificates struct {
	host  string                      // of the address that it was opened with
	hosts func(asked string) []string // further ones, at this moment

	mu    sync.Mutex
	known map[string]*tls.Config // by hosts
}

// maxCertificates is how many are kept.
const maxCertificates = 100

func newCertificates(host string, hosts func(asked string) []string) *certificates {
	return &certificates{host: host, hosts: hosts, known: map[string]*tls.Config{}}
}

// config has the certificate of this moment, and looks at each handshake whether it
// still is.
func (c *certificates) config() (*tls.Config, error) {
	first := c.names("")
	config, err := c.of(first)
	if err != nil {
		return nil, err
	}
	config = config.Clone()
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		names := c.names(hello.ServerName)
		if slices.Equal(names, first) {
			return nil, nil //nolint:nilnil // that is: the one that was made first
		}
		return c.of(names)
	}
	return config, nil
}

// names are those of a certificate, each once. What no certificate can name is left
// out, except what it was opened with.
func (c *certificates) names(asked string) []string {
	names := append(slices.Clone(loopbackHosts), c.host)
	for _, host := range c.hosts(asked) {
		if host != "" && isASCII(host) {
			names = append(names, host)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' })
}

func (c *certificates) of(names []string) (*tls.Config, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := strings.Join(names, " ")
	if config, ok := c.known[key]; ok {
		return config, nil
	}
	certificate, err := pki.IssueServer(names, time.Now())
	if err != nil {
		return nil, err
	}
	if len(c.known) >= maxCertificates {
		clear(c.known)
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	c.known[key] = config
	return config, nil
}
