package issuer

import (
	"errors"
	"strconv"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// Limits on the times of grants, in seconds. They are applied when the times are
// read, here, and by checkTimes.
const (
	// maxLifetime is how far exp may be from iat.
	maxLifetime = 120
	// longerLifetime is that of the variant.
	longerLifetime = 180
	// maxSkew is how far iat and nbf may lie ahead of the clock.
	maxSkew = 10
)

// lifetime is how long a grant may live.
func (g *grant) lifetime() int64 {
	if g.variants.Has(variants.GrantLifetime180) {
		return longerLifetime
	}
	return maxLifetime
}

// grace is how long after its end a grant is still taken.
func (g *grant) grace() int64 {
	if g.variants.Has(variants.GrantLifetime180) {
		return maxSkew
	}
	return 0
}

func (g *grant) readIssued(raw []byte) (err error) {
	if raw == nil {
		g.undated = true
		return g.assumed("iat", strictjson.ErrTime)
	}
	g.issued, err = strictjson.Seconds(raw)
	return err
}

func (g *grant) readExpires(raw []byte) (err error) {
	if g.expires, err = strictjson.Seconds(raw); err != nil {
		return err
	}
	if !g.undated && g.expires-g.issued > g.lifetime() && !g.variants.Has(variants.TimeRefusalsServer) { // else it is a refusal of its own
		return g.tooLong("iat")
	}
	return nil
}

func (g *grant) tooLong(after string) error {
	return errors.New("it is more than " + strconv.FormatInt(g.lifetime(), 10) + " s after " + after)
}

func (g *grant) readNotBefore(raw []byte) (err error) {
	if raw != nil {
		g.notBefore, err = strictjson.Seconds(raw)
	}
	return err
}
