package pages

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// worldCell is a cell of a table of the world. Where it names something that another
// table has, Address leads there.
type worldCell struct{ Text, Address string }

// worldList is a list of an environment: its name and columns, and how a part of it
// is found.
type worldList struct {
	name    string
	columns []string
	part    func(v *visit, wanted registry.Page) registry.Part[[]worldCell]
}

// worldLists are all of them, in the order of the page. Columns are called as in a
// snapshot.
func worldLists() []worldList {
	return []worldList{
		{"organizations", []string{"orgno", "name"}, func(v *visit, p registry.Page) registry.Part[[]worldCell] {
			return cells(v.registry().EveryOrganization(p), func(o *registry.Organization) []worldCell {
				return []worldCell{v.toList("clients", o.OrgNo), {Text: o.Name}}
			})
		}},
		{"prefixes", []string{"prefix", "owner_orgno", "active", "created"}, func(v *visit, p registry.Page) registry.Part[[]worldCell] {
			return cells(v.registry().EveryPrefix(p), func(x *registry.Prefix) []worldCell {
				return []worldCell{v.toList("scopes", x.Prefix), v.toList("organizations", x.OwnerOrgNo), v.yes(x.Active), v.when(x.Created)}
			})
		}},
		{"scopes", []string{"name", "description", "visibility", "active", "created"}, func(v *visit, p registry.Page) registry.Part[[]worldCell] {
			return cells(v.registry().EveryScope(p), func(s *registry.Scope) []worldCell {
				return []worldCell{v.toList("accesses", s.Name), {Text: s.Description}, {Text: string(s.Visibility)}, v.yes(s.Active), v.when(s.Created)}
			})
		}},
		{"accesses", []string{"scope", "consumer_orgno", "state", "created"}, func(v *visit, p registry.Page) registry.Part[[]worldCell] {
			return cells(v.registry().EveryAccess(p), func(a *registry.Access) []worldCell {
				return []worldCell{v.toList("scopes", a.Scope), v.toList("organizations", a.ConsumerOrgNo), {Text: a.State}, v.when(a.Created)}
			})
		}},
		{"clients", []string{"client_id", "client_name", "client_orgno", "integration_type", "scopes", "active"}, func(v *visit, p registry.Page) registry.Part[[]worldCell] {
			return cells(v.registry().EveryClient(p), func(c *registry.Client) []worldCell {
				return []worldCell{v.toList("keys", c.ClientID), {Text: c.ClientName}, v.toList("organizations", c.ClientOrgNo), {Text: c.IntegrationType}, {Text: shortened(c.Scopes)}, v.yes(c.Active)}
			})
		}},
		{"keys", []string{"kid", "client_id", "alg", "created", "exp"}, func(v *visit, p registry.Page) registry.Part[[]worldCell] {
			return cells(v.registry().EveryKey(p), func(k registry.OwnedKey) []worldCell {
				return []worldCell{{Text: k.Kid}, v.toList("clients", k.ClientID), {Text: k.Alg}, v.when(k.Created), v.when(time.Unix(k.Exp, 0))}
			})
		}},
		{"delegations", []string{"scope", "consumer", "supplier"}, func(v *visit, p registry.Page) registry.Part[[]worldCell] {
			return searched(v.registry().Delegations(), p, func(d registry.Delegation) []worldCell {
				return []worldCell{v.toList("scopes", d.Scope), v.toList("organizations", d.Consumer), v.toList("organizations", d.Supplier)}
			})
		}},
		{"system_users", []string{"external_ref", "orgno", "vendor_orgno", "system_id", "id"}, func(v *visit, p registry.Page) registry.Part[[]worldCell] {
			return searched(v.registry().SystemUsers(), p, func(u registry.SystemUser) []worldCell {
				return []worldCell{{Text: u.ExternalRef}, v.toList("organizations", u.OrgNo), v.toList("organizations", u.VendorOrgNo), {Text: u.SystemID}, {Text: u.ID}}
			})
		}},
		{"consents", []string{"id", "from", "to", "validTo"}, consentList},
	}
}

// worldPage shows one list of one environment of the world.
func worldPage(v *visit) {
	v.renderWorld(http.StatusOK, nil)
}

func (v *visit) renderWorld(status int, f *form) {
	v.choose(v.query("env"))
	lists := worldLists()
	chosen := lists[2]
	var names []string
	for _, l := range lists {
		if names = append(names, l.name); l.name == v.query("list") {
			chosen = l
		}
	}
	wanted := v.wantedPart()
	v.render(status, "world", f, struct {
		listing[[]worldCell]
		Lists, Columns []string
		List           string
	}{list(v, wanted, chosen.part(v, wanted)), names, chosen.columns, chosen.name})
}

// cells makes rows of the objects of a part.
func cells[T any](found registry.Part[T], row func(T) []worldCell) registry.Part[[]worldCell] {
	rows := registry.Part[[]worldCell]{Total: found.Total}
	for _, object := range found.Items {
		rows.Items = append(rows.Items, row(object))
	}
	return rows
}

// searched makes rows of the part that is wanted of a short list.
func searched[T any](all []T, p registry.Page, row func(T) []worldCell) registry.Part[[]worldCell] {
	var rows [][]worldCell
	for _, object := range all {
		one := row(object)
		var texts []string
		for _, c := range one {
			texts = append(texts, c.Text)
		}
		if strings.Contains(strings.ToLower(strings.Join(texts, "\n")), strings.ToLower(p.Search)) {
			rows = append(rows, one)
		}
	}
	return part(rows, p)
}

func consentList(v *visit, p registry.Page) registry.Part[[]worldCell] {
	return searched(v.config.Consents(v.env.Name), p, func(c issuer.Consent) []worldCell {
		return []worldCell{{Text: c.ID}, {Text: c.From}, {Text: c.To}, v.when(c.ValidTo)}
	})
}

// toList leads to what another list says of this.
func (v *visit) toList(name, text string) worldCell {
	return worldCell{text, v.to("/workbench/world", "env", v.env.Name, "list", name, "q", text)}
}

func (v *visit) yes(value bool) worldCell {
	if value {
		return worldCell{Text: v.text("world.yes")}
	}
	return worldCell{Text: v.text("world.no")}
}

func (v *visit) when(t time.Time) worldCell {
	if t.Unix() == 0 {
		return worldCell{}
	}
	return worldCell{Text: day(t, v.lang)}
}

// shortened is a list of which only the beginning fits into a table.
func shortened(all []string) string {
	const most = 5
	if len(all) > most {
		return strings.Join(all[:most], ", ") + ", … (" + strconv.Itoa(len(all)) + ")"
	}
	return strings.Join(all, ", ")
}
