package token

import (
	"log/slog"
	"sync/atomic"
	"time"
	"unsafe"
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

// shardBits make 32 counters for one number. With one, cores that serve tokens
// would wait for each other's cache lines.
const shardBits = 5

// counter counts what happens often and is read seldom.
type counter [1 << shardBits]struct {
	n atomic.Int64
	_ [56]byte // a cache line each
}

// add counts one more, at the place of its goroutine. Goroutines are told apart
// by where their stacks lie, at least 2 KB from each other: a place that changed
// with each call would be taken from another core's cache every other time.
func (c *counter) add() {
	var here byte
	stack := uintptr(unsafe.Pointer(&here)) >> 11 //nolint:gosec // only a number, which is right wherever the stack moves
	// Multiplied by the golden ratio, neighbours lie far apart.
	const golden = 0x9E3779B1
	c[uint32(stack)*golden>>(32-shardBits)].n.Add(1) //nolint:gosec // the low bits are what differs
}

// take returns the count, and begins a new one.
func (c *counter) take() int64 {
	var sum int64
	for i := range c {
		sum += c[i].n.Swap(0)
	}
	return sum
}
