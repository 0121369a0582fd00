package portal_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// restored is an empty portal over the same registries, with a state.
func (w *world) restored(text string) (*portal.Portal, error) {
	registries := func(environment string) *registry.Registry { return w.Registries[environment] }
	p := portal.New(portal.Config{
		Registry: registries, Now: w.Now, NewID: w.NewID, Send: w.Deliver, ConfirmURL: func() string { return "https://portal.example/confirm" },
	})
	state, err := portal.ParseState([]byte(text))
	if err != nil {
		return p, err
	}
	return p, p.Import(state, registries)
}

func stateOf(t *testing.T, p *portal.Portal) string {
	t.Helper()
	data := check.Got(json.MarshalIndent(p.Export(), "", " "))(t)
	return string(data)
}

func TestAnExportedPortalComesBackByteForByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager := w.manager()
	w.user(kari)
	w.ok(w.SignUp(portal.SignUp{Name: "Ola", Mail: ola, Password: password}))
	w.ok(w.Restrict(manager, "ver1", []string{kari, ola}))
	w.ok(w.DelegateRights(manager, kari, []portal.Right{portal.RightIntegrations, portal.RightSupplier}))
	w.ok(w.DelegateRights(manager, boss, []portal.Right{portal.RightAPIs}))
	w.ok(w.TakeBack(manager, boss))
	w.ok(w.WithdrawTerms(nav))
	for _, prefix := range []string{"first", "second"} {
		check.Got(w.OrderPrefix(manager, "test", prefix, "purpose"))(t)
	}
	for _, environment := range []string{"test", "ver2"} {
		w.ok(w.Registries[environment].AssignPrefix(digdir, "difi"))
		check.Got(w.SaveMerchantData(environment, digdir, "api-tilbyder-"+digdir, portal.MerchantData{
			NotificationPoints: []string{kari}, Invoicing: portal.Invoicing{RecipientOrgNo: digdir, Email: kari},
		}))(t)
	}
	text := stateOf(t, w.Portal)
	again := check.Got(w.restored(text))(t)
	check.Same(t, text, stateOf(t, again))
	if strings.Contains(text, password) {
		t.Error("a password is in the state")
	}
	refused(t, check.Err(again.SignIn(ola, password)), portal.CodeNotConfirmed)
	_, err := again.SignIn(kari, "another password")
	refused(t, err, portal.CodeWrongCredentials)
	in := check.Got(again.SignIn(kari, password))(t)
	w.ok(again.SignInWithIDPorten(in.Cookie, pid))
	if _, err := again.Enter(in.Cookie, "prod"); err != nil {
		t.Error(err)
	}
	refused(t, check.Err(again.Enter(manager, "test")), portal.CodeNotSignedIn)
}

func TestAPortalWrittenByHandHasDefaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	again := check.Got(w.restored(`{"organizations":[{"orgno":"991825827","name":"Digdir","domains":["Digdir.no"],"managers":["kari@digdir.no"]}],
		"users":[{"mail":"Kari@digdir.no","name":"Kari","password":"korrekt hest"}]}`))(t)
	in := check.Got(again.SignIn(kari, password))(t)
	if profile, err := again.Profile(in.Cookie); err != nil || !profile.Manager || !profile.Organization.TermsSigned {
		t.Errorf("%+v, %v", profile, err)
	}
}

func TestAPortalThatCannotBeIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	const org = `"organizations":[{"orgno":"991825827","name":"n","domains":["digdir.no"]}]`
	const user = org + `,"users":[{"mail":"kari@digdir.no","name":"k","password":"korrekt hest"}]`
	users := func(members string) string {
		return org + `,"users":[{"mail":"kari@digdir.no","name":"k"` + members + `}]`
	}
	order := func(more string) string {
		return user + `,"prefix_orders":[{"id":"a","environment":"test","prefix":"p","orgno":"991825827","ordered_by":"kari@digdir.no","means":"mail","state":"granted"` + more + `}]`
	}
	merchant := func(members string) string {
		return `"merchant_data":[{"environment":"test","integration_id":"api-tilbyder-991825827"` + members + `}]`
	}
	w := newWorld(t)
	w.ok(w.Registries["test"].AssignPrefix(digdir, "difi"))
	for _, c := range []struct{ place, text string }{
		{`unknown field "x"`, `"x":1`},
		{"organizations: it has the wrong type", `"organizations":1`},
		{"organizations[0]: a JSON object", `"organizations":[1]`},
		{"organizations[0]: name: it has the wrong type", `"organizations":[{"name":1}]`},
		{"organizations[0]: orgno", `"organizations":[{"orgno":"991825828"}]`},
		{"organizations[1]: orgno", org + `,"organizations":[{"orgno":"991825827"},{"orgno":"991825827"}]`},
		{"organizations[0]: domains", `"organizations":[{"orgno":"991825827","domains":["no"]}]`},
		{"organizations[0]: domains", `"organizations":[{"orgno":"991825827","domains":["a.no","a.no"]}]`},
		{"organizations[0]: managers", `"organizations":[{"orgno":"991825827","managers":["a@b.no"]}]`},
		{"organizations[0]: restricted", `"organizations":[{"orgno":"991825827","restricted":{"prod":["a@b.no"]}}]`},
		{"organizations[0]: restricted.test", `"organizations":[{"orgno":"991825827","restricted":{"test":["a@b.no"]}}]`},
		{"users[0]: mail", `"users":[{"mail":"x"}]`},
		{"users[0]: mail", `"users":[{"mail":"a@b.no"}]`},
		{"users[1]: mail", users(`,"password":"korrekt hest"},{"mail":"KARI@digdir.no","name":"k","password":"korrekt hest"`)},
		{"users[0]: name", users(`,"name":" ","password":"korrekt hest"`)},
		{"users[0]: password", users(`,"password":"short"`)},
		{"users[0]: give a password", users("")},
		{"users[0]: give a password", users(`,"password_hash":"AAAA","salt":"AAAA"`)},
		{"users[0]: pid", users(`,"pid":"1","password":"korrekt hest"`)},
		{"users[0]: production", users(`,"confirmed":false,"production":["apis"],"password":"korrekt hest"`)},
		{"users[0]: production", users(`,"production":["all"],"password":"korrekt hest"`)},
		{"users[0]: production", users(`,"production":["supplier"],"password":"korrekt hest"`)},
		{"prefix_orders[0]: id", order(`,"id":""`)},
		{"prefix_orders[0]: environment", order(`,"environment":"x"`)},
		{"prefix_orders[0]: orgno", order(`,"orgno":"889640782"`)},
		{"prefix_orders[0]: ordered_by", order(`,"ordered_by":"x"`)},
		{"prefix_orders[0]: prefix", order(`,"prefix":"/"`)},
		{"prefix_orders[0]: state", order(`,"state":"x"`)},
		{"prefix_orders[0]: means", order(`,"means":"x"`)},
		{"prefix_orders[1]: id", strings.TrimSuffix(order(""), "]") + `,{"id":"a"}]`},
		{"merchant_data[0]: environment", merchant(`,"environment":"x"`)},
		{"merchant_data[0]: integration_id", merchant(`,"integration_id":"x"`)},
		{"merchant_data[0]: notification_points", merchant(`,"notification_points":["x"]`)},
		{"merchant_data[0]: invoicing", merchant(`,"invoicing":{"recipient_orgno":"1"}`)},
		{"merchant_data[1]: integration_id", merchant(`},{"environment":"test","integration_id":"api-tilbyder-991825827"`)},
	} {
		if _, err := w.restored("{" + c.text + "}"); err == nil || !strings.HasPrefix(err.Error(), c.place) {
			t.Errorf("%s: got %v, want %s", c.text, err, c.place)
		}
	}
	for _, text := range []string{"", "null", "{} {}", `{"users":`} {
		if _, err := portal.ParseState([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	p := check.Got(w.restored("{" + order("") + "," + merchant("") + "}"))(t)
	if s := p.Export(); !s.PrefixOrders[0].Ordered.Equal(w.Now()) || !s.MerchantData[0].LastUpdated.Equal(w.Now()) {
		t.Errorf("%+v", s)
	}
}
