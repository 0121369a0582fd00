package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten"
)

const propagation = "; a token was given all the same: the change reaches the token endpoint within minutes"

// asAnswered makes a failure that self-service predicts a warning, where the token
// endpoint doesn't know of it, and adds that it has refused for the same reason,
// where it has.
func (x *examination) asAnswered(step *Step, refusal *maskinporten.TokenError) *Step {
	if refusal != nil && !slices.Contains(step.Used, usedToken) {
		step.Used = append(step.Used, usedToken)
	}
	if x.token.token != nil && step.Verdict == Fail {
		step.Verdict = Warn
		step.Proof += propagation
	}
	return step
}

// client: is it there, active, and of the right kind?
func (x *examination) client() *Step {
	const name = "client"
	refusal := x.refusedFor(maskinporten.SubjectClient)
	if step := x.clientSeen(name); step != nil {
		if step.Verdict == OK && refusal != nil {
			return fail(name, step.Proof+"; but the token endpoint: "+said(refusal),
				"a new or changed client needs up to two minutes; else check that the issuer and the self-service API belong to one environment", usedAdmin, usedToken)
		}
		return x.asAnswered(step, refusal)
	}
	switch {
	case refusal != nil && len(x.token.elsewhere) > 0:
		names := x.token.elsewhere
		return fail(name, fmt.Sprintf("%s is unknown at %s, and known in %s", x.Client.ClientID, x.Target.Issuer, strings.Join(names, ", ")),
			"ask there (--env "+names[0]+"), or register a client here", usedToken, "token request in "+strings.Join(names, ", "))
	case refusal != nil:
		return fail(name, x.Client.ClientID+": "+said(refusal), refusal.Remedy(), usedToken)
	case x.got(maskinporten.SubjectKey, maskinporten.SubjectScope, maskinporten.SubjectAccess, maskinporten.SubjectDelegation, maskinporten.SubjectDetails):
		return ok(name, x.Client.ClientID+" is known to the token endpoint", usedToken)
	}
	return skipped(name, x.notAsked())
}

// clientSeen is what the admin client saw, nil if it saw nothing.
func (x *examination) clientSeen(name string) *Step {
	c := x.admin.client
	switch {
	case errors.Is(x.admin.clientErr, maskinporten.ErrNotFound):
		return fail(name, "self-service knows no client "+x.Client.ClientID, "check the client id and the environment, or register the client", usedAdmin)
	case c == nil:
		return nil
	}
	about := fmt.Sprintf("%q of %s, %s", c.Name, c.ClientOrgNo, c.IntegrationType)
	if c.SupplierOrgNo != "" {
		about += ", supplier " + string(c.SupplierOrgNo)
	}
	takesGrants := len(c.GrantTypes) == 0 || slices.Contains(c.GrantTypes, maskinporten.GrantTypeJWTBearer)
	switch {
	case !c.Active:
		return fail(name, about+"; it was deactivated, the last change was on "+day(c.LastUpdated), "activate it again in self-service, or use the client that came after it", usedAdmin)
	case !takesGrants:
		return fail(name, fmt.Sprintf("%s; its grant types are %v", about, c.GrantTypes),
			"tokens between machines need a client of type maskinporten: register one, since the type never changes", usedAdmin)
	}
	return ok(name, about+", active", usedAdmin)
}

// clientKey: does the client know the key, and for how long?
func (x *examination) clientKey() *Step {
	const name = "client key"
	refusal := x.refusedFor(maskinporten.SubjectKey)
	if step := x.keySeen(name); step != nil {
		if step.Verdict != Fail && refusal != nil {
			return fail(name, step.Proof+"; but the token endpoint: "+said(refusal), refusal.Remedy(), usedAdmin, usedToken)
		}
		return x.asAnswered(step, refusal)
	}
	switch {
	case refusal != nil:
		return fail(name, x.nameOfKey()+": "+said(refusal), x.keyRemedy(refusal), usedToken)
	case x.got(maskinporten.SubjectScope, maskinporten.SubjectAccess, maskinporten.SubjectDelegation, maskinporten.SubjectDetails):
		return ok(name, x.nameOfKey()+" is accepted by the token endpoint", usedToken)
	}
	return skipped(name, x.notAsked())
}

func (x *examination) nameOfKey() string {
	if x.key.report.KeyID == "" {
		return "the certificate"
	}
	return "kid " + x.key.report.KeyID
}

// keyRemedy says in the program's words how a key gets onto a client.
func (x *examination) keyRemedy(refusal *maskinporten.TokenError) string {
	return refusal.Remedy() + "; maskinporten keys list shows what is registered"
}

// keySeen compares the key with those that the admin client saw on the client.
func (x *examination) keySeen(name string) *Step {
	a, report := &x.admin, x.key.report
	if a.client == nil || a.keysErr != nil || x.key.key == nil {
		return nil
	}
	kids := make([]string, len(a.keys))
	var named, same *maskinporten.JSONWebKey
	for i, key := range a.keys {
		kids[i] = key.KeyID
		if key.KeyID == report.KeyID {
			named = key
		}
		if thumbprint, err := key.Thumbprint(); err == nil && thumbprint == report.Thumbprint {
			same = key
		}
	}
	registered := "the client has " + listed(kids)
	switch {
	case report.KeyID == "" && len(a.keys) > 0 && same != nil:
		return fail(name, registered+", so a certificate is not enough", "name the key: --kid "+same.KeyID, usedAdmin)
	case report.KeyID == "" && len(a.keys) > 0:
		return fail(name, registered+", so a certificate is not enough", "use one of these keys with its kid, or register this one", usedAdmin)
	case report.KeyID == "":
		return nil // the certificate's organisation counts
	case named == nil && same != nil:
		return fail(name, fmt.Sprintf("there is no kid %s on the client; this key is registered as %s", report.KeyID, same.KeyID), "give --kid "+same.KeyID, usedAdmin)
	case named == nil:
		return fail(name, fmt.Sprintf("there is no kid %s on the client; %s", report.KeyID, registered),
			"register the key (maskinporten keys add), or use one that is registered", usedAdmin)
	case same == nil || same.KeyID != named.KeyID:
		return fail(name, fmt.Sprintf("kid %s on the client is another key than the one in %s", named.KeyID, x.key.source),
			"find the key file that belongs to this kid, or register this key under a kid of its own (maskinporten keys add)", usedAdmin)
	}
	return x.ageOf(name, named)
}

// ageOf judges the dates of a key that is registered.
func (x *examination) ageOf(name string, key *maskinporten.JSONWebKey) *Step {
	expires := key.Expires()
	proof := "kid " + key.KeyID + " is on the client"
	if expires.IsZero() {
		return ok(name, proof, usedAdmin)
	}
	const remedy = "a key lives one year: register a new one (maskinporten keys rotate), or post the same one again"
	switch left := expires.Sub(x.serverNow()); {
	case left <= 0:
		return fail(name, proof+"; it expired on "+day(expires), remedy, usedAdmin)
	case left < soon:
		return warn(name, fmt.Sprintf("%s; it expires on %s, in %d days", proof, day(expires), int(left/(24*time.Hour))), remedy, usedAdmin)
	}
	if key.Algorithm != "" && key.Algorithm != x.key.report.Algorithm {
		return warn(name, fmt.Sprintf("%s, for %s; grants are signed with %s", proof, key.Algorithm, x.key.report.Algorithm),
			"sign with the algorithm that the key is registered with", usedAdmin)
	}
	return ok(name, proof+", until "+day(expires), usedAdmin)
}

// listed names what there is, shortened.
func listed(names []string) string {
	const most = 5
	switch {
	case len(names) == 0:
		return "no keys"
	case len(names) == 1:
		return "the key " + names[0]
	case len(names) > most:
		return fmt.Sprintf("%d keys, %s, …", len(names), strings.Join(names[:most], ", "))
	}
	return "the keys " + strings.Join(names, ", ")
}
