package mockserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
)

// controls are the calls below /_mock/, with which tests in any language steer
// the server.
var controls = map[string]func(*door, *http.Request) (any, error){
	"GET health":        func(*door, *http.Request) (any, error) { return map[string]string{"status": "ok"}, nil },
	"GET clock":         controlClock,
	"POST clock":        controlMoveClock,
	"POST reset":        controlReset,
	"POST delegations":  controlDelegate,
	"GET mail":          controlMail,
	"GET requests":      func(d *door, _ *http.Request) (any, error) { return d.server.Requests(), nil },
	"GET audit":         func(d *door, _ *http.Request) (any, error) { return array(d.server.AuditLog()), nil },
	"GET faults":        func(d *door, _ *http.Request) (any, error) { return d.server.faults.list(), nil },
	"POST faults":       controlFault,
	"DELETE faults":     func(d *door, _ *http.Request) (any, error) { d.server.ClearFaults(); return controlDone, nil },
	"POST certificates": controlCertificate,
	"GET snapshot":      func(d *door, _ *http.Request) (any, error) { return json.RawMessage(d.server.Snapshot()), nil },
	"PUT snapshot":      controlRestore,
	"POST snapshot":     controlRestore,
	// Digdir's side of the portal.
	"POST organizations":     controlOrganization,
	"GET prefix-orders":      func(d *door, _ *http.Request) (any, error) { return array(d.server.PendingPrefixOrders()), nil },
	"POST prefix-orders":     controlDecidePrefix,
	"GET lost-notifications": func(d *door, _ *http.Request) (any, error) { return array(d.server.LostNotifications()), nil },
}

// control answers a call of the control API.
func (d *door) control(w http.ResponseWriter, r *http.Request, segments []string) restapi.Outcome {
	name := r.Method + " " + strings.Join(segments, "/")
	call, ok := controls[name]
	if !ok || !d.server.options.control {
		message := "there is no such control call"
		if !d.server.options.control {
			message = "the control API is switched off"
		}
		writeJSON(w, http.StatusNotFound, map[string]string{"error": message})
		return restapi.Outcome{Status: http.StatusNotFound, Refusal: message}
	}
	answer, err := call(d, r)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return restapi.Outcome{Operation: name, Status: http.StatusBadRequest, Refusal: err.Error()}
	}
	writeAnswer(w, answer)
	return restapi.Outcome{Operation: name, Status: http.StatusOK}
}

var controlDone = map[string]string{"status": "ok"}

// array is never null in JSON.
func array[T any](list []T) []T { return append([]T{}, list...) }

const maxControlBody = 16 << 20

// readControl decodes the body of a control call. Fields that don't exist are
// an error: in a test they are a slip.
func readControl[T any](r *http.Request) (T, error) {
	var in T
	decoder := json.NewDecoder(io.LimitReader(r.Body, maxControlBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return in, fmt.Errorf("the body is not the JSON object that is expected: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return in, errors.New("the body goes on after the JSON object")
	}
	return in, nil
}

func controlClock(d *door, _ *http.Request) (any, error) {
	return map[string]time.Time{"now": d.server.clock.Now().UTC()}, nil
}

func controlMoveClock(d *door, r *http.Request) (any, error) {
	in, err := readControl[struct {
		Advance string     `json:"advance"`
		Set     *time.Time `json:"set"`
	}](r)
	if err != nil {
		return nil, err
	}
	switch {
	case in.Set != nil && in.Advance == "":
		d.server.clock.Set(*in.Set)
	case in.Set == nil && in.Advance != "":
		by, err := time.ParseDuration(in.Advance)
		if err != nil {
			return nil, fmt.Errorf("advance: %.40q is not a duration such as 8760h or 90s", in.Advance)
		}
		d.server.clock.Advance(by)
	default:
		return nil, errors.New("give either advance (a duration) or set (a time)")
	}
	return controlClock(d, r)
}

func controlReset(d *door, _ *http.Request) (any, error) {
	d.server.Reset()
	return controlDone, nil
}

// controlEnvironment finds the environment that a control call names.
func (d *door) controlEnvironment(name string) (*environment, error) {
	if e := d.server.environmentFor(name); e != nil {
		return e, nil
	}
	return nil, fmt.Errorf("environment: %.40q is none: use test, ver1, ver2 or prod", name)
}

func controlDelegate(d *door, r *http.Request) (any, error) {
	in, err := readControl[struct {
		Environment string `json:"environment"`
		Consumer    string `json:"consumer"`
		Supplier    string `json:"supplier"`
		Scope       string `json:"scope"`
	}](r)
	if err != nil {
		return nil, err
	}
	e, err := d.controlEnvironment(in.Environment)
	if err != nil {
		return nil, err
	}
	if err := e.registry.Delegate(in.Consumer, in.Supplier, in.Scope); err != nil {
		return nil, err
	}
	return in, nil
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

func controlFault(d *door, r *http.Request) (any, error) {
	fault, err := readControl[Fault](r)
	if err != nil {
		return nil, err
	}
	if _, err := d.server.faults.add(fault); err != nil {
		return nil, err
	}
	return controlDone, nil
}
