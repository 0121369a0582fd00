package pki_test

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
)

func serverRoots(t *testing.T) *x509.CertPool {
	t.Helper()
	root := check.Got(pki.ServerRoot())(t)
	roots := x509.NewCertPool()
	roots.AddCert(root)
	return roots
}

func TestServersAreTrustedUnderTheirHostsOnly(t *testing.T) {
	t.Parallel()
	issued := check.Got(pki.IssueServer([]string{"localhost", "127.0.0.1", "::1", "mock"}, noon))(t)
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "::1": true, "mock": true,
		"127.0.0.2": false, "mock.example": false, "maskinporten.no": false,
	} {
		_, err := issued.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: serverRoots(t), CurrentTime: noon})
		if (err == nil) != want {
			t.Errorf("%s: %v", host, err)
		}
	}
	if life := issued.Leaf.NotAfter.Sub(issued.Leaf.NotBefore); life > 825*24*time.Hour {
		t.Errorf("it is valid for %v, which some refuse", life)
	}
	again, err := pki.IssueServer([]string{"localhost"}, noon)
	if err != nil || again.Leaf.SerialNumber.Cmp(issued.Leaf.SerialNumber) == 0 {
		t.Errorf("two certificates with one serial number: %v", err)
	}
}

func TestAHostThatNoCertificateCanNameIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := pki.IssueServer([]string{"brønnøysund.example"}, noon); err == nil || !strings.Contains(err.Error(), "brønnøysund") {
		t.Errorf("got %v", err)
	}
}

// Whoever trusts the mock's servers must not thereby take its business
// certificates for servers', nor the other way round.
func TestServersAndBusinessesHaveTheirOwnAuthorities(t *testing.T) {
	t.Parallel()
	ca := newCA()
	business := parse(t, issue(t, ca, pki.Order{OrgNo: orgno}).Chain[0])
	if _, err := business.Verify(x509.VerifyOptions{Roots: serverRoots(t), CurrentTime: noon, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err == nil {
		t.Error("the root of servers vouches for a business")
	}
	server := check.Got(pki.IssueServer([]string{"localhost"}, noon))(t)
	if _, err := ca.Verify(server.Certificate, noon, false); err == nil {
		t.Error("a server's certificate passes for a business's")
	}
}
