package pages

import (
	"net/http"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

// notifications shows what the organisation's notification points were told, and
// of what nobody was.
func notifications(v *visit) {
	orgno := v.profile.Organization.OrgNo
	points := v.portal().NotificationPoints(orgno)
	var told []portal.Mail
	for _, m := range v.config.Mail("") {
		if slices.Contains(points, m.To) {
			told = append(told, m)
		}
	}
	lost := slices.DeleteFunc(v.portal().LostNotifications(), func(l portal.LostNotification) bool { return l.OrgNo != orgno })
	slices.Reverse(told)
	slices.Reverse(lost)
	wanted := v.wantedPart()
	v.render(http.StatusOK, "notifications", nil, struct {
		Points []string
		Told   listing[portal.Mail]
		Lost   listing[portal.LostNotification]
	}{points, list(v, wanted, part(told, wanted)), list(v, wanted, part(lost, wanted))})
}
