package mockserver

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/faults"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/gateway"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/journal"
)

// Option changes how a server is set up.
type Option func(*options) error

// options are the settings of the rooms.
type options struct {
	engine  engine.Config
	journal journal.Config
	gateway gateway.Config
	control bool
}

func newOptions(given []Option) (*options, error) {
	o := &options{
		engine:  engine.Config{Now: time.Now, Seed: 1},
		journal: journal.Config{Requests: 1000, Changes: 100_000},
		gateway: gateway.Config{Log: slog.New(slog.DiscardHandler), Served: engine.Names()},
	}
	for _, option := range given {
		if option == nil {
			continue
		}
		if err := option(o); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// WithWorld makes the server start with a world of JSON, and [Server.Reset] go
// back to it. It is the format of [Server.Snapshot]:
//
//	{"version": 1, "environments": {"test": {…}}, "portal": {…}}
//
// An environment, or portal, that it doesn't have is as in the default world.
// One that it has holds nothing else, unless it says "extends": "default". So
// that it can be written by hand, much may be left out: created and
// last_updated (then now), active, confirmed and terms_signed (then true), of a
// scope all but name and description, of an access all but scope and
// consumer_orgno, of a client all but client_id, client_name and client_orgno,
// of a key all but kty, kid, n and e, and for password_hash and salt a user may
// have a password. Fields that don't exist are an error; errors name the place.
// WORLD.md has the whole format and an example.
func WithWorld(data []byte) Option {
	return func(o *options) (err error) {
		if o.engine.World, err = engine.ParseWorld(data); err != nil {
			return fmt.Errorf("mockserver: WithWorld: %w", err)
		}
		return nil
	}
}

// WithEnvironments makes the server answer for these environments only. Calls to
// the others are answered with 404 and a message that says so, in memory too:
// code that should never call production is found out. The world stays whole: Go
// reaches all environments, and so do snapshots.
func WithEnvironments(environments ...maskinporten.Environment) Option {
	return func(o *options) error {
		if len(environments) == 0 {
			return errors.New("mockserver: WithEnvironments: name some of test, ver1, ver2 and prod")
		}
		for _, env := range environments {
			if !engine.IsName(string(env)) {
				return fmt.Errorf("mockserver: WithEnvironments: %.40q is unknown: use test, ver1, ver2 or prod", string(env))
			}
		}
		o.gateway.Served = slices.DeleteFunc(engine.Names(), func(name string) bool {
			return !slices.Contains(environments, maskinporten.Environment(name))
		})
		return nil
	}
}

// WithPropagation makes changes in self-service reach the token endpoint only
// after d of the server's clock, as they take up to two minutes on the real
// service. By default they reach it at once.
func WithPropagation(d time.Duration) Option {
	return func(o *options) error {
		if d < 0 {
			return fmt.Errorf("mockserver: WithPropagation: %v is negative", d)
		}
		o.engine.Settings.Propagation = d
		return nil
	}
}

// WithChaos makes the server as unkind as the contract allows: lists in another
// order, unknown members, members in another order, defaults left out, times
// with other digits and zones, lastUpdated and last_updated, and, drawn once by
// the seed, those variants that shape answers ([WithVariants] goes first). What
// it does depends on the seed and the order of requests. A client that passes
// doesn't lean on accidents.
func WithChaos(seed uint64) Option {
	return func(o *options) error { o.engine.Settings.Chaos = faults.NewChaos(seed); return nil }
}

// WithControl serves the control API below /_mock/ of listeners and handlers. It
// is called by IP addresses, localhost, names without a dot, the hosts of base
// addresses, and those named here; by other names, and from pages of other sites
// ([WithOrigins] lets some in), requests are refused: a browser makes them for
// whoever it visits.
func WithControl(hosts ...string) Option {
	return func(o *options) error {
		o.control, o.gateway.AllowHosts = true, append(o.gateway.AllowHosts, hosts...)
		return nil
	}
}

// WithOrigins lets pages of these origins, such as "http://localhost:3000", call
// the server from a browser (CORS): the metadata, tokens, self-service and the
// control API, but not the portal.
func WithOrigins(origins ...string) Option {
	return func(o *options) error {
		for _, origin := range origins {
			u, err := url.Parse(origin)
			if err != nil || u.Scheme == "" || u.Host == "" || u.Scheme+"://"+u.Host != origin {
				return fmt.Errorf("mockserver: WithOrigins: %.100q is no origin such as http://localhost:3000", origin)
			}
		}
		o.gateway.Origins = append(o.gateway.Origins, origins...)
		return nil
	}
}

// WithHostIssuers makes issuers of the Host header of each request to a listener
// or handler, for when it is known by names, or ports, that nobody can predict.
// Behind a proxy that speaks TLS, X-Forwarded-Proto says so.
func WithHostIssuers() Option {
	return func(o *options) error { o.gateway.FollowHost = true; return nil }
}

// WithTime makes the server's clock go by now instead of time.Now.
func WithTime(now func() time.Time) Option {
	return func(o *options) error {
		if now == nil {
			return errors.New("mockserver: WithTime: the function is nil")
		}
		o.engine.Now = now
		return nil
	}
}

// WithLogger logs a line for each request. Tokens, grants and secrets are never
// logged.
func WithLogger(log *slog.Logger) Option {
	return func(o *options) error {
		if log == nil {
			return errors.New("mockserver: WithLogger: the logger is nil")
		}
		o.gateway.Log = log
		return nil
	}
}

// WithHistory sets how many of the last requests [Server.Requests] keeps, 1,000
// unless set, and how many of the last changes [Server.AuditLog], 100,000 unless
// set.
func WithHistory(requests, changes int) Option {
	return func(o *options) error {
		if requests < 0 || changes < 0 {
			return errors.New("mockserver: WithHistory: a number is negative")
		}
		o.journal.Requests, o.journal.Changes = requests, changes
		return nil
	}
}

// WithAnswers makes the journal keep answers too: [Request].Answer. It is an
// option since it costs time and memory for each request.
func WithAnswers() Option {
	return func(o *options) error { o.journal.Answers = true; return nil }
}

// WithSeed sets what chance goes by, in faults with a Probability and in
// [WithDeterministicIDs]; 1 unless set.
func WithSeed(seed uint64) Option {
	return func(o *options) error { o.engine.Seed = seed; return nil }
}

// WithDeterministicIDs makes all ids, client secrets and salts come from the
// seed of [WithSeed] instead of chance. Together with a clock that stands
// ([WithTime], [Clock.Fix]), the same story makes the same [Server.Snapshot]
// each time, also after a Reset. Environments don't influence each other, and
// neither do requests that make nothing. Ids are UUIDs nevertheless; secrets
// that can be predicted are for tests only.
func WithDeterministicIDs() Option {
	return func(o *options) error { o.engine.Deterministic = true; return nil }
}

// WithMiddleware puts a handler of your own around the server, at all its
// addresses and in memory too: to record what is asked and answered, or to bend
// it where no [Fault] can. The first given is the outermost. The journal shows
// what reached the server, and what it answered.
func WithMiddleware(wrap func(http.Handler) http.Handler) Option {
	return func(o *options) error {
		if wrap == nil {
			return errors.New("mockserver: WithMiddleware: the function is nil")
		}
		o.gateway.Middleware = append(o.gateway.Middleware, wrap)
		return nil
	}
}

// WithLenient makes the server pass over those of its refusals that rest on
// assumptions, since nothing is published of what the real service does there.
// It goes on as if there were no such rule, and [Request].Assumed says which
// refusals there would have been; they are logged at level warn, and in the log
// of the test. What is published is refused as ever. These are passed over:
//
//   - grants: no iat; claims that a grant doesn't have; two authorization details;
//     iss_onbehalfof together with consumer_org, or with a value that isn't
//     registered on the client; another alg than the key's; a delegated scope
//     that the consumer itself has no access to;
//   - scopes: a subscope of other printable ASCII characters, with "..", with "/"
//     or ":" at an end, or longer than 255; visibility INTERNAL; an owner_orgno
//     that isn't the caller's; another prefix, subscope or owner in a PUT, which
//     is ignored;
//   - access: a PUT for a deactivated scope, a DELETE of what was never given,
//     which leaves it DENIED;
//   - clients: integration types eformidling and idporten_saml2, which are then
//     like maskinporten; scopes of a krr client beside its own; a client_id of
//     other characters, or longer than 255; a supplier_orgno that isn't the
//     caller's, and another client_id, client_orgno, supplier_orgno or
//     integration_type in a PUT, all of which are ignored; /secret for a client
//     that authenticates without one;
//   - keys: an exp in the past; a kid longer than 255, or another one than the
//     path's, which counts;
//   - onbehalfof: on clients that log nobody in; a value of other characters, or
//     longer than 255; another value in a PUT, which is ignored;
//   - GET /integrations and GET /apis with a token for any other scope.
//
// Some assumptions are kept, since nothing sensible could follow: names that no
// path or token can carry (blanks in a subscope, "/" or only dots in an id), a
// kid or an onbehalfof value that is there already, a client_id that belongs to
// the portal, keys of more than 8192 bits, bodies that are no JSON or are nested
// without end, and paths with empty segments, "." or "..", which may mean another
// resource. A world that a lenient server has made can be loaded by another
// lenient one.
func WithLenient() Option {
	return func(o *options) error { o.engine.Settings.Lenient = true; return nil }
}

// Variant is a way in which the real service may be, where what is known of it
// disagrees: a name and a value, such as "empty-lists=error".
type Variant string

// The variants that aren't the default. Written with the default's value, such
// as "empty-lists=ok", a variant says that [WithChaos] must not draw the other.
const (
	// VariantEmptyListsError answers 404 for lists that hold nothing, and for a
	// client without keys.
	VariantEmptyListsError Variant = "empty-lists=error"
	// VariantStatusesCreated answers 201 to a POST and 204 to a DELETE of clients
	// and keys.
	VariantStatusesCreated Variant = "statuses=created"
	// VariantAccessRefusalInvalidScope answers 400 invalid_scope for MP-250 and
	// MP-251.
	VariantAccessRefusalInvalidScope Variant = "access-refusal=invalid-scope"
	// VariantErrorURILeftOut leaves error_uri out of refusals of tokens, whose
	// texts then have a correlation id in place of the trace id.
	VariantErrorURILeftOut Variant = "error-uri=left-out"
	// VariantTimeRefusalsServer refuses grants for their times in other words, and
	// without a code.
	VariantTimeRefusalsServer Variant = "time-refusals=server"
	// VariantGrantLifetime180 takes grants that live for 180 s, and up to 10 s
	// after they have ended.
	VariantGrantLifetime180 Variant = "grant-lifetime=180"
	// VariantIatAge10s refuses grants that are older than 10 s.
	VariantIatAge10s Variant = "iat-age=10s"
	// VariantScopelessClientRefused refuses a client of maskinporten without scopes.
	VariantScopelessClientRefused Variant = "scopeless-client=refused"
	// VariantX5cChain refuses a grant whose x5c holds the leaf alone.
	VariantX5cChain Variant = "x5c=chain"
	// VariantResourceArray refuses a grant whose resource is a string.
	VariantResourceArray Variant = "resource=array"
)

// WithVariants chooses variants. The last of one name counts.
func WithVariants(chosen ...Variant) Option {
	return func(o *options) error {
		for _, v := range chosen {
			var err error
			if o.engine.Settings.Chosen, err = o.engine.Settings.Chosen.Parse(string(v)); err != nil {
				return fmt.Errorf("mockserver: WithVariants: %w", err)
			}
		}
		return nil
	}
}
