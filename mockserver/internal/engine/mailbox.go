package engine

import (
	"sync"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/ring"
)

// maxMails is how many are kept: the last ones.
const maxMails = 10_000

type mailbox struct {
	mu    sync.Mutex
	mails ring.Ring[portal.Mail]
}

func (b *mailbox) deliver(m portal.Mail) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails.Add(m)
}

func (b *mailbox) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails.Clear()
}

// part is a part of the mail to the addresses that are wanted, the newest first, and
// how much there is.
func (b *mailbox) part(offset, limit int, wanted func(to string) bool) (part []portal.Mail, total int) {
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
