package pages

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// maxDetails is how many system users or consents a form offers.
const maxDetails = 100

// details are the authorization details that were written, or picked.
func (f *form) details() string {
	if written := f.value("authorization_details"); written != "" {
		return written
	}
	picked := slices.DeleteFunc([]string{f.value("system_user"), f.value("consent")}, func(one string) bool { return one == "" })
	if len(picked) == 0 {
		return ""
	}
	return "[" + strings.Join(picked, ",") + "]"
}

// detailField picks one of the details that Altinn knows; what it holds is the detail
// itself.
func (v *visit) detailField(name string, known []choice) *field {
	return &field{Name: name, Kind: kindSelect, Optional: true, Options: append([]choice{{Label: v.text("profile.none")}}, known[:min(len(known), maxDetails)]...)}
}

func (v *visit) systemUserDetails() []choice {
	var known []choice
	for _, u := range v.registry().SystemUsers() {
		detail := map[string]any{"type": "urn:altinn:systemuser", "systemuser_org": map[string]string{"authority": "iso6523-actorid-upis", "ID": "0192:" + u.OrgNo}}
		label := u.OrgNo
		if u.ExternalRef != "" {
			detail["externalRef"] = u.ExternalRef
			label += ", " + u.ExternalRef
		}
		known = append(known, choice{Value: compact(detail), Label: label + " → " + u.VendorOrgNo})
	}
	return known
}

// anybody is who consents where the consent doesn't say.
const anybody = "urn:altinn:person:identifier-no:01010112345"

func (v *visit) consentDetails() []choice {
	var known []choice
	for _, c := range v.config.Consents(v.env.Name) {
		detail := map[string]string{"type": "urn:altinn:consent", "id": c.ID, "from": cmp.Or(c.From, anybody)}
		known = append(known, choice{Value: compact(detail), Label: c.ID})
	}
	return known
}

func compact(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}
