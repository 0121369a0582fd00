package issuer

import (
	"crypto/rsa"
	"slices"
	"strconv"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// checks are all checks of a well-formed grant, in the order in which the
// service makes them: the first that fails decides. Those that take more than a
// few lines are in files of their own, check_….go.
var checks = [...]func(*tokenRequest) error{
	(*tokenRequest).checkClient,
	(*tokenRequest).checkAudience,
	(*tokenRequest).checkKey,
	(*tokenRequest).checkSignature,
	(*tokenRequest).checkTimes,
	(*tokenRequest).checkUnspent,
	(*tokenRequest).checkScopes,
	(*tokenRequest).checkIntegrationType,
	(*tokenRequest).checkAccess,
	(*tokenRequest).checkOnBehalfOf,
	(*tokenRequest).checkDetails,
	(*tokenRequest).spend, // last: a refused grant spends nothing
}

func (t *tokenRequest) checkClient() error {
	client, ok := t.config.Registry.IssuedClient(t.grant.issuer)
	if !ok {
		return refuse(clientNotFound, "in "+t.config.Environment+" there is no active client "+quote(t.grant.issuer))
	}
	t.client = client
	return nil
}

func (t *tokenRequest) checkAudience() error {
	if len(t.grant.audience) != 1 || t.grant.audience[0] != t.address {
		return refuse(wrongAudience, "the aud is "+quote(strings.Join(t.grant.audience, " "))+", not "+quote(t.address))
	}
	return nil
}

func (t *tokenRequest) checkSignature() error {
	algorithm := hashes[t.grant.algorithm]
	digest := algorithm.make()
	digest.Write([]byte(t.grant.signed))
	if err := rsa.VerifyPKCS1v15(t.publicKey, algorithm.id, digest.Sum(nil), t.grant.signature); err != nil {
		return refuse(invalidSignature, "the signature is not that of the key")
	}
	return nil
}

// checkTimes goes by whole seconds, since that is what most grants say. Whether
// the grant's times are well-formed was decided when they were read.
func (t *tokenRequest) checkTimes() error {
	now, g := t.now.Unix(), t.grant
	begins := now // of a grant without iat
	if !g.undated {
		begins = g.issued
	}
	switch {
	case g.expires+g.grace() <= now:
		return refuse(expiredGrant, "exp is "+ago(now-g.expires))
	case g.expires-begins > g.lifetime() && g.undated:
		return malformedClaim("exp", g.tooLong("now"))
	case g.expires-begins > g.lifetime(): // where it wasn't refused at once
		return refuse(tooLong, "exp is more than "+strconv.FormatInt(g.lifetime(), 10)+" s after iat")
	case begins < now-maxSkew && g.variants.Has(variants.IatAge10s):
		return refuse(expiredGrant, "iat is "+ago(now-g.issued)+", more than 10 s")
	case begins > now+maxSkew:
		return refuse(issuedInFuture, "iat is "+ago(now-g.issued))
	case g.notBefore > now+maxSkew:
		return refuse(issuedInFuture, "nbf is "+ago(now-g.notBefore))
	}
	return nil
}

func ago(seconds int64) string {
	if seconds < 0 {
		return strconv.FormatInt(-seconds, 10) + " s ahead of the clock"
	}
	return strconv.FormatInt(seconds, 10) + " s behind the clock"
}

func (t *tokenRequest) checkUnspent() error {
	if t.spent.contains(t.client.ClientID, t.grant.id, t.now.Unix()) {
		return grantUsed(t.grant.id)
	}
	return nil
}

// spend lets exactly one of several equal grants through that have come as
// far as this at the same time.
func (t *tokenRequest) spend() error {
	if !t.spent.add(t.client.ClientID, t.grant.id, t.grant.expires+t.grant.grace(), t.now.Unix()) {
		return grantUsed(t.grant.id)
	}
	return nil
}

func grantUsed(id string) error { return refuse(usedBefore, "the jti "+quote(id)+" was used before") }

// checkScopes wants every scope to exist and to be registered on the client.
func (t *tokenRequest) checkScopes() error {
	var bad []string
	for _, name := range t.grant.scopes {
		scope, ok := t.config.Registry.IssuedScope(name)
		if !ok || !slices.Contains(t.client.Scopes, name) {
			bad = append(bad, name)
			continue
		}
		t.scopes = append(t.scopes, scope)
	}
	if len(bad) > 0 {
		names := strings.Join(bad, " ")
		return refuse(invalidScopes, "not registered on the client, or unknown: "+quote(names), names)
	}
	return nil
}

func (t *tokenRequest) checkIntegrationType() error {
	for _, scope := range t.scopes {
		types := scope.AllowedIntegrationTypes
		if len(types) > 0 && !slices.Contains(types, t.client.IntegrationType) {
			return refuse(wrongIntegrationType, scope.Name+" is for "+strings.Join(types, ", ")+", and the client is "+t.client.IntegrationType)
		}
	}
	return nil
}
