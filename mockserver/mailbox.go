package mockserver

import (
	"strings"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

// Mail is a message that the mock has sent: a confirmation link, a decision on
// a prefix, or a notification of a critical event.
type Mail struct {
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Body    string    `json:"body"`
	Sent    time.Time `json:"sent"`
}

// Mailbox returns the mail to an address, in any case, oldest first.
func (s *Server) Mailbox(address string) []Mail {
	s.settleTime()
	return s.mail.to(address)
}

type mailbox struct {
	mu    sync.Mutex
	mails []Mail
}

func (b *mailbox) deliver(m portal.Mail) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = append(b.mails, Mail(m))
}

// to returns the mail to an address; to all when it is empty.
func (b *mailbox) to(address string) []Mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := []Mail{}
	for _, m := range b.mails {
		if address == "" || strings.EqualFold(m.To, address) {
			found = append(found, m)
		}
	}
	return found
}

func (b *mailbox) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = nil
}
