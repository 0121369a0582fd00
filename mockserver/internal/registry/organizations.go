package registry

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/orgno"
)

// AddOrganization registers an organisation under its number (nine digits
// with a valid check digit) and name, which must not be blank. One that is
// registered already gets the new name.
func (r *Registry) AddOrganization(orgno, name string) error {
	return changeOnly(r, func() error {
		if err := checkOrgNo("Organization", "orgnr", orgno); err != nil {
			return err
		}
		if strings.TrimSpace(name) == "" {
			return invalid("Organization", "name", "An organization needs a name")
		}
		o := &Organization{OrgNo: orgno, Name: name}
		switch before, ok := r.organizations.get(orgno); {
		case !ok:
			r.organizations.insert(orgno, o, r.now())
			r.emit(Event{Kind: OrganizationAdded, OrgNo: orgno, Detail: name})
		case before.Name != name:
			r.organizations.replace(orgno, o, r.now())
			r.emit(Event{Kind: OrganizationRenamed, OrgNo: orgno, Detail: name})
		}
		return nil
	})
}

// Organization returns a registered organisation. A malformed number is
// Invalid, an unknown one NotFound.
func (r *Registry) Organization(orgno string) (*Organization, error) {
	if err := checkOrgNo("Organization", "orgnr", orgno); err != nil {
		return nil, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	o, ok := r.organizations.get(orgno)
	if !ok {
		return nil, notFound("Organization", "Organization %s was not found", orgno)
	}
	return o, nil
}

// Organizations lists those that are registered, by number.
func (r *Registry) Organizations() []*Organization {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Collect(r.organizations.all())
}

// organizationName is empty for organisations that aren't registered.
func (r *Registry) organizationName(orgno string) string {
	if o, ok := r.organizations.get(orgno); ok {
		return o.Name
	}
	return ""
}

// DelegationSources lists where consumers can delegate scopes.
func (r *Registry) DelegationSources() []DelegationSource {
	return slices.Clone(r.config.DelegationSources)
}

// dated copies delegation sources and fills in their times.
func dated(sources []DelegationSource, now time.Time) []DelegationSource {
	sources = slices.Clone(sources)
	for i := range sources {
		s := &sources[i]
		if s.Created.IsZero() {
			s.Created = now
		}
		if s.LastUpdated.IsZero() {
			s.LastUpdated = s.Created
		}
	}
	return sources
}

// isDelegationSource reports whether scopes may name the issuer.
func (r *Registry) isDelegationSource(issuer string) bool {
	return slices.ContainsFunc(r.config.DelegationSources, func(s DelegationSource) bool { return s.Issuer == issuer })
}

// checkOrgNo refuses anything but nine digits that fit together.
func checkOrgNo(object, field, number string) error {
	if !orgno.Valid(number) {
		return invalid(object, field, "Invalid organization number %s", quoteShort(number))
	}
	return nil
}

// quoteShort quotes what somebody sent, but no more of it than a slip of the
// hand would be.
func quoteShort(s string) string {
	const most = 64
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strconv.Quote(s)
}
