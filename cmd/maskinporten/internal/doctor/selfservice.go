package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
)

// adminFacts is what an admin client has seen.
type adminFacts struct {
	key    keyFacts
	err    error // it can't be used at all
	usable bool  // it saw something

	client      *maskinporten.ClientRegistration
	clientErr   error
	keys        []*maskinporten.JSONWebKey
	keysErr     error
	received    map[string][]*maskinporten.Access // by scope
	receivedErr error
	own         map[string]*maskinporten.Scope // of those asked for
}

// lookAsAdmin asks self-service about the client.
func (x *examination) lookAsAdmin(ctx context.Context) {
	a := &x.admin
	if x.Admin == nil || x.Client.ClientID == "" || x.probe.blocked() != "" {
		return
	}
	x.Doing("self-service, as the admin client")
	ctx, cancel := context.WithTimeout(ctx, patienceWithLists)
	defer cancel()
	if a.key = inspect(*x.Admin); a.key.key == nil {
		a.err = a.key.err
		return
	}
	service, err := maskinporten.New(x.Target, maskinporten.Credentials{ClientID: x.Admin.ClientID, Key: a.key.key}, x.options()...)
	if err != nil {
		a.err = err
		return
	}
	defer func() { _ = service.Close() }() // it never fails
	a.client, a.clientErr = service.Clients.Get(ctx, x.Client.ClientID)
	if a.clientErr == nil {
		a.keys, a.keysErr = maskinporten.Collect(service.Clients.Keys(ctx, x.Client.ClientID))
	}
	a.received, a.receivedErr = receivedBy(ctx, service, x.Request.Scopes)
	a.lookAtOwnScopes(ctx, service, x.Request.Scopes)
	a.usable = a.clientErr == nil || a.receivedErr == nil || errors.Is(a.clientErr, maskinporten.ErrNotFound) || errors.Is(a.clientErr, maskinporten.ErrForbidden)
}

// receivedBy are the accesses that the organisation was ever given to the scopes.
func receivedBy(ctx context.Context, service *maskinporten.Client, scopes []string) (map[string][]*maskinporten.Access, error) {
	received := map[string][]*maskinporten.Access{}
	for access, err := range service.Access.Received(ctx, maskinporten.AccessFilter{Inactive: true}) {
		if err != nil {
			return nil, err
		}
		if slices.Contains(scopes, access.Scope) {
			received[access.Scope] = append(received[access.Scope], access)
		}
	}
	return received, nil
}

// lookAtOwnScopes finds those of the scopes that belong to the admin client's
// organisation, which the public list may not show. Others' are refused.
func (a *adminFacts) lookAtOwnScopes(ctx context.Context, service *maskinporten.Client, scopes []string) {
	a.own = map[string]*maskinporten.Scope{}
	if a.receivedErr != nil {
		return // it may not read scopes either
	}
	for _, name := range scopes {
		if scope, err := service.Scopes.Get(ctx, name); err == nil {
			a.own[name] = scope
		}
	}
}

// adminClient: could it see anything?
func (x *examination) adminClient() *Step {
	const name = "admin client"
	a := &x.admin
	if x.Admin == nil {
		return nil
	}
	if terms := a.termsNotSigned(); terms != nil {
		return fail(name, "the organisation hasn't signed the terms of use: "+terms.Description, terms.Remedy(), usedAdmin)
	}
	const without = "the rest of the report does without it; "
	switch {
	case a.key.problem != "":
		return warn(name, joined(a.key.source, a.key.problem), without+forAdmin(a.key.remedy))
	case a.err != nil && a.key.err != nil:
		problem, remedy := a.key.refusal()
		return warn(name, joined(a.key.source, problem), without+forAdmin(remedy))
	case a.err != nil:
		return warn(name, plainly(a.err), without+"check its credentials", usedAdmin)
	case x.Client.ClientID == "":
		return skipped(name, "there is no client to look for: see settings")
	case x.probe.blocked() != "":
		return skipped(name, x.probe.blocked())
	case !a.usable:
		return warn(name, plainly(a.clientErr), without+remedyOf(a.clientErr, "check its credentials, and the environment"), usedAdmin)
	}
	return x.adminSees(name)
}

// forAdmin puts the admin client's flags for the client's.
func forAdmin(remedy string) string {
	return strings.NewReplacer("--key", "--admin-key", "--kid", "--admin-kid", "--password-file", "--admin-password-file",
		"MASKINPORTEN_", "MASKINPORTEN_ADMIN_", "client.key", "admin.key").Replace(remedy)
}

// adminSees tells what a usable admin client may not see.
func (x *examination) adminSees(name string) *Step {
	a := &x.admin
	blind := []string{}
	if a.client == nil && !errors.Is(a.clientErr, maskinporten.ErrNotFound) {
		blind = append(blind, "the client ("+plainly(a.clientErr)+")")
	}
	if a.keysErr != nil {
		blind = append(blind, "its keys ("+plainly(a.keysErr)+")")
	}
	if a.receivedErr != nil {
		blind = append(blind, "the accesses ("+plainly(a.receivedErr)+")")
	}
	if len(blind) > 0 {
		return warn(name, x.Admin.ClientID+" can't see "+strings.Join(blind, ", nor "),
			"give it idporten:dcr.read and idporten:scopes.read, in the client's own organisation, to see more", usedAdmin)
	}
	return ok(name, x.Admin.ClientID+" sees the client, its keys and accesses", usedAdmin)
}

// termsNotSigned is the answer that said so, if one did.
func (a *adminFacts) termsNotSigned() *maskinporten.APIError {
	for _, err := range []error{a.clientErr, a.keysErr, a.receivedErr} {
		if call, ok := errors.AsType[*maskinporten.APIError](err); ok && errors.Is(err, maskinporten.ErrTermsNotSigned) {
			return call
		}
	}
	return nil
}

// plainly is an error of the library in few words.
func plainly(err error) string {
	if refusal, ok := errors.AsType[*maskinporten.TokenError](err); ok && refusal.Code != "" {
		return "no token for it: " + said(refusal)
	}
	if call, ok := errors.AsType[*maskinporten.APIError](err); ok && call.StatusCode != 0 {
		return fmt.Sprintf("%s answered %d", call.Operation, call.StatusCode)
	}
	return strings.TrimPrefix(err.Error(), "maskinporten: ")
}

func remedyOf(err error, otherwise string) string {
	if explained, ok := errors.AsType[interface {
		error
		Remedy() string
	}](err); ok && explained.Remedy() != "" {
		return explained.Remedy()
	}
	return otherwise
}
