package mockserver

import (
	"strings"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/ring"
)

// Mail is a message that the mock has sent: a confirmation link, a decision on
// a prefix, or a notification of a critical event.
type Mail struct {
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Body    string    `json:"body"`
	Sent    time.Time `json:"sent"`
}

// Mailbox returns the mail to an address, in any case, oldest first. Of all the
// mail that was ever sent, the mock keeps the last 10,000.
func (s *Server) Mailbox(address string) []Mail {
	s.settleTime()
	return s.mail.to(address)
}

type mailbox struct {
	mu    sync.Mutex
	mails ring.Ring[Mail]
}

// maxMails is how many mails are kept: the last ones.
const maxMails = 10_000

func (b *mailbox) deliver(m portal.Mail) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails.Add(Mail(m))
}

// to returns the mail to an address; to all when it is empty.
func (b *mailbox) to(address string) []Mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := []Mail{}
	for _, m := range b.mails.All() {
		if address == "" || strings.EqualFold(m.To, address) {
			found = append(found, m)
		}
	}
	return found
}

func (b *mailbox) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails.Clear()
}
