package mockserver

import (
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

// people is the portal's state.
func (s *Server) people() *portal.Portal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.portal
}

// confirmURL is where confirmation mails link to: the listener, if there is
// one.
func (s *Server) confirmURL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.url != "" {
		return s.url + "/portal/confirm"
	}
	return "https://" + portalHost + "/portal/confirm"
}
