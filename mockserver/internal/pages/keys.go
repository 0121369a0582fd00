package pages

import (
	"errors"
	"net/http"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// keyRow is a key with how it stands.
type keyRow struct {
	registry.Key
	State string
}

func (v *visit) keyRows(c *registry.Client) []keyRow {
	if c.JWKS == nil {
		return nil
	}
	var rows []keyRow
	for _, k := range c.JWKS.Keys {
		rows = append(rows, keyRow{k, v.registry().StateOf(k)})
	}
	return rows
}

// keys is the page of a client's keys.
func keys(v *visit, c *registry.Client) {
	v.renderClientTab(http.StatusOK, "keys", c, nil, v.keyRows(c))
}

func (v *visit) keyForm() *form {
	return v.form("key", &field{Name: "key", Kind: kindArea, Rows: 12})
}

func newKey(v *visit, c *registry.Client) { v.renderNewKey(http.StatusOK, c, v.keyForm()) }

func (v *visit) renderNewKey(status int, c *registry.Client, f *form) {
	v.under(v.adminCrumb(), v.integrationsCrumb(), v.clientCrumb(c))
	v.renderTitled(status, "newkey", v.text("newkey.title", c.ClientName), f, c)
}

// addKey takes a key as JWK or PEM. A private one isn't even shown again.
func addKey(v *visit, c *registry.Client) {
	f := v.read(v.keyForm())
	k, err := v.registry().AddKeyText(v.caller(), c.ClientID, []byte(f.value("key")))
	if err == nil {
		v.say("said.key_added", k.Kid, day(time.Unix(k.Exp, 0), v.lang))
		v.toClient(c.ClientID, "/keys")
		return
	}
	status := v.refuse(f, err)
	if refusal, ok := errors.AsType[*registry.Error](err); ok && refusal.Code == registry.CodePrivateKey {
		f.set("key")
	}
	if f.Field("key").Error == "" && len(f.Errors) > 0 { // it is all about what was pasted
		f.Field("key").Error, f.Errors = f.Errors[0], nil
	}
	v.renderNewKey(status, c, f)
}

func removeKey(v *visit, c *registry.Client) {
	kid := v.r.PostForm.Get("kid")
	err := v.registry().DeleteKey(v.caller(), c.ClientID, kid)
	v.did(err, v.integrationPath(c.ClientID)+"/keys", "said.key_removed", kid)
}

// keyStatus lists the keys and secrets of all active clients, those first that
// expire first.
func keyStatus(v *visit) {
	wanted, state := v.wantedPart(), v.query("state")
	found, counts, err := v.registry().KeyStatusPage(v.caller(), state, wanted)
	if err != nil {
		v.failed(err)
		return
	}
	v.under(v.adminCrumb())
	v.render(http.StatusOK, "keystatus", nil, struct {
		listing[registry.KeyStatus]
		Counts map[string]int
		State  string
		States []string
	}{list(v, wanted, found), counts, state, []string{registry.KeyHasExpired, registry.KeyIsExpiring, registry.KeyIsValid}})
}
