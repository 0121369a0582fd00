package token

import (
	"log/slog"
	"sync/atomic"
	"time"
)

// Event is the end of a request for a token.
type Event struct {
	ClientID  string
	Scope     string
	Renewed   bool // in the background, while the old one was served
	FromCache bool // of other processes
	Attempts  int  // grants that were sent
	Duration  time.Duration
	// Served counts the tokens that were served from memory since the last
	// event of this entry, and Waited the callers who waited for this one.
	Served, Waited int64
	Life           time.Duration
	KeyExpires     time.Time
	Err            error
}

func (v *Event) attributes() []slog.Attr {
	attributes := []slog.Attr{
		slog.String("client_id", v.ClientID), slog.String("scope", v.Scope), slog.Bool("renewal", v.Renewed),
		slog.Bool("from_cache", v.FromCache), slog.Int("attempts", v.Attempts), slog.Duration("duration", v.Duration),
	}
	if v.Err != nil {
		return append(attributes, slog.Any("error", v.Err))
	}
	return append(attributes, slog.Duration("life", v.Life))
}

// shardBits make 16 counters for one number. With one, cores that serve tokens
// would wait for each other's cache lines.
const shardBits = 4

// counter counts what happens often and is read seldom.
type counter [1 << shardBits]struct {
	n atomic.Int64
	_ [56]byte // a cache line each
}

// add counts one more. The token's age to the nanosecond, which the caller knows
// anyway, spreads what cores do at about the same time: a random number would
// cost more than the counting.
func (c *counter) add(age time.Duration) {
	// Multiplied by the golden ratio, neighbours lie far apart.
	const golden = 0x9E3779B1
	c[uint32(age)*golden>>(32-shardBits)].n.Add(1) //nolint:gosec // the low bits are what differs
}

// take returns the count, and begins a new one.
func (c *counter) take() int64 {
	var sum int64
	for i := range c {
		sum += c[i].n.Swap(0)
	}
	return sum
}
