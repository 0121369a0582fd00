package maskinporten_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestRetireTakesBackEveryAccessThenDeactivates(t *testing.T) {
	t.Parallel()
	all := orgNos(25)
	p := newProvider(all...)
	client, wire := newWire(t, p.reply)
	reports := 0
	result, err := client.Scopes.Retire(t.Context(), planScope, maskinporten.ApplyOptions{Progress: func(p maskinporten.ApplyProgress) {
		reports++
		if p.Total != 25 || p.Item.Action != maskinporten.AccessActionRevoke {
			t.Errorf("progress %+v", p)
		}
	}})
	if err != nil || len(result.Done()) != 25 || reports != 25 || len(p.consumers()) != 0 {
		t.Errorf("%d done, %d reported, error %v", len(result.Done()), reports, err)
	}
	requests := wire.requests()
	want := sent{Method: "DELETE", Path: "/scopes", Query: "scope=difi%3Aapi3", Scope: writeScope}
	check.Same(t, want, requests[len(requests)-1], "last request")
	if len(requests) != 27 {
		t.Errorf("%d requests", len(requests))
	}
}

func TestRetireWithoutAccessesDeactivates(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, newProvider().reply)
	result, err := client.Scopes.Retire(t.Context(), planScope, maskinporten.ApplyOptions{})
	if err != nil || len(result.Items) != 0 {
		t.Errorf("result %+v, error %v", result, err)
	}
	wire.mustHaveSent(t,
		sent{Method: "GET", Path: "/scopes/access", Query: "scope=difi%3Aapi3", Scope: readScope},
		sent{Method: "DELETE", Path: "/scopes", Query: "scope=difi%3Aapi3", Scope: writeScope},
	)
}

func TestRetireDoesNotDeactivateWhileAnAccessIsLeft(t *testing.T) {
	t.Parallel()
	p := newProvider(nav, digdir, supplier)
	p.refuse = func(s sent) (answer, bool) {
		return answer{http.StatusConflict, `{"status":409}`}, s.Path == "/scopes/access/"+string(digdir)
	}
	client, wire := newWire(t, p.reply)
	result, err := client.Scopes.Retire(t.Context(), planScope, maskinporten.ApplyOptions{})
	if !errors.Is(err, maskinporten.ErrConflict) || !strings.Contains(err.Error(), "revoke 991825827") || !strings.Contains(err.Error(), "not deactivated") {
		t.Errorf("error %v", err)
	}
	if failed := result.Failed(); len(failed) != 1 || failed[0].OrgNo != digdir {
		t.Errorf("failed %+v", failed)
	}
	for _, request := range wire.requests() {
		if request.Path == "/scopes" {
			t.Errorf("sent %+v", request)
		}
	}

	p.refuse = nil
	if _, err := client.Scopes.Retire(t.Context(), planScope, maskinporten.ApplyOptions{}); err != nil || len(p.consumers()) != 0 {
		t.Errorf("second time: error %v, left %v", err, p.consumers())
	}
}

func TestRetireTellsThatOnlyDeactivatingFailed(t *testing.T) {
	t.Parallel()
	p := newProvider(nav)
	p.refuse = func(s sent) (answer, bool) {
		return answer{http.StatusNotFound, `{"status":404}`}, s.Path == "/scopes"
	}
	client, _ := newWire(t, p.reply)
	result, err := client.Scopes.Retire(t.Context(), planScope, maskinporten.ApplyOptions{})
	if !errors.Is(err, maskinporten.ErrNotFound) || len(result.Done()) != 1 {
		t.Errorf("result %+v, error %v", result, err)
	}
}

func TestRetireChangesNothingWhenTheListFails(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, always(http.StatusForbidden, `{"status":403}`))
	check.Is(t, maskinporten.ErrForbidden, ignored(client.Scopes.Retire(t.Context(), planScope, maskinporten.ApplyOptions{})))
	wire.mustHaveSentTimes(t, 1)
}
