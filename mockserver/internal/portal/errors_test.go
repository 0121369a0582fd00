package portal_test

import (
	"errors"
	"testing"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

func TestRefusalsNameTheFieldThatWasWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.manager()
	w.user(kari)
	order := func(person portal.Person) error {
		return w.OrderProduction(b, []portal.Person{{Name: "Kari", Mail: kari, Phone: "22222222"}, person})
	}
	for _, c := range []struct {
		field string
		err   error
	}{
		{"mail", w.SignUp(portal.SignUp{Name: "A", Mail: "a", Password: password})},
		{"mail", w.SignUp(portal.SignUp{Name: "A", Mail: "a@unknown.example", Password: password})},
		{"mail", w.SignUp(portal.SignUp{Name: "A", Mail: kari, Password: password})},
		{"name", w.SignUp(portal.SignUp{Mail: "a@digdir.no", Password: password})},
		{"password", w.SignUp(portal.SignUp{Name: "A", Mail: "a@digdir.no", Password: "short"})},
		{"pid", w.SignUp(portal.SignUp{Name: "A", Mail: "a@digdir.no", Password: password, PID: "1"})},
		{"persons", w.OrderProduction(b, nil)},
		{"persons[1].name", order(portal.Person{Mail: kari, Phone: "22222222"})},
		{"persons[1].phone", order(portal.Person{Name: "K", Mail: kari, Phone: "x"})},
		{"persons[1].mail", order(portal.Person{Name: "K", Mail: "ukjent@digdir.no", Phone: "22222222"})},
		{"rights", w.DelegateRights(b, kari, nil)},
		{"mail", w.Restrict(b, "ver1", []string{"x@nav.no"})},
		{"", w.Restrict("", "ver1", nil)},
	} {
		refusal, ok := errors.AsType[*portal.Error](c.err)
		if !ok || refusal.Field != c.field {
			t.Errorf("%v: field %+v, want %q", c.err, refusal, c.field)
		}
	}
}
