package doctor_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/doctor"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func ailments() []ailment {
	return slices.Concat(ofSettings, ofKey, ofCertificate, ofNetwork, ofClient, ofScope, ofAPI)
}

// healthy are patients of all kinds with whom nothing is wrong.
var healthy = map[string]func(*ward){
	"a key":         func(*ward) {},
	"a certificate": func(w *ward) { w.withCertificate(w.consumer.OrgNo, mockserver.CertificateValid) },
	"a private scope": func(w *ward) {
		w.changeScope(weather, func(s *maskinporten.Scope) { s.Visibility = maskinporten.VisibilityPrivate })
	},
	"a scope that is open to all": func(w *ward) { w.withScope(maskinporten.ScopeCreate{Subscope: "open", AccessibleForAll: true}) },
	"two scopes": func(w *ward) {
		w.withScope(maskinporten.ScopeCreate{Subscope: "open", AccessibleForAll: true})
		w.patient.Request.Scopes = append(w.patient.Request.Scopes, weather)
	},
	"a token by reference": func(w *ward) {
		w.withScope(maskinporten.ScopeCreate{Subscope: "opaque", AccessibleForAll: true, TokenType: maskinporten.TokenTypeOpaque})
	},
	"a resource": func(w *ward) { w.patient.Request.Resource = []string{"https://api.example.no"} },
	"a system user": func(w *ward) {
		w.srv.Altinn().AddSystemUser(mockserver.SystemUser{OrgNo: w.provider.OrgNo, Vendor: w.consumer.OrgNo})
		w.patient.Request.AuthorizationDetails = maskinporten.SystemUser{OrgNo: w.provider.OrgNo}
	},
	"a person": func(w *ward) { w.patient.Request.PID = maskinporten.NewPersonal(person) },
	"a supplier": func(w *ward) {
		name := w.withScope(maskinporten.ScopeCreate{Subscope: "delegated", DelegationSource: "https://tt02.altinn.no/"})
		customer := w.srv.AddOrganization("910753614", "A customer")
		if _, err := w.owner.Access.Grant(w.Context(), name, customer.OrgNo); err != nil {
			w.Fatal(err)
		}
		w.srv.Altinn().Delegate(customer.OrgNo, w.consumer.OrgNo, name)
		w.patient.Request.ConsumerOrg = customer.OrgNo
	},
	"an owner": func(w *ward) {
		w.consumer.AssignPrefix("nav")
		app := w.srv.App(w.consumer, "nav:own")
		w.patient.Client.ClientID, w.patient.Request.Scopes = app.ClientID, []string{"nav:own"}
		w.keyFile("key.json", w.must(app.Key.MarshalJWK()))
	},
}

func TestNothingIsWrongWithTheHealthy(t *testing.T) {
	t.Parallel()
	for name, befall := range healthy {
		for _, admin := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, admin client %t", name, admin), func(t *testing.T) {
				t.Parallel()
				w := newWard(t)
				befall(w)
				if admin {
					w.seesAdmin()
				}
				report := w.examined()
				for _, step := range report.Steps {
					if step.Verdict != doctor.OK {
						t.Errorf("%s: %s: %s; %s", step.Name, step.Verdict, step.Proof, step.Remedy)
					}
				}
				if !report.Healthy() {
					t.Errorf("it is not healthy: %v", report.First())
				}
			})
		}
	}
}

// Each is found by itself, with an admin client and without.
func TestWhatIsWrongIsNamed(t *testing.T) {
	t.Parallel()
	for _, ailment := range ailments() {
		for _, admin := range []bool{false, true} {
			if ailment.admin && !admin {
				continue
			}
			name := ailment.name
			if admin {
				name += ", with an admin client"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWard(t)
				ailment.befall(w)
				if admin {
					w.seesAdmin()
				}
				report := w.examined()
				isNamed(t, report, ailment.first, ailment)
				for _, step := range report.Steps {
					if step.Verdict == doctor.Fail && step.Name != ailment.first && !ailment.more {
						t.Errorf("%s fails as well: %s", step.Name, step.Proof)
					}
				}
			})
		}
	}
}

// Answers have more than one shape, and the doctor knows them all.
func TestWhatIsWrongIsNamedWhateverShapeAnswersHave(t *testing.T) {
	t.Parallel()
	for _, ailment := range slices.Concat(ofClient, ofScope, ofNetwork) {
		if ailment.first == "connection" || ailment.first == "metadata" {
			continue
		}
		for _, admin := range []bool{false, true} {
			if ailment.admin && !admin {
				continue
			}
			name := ailment.name
			if admin {
				name += ", with an admin client"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWard(t, mockserver.WithChaos(7), mockserver.WithVariants(
					mockserver.VariantEmptyListsError, mockserver.VariantStatusesCreated, mockserver.VariantAccessRefusalInvalidScope,
					mockserver.VariantErrorURILeftOut, mockserver.VariantTimeRefusalsServer))
				ailment.befall(w)
				if admin {
					w.seesAdmin()
				}
				got := w.examined().First()
				if got == nil || got.Name != ailment.first || got.Remedy == "" {
					t.Errorf("first is %+v, want %s", got, ailment.first)
				}
			})
		}
	}
}

// isNamed checks that a step must be fixed first, with the ailment's words.
func isNamed(t *testing.T, report doctor.Report, first string, a ailment) {
	t.Helper()
	got := report.First()
	if got == nil {
		t.Fatalf("nothing is found:\n%s", printed(report))
	}
	if got.Name != first {
		t.Errorf("first is %q, want %q:\n%s", got.Name, first, printed(report))
	}
	if !strings.Contains(got.Proof, a.proof) || !strings.Contains(got.Remedy, a.remedy) {
		t.Errorf("%s: %q; %q\nwant %q; %q", got.Name, got.Proof, got.Remedy, a.proof, a.remedy)
	}
	if got.Remedy == "" {
		t.Errorf("%s has no remedy: %s", got.Name, got.Proof)
	}
}

func printed(report doctor.Report) string {
	var text strings.Builder
	for _, step := range report.Steps {
		text.WriteString(string(step.Verdict) + "\t" + step.Name + "\t" + step.Proof + "\t→ " + step.Remedy + "\n")
	}
	return text.String()
}
