package issuer

import (
	"strconv"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// checkTimes goes by whole seconds, since that is what most grants say.
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
