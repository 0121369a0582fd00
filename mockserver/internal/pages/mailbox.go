package pages

import (
	"net/http"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// shownMail is a mail whose addresses are links.
type shownMail struct {
	portal.Mail
	Lines []mailLine
}

// mailLine is a line of a mail.
type mailLine struct{ Text, Address string }

// mailbox shows the mail to one address, or to all, the newest first.
func mailbox(v *visit) {
	wanted := v.wantedPart()
	to := strings.TrimSpace(v.query("to"))
	mails, total := v.config.Mail(wanted.Offset, wanted.Limit, func(address string) bool { return to == "" || strings.EqualFold(address, to) })
	shown := registry.Part[shownMail]{Total: total}
	for _, m := range mails {
		one := shownMail{Mail: m}
		for line := range strings.Lines(m.Body) {
			line = strings.TrimSpace(line)
			l := mailLine{Text: line}
			if strings.HasPrefix(line, "http://") || strings.HasPrefix(line, "https://") {
				l.Address = line
			}
			one.Lines = append(one.Lines, l)
		}
		shown.Items = append(shown.Items, one)
	}
	v.render(http.StatusOK, "mailbox", nil, struct {
		listing[shownMail]
		Address string
	}{list(v, wanted, shown), to})
}
