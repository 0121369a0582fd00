package maskinporten

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Environment names one of the environments that Digdir runs. It is a
// [Target]: pass it to [New] or [NewAuthenticator].
type Environment string

// The environments.
const (
	// Ver1 left the documentation in December 2022.
	//
	// Deprecated: ver1 is closed; use [Test].
	Ver1 Environment = "ver1"
	// Ver2 was closed on 2024-06-10.
	//
	// Deprecated: ver2 is closed; use [Test].
	Ver2 Environment = "ver2"
	// Test is the environment for tests, with test data and test certificates.
	Test Environment = "test"
	// Prod is production.
	Prod Environment = "prod"
)

// Environments returns all environments, oldest first.
func Environments() []Environment { return []Environment{Ver1, Ver2, Test, Prod} }

// Target is where calls go: an [Environment], or custom [Endpoints].
type Target interface {
	Endpoints() (Endpoints, error)
}

// Endpoints are the addresses of one environment. They are a [Target]
// themselves, for proxies, gateways and test servers. Issuer is always needed;
// the others by those who use them: [New] needs Token and API,
// [NewAuthenticator] needs Token. Where the issuer is all that one has, see
// [IssuerAt].
//
// Grants carry what Maskinporten takes, and no more: no sub. A server that
// wants RFC 7523 to the letter, where sub is required, gives no tokens for
// them.
type Endpoints struct {
	// Issuer is the audience of grants and the iss of tokens. It is compared
	// letter by letter; Digdir's issuers end in a slash.
	Issuer string
	// Token is the token endpoint.
	Token string
	// API is the base of the self-service API, with or without a last slash,
	// for example https://api.test.samarbeid.digdir.no/api/v1.
	API string
	// Portal is the base of the calls that only a test double offers
	// (merchant data). Digdir's environments have none: leave it empty.
	Portal string
}

// IssuerAt is the target at an issuer, when that is all one has: Skyporten, a
// mock behind a URL, a test environment. The token endpoint is taken from the
// issuer's metadata as [WithDiscovery] does, or is <issuer>/token while that
// can't be fetched. It has no self-service API.
func IssuerAt(issuer string) Target { return issuerTarget(issuer) }

type issuerTarget string

// Endpoints returns the issuer, and where its token endpoint usually is.
func (t issuerTarget) Endpoints() (Endpoints, error) {
	return Endpoints{Issuer: string(t), Token: strings.TrimRight(string(t), "/") + "/token"}.Endpoints()
}

// Endpoints returns the addresses of the environment.
func (e Environment) Endpoints() (Endpoints, error) {
	issuer, api := "", ""
	switch e {
	case Ver1, Ver2:
		issuer = "https://" + string(e) + ".maskinporten.no/"
		api = "https://integrasjon-" + string(e) + ".difi.no"
	case Test:
		issuer = "https://test.maskinporten.no/"
		api = "https://api.test.samarbeid.digdir.no/api/v1"
	case Prod:
		issuer = "https://maskinporten.no/"
		api = "https://api.samarbeid.digdir.no/api/v1"
	default:
		return Endpoints{}, invalidArgument("", "environment", fmt.Sprintf("%.40q is unknown: use ver1, ver2, test or prod, or custom Endpoints", string(e)))
	}
	return Endpoints{Issuer: issuer, Token: issuer + "token", API: api}, nil
}

// Endpoints returns e itself after a check: what is there must be absolute
// http or https addresses without credentials, query or fragment, and the
// issuer must be there.
func (e Endpoints) Endpoints() (Endpoints, error) {
	for _, field := range []struct {
		name, value string
		optional    bool
	}{
		{"Issuer", e.Issuer, false}, {"Token", e.Token, true}, {"API", e.API, true}, {"Portal", e.Portal, true},
	} {
		if field.value == "" && field.optional {
			continue
		}
		if problem := addressProblem(field.value); problem != "" {
			return Endpoints{}, invalidArgument("", "Endpoints."+field.name, problem)
		}
	}
	return e, nil
}

// needs refuses endpoints that lack one which is used.
func (e Endpoints) needs(token, api bool) error {
	switch {
	case token && e.Token == "":
		return invalidArgument("", "Endpoints.Token", "is empty: name the token endpoint, or take IssuerAt as the target, which finds it")
	case api && e.API == "":
		return invalidArgument("", "Endpoints.API", "is empty: name the base of the self-service API; tokens alone can be had with NewAuthenticator")
	}
	return nil
}

// checkAddress is addressProblem as an error, for addresses that nobody gave.
func checkAddress(address string) error {
	if problem := addressProblem(address); problem != "" {
		return errors.New("the token endpoint " + problem)
	}
	return nil
}

// addressProblem says what is wrong with an address, or nothing. One that may
// hold a password is not repeated.
func addressProblem(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil && strings.ContainsFunc(address, inNoIdentifier), err == nil && u.User == nil && strings.ContainsFunc(address, inNoIdentifier):
		return "holds a blank, a quote or a character that isn't seen: type it anew"
	case err != nil:
		return "is no URL"
	case u.User != nil:
		return "must not hold a user name or password"
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return fmt.Sprintf("%.100q is no absolute http or https URL", address)
	case strings.ContainsAny(address, "?#"):
		return fmt.Sprintf("%.100q must not hold a query or fragment", address)
	case strings.HasSuffix(u.Host, ":") || u.Port() != "" && !isPort(u.Port()):
		return fmt.Sprintf("%.100q has no port from 1 to 65535", address)
	case strings.Contains(u.Path, "\\"):
		return fmt.Sprintf("%.100q must not hold a backslash", address)
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return fmt.Sprintf("%.100q must not hold a path segment of dots", address)
		}
	}
	return ""
}

func isPort(text string) bool {
	number, err := strconv.Atoi(text)
	return err == nil && number >= 1 && number <= 65535
}
