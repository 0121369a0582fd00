package portal

import (
	"slices"
	"strings"
)

// RequestRights asks the organisation's managers for rights in production, or to
// be let into a test environment that isn't open to everybody, where whoever is
// in has all rights. They are told by mail.
func (p *Portal) RequestRights(cookie, environment string, rights []Right) (RightsRequest, error) {
	if _, err := p.registryOf(environment); err != nil {
		return RightsRequest{}, err
	}
	p.mu.Lock()
	request, managers, err := p.request(cookie, environment, rights)
	p.mu.Unlock()
	if err != nil {
		return RightsRequest{}, err
	}
	for _, manager := range managers {
		p.send(manager, "Forespørsel om tilgang til "+environment, request.Mail+" ber om tilgang til "+environment+": "+inNorwegian(request.Rights)+".\n")
	}
	return request, nil
}

func (p *Portal) request(cookie, environment string, rights []Right) (request RightsRequest, managers []string, err error) {
	s, u, err := p.signedIn(cookie)
	if err != nil {
		return request, nil, err
	}
	if environment == production {
		err = u.checkWanted(rights)
	} else if _, closed := p.rights(s, u, environment); closed == nil {
		err = refuseField("environment", CodeConflict, "you are let into %s already", environment)
	} else {
		rights = allRights.list()
	}
	if err != nil {
		return request, nil, err
	}
	if slices.ContainsFunc(p.requests, func(r *RightsRequest) bool {
		return r.Mail == u.mail && r.Environment == environment && r.State == RequestPending
	}) {
		return request, nil, refuse(CodeConflict, "you have asked for access to %s already: a manager decides", environment)
	}
	request = RightsRequest{
		ID: p.newRequestID(), Environment: environment, Mail: u.mail, Rights: slices.Clone(rights),
		State: RequestPending, Requested: toMillis(p.cfg.Now()),
	}
	p.requests = append(p.requests, new(request))
	managers = append(managers, sortedKeys(p.organizations[u.orgno].managers)...)
	return request, managers, nil
}

// newRequestID makes one that isn't taken: a seeded sequence may begin again.
func (p *Portal) newRequestID() string {
	for {
		id := p.cfg.NewID()
		if p.findRequest(id) == nil {
			return id
		}
	}
}

func (p *Portal) findRequest(id string) *RightsRequest {
	if i := slices.IndexFunc(p.requests, func(r *RightsRequest) bool { return r.ID == id }); i >= 0 {
		return p.requests[i]
	}
	return nil
}

// checkWanted decides whether a user can ask for these rights in production.
func (u *user) checkWanted(rights []Right) error {
	if err := checkRights(rights, u.production); err != nil {
		return err
	}
	if !slices.ContainsFunc(rights, func(r Right) bool { return !u.production[r] }) {
		return refuseField("rights", CodeConflict, "rights: you have them already")
	}
	return nil
}

// DecideRights grants or refuses a request of a colleague's that is pending. Who
// asked is told by mail.
func (p *Portal) DecideRights(cookie, id string, granted bool) (RightsRequest, error) {
	p.mu.Lock()
	request, err := p.decideRights(cookie, id, granted)
	p.mu.Unlock()
	if err != nil {
		return RightsRequest{}, err
	}
	answer := "avslått"
	if granted {
		answer = "godkjent"
	}
	p.send(request.Mail, "Tilgang til "+request.Environment, "Forespørselen din om tilgang til "+request.Environment+" ("+inNorwegian(request.Rights)+") er "+answer+".\n")
	return request, nil
}

func (p *Portal) decideRights(cookie, id string, granted bool) (RightsRequest, error) {
	o, err := p.managing(cookie)
	if err != nil {
		return RightsRequest{}, err
	}
	request := p.findRequest(id)
	if request == nil || p.users[request.Mail].orgno != o.orgno {
		return RightsRequest{}, refuse(CodeUnknown, "there is no request %.80q for rights", id)
	}
	if request.State != RequestPending {
		return RightsRequest{}, refuse(CodeConflict, "the request was decided before: %s", request.State)
	}
	_, manager, err := p.signedIn(cookie)
	if err != nil {
		return RightsRequest{}, err
	}
	request.State, request.Decided, request.DecidedBy = RequestRefused, toMillis(p.cfg.Now()), manager.mail
	if granted {
		request.State = RequestGranted
		p.letIn(o, request)
	}
	p.requests = lastDecided(p.requests, func(r *RightsRequest) bool { return r.State != RequestPending && r.ID != id })
	return request.copied(), nil
}

// letIn gives what was asked for.
func (p *Portal) letIn(o *organization, request *RightsRequest) {
	if request.Environment == production {
		p.users[request.Mail].grant(request.Rights...)
		return
	}
	if named := o.restricted[request.Environment]; named != nil { // else it has been opened to everybody
		named[request.Mail] = true
	}
}

// RightsRequests lists the requests of the user's organisation, if the user is
// its manager, else the user's own; oldest first.
func (p *Portal) RightsRequests(cookie string) ([]RightsRequest, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, u, err := p.signedIn(cookie)
	if err != nil {
		return nil, err
	}
	manager := p.organizations[u.orgno].managers[u.mail]
	list := []RightsRequest{}
	for _, request := range p.requests {
		if request.Mail == u.mail || manager && p.users[request.Mail].orgno == u.orgno {
			list = append(list, request.copied())
		}
	}
	return list, nil
}

// inNorwegian are rights in the language of those who get the mail.
func inNorwegian(rights []Right) string {
	names := map[Right]string{RightAPIs: "API-er", RightIntegrations: "integrasjoner", RightSupplier: "leverandør"}
	var list []string
	for _, right := range rights {
		list = append(list, names[right])
	}
	return strings.Join(list, ", ")
}
