package portal_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

// withoutPID signs a user up who gives no identity number, and in.
func (w *world) withoutPID(mail string) string {
	w.t.Helper()
	w.ok(w.SignUp(portal.SignUp{Name: mail, Mail: mail, Password: password}))
	w.ok(w.Confirm(w.lastLink(mail)))
	in := check.Got(w.SignIn(mail, password))(w.t)
	return in.Cookie
}

func TestAnIdentityNumberCanBeAddedLaterByTheUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cookie := w.withoutPID(kari)
	refused(t, w.SignInWithIDPorten(cookie, pid), portal.CodeWrongCredentials)
	for _, bad := range []string{"", "0101011234", "010101123456", "0101011234x"} {
		refused(t, w.SetPID(cookie, bad), portal.CodeInvalid)
	}
	w.ok(w.SetPID(cookie, pid))
	w.ok(w.SetPID(cookie, pid))
	refused(t, w.SetPID(cookie, "02020212345"), portal.CodeConflict)
	w.ok(w.SignInWithIDPorten(cookie, pid))
	refused(t, w.SetPID("forged", pid), portal.CodeNotSignedIn)
}

func TestAnIdentityNumberCanComeWithTheManagersOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager, cookie := w.manager(), w.withoutPID(kari)
	person := portal.Person{Name: "Kari", Mail: kari, Phone: "22222222", PID: "1"}
	refused(t, w.OrderProduction(manager, []portal.Person{person}), portal.CodeInvalid)
	refused(t, check.Err(w.Enter(cookie, "prod")), portal.CodeNoAccess)
	person.PID = pid
	w.ok(w.OrderProduction(manager, []portal.Person{person}))
	w.ok(w.SignInWithIDPorten(cookie, pid))
	check.Got(w.Enter(cookie, "prod"))(t)
	person.PID = "02020212345"
	refused(t, w.OrderProduction(manager, []portal.Person{person}), portal.CodeConflict)
	if text := fmt.Sprintf("%v %+v %s", person, person, person.LogValue()); strings.Contains(text, person.PID) {
		t.Errorf("the number is in %s", text)
	}
}
