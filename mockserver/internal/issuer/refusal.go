package issuer

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// Row is one way in which the token endpoint refuses.
type Row struct {
	// Code is the number that Digdir documents, such as "MP-121"; empty for
	// the rows that have none.
	Code string
	// Status is the HTTP status.
	Status int
	// Error is the OAuth 2.0 error code.
	Error string
	// Text is the description; what stands in <brackets> is filled in.
	Text string
	// Authentication says that [AuthenticationPrefix] stands before the text.
	Authentication bool
}

// AuthenticationPrefix begins the description of every refusal that concerns
// who the client is.
const AuthenticationPrefix = "Invalid assertion. Client authentication failed. "

type refusalKind int

const (
	invalidParameter refusalKind = iota
	usedBefore
	clientNotFound
	unknownKid
	kidRequired
	wrongAudience
	invalidCertificate
	expiredKey
	wrongCertificateOrgNo
	invalidX5C
	invalidSignature
	expiredGrant
	issuedInFuture
	invalidScopes
	wrongIntegrationType
	noAccess
	notDelegated
	unknownDetailType
	unknownDetailFields
	invalidDetailValue
	noneInAltinn
	ownConsumerOrg
	otherGrantType
	invalidClient
	methodNotAllowed
	internalError

	tooLong // a refusal of its own where the server's texts are wanted; else malformed
)

// rows is the only place for the texts of refusals. Users match on them, so
// they are those of the real service wherever those are known.
var rows = [...]Row{
	invalidParameter:      {"MP-011", http.StatusBadRequest, "invalid_request", "Invalid assertion. Invalid parameter value", false},
	usedBefore:            {"MP-012", http.StatusBadRequest, "invalid_grant", "Grant is used before", false},
	clientNotFound:        {"MP-100", http.StatusBadRequest, "invalid_grant", "Client not found", true},
	unknownKid:            {"", http.StatusBadRequest, "invalid_grant", "Unknown key identifier (kid) for client.", true},
	kidRequired:           {"", http.StatusBadRequest, "invalid_grant", "Invalid JWT. The client requires pre-registered jwk and no key identifier (kid) provided", true},
	wrongAudience:         {"MP-110", http.StatusBadRequest, "invalid_grant", "Invalid JWT claim aud.", true},
	invalidCertificate:    {"MP-120", http.StatusBadRequest, "invalid_grant", "The JWT is signed with an invalid certificate.", true},
	expiredKey:            {"MP-121", http.StatusBadRequest, "invalid_grant", "Expired key.", true},
	wrongCertificateOrgNo: {"MP-122", http.StatusBadRequest, "invalid_grant", "Invalid JWT. Invalid organization number for client. Does not match certificate orgno", true},
	invalidX5C:            {"MP-123", http.StatusBadRequest, "invalid_grant", "Invalid JWT header x5c", true},
	invalidSignature:      {"MP-124", http.StatusBadRequest, "invalid_grant", "Invalid JWT signature.", true},
	expiredGrant:          {"MP-130", http.StatusBadRequest, "invalid_grant", "JWT is expired", true},
	issuedInFuture:        {"", http.StatusBadRequest, "invalid_grant", "Issue time is after now", false},
	invalidScopes:         {"MP-200", http.StatusBadRequest, "invalid_scope", "Token request contains invalid scopes for client, <scopes>", false},
	wrongIntegrationType:  {"MP-201", http.StatusBadRequest, "invalid_scope", "Token request contains scopes not allowed for maskinporten", false},
	noAccess:              {"MP-250", http.StatusForbidden, "forbidden", "Consumer has not been granted access to the scope <scope>.", false},
	notDelegated:          {"MP-251", http.StatusForbidden, "forbidden", "Consumer <orgno> has not delegated access to the scope <scope> to supplier <orgno>.", false},
	unknownDetailType:     {"MP-301", http.StatusBadRequest, "invalid_authorization_details", "Invalid authorization_details: unknown type <type>", false},
	unknownDetailFields:   {"MP-302", http.StatusBadRequest, "invalid_authorization_details", "Invalid authorization_details: unknown fields <fields>", false},
	invalidDetailValue:    {"MP-303", http.StatusBadRequest, "invalid_authorization_details", "Invalid authorization_details: invalid value of <field>", false},
	noneInAltinn:          {"MP-303", http.StatusBadRequest, "invalid_altinn_customer_configuration", "<detail>", false},
	ownConsumerOrg:        {"", http.StatusBadRequest, "invalid_request", "The combination consumer_org in claim and delegation scope on client is invalid", false},
	otherGrantType:        {"", http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant type", false},
	invalidClient:         {"", http.StatusUnauthorized, "invalid_client", "Client authentication failed", false},
	methodNotAllowed:      {"", http.StatusMethodNotAllowed, "invalid_request", "Method not allowed", false},
	internalError:         {"", http.StatusInternalServerError, "server_error", "Internal error", false},
	tooLong:               {"MP-011", http.StatusBadRequest, "invalid_request", "Invalid assertion. Invalid parameter value", false},
}

// serverRows come in place of rows where times are refused with the texts that
// are quoted from the server's source.
var serverRows = map[refusalKind]Row{
	expiredGrant:   {"", http.StatusBadRequest, "invalid_grant", "JWT has expired.", false},
	issuedInFuture: {"", http.StatusBadRequest, "invalid_grant", "Issue time is in the future.", false},
	tooLong:        {"", http.StatusBadRequest, "invalid_grant", "JWT has too long lifetime.", false},
}

// Rows returns all rows: the documented ones first, then those for clients that
// ask about tokens, for a wrong HTTP method and for a fault of the mock's own.
func Rows() []Row { return slices.Clone(rows[:tooLong]) }

// OtherRows returns those that come in place of others where a variant wants
// the texts that are quoted from the server's source.
func OtherRows() []Row {
	return []Row{serverRows[expiredGrant], serverRows[issuedInFuture], serverRows[tooLong]}
}

// row is how the refusal is made, with the variants in force.
func (r *refusal) row(in variants.Set) Row {
	if other, ok := serverRows[r.kind]; ok && in.Has(variants.TimeRefusalsServer) {
		return other
	}
	row := rows[r.kind]
	if (r.kind == noAccess || r.kind == notDelegated) && in.Has(variants.AccessRefusalInvalidScope) {
		row.Status, row.Error = http.StatusBadRequest, "invalid_scope"
	}
	return row
}

// refusal is a row that holds for a request.
type refusal struct {
	kind refusalKind
	// reason says for journals what exactly was wrong.
	reason string
	// values fill the brackets of the row's text, in their order.
	values []string
}

func (r *refusal) Error() string { return r.row(0).Text + ": " + r.reason }

func refuse(kind refusalKind, reason string, values ...string) error {
	return &refusal{kind: kind, reason: reason, values: values}
}

// malformed is the refusal of what breaks the form of a request or a grant.
func malformed(reason string) error { return refuse(invalidParameter, reason) }

// reasonOf is what exactly was wrong.
func reasonOf(err error) string {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.reason
	}
	return err.Error()
}

// assumption says which refusal wasn't made.
func assumption(err error) string {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		return err.Error()
	}
	row := r.row(0)
	return cmp.Or(row.Code, row.Error) + ": " + r.reason
}

// description is the row's text as it is answered, without the trace.
func (r *refusal) description(row Row) string {
	var b strings.Builder
	if row.Authentication {
		b.WriteString(AuthenticationPrefix)
	}
	rest := row.Text
	for _, value := range r.values {
		before, after, _ := strings.Cut(rest, "<")
		_, after, _ = strings.Cut(after, ">")
		b.WriteString(before)
		b.WriteString(value)
		rest = after
	}
	b.WriteString(rest)
	return b.String()
}
