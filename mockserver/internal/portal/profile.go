package portal

// SetPID adds the national identity number with which the user signs in with
// ID-porten. One that is there can't be exchanged for another.
func (p *Portal) SetPID(cookie, pid string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, u, err := p.signedIn(cookie)
	if err != nil {
		return err
	}
	if err := u.checkPID(pid); err != nil {
		return err
	}
	u.pid = pid
	return nil
}

// Profile describes the signed-in user.
type Profile struct {
	Mail         string        `json:"mail"`
	Name         string        `json:"name"`
	Manager      bool          `json:"manager"`
	IDPorten     bool          `json:"idporten"`
	Organization Organization  `json:"organization"`
	Environments []Environment `json:"environments"`
	CSRFToken    string        `json:"csrf_token"`
}

// Profile tells who is signed in, and what they may do where.
func (p *Portal) Profile(cookie string) (Profile, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, u, err := p.signedIn(cookie)
	if err != nil {
		return Profile{}, err
	}
	o := p.organizations[u.orgno]
	profile := Profile{
		Mail: u.mail, Name: u.name, Manager: o.managers[u.mail], IDPorten: s.idporten,
		Organization: o.describe(), CSRFToken: s.csrf,
	}
	for _, environment := range environments {
		rights, err := p.rights(s, u, environment)
		profile.Environments = append(profile.Environments, Environment{Name: environment, Open: err == nil, Rights: rights.list()})
	}
	return profile, nil
}

// Environment tells a user about an environment.
type Environment struct {
	Name   string  `json:"name"`
	Open   bool    `json:"open"`
	Rights []Right `json:"rights"`
}
