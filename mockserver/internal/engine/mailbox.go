package engine

import (
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/ring"
)

// Mail is a message that the mock has sent.
type Mail struct {
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Body    string    `json:"body"`
	Sent    time.Time `json:"sent"`
}

// maxMails is how many are kept: the last ones.
const maxMails = 10_000

type mailbox struct {
	mu    sync.Mutex
	mails ring.Ring[Mail]
}

func (b *mailbox) deliver(m portal.Mail) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails.Add(Mail(m))
}

func (b *mailbox) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails.Clear()
}

// part is a part of the mail to the addresses that are wanted, the newest first, and
// how much there is.
func (b *mailbox) part(offset, limit int, wanted func(to string) bool) (part []Mail, total int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for m := range b.mails.Backward() {
		if !wanted(m.To) {
			continue
		}
		if total >= offset && len(part) < limit {
			part = append(part, *m)
		}
		total++
	}
	return part, total
}
