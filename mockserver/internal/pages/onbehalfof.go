package pages

import (
	"net/http"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func (v *visit) onBehalfOfForm() *form {
	return v.form("onbehalfof",
		&field{Name: "onbehalfof", Kind: kindText, Autocomplete: "off", Short: true},
		&field{Name: "name", Kind: kindText, Optional: true},
		&field{Name: "orgno", Kind: kindText, Optional: true, Short: true, Autocomplete: "off"},
		&field{Name: "description", Kind: kindText, Optional: true},
	)
}

// onBehalfOf shows for whom a client may act, and the form for one more.
func onBehalfOf(v *visit, c *registry.Client) {
	v.renderClientTab(http.StatusOK, "onbehalfof", c, v.onBehalfOfForm(), nil)
}

func addOnBehalfOf(v *visit, c *registry.Client) {
	f := v.read(v.onBehalfOfForm())
	added, err := v.registry().OnBehalfOfCreate(v.caller(), c.ClientID, registry.OnBehalfOfInput{
		OnBehalfOf: f.value("onbehalfof"), Name: f.value("name"), OrgNo: f.value("orgno"), Description: f.value("description"),
	})
	if err != nil {
		v.renderClientTab(v.refuse(f, err), "onbehalfof", c, f, nil)
		return
	}
	v.say("said.onbehalfof_added", added.OnBehalfOf)
	v.toClient(c.ClientID, "/onbehalfof")
}

func removeOnBehalfOf(v *visit, c *registry.Client) {
	value := v.r.PostForm.Get("onbehalfof")
	err := v.registry().OnBehalfOfDelete(v.caller(), c.ClientID, value)
	v.did(err, v.integrationPath(c.ClientID)+"/onbehalfof", "said.onbehalfof_removed", value)
}
