package pages

import (
	"net/http"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// notifications shows what the organisation's notification points were told, and
// of what nobody was.
func notifications(v *visit) {
	orgno := v.profile.Organization.OrgNo
	points := v.portal().NotificationPoints(orgno)
	wanted := v.wantedPart()
	var told registry.Part[portal.Mail]
	told.Items, told.Total = v.config.Mail(wanted.Offset, wanted.Limit, func(to string) bool {
		_, found := slices.BinarySearch(points, to)
		return found
	})
	v.render(http.StatusOK, "notifications", nil, struct {
		Points []string
		Told   listing[portal.Mail]
		Lost   listing[portal.LostNotification]
	}{points, list(v, wanted, told), list(v, wanted, v.portal().LostPage(orgno, wanted))})
}
