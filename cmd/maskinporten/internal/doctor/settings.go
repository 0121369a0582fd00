package doctor

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/maskinporten-go/maskinporten"
)

// settings: can what is asked for be right at all?
func (x *examination) settings() *Step {
	const name = "settings"
	if problem, remedy := x.settingsProblem(); problem != "" {
		return fail(name, problem, remedy)
	}
	text := fmt.Sprintf("client %s, issuer %s, scope %s", x.Client.ClientID, x.Target.Issuer, strings.Join(x.Request.Scopes, " "))
	if x.Request.ConsumerOrg != "" {
		text += ", for " + string(x.Request.ConsumerOrg)
	}
	if len(x.Request.Resource) > 0 {
		text += ", resource " + strings.Join(x.Request.Resource, " ")
	}
	return ok(name, text)
}

func (x *examination) settingsProblem() (problem, remedy string) {
	if x.Client.ClientID == "" {
		return "no client is named", "give its id with --client-id, MASKINPORTEN_CLIENT_ID or client.id in a profile"
	}
	if strings.ContainsFunc(x.Client.ClientID, func(r rune) bool { return r <= ' ' || r == '"' || r == '\'' || r > '~' }) {
		return fmt.Sprintf("the client id %q holds a blank, a quote or a character that isn't seen", x.Client.ClientID), "type it anew, without what came along when it was copied"
	}
	if len(x.Request.Scopes) == 0 {
		return "no scope is named", "name one or more behind the command, such as prefix:scope"
	}
	for _, scope := range x.Request.Scopes {
		if strings.ContainsAny(scope, ",;") {
			return fmt.Sprintf("%q is not one scope: it holds a comma", scope), "name each scope by itself, with blanks between them"
		}
		if !strings.Contains(scope, ":") {
			return fmt.Sprintf("%q is no scope: its prefix is missing", scope), "write it whole, as prefix:scope; maskinporten scopes search finds it"
		}
	}
	err := x.Request.Check()
	if wrong, ok := errors.AsType[*maskinporten.ArgumentError](err); ok {
		problem, remedy, _ = strings.Cut(wrong.Problem, ": ")
		return wrong.Argument + ": " + problem, cmp.Or(remedy, "check what was given, and what it was copied from")
	}
	return "", ""
}
