package portal

import (
	"slices"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// Notify tells the notification points of the integrations concerned of a
// critical event of the registry. Other events are passed over. It waits for
// the portal's lock, which therefore nobody holds who changes a registry.
func (p *Portal) Notify(environment string, r *registry.Registry, event registry.Event) {
	if !event.Kind.Critical() {
		return
	}
	text := describe(environment, event)
	for _, to := range p.recipients(environment, concerned(r, event), event, text.subject) {
		p.send(to, text.subject, text.body)
	}
}

// recipients are the addresses to be told, each once for this event, also one
// that is a notification point of several integrations. Where an integration
// has none, that is recorded.
func (p *Portal) recipients(environment string, concerned []string, event registry.Event, subject string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var to []string
	for _, integration := range concerned {
		points := p.merchant[merchantKey{environment, integration}].NotificationPoints
		if len(points) == 0 {
			p.lost.Add(LostNotification{
				Environment: environment, OrgNo: event.OrgNo, IntegrationID: integration,
				Event: string(event.Kind), Subject: subject, Time: event.Time,
			})
		}
		for _, point := range points {
			if !slices.Contains(to, point) {
				to = append(to, point)
			}
		}
	}
	return to
}

// concerned lists the integrations that an event is about; one without a name
// when there is none, so that the event is recorded as lost.
func concerned(r *registry.Registry, event registry.Event) []string {
	if ids := r.IntegrationsConcerned(event); len(ids) > 0 {
		return ids
	}
	return []string{""}
}

// LostNotifications lists the last critical events of which nobody was told,
// oldest first.
func (p *Portal) LostNotifications() []LostNotification {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost.All()
}

// LostPage is a part of an organisation's lost notifications, the newest first.
func (p *Portal) LostPage(orgno string, page registry.Page) registry.Part[LostNotification] {
	p.mu.Lock()
	defer p.mu.Unlock()
	var part registry.Part[LostNotification]
	for l := range p.lost.Backward() {
		if l.OrgNo != orgno {
			continue
		}
		if part.Total >= page.Offset && len(part.Items) < page.Limit {
			part.Items = append(part.Items, *l)
		}
		part.Total++
	}
	return part
}

type message struct{ subject, body string }

// describe writes the mail, in the language of those who get it.
func describe(environment string, e registry.Event) message {
	what := map[registry.EventKind]string{
		registry.ScopeDeactivated:        "Scopet " + e.Scope + " er deaktivert",
		registry.GrantedScopeDeactivated: "Scopet " + e.Scope + ", som dere har tilgang til, er deaktivert",
		registry.AccessRevoked:           "Tilgangen til scopet " + e.Scope + " er trukket tilbake",
		registry.ClientDeactivated:       "Klienten " + e.ClientID + " er deaktivert",
		registry.PrivateKeyPosted:        "En privat nøkkel ble sendt inn for klienten " + e.ClientID + ". Den er ikke lagret, men må regnes som kompromittert",
		registry.KeyExpiring:             "Nøkkelen " + e.Kid + " til klienten " + e.ClientID + " utløper om mindre enn 30 dager",
		registry.KeyExpired:              "Nøkkelen " + e.Kid + " til klienten " + e.ClientID + " er utløpt",
		registry.SecretExpiring:          "Hemmeligheten til klienten " + e.ClientID + " utløper om mindre enn 30 dager",
		registry.SecretExpired:           "Hemmeligheten til klienten " + e.ClientID + " er utløpt",
	}[e.Kind]
	return message{
		subject: "Maskinporten " + environment + ": " + what,
		body:    what + ".\n\nMiljø: " + environment + "\nVirksomhet: " + e.OrgNo + "\nTidspunkt: " + e.Time.Format(time.RFC3339) + "\n",
	}
}
