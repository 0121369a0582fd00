package pages

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// keyRow is a key with how it stands.
type keyRow struct {
	registry.Key
	ClientID, ClientName string
	State                string // "ok", "expiring" or "expired"
}

// soon is how long before its end a key is said to expire, as notifications do.
const soon = 30 * 24 * time.Hour

func (v *visit) keyRows(c *registry.Client) []keyRow {
	var rows []keyRow
	if c.JWKS == nil {
		return nil
	}
	now := v.config.Now()
	for _, k := range c.JWKS.Keys {
		row := keyRow{Key: k, ClientID: c.ClientID, ClientName: c.ClientName, State: "ok"}
		switch end := time.Unix(k.Exp, 0); {
		case !now.Before(end):
			row.State = "expired"
		case !now.Before(end.Add(-soon)):
			row.State = "expiring"
		}
		rows = append(rows, row)
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
	if err := v.registry().DeleteKey(v.caller(), c.ClientID, kid); err != nil {
		v.failed(err)
		return
	}
	v.say("said.key_removed", kid)
	v.toClient(c.ClientID, "/keys")
}

// keyStatus lists the keys of all active clients, those first that expire first.
func keyStatus(v *visit) {
	clients, err := v.registry().Clients(v.caller(), false)
	if err != nil {
		v.failed(err)
		return
	}
	var rows []keyRow
	var counts struct{ Expired, Expiring, OK int }
	state := v.query("state")
	for _, c := range clients {
		for _, row := range v.keyRows(c) {
			switch row.State {
			case "expired":
				counts.Expired++
			case "expiring":
				counts.Expiring++
			default:
				counts.OK++
			}
			if state == "" || state == row.State {
				rows = append(rows, row)
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b keyRow) int { return cmp.Compare(a.Exp, b.Exp) })
	wanted := v.wantedPart()
	v.under(v.adminCrumb())
	v.render(http.StatusOK, "keystatus", nil, struct {
		listing[keyRow]
		Expired, Expiring, OK int
		State                 string
		States                []string
	}{list(v, wanted, part(rows, wanted)), counts.Expired, counts.Expiring, counts.OK, state, []string{"expired", "expiring", "ok"}})
}
