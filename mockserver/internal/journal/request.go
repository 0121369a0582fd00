package journal

import (
	"cmp"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
)

// Request is a request that the mock answered, as the control API shows it. The
// face has the same fields, and says what they mean.
type Request struct {
	Time        time.Time       `json:"time"`
	Method      string          `json:"method"`
	Host        string          `json:"host"`
	Path        string          `json:"path"`
	Query       string          `json:"query,omitzero"`
	Environment string          `json:"environment,omitzero"`
	Operation   string          `json:"operation,omitzero"`
	OrgNo       string          `json:"orgno,omitzero"`
	ClientID    string          `json:"client_id,omitzero"`
	Status      int             `json:"status"`
	Refusal     string          `json:"refusal,omitzero"`
	Assumed     []string        `json:"assumed,omitzero"`
	Fault       string          `json:"fault,omitzero"`
	Body        json.RawMessage `json:"body,omitzero"`
	Answer      json.RawMessage `json:"answer,omitzero"`
	Unexpected  bool            `json:"unexpected,omitzero"`
	Grant       *Grant          `json:"grant,omitzero"`
}

// Grant is a token request, decoded.
type Grant struct {
	Code    string          `json:"code,omitzero"`
	Error   string          `json:"error,omitzero"`
	Header  json.RawMessage `json:"header,omitzero"`
	Claims  json.RawMessage `json:"claims,omitzero"`
	TokenID string          `json:"token_id,omitzero"`
}

// NewRequest notes what can be seen of a request before it is answered.
func NewRequest(now time.Time, r *http.Request) *Request {
	return &Request{Time: now, Method: r.Method, Host: cmp.Or(r.Host, r.URL.Host), Path: clip(r.URL.EscapedPath()), Query: clip(harmless(r.URL.Query()))}
}

// Steers reports whether the request was a call of the control API.
func (r *Request) Steers() bool { return strings.Contains(r.Path, "/_mock/") }

// clip keeps of a text what somebody would read. The journal keeps many.
func clip(text string) string {
	const most = 4 << 10
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// harmlessParameters are those of the self-service API.
var harmlessParameters = []string{
	"scope", "inactive", "consumer_orgno", "prefix", "delegated_sources", "accessible_for_all", "integration_type", "org_number", "updated_since",
}

// harmless writes a query without what may be secret, a grant for one. Of other
// parameters it keeps the names, since one may be a slip of the pen.
func harmless(query url.Values) string {
	for name := range query {
		switch {
		case slices.Contains(harmlessParameters, name):
		case len(name) > 32 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "":
			delete(query, name)
		default:
			query[name] = []string{"-"}
		}
	}
	return query.Encode()
}

// maxGrant is more than any honest grant holds, chain and all. The journal
// keeps none that is larger, since it keeps many.
const maxGrant = 32 << 10

// NewGrant is what the journal keeps of a token request.
func NewGrant(d *issuer.Decision) *Grant {
	g := &Grant{Code: d.Code, Error: d.Error, TokenID: d.TokenID}
	if len(d.Header)+len(d.Claims) <= maxGrant {
		g.Header, g.Claims = slices.Clone(d.Header), slices.Clone(d.Claims)
	}
	return g
}

func (g *Grant) clone() *Grant {
	if g == nil {
		return nil
	}
	cloned := *g
	cloned.Header, cloned.Claims = slices.Clone(g.Header), slices.Clone(g.Claims)
	return &cloned
}

// LogAttrs is what a log line says of a request.
func (r *Request) LogAttrs() []slog.Attr {
	attributes := []slog.Attr{
		slog.String("method", r.Method), slog.String("environment", r.Environment), slog.String("path", r.Path), slog.Int("status", r.Status),
	}
	for _, more := range []slog.Attr{slog.String("client_id", r.ClientID), slog.String("refusal", r.Refusal), slog.String("fault", r.Fault)} {
		if more.Value.String() != "" {
			attributes = append(attributes, more)
		}
	}
	if len(r.Assumed) > 0 {
		attributes = append(attributes, slog.Any("assumed", r.Assumed))
	}
	return attributes
}

// LogLevel is that of a log line about a request.
func (r *Request) LogLevel() slog.Level {
	switch {
	case r.Status >= 500:
		return slog.LevelError
	case len(r.Assumed) > 0:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}
