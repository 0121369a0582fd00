package control

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/exactjson"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/faults"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/gateway"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/journal"
)

// Config says what is steered. All fields are required.
type Config struct {
	Engine  *engine.Engine
	Journal *journal.Journal
	Faults  *faults.Faults
	// Served are the environments that are answered for.
	Served []string
	// Reset begins everything anew.
	Reset func() error
}

// call is one call.
type call struct {
	Config
	*http.Request
	site *gateway.Site
}

// handler answers a call with what becomes JSON.
type handler func(*call) (any, error)

var done = map[string]string{"status": "ok"}

// always makes a handler of something that cannot fail.
func always(answer func(*call) any) handler {
	return func(c *call) (any, error) { return answer(c), nil }
}

// array is never null in JSON.
func array[T any](list []T) []T { return append([]T{}, list...) }

const maxBody = 16 << 20

// taking makes a handler of one that takes a body. Fields that don't exist, or not
// in that case, are an error: in a test they are a slip.
func taking[T any](answer func(*call, T) (any, error)) handler {
	return func(c *call) (any, error) {
		body, err := c.body(maxBody)
		if err != nil {
			return nil, err
		}
		var in T
		if err := exactjson.Object(body, &in); err != nil {
			return nil, fmt.Errorf("the body: %w", err)
		}
		return answer(c, in)
	}
}

// body reads the whole body of a call.
func (c *call) body(most int) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(c.Body, int64(most)+1))
	switch {
	case err != nil:
		return nil, errors.New("the body could not be read")
	case len(body) > most:
		return nil, fmt.Errorf("the body is larger than %d MB", most>>20)
	}
	return body, nil
}

// parameters are those that calls take; the others take none.
var parameters = map[string][]string{
	"GET mail":                 {"to"},
	"DELETE faults":            {"id"},
	"DELETE delegations":       {"environment", "consumer", "supplier", "scope"},
	"GET keys":                 {"number", "kid"},
	"GET organization-numbers": {"number"},
}

// check refuses parameters that don't exist, and fields where there are none: in
// a test both are a slip.
func (c *call) check(name string) error {
	known := parameters[name]
	query := c.URL.Query()
	for _, given := range slices.Sorted(maps.Keys(query)) {
		switch {
		case len(query[given]) > 1:
			return fmt.Errorf("the parameter %.40q is there twice", given)
		case slices.Contains(known, given):
		case len(known) == 0:
			return fmt.Errorf("there is no parameter %.40q: this call takes none", given)
		default:
			return fmt.Errorf("there is no parameter %.40q: use %s", given, strings.Join(known, ", "))
		}
	}
	if method, _, _ := strings.Cut(name, " "); method == http.MethodPost && name != "POST reset" || method == http.MethodPut {
		return nil // reads its body itself
	}
	body, err := c.body(maxBody)
	if body = bytes.TrimSpace(body); err != nil || len(body) == 0 || string(body) == "null" {
		return err
	}
	if err := exactjson.Object(body, &struct{}{}); err != nil {
		return fmt.Errorf("the body: this call takes none: %w", err)
	}
	return nil
}

// environment finds the environment that a call names.
func (c *call) environment(name string) (*engine.Environment, error) {
	if err := c.checkEnvironment(name); err != nil {
		return nil, err
	}
	return c.Engine.Environment(name)
}

func (c *call) checkEnvironment(name string) error {
	if engine.IsName(name) && !slices.Contains(c.Served, name) {
		return fmt.Errorf("environment: %s", gateway.Unserved(c.Served, name))
	}
	return nil
}

// in does something in the environment that a call names, or in all when it
// names none.
func (c *call) in(name string, do func(*engine.Environment) error) error {
	if err := c.checkEnvironment(name); err != nil {
		return err
	}
	return c.Engine.In(name, do)
}

// duration reads what [time.ParseDuration] takes.
func duration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		longest := strconv.FormatInt(int64(time.Duration(math.MaxInt64)/time.Hour), 10)
		return 0, fmt.Errorf("%.40q is no duration such as 8760h or 90s, up to %sh", text, longest)
	}
	return d, nil
}
