package mockserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/exactjson"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
)

// healthCall is counted, but not kept among the requests, and logged at level
// debug only.
const healthCall = "GET health"

// count counts a request that isn't kept.
func (j *journal) count() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.answered++
}

// controls are the calls below /_mock/, with which tests in any language steer
// the server.
var controls = map[string]func(*door, *http.Request) (any, error){
	healthCall:          func(*door, *http.Request) (any, error) { return map[string]string{"status": "ok"}, nil },
	"GET clock":         controlClock,
	"POST clock":        controlMoveClock,
	"GET settings":      func(d *door, _ *http.Request) (any, error) { return d.server.settings.Load().told(), nil },
	"POST settings":     controlSettings,
	"POST reset":        controlReset,
	"GET mail":          controlMail,
	"GET requests":      controlRequests,
	"GET audit":         func(d *door, _ *http.Request) (any, error) { return array(d.server.AuditLog()), nil },
	"GET faults":        func(d *door, _ *http.Request) (any, error) { return d.server.faults.list(), nil },
	"POST faults":       controlFault,
	"DELETE faults":     controlClearFaults,
	"POST certificates": controlCertificate,
	"GET snapshot":      func(d *door, _ *http.Request) (any, error) { return json.RawMessage(d.server.Snapshot()), nil },
	"PUT snapshot":      controlRestore,
	"POST snapshot":     controlRestore,
	// Addresses, credentials, tokens and other test data.
	"GET ready":                controlReady,
	"POST credentials":         controlCredentials,
	"POST tokens":              controlToken,
	"GET keys":                 controlKey,
	"POST signing-keys":        controlRotate,
	"GET organization-numbers": controlOrgNo,
	"GET request-count": func(d *door, _ *http.Request) (any, error) {
		return map[string]int{"answered": d.server.Answered()}, nil
	},
	// Altinn's side.
	"POST delegations":   controlDelegate,
	"DELETE delegations": controlUndelegate,
	"POST system-users":  controlSystemUser,
	"POST consents":      controlConsent,
	// Digdir's side of the portal.
	"POST organizations":     controlOrganization,
	"POST prefixes":          controlPrefix,
	"GET prefix-orders":      func(d *door, _ *http.Request) (any, error) { return array(d.server.PendingPrefixOrders()), nil },
	"POST prefix-orders":     controlDecidePrefix,
	"GET lost-notifications": func(d *door, _ *http.Request) (any, error) { return array(d.server.LostNotifications()), nil },
}

// control answers a call of the control API.
func (d *door) control(w http.ResponseWriter, r *http.Request, segments []string) restapi.Outcome {
	name := r.Method + " " + strings.Join(segments, "/")
	call, ok := controls[name]
	if !ok || !d.server.options.control {
		message, calls := "there is no such control call", slices.Sorted(maps.Keys(controls))
		if !d.server.options.control {
			message, calls = "the control API is switched off", nil
		}
		writeJSON(w, http.StatusNotFound, controlError{message, calls})
		return restapi.Outcome{Status: http.StatusNotFound, Refusal: message}
	}
	answer, err := call(d, r)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, controlError{Error: err.Error()})
		return restapi.Outcome{Operation: name, Status: http.StatusBadRequest, Refusal: err.Error()}
	}
	writeAnswer(w, answer)
	return restapi.Outcome{Operation: name, Status: http.StatusOK}
}

// controlError is the answer to a call that failed. Calls lists those that
// there are, where there was none.
type controlError struct {
	Error string   `json:"error"`
	Calls []string `json:"calls,omitzero"`
}

var controlDone = map[string]string{"status": "ok"}

// array is never null in JSON.
func array[T any](list []T) []T { return append([]T{}, list...) }

const maxControlBody = 16 << 20

// readControl decodes the body of a control call. Fields that don't exist, or
// not in that case, are an error: in a test they are a slip.
func readControl[T any](r *http.Request) (T, error) {
	var in T
	body, err := io.ReadAll(io.LimitReader(r.Body, maxControlBody))
	if err != nil {
		return in, errors.New("the body could not be read")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	decoder.UseNumber() // a claim is signed as it was written
	if err := decoder.Decode(&in); err != nil {
		return in, fmt.Errorf("the body is not the JSON object that is expected: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return in, errors.New("the body goes on after the JSON object")
	}
	if name := exactjson.Unknown(body, &in); name != "" {
		return in, fmt.Errorf("the body is not the JSON object that is expected: unknown field %q", name)
	}
	return in, nil
}

// controlRequests leaves out how the mock was steered: tests look for what was
// asked by what they test.
func controlRequests(d *door, _ *http.Request) (any, error) {
	return slices.DeleteFunc(d.server.Requests(), func(r Request) bool { return r.Steers() }), nil
}

func controlReset(d *door, _ *http.Request) (any, error) {
	d.server.Reset()
	return controlDone, nil
}

// controlEnvironment finds the environment that a control call names.
func (d *door) controlEnvironment(name string) (*environment, error) {
	e := d.server.environmentFor(name)
	switch {
	case e == nil:
		return nil, fmt.Errorf("environment: %.40q is none: use test, ver1, ver2 or prod", name)
	case !d.server.serves(name):
		return nil, fmt.Errorf("environment: %s", d.server.unserved(name))
	}
	return e, nil
}

func controlMail(d *door, r *http.Request) (any, error) {
	d.server.settleTime()
	return d.server.mail.to(r.URL.Query().Get("to")), nil
}

func controlCertificate(d *door, r *http.Request) (any, error) {
	in, err := readControl[struct {
		Environment string `json:"environment"`
		OrgNo       string `json:"orgno"`
		Kind        string `json:"kind"`
	}](r)
	if err != nil {
		return nil, err
	}
	if _, err := d.controlEnvironment(in.Environment); err != nil {
		return nil, err
	}
	certificate, err := d.server.issueCertificate(maskinporten.Environment(in.Environment), maskinporten.OrgNo(in.OrgNo), CertificateKind(in.Kind))
	if err != nil {
		return nil, err
	}
	key, err := certificate.KeyPEM()
	if err != nil {
		return nil, err
	}
	return map[string]any{"chain": certificate.PEM(), "key": key}, nil
}
