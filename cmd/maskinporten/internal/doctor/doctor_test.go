package doctor_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/doctor"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func ailments() []ailment {
	return slices.Concat(ofSettings, ofKey, ofCertificate, ofNetwork, ofClient, ofScope, ofAPI)
}

func TestNothingIsWrongWithTheHealthy(t *testing.T) {
	t.Parallel()
	for _, admin := range []bool{false, true} {
		w := newWard(t)
		if admin {
			w.seesAdmin()
		}
		report := w.examined()
		for _, step := range report.Steps {
			if step.Verdict != doctor.OK {
				t.Errorf("admin %t: %s: %s: %s", admin, step.Name, step.Verdict, step.Proof)
			}
		}
		if !report.Healthy() || report.First() != nil {
			t.Errorf("it is not healthy: %v", report.First())
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
					if step.Verdict == doctor.Fail && step.Name != ailment.first {
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

// isNamed checks that a step must be mended first, with the ailment's words.
func isNamed(t *testing.T, report doctor.Report, first string, a ailment) {
	t.Helper()
	got := report.First()
	if got == nil {
		t.Fatalf("nothing is found:\n%s", told(report))
	}
	if got.Name != first {
		t.Errorf("first is %q, want %q:\n%s", got.Name, first, told(report))
	}
	if !strings.Contains(got.Proof, a.proof) || !strings.Contains(got.Remedy, a.remedy) {
		t.Errorf("%s: %q; %q\nwant %q; %q", got.Name, got.Proof, got.Remedy, a.proof, a.remedy)
	}
	if got.Remedy == "" {
		t.Errorf("%s has no remedy: %s", got.Name, got.Proof)
	}
}

func told(report doctor.Report) string {
	var text strings.Builder
	for _, step := range report.Steps {
		text.WriteString(string(step.Verdict) + "\t" + step.Name + "\t" + step.Proof + "\t→ " + step.Remedy + "\n")
	}
	return text.String()
}
