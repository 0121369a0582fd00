// Package errorspage writes docs/errors.md from what the code itself knows: the
// texts of the mock's refusals, and what the SDK and verify make of them. It is
// here because only packages of the mock see the first. Nothing of the product
// uses it; its test writes the page, and fails when the page is old.
package errorspage

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/verify"
)

const intro = `# Errors

Each error is one line: the call, what the service said, ids to quote to Digdir, and what to do about it. Code looks at
the type, or compares with a sentinel, never at the text:

| type | what failed |
|-|-|
| ` + "`*TokenError`" + ` | a token request: ` + "`MP`, `Code`, `Description`, `TraceID`, `Remedy()`" + ` |
| ` + "`*APIError`" + ` | a call of self-service: ` + "`StatusCode`, `Fields`, `CorrelationID`, `Remedy()`" + ` |
| ` + "`*ArgumentError`" + ` | nothing was sent: an argument is wrong, ` + "`Argument` and `Problem`" + ` say which and why |
| ` + "`*RotateError`" + ` | changing a key: at which step, and whether it is safe to go on |
| ` + "`*verify.Error`" + ` | a token that came to an API: ` + "`Reason`" + ` |

This page is written from the code by ` + "`go test ./mockserver/internal/dev/errorspage -update`" + `.

## The token endpoint

The same refusal is seen without its code and in other words, so the SDK knows it by either. Texts of the real service
have more around them: “Invalid assertion. Client authentication failed.” before some, a trace id behind all.

| code | status, error | text | cause | what to do | ` + "`errors.Is`" + ` |
|-|-|-|-|-|-|
`

// Page is the whole page.
func Page() (string, error) {
	var page strings.Builder
	page.WriteString(intro)
	for _, row := range append(issuer.Rows(), issuer.OtherRows()...) {
		cause, ok := causes[row.Text]
		if !ok {
			return "", fmt.Errorf("nobody has said what causes %q", row.Text)
		}
		line(&page, cmp.Or(row.Code, "–"), fmt.Sprintf("%d `%s`", row.Status, row.Error), text(row.Text), cause, remedy(row), sentinel(refusal(row)))
	}
	page.WriteString(apiHead)
	for _, status := range statuses {
		failed := &maskinporten.APIError{StatusCode: status.code}
		line(&page, fmt.Sprintf("%d %s", status.code, http.StatusText(status.code)), status.cause, cmp.Or(status.remedy, failed.Remedy()), sentinel(failed))
	}
	page.WriteString(othersPart)
	for _, reason := range verify.Reasons() {
		line(&page, "`"+string(reason)+"`", fmt.Sprint(reason.Status()), strings.TrimPrefix(reason.Error(), "verify: "))
	}
	return page.String(), nil
}

const apiHead = `
## Self-service

| status | cause | what to do | ` + "`errors.Is`" + ` |
|-|-|-|-|
`

const othersPart = `
## Others

| ` + "`errors.Is`" + ` | cause | what to do |
|-|-|-|
| ` + "`ErrInvalidArgument`" + ` | an argument was refused before anything was sent; keys and files, too | the text names it |
| ` + "`ErrUnavailable`" + ` | no answer, 429 or 5xx; what may be repeated was | later; ` + "`RetryAfter`" + ` tells when, if the service did |
| ` + "`ErrOutcomeUnknown`" + ` | a call that must not be repeated was sent, and its answer was lost | look whether it was carried out: ` + "`FindCreated`" + ` does |
| ` + "`ErrBadAnswer`" + ` | an answer that can't be understood, such as a proxy's page | ` + "`ContentType` and `Body`" + ` show what came |
| ` + "`ErrNotAttempted`" + ` | a long verb ended before it came to this element | run it again: only what is missing is done |
| ` + "`ErrClosed`" + ` | the client was closed | keep it open for as long as it is used |
| ` + "`errors.ErrUnsupported`" + ` | the real service offers this on the web only | the text says where |
| ` + "`context.Canceled`, `context.DeadlineExceeded`" + ` | the caller's context ended | |

## Checking tokens

What ` + "`verify.Reason`" + ` says to logs and metrics. Callers are told no more than the status, and which scope is needed.

| reason | status | text |
|-|-|-|
`

func line(page *strings.Builder, cells ...string) {
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(cell, "|", `\|`)
	}
	page.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// text marks what is filled in, which would be taken for HTML.
func text(s string) string { return strings.NewReplacer("<", "‹", ">", "›").Replace(s) }

// refusal is the error that the SDK makes of a row.
func refusal(row issuer.Row) *maskinporten.TokenError {
	return &maskinporten.TokenError{StatusCode: row.Status, Code: row.Error, Description: row.Text, MP: row.Code}
}

// remedy is what the SDK says, or what there is to say where it says nothing.
func remedy(row issuer.Row) string {
	return cmp.Or(refusal(row).Remedy(), remedies[row.Text])
}

var sentinels = []struct {
	name string
	err  error
}{
	{"ErrClientNotFound", maskinporten.ErrClientNotFound},
	{"ErrUnknownKey", maskinporten.ErrUnknownKey},
	{"ErrKeyExpired", maskinporten.ErrKeyExpired},
	{"ErrScopeNotRegistered", maskinporten.ErrScopeNotRegistered},
	{"ErrAccessNotGranted", maskinporten.ErrAccessNotGranted},
	{"ErrNotDelegated", maskinporten.ErrNotDelegated},
	{"ErrRejected", maskinporten.ErrRejected},
	{"ErrUnauthorized", maskinporten.ErrUnauthorized},
	{"ErrForbidden", maskinporten.ErrForbidden},
	{"ErrNotFound", maskinporten.ErrNotFound},
	{"ErrConflict", maskinporten.ErrConflict},
	{"ErrTermsNotSigned", maskinporten.ErrTermsNotSigned},
	{"ErrUnavailable", maskinporten.ErrUnavailable},
}

func sentinel(err error) string {
	var names []string
	for _, one := range sentinels {
		if errors.Is(err, one.err) {
			names = append(names, "`"+one.name+"`")
		}
	}
	return strings.Join(slices.Compact(names), " ")
}
