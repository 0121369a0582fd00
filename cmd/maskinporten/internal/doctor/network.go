package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
)

// explainNetwork tells why a host can't be reached, and what to do.
func explainNetwork(err error, host, proxy string) (proof, remedy string) {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if failure, ok := errors.AsType[*net.OpError](err); ok && (failure.Op == "proxyconnect" || proxy != "" && failure.Op == "dial") {
		return fmt.Sprintf("the proxy %s can't be reached: %s", proxy, short(failure)),
			"check HTTPS_PROXY (HTTP_PROXY); NO_PROXY names the hosts that need none"
	}
	if proof, remedy := explainTLS(err, host); proof != "" {
		return proof, remedy
	}
	name, _, splitErr := net.SplitHostPort(host)
	if splitErr != nil {
		name = host
	}
	unknown, isDNS := errors.AsType[*net.DNSError](err)
	switch {
	case isDNS && unknown.IsNotFound:
		return fmt.Sprintf("there is no host %s in DNS", name), "check the address, and whether a VPN, another DNS or a proxy (HTTPS_PROXY) is needed to get there"
	case isDNS:
		return fmt.Sprintf("DNS doesn't answer for %s: %s", name, unknown.Err), "check this machine's network and its DNS"
	case proxy != "":
		return fmt.Sprintf("no way to %s through the proxy %s: %s", host, proxy, short(err)), "ask who runs the proxy whether it lets this machine out to " + name + "; check HTTPS_PROXY"
	case errors.Is(err, syscall.ECONNREFUSED) && isLoopback(name):
		return fmt.Sprintf("nothing listens at %s", host), "is the mock running, and at this port? maskinporten mock starts one"
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("nothing listens at %s", host), "check the address and port, and whether a proxy is needed (HTTPS_PROXY)"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		return fmt.Sprintf("%s doesn't answer in time", host), "a firewall may drop it: let this machine out to " + name + ", or give a proxy (HTTPS_PROXY)"
	case errors.Is(err, context.Canceled):
		return "interrupted", "run it again"
	}
	return fmt.Sprintf("%s can't be reached: %s", host, short(err)), "check the address and the network"
}

func explainTLS(err error, host string) (proof, remedy string) {
	if unknown, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		by := ""
		if unknown.Cert != nil {
			by = fmt.Sprintf(" (issued by %q)", unknown.Cert.Issuer.CommonName)
		}
		return fmt.Sprintf("the TLS certificate of %s%s is not trusted by this machine", host, by),
			"if a proxy looks into TLS here, trust its authority (--ca-file, or the system's store); else somebody else answers"
	}
	if wrong, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("the TLS certificate that %s shows is for another name", wrong.Host), "check the address: another server answers under this name"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if invalid.Reason == x509.Expired {
			return fmt.Sprintf("the TLS certificate of %s has expired, or this machine's date is wrong", host), "check this machine's date; else tell who runs " + host
		}
		return fmt.Sprintf("the TLS certificate of %s is not valid: %s", host, short(invalid)), "tell who runs " + host
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		return fmt.Sprintf("%s doesn't speak TLS", host), "check the address: is it http, or another port?"
	}
	if alert, ok := errors.AsType[tls.AlertError](err); ok {
		return fmt.Sprintf("%s breaks off the TLS handshake: %s", host, alert), "an old proxy or server: tell who runs it"
	}
	return "", ""
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// short is the innermost reason of a network error.
func short(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
