package pages

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/gateway"
)

// answered is what a call was answered.
type answered struct {
	Header http.Header
	Status int
	Body   bytes.Buffer
}

// keeper keeps an answer.
type keeper struct{ *answered }

// Header implements [http.ResponseWriter].
func (k keeper) Header() http.Header { return k.answered.Header }

// Write implements [http.ResponseWriter].
func (k keeper) Write(p []byte) (int, error) { return k.Body.Write(p) }

// WriteHeader implements [http.ResponseWriter].
func (k keeper) WriteHeader(status int) { k.Status = status }

// call makes a call as programs do, at a path without the base address.
func (v *visit) call(method, path, media string, body []byte) (*answered, error) {
	ctx := context.WithoutCancel(v.r.Context())                                    // it is carried out whole
	r, err := http.NewRequestWithContext(ctx, method, path, bytes.NewReader(body)) //nolint:gosec // the paths are these pages' own, and nothing leaves the process
	if err != nil {
		return nil, err
	}
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	r.RemoteAddr, r.TLS = v.r.RemoteAddr, v.r.TLS
	a := &answered{Header: http.Header{}, Status: http.StatusOK}
	v.place.Calls.ServeHTTP(keeper{a}, r)
	return a, nil
}

// controlError is what the control API refused: in its words, and the field that it
// is about, if it is about one.
type controlError struct {
	Text  string `json:"error"`
	Field string `json:"field"`
}

func (e *controlError) Error() string { return e.Text }

// field is the one that a refusal names: most begin with it.
func (e *controlError) field() string {
	if e.Field != "" {
		return e.Field
	}
	name, _, _ := strings.Cut(e.Text, ": ")
	return name
}

// control makes a call of the control API.
func (v *visit) control(method, call string, body, answer any) *controlError {
	var data []byte
	switch body := body.(type) {
	case nil:
	case *controlError: // it can't be sent
		return body
	case json.RawMessage:
		data = body
	default:
		var err error
		if data, err = json.Marshal(body); err != nil {
			return &controlError{Text: err.Error()}
		}
	}
	a, err := v.call(method, "/_mock/"+call, "application/json", data)
	if err != nil {
		return &controlError{Text: err.Error()}
	}
	if a.Status != http.StatusOK {
		refusal := &controlError{}
		if err := json.Unmarshal(a.Body.Bytes(), refusal); err != nil {
			refusal.Text = http.StatusText(a.Status)
		}
		refusal.Text = strings.TrimPrefix(refusal.Text, "the body: ") // it was a form
		return refusal
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(a.Body.Bytes(), answer); err != nil {
		return &controlError{Text: err.Error()}
	}
	return nil
}

// broken answers where the control API itself failed.
func (v *visit) broken(err error) {
	v.problem(http.StatusInternalServerError, err.Error(), "error.internal")
}

// choose takes the environment of this name, or the first.
func (v *visit) choose(environment string) {
	for _, e := range v.place.Environments {
		if e.Served && (v.env.Name == "" || e.Name == environment) {
			v.env = e
		}
	}
}

// inForce is how the mock behaves.
type inForce struct {
	Variants    map[string]string `json:"variants"`
	Chaos       *uint64           `json:"chaos"`
	Lenient     bool              `json:"lenient"`
	Propagation string            `json:"propagation"`
}

// seed is that of chaos; empty: there is none.
func (s inForce) seed() string {
	if s.Chaos == nil {
		return ""
	}
	return strconv.FormatUint(*s.Chaos, 10)
}

// fault is one that is declared.
type fault map[string]any

func inEnvironment(all []gateway.Credentials, environment string) []gateway.Credentials {
	return slices.DeleteFunc(all, func(c gateway.Credentials) bool { return c.Environment != environment })
}

// sent is what was filled in, as JSON: without the token and what is empty.
func sent(values url.Values) map[string]any {
	body := map[string]any{}
	for name := range values {
		if value := strings.TrimSpace(values.Get(name)); value != "" && name != tokenField {
			body[name] = value
		}
	}
	return body
}
