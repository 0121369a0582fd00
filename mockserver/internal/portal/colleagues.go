package portal

// Colleague is a user of an organisation, as its manager sees the user.
type Colleague struct {
	Mail      string `json:"mail"`
	Name      string `json:"name"`
	Confirmed bool   `json:"confirmed"`
	Manager   bool   `json:"manager"`
	// HasPID: an identity number was exchanged, without which there is no sign-in
	// to production.
	HasPID bool `json:"has_pid"`
	// Environments are the test environments that are open to the user, and
	// Production the rights held there.
	Environments []string `json:"environments"`
	Production   []Right  `json:"production"`
}

// Colleagues lists the users of the manager's organisation, by mail address.
func (p *Portal) Colleagues(cookie string) ([]Colleague, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, err := p.managing(cookie)
	if err != nil {
		return nil, err
	}
	list := []Colleague{}
	for _, u := range sortedBy(p.users, func(u *user) string { return u.mail }) {
		if u.orgno == o.orgno {
			list = append(list, o.colleague(u))
		}
	}
	return list, nil
}

func (o *organization) colleague(u *user) Colleague {
	c := Colleague{
		Mail: u.mail, Name: u.name, Confirmed: u.confirmed, Manager: o.managers[u.mail], HasPID: u.pid != "",
		Environments: []string{}, Production: u.production.list(),
	}
	for _, environment := range environments {
		named, restricted := o.restricted[environment]
		if environment != production && (!restricted || named[u.mail]) {
			c.Environments = append(c.Environments, environment)
		}
	}
	return c
}

// Restrictions names, for each test environment that isn't open to everybody of
// the manager's organisation, those who are let in.
func (p *Portal) Restrictions(cookie string) (map[string][]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, err := p.managing(cookie)
	if err != nil {
		return nil, err
	}
	restricted := map[string][]string{}
	for environment, named := range o.restricted {
		restricted[environment] = sortedKeys(named)
	}
	return restricted, nil
}
