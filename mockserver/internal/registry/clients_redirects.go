package registry

import (
	"cmp"
	"net/netip"
	"net/url"
	"strings"
)

// checkRedirects checks the addresses that people's browsers are sent to.
func checkRedirects(c *Client, production bool) error {
	if isLogin(c.IntegrationType) && len(c.RedirectURIs) == 0 {
		return invalid("Client", "redirect_uris", "a client of type %s needs at least one redirect_uri", c.IntegrationType)
	}
	for _, list := range []struct {
		field string
		uris  []string
	}{
		{"redirect_uris", c.RedirectURIs},
		{"post_logout_redirect_uris", c.PostLogoutRedirectURIs},
	} {
		for _, uri := range list.uris {
			if problem := redirectProblem(uri, c.ApplicationType == applicationNative, production); problem != "" {
				return invalid("Client", list.field, "%s: %s", list.field, problem)
			}
		}
	}
	return checkFrontchannel(c)
}

// redirectProblem tells what is wrong with a redirect URI; nothing: "".
func redirectProblem(uri string, native, production bool) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" || strings.ContainsAny(uri, " \t\r\n") {
		return "not an absolute URI"
	}
	if strings.Contains(uri, "#") {
		return "a redirect URI has no fragment"
	}
	// A scheme of its own, such as com.example.app:/back, is for apps, and
	// free of the rules for hosts.
	if u.Scheme != "http" && u.Scheme != "https" {
		if native {
			return ""
		}
		return "web and browser clients need http or https"
	}
	if u.Hostname() == "" {
		return "the host is missing"
	}
	return hostProblem(u, native, production)
}

// hostProblem holds the rules that differ between production and test.
func hostProblem(u *url.URL, native, production bool) string {
	local := isLocalhost(u.Hostname())
	switch {
	case production && !native && u.Scheme == "http":
		return "plain http is not allowed in production"
	case production && !native && local:
		return "localhost is not allowed in production"
	case !production && local && u.Scheme == "https":
		return "localhost must be http"
	default:
		return ""
	}
}

// isLocalhost reports whether a host is the user's own machine, by name
// (RFC 6761) or by address.
func isLocalhost(host string) bool {
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(name)
	return err == nil && address.Unmap().IsLoopback()
}

// checkFrontchannel: the logout address lies where the client itself does.
func checkFrontchannel(c *Client) error {
	if c.FrontchannelLogoutURI == "" {
		return nil
	}
	logout, ok := originOf(c.FrontchannelLogoutURI)
	if !ok {
		return invalid("Client", "frontchannel_logout_uri", "frontchannel_logout_uri is not an absolute URI")
	}
	for _, uri := range c.RedirectURIs {
		if redirect, ok := originOf(uri); ok && redirect == logout {
			return nil
		}
	}
	return invalid("Client", "frontchannel_logout_uri", "frontchannel_logout_uri must share scheme, host and port with a redirect URI")
}

// origin is what two addresses of one client have in common.
type origin struct{ scheme, host, port string }

func originOf(uri string) (origin, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" {
		return origin{}, false
	}
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	return origin{scheme: u.Scheme, host: strings.ToLower(u.Hostname()), port: port}, true
}
