package portal

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/exactjson"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/orgno"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// UnmarshalJSON reads an organisation. Terms of which nothing is said are
// signed.
func (o *OrganizationState) UnmarshalJSON(data []byte) error {
	type plain OrganizationState // without this method
	o.TermsSigned = true
	return readStrictly(data, (*plain)(o))
}

// UnmarshalJSON reads a user. One of whom nothing is said is confirmed.
func (u *UserState) UnmarshalJSON(data []byte) error {
	type plain UserState // without this method
	u.Confirmed = true
	return readStrictly(data, (*plain)(u))
}

// ParseState reads a state. Fields that don't exist are an error.
func ParseState(data []byte) (State, error) {
	var lists struct {
		Organizations  []json.RawMessage `json:"organizations"`
		Users          []json.RawMessage `json:"users"`
		PrefixOrders   []json.RawMessage `json:"prefix_orders"`
		RightsRequests []json.RawMessage `json:"rights_requests"`
		MerchantData   []json.RawMessage `json:"merchant_data"`
	}
	if err := readStrictly(data, &lists); err != nil {
		return State{}, err
	}
	var s State
	return s, cmp.Or(
		readList("organizations", lists.Organizations, &s.Organizations),
		readList("users", lists.Users, &s.Users),
		readList("prefix_orders", lists.PrefixOrders, &s.PrefixOrders),
		readList("rights_requests", lists.RightsRequests, &s.RightsRequests),
		readList("merchant_data", lists.MerchantData, &s.MerchantData),
	)
}

// readList reads each element, and says at which it failed.
func readList[T any](name string, elements []json.RawMessage, list *[]T) error {
	for i, element := range elements {
		var value T
		if err := readStrictly(element, &value); err != nil {
			return atPlace(name, i, err)
		}
		*list = append(*list, value)
	}
	return nil
}

// readStrictly reads one JSON object and minds what v doesn't have.
func readStrictly(data []byte, v any) error {
	if data = bytes.TrimSpace(data); len(data) == 0 || data[0] != '{' {
		return refuse(CodeInvalid, "a JSON object is expected")
	}
	if name := exactjson.Unknown(data, v); name != "" {
		return refuse(CodeInvalid, "unknown field %q", name)
	}
	err := exactjson.Unmarshal(data, v)
	if err == nil {
		return nil
	}
	if place, _, ok := exactjson.WrongType(err); ok && place != "" {
		return refuse(CodeInvalid, "%s: it has the wrong type", place)
	}
	if refusal, ok := errors.AsType[*Error](err); ok {
		return refusal
	}
	if name := exactjson.Failing(data, v); name != "" {
		return refuse(CodeInvalid, "%s: it can't be read; a time is written as %q", name, "2026-01-02T15:04:05Z")
	}
	return refuse(CodeInvalid, "not the JSON that is expected")
}

// Import adds a state to an empty portal and tells nobody. Registries answers
// for [Config].Registry, which is not called. What can't be is an [*Error] that
// names the place, and the portal is then of no use.
func (p *Portal) Import(s State, registries func(environment string) *registry.Registry) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, o := range s.Organizations {
		if err := p.importOrganization(o); err != nil {
			return atPlace("organizations", i, err)
		}
	}
	for i, u := range s.Users {
		if err := p.importUser(u); err != nil {
			return atPlace("users", i, err)
		}
	}
	for i, order := range s.PrefixOrders {
		if err := p.importOrder(order); err != nil {
			return atPlace("prefix_orders", i, err)
		}
	}
	for i, request := range s.RightsRequests {
		if err := p.importRequest(request); err != nil {
			return atPlace("rights_requests", i, err)
		}
	}
	for i, data := range s.MerchantData {
		if err := p.importMerchantData(data, registries); err != nil {
			return atPlace("merchant_data", i, err)
		}
	}
	return nil
}

func atPlace(list string, i int, err error) error {
	return refuse(CodeInvalid, "%s[%d]: %v", list, i, err)
}

func (p *Portal) importOrganization(s OrganizationState) error {
	if !orgno.Valid(s.OrgNo) {
		return refuse(CodeInvalid, "orgno: %.20q is no organisation number", s.OrgNo)
	}
	if _, twice := p.organizations[s.OrgNo]; twice {
		return refuse(CodeInvalid, "orgno: %s is there twice", s.OrgNo)
	}
	o := &organization{orgno: s.OrgNo, name: s.Name, termsSigned: s.TermsSigned}
	p.organizations[s.OrgNo] = o
	for _, domain := range s.Domains {
		domain = strings.ToLower(domain)
		if !validDomain(domain) {
			return refuse(CodeInvalid, "domains: %.100q is not a mail domain", domain)
		}
		if _, taken := p.domains[domain]; taken {
			return refuse(CodeInvalid, "domains: %s is there twice", domain)
		}
		o.domains, p.domains[domain] = append(o.domains, domain), s.OrgNo
	}
	var err error
	if o.managers, err = p.colleagues(o, s.Managers); err != nil {
		return fmt.Errorf("managers: %w", err)
	}
	for environment, mails := range s.Restricted {
		if !slices.Contains(environments[:], environment) || environment == production || len(mails) == 0 {
			return refuse(CodeInvalid, "restricted: %.20q is no test environment, or names nobody", environment)
		}
		named, err := p.colleagues(o, mails)
		if err != nil {
			return fmt.Errorf("restricted.%s: %w", environment, err)
		}
		o.restrict(environment, named)
	}
	return nil
}

func (p *Portal) colleagues(o *organization, mails []string) (map[string]bool, error) {
	set := map[string]bool{}
	for _, mail := range mails {
		address, err := p.colleague(o, mail)
		if err != nil {
			return nil, err
		}
		set[address] = true
	}
	return set, nil
}

func (p *Portal) importUser(s UserState) error {
	address, domain, err := parseMail(s.Mail)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	orgno, ok := p.domains[domain]
	if !ok {
		return refuse(CodeInvalid, "mail: no organization has the domain %s", domain)
	}
	if p.users[address] != nil {
		return refuse(CodeInvalid, "mail: %s is there twice", address)
	}
	u := &user{mail: address, name: s.Name, orgno: orgno, pid: s.PID, confirmed: s.Confirmed, salt: s.Salt, hash: s.PasswordHash}
	if err := u.importPassword(s, p); err != nil {
		return err
	}
	p.users[address] = u
	if !u.confirmed {
		u.waiting = p.waiting.PushBack(address)
	}
	return u.importRights(s)
}

// importPassword takes a password, or what is kept of one.
func (u *user) importPassword(s UserState, p *Portal) (err error) {
	in := SignUp{Name: s.Name, Password: s.Password, PID: s.PID}
	if s.Password != "" {
		u.salt = p.newSalt()
		if u.hash, err = p.hash(s.Password, u.salt); err != nil {
			return err
		}
		return checkSignUp(in)
	}
	if len(s.PasswordHash) != sha256.Size || len(s.Salt) != saltSize {
		return refuse(CodeInvalid, "give a password, or password_hash (%d bytes) and salt (%d bytes)", sha256.Size, saltSize)
	}
	in.Password = strings.Repeat("-", minPasswordLength) // it was checked when it was hashed
	return checkSignUp(in)
}

func (u *user) importRights(s UserState) error {
	if len(s.Production) > 0 && !u.confirmed {
		return refuse(CodeInvalid, "production: a user who isn't confirmed has no rights")
	}
	for _, right := range s.Production {
		if !allRights[right] {
			return refuse(CodeInvalid, "production: %.30q is unknown: use apis, integrations, supplier", right)
		}
	}
	if slices.Contains(s.Production, RightSupplier) && !slices.Contains(s.Production, RightIntegrations) {
		return refuse(CodeInvalid, "production: supplier needs integrations too")
	}
	u.grant(s.Production...)
	return nil
}

func (p *Portal) importOrder(order PrefixOrder) error {
	switch {
	case order.ID == "" || slices.ContainsFunc(p.orders, func(o *PrefixOrder) bool { return o.ID == order.ID }):
		return refuse(CodeInvalid, "id: %.80q is empty, or there twice", order.ID)
	case !slices.Contains(environments[:], order.Environment):
		return refuse(CodeInvalid, "environment: %.20q is unknown", order.Environment)
	case p.organizations[order.OrgNo] == nil:
		return refuse(CodeInvalid, "orgno: %.20q is not among the organizations", order.OrgNo)
	case p.users[order.OrderedBy] == nil:
		return refuse(CodeInvalid, "ordered_by: %.100q is not among the users", order.OrderedBy)
	case !registry.IsPrefix(order.Prefix):
		return refuse(CodeInvalid, "prefix: %.80q is no prefix", order.Prefix)
	case !slices.Contains([]string{OrderPending, OrderGranted, OrderRefused}, order.State):
		return refuse(CodeInvalid, "state: %.20q is unknown: use pending, granted or refused", order.State)
	case !slices.Contains([]string{ByMail, ByForm}, order.Means):
		return refuse(CodeInvalid, "means: %.20q is unknown: use mail or form", order.Means)
	}
	if order.Ordered.IsZero() {
		order.Ordered = p.cfg.Now()
	}
	order.Ordered, order.Decided = toMillis(order.Ordered), toMillis(order.Decided)
	p.orders = append(p.orders, &order)
	p.keep(p.users[order.OrderedBy])
	return nil
}

func (p *Portal) importRequest(r RightsRequest) error {
	switch {
	case r.ID == "" || p.findRequest(r.ID) != nil:
		return refuse(CodeInvalid, "id: %.80q is empty, or there twice", r.ID)
	case !slices.Contains(environments[:], r.Environment):
		return refuse(CodeInvalid, "environment: %.20q is unknown", r.Environment)
	case p.users[r.Mail] == nil:
		return refuse(CodeInvalid, "mail: %.100q is not among the users", r.Mail)
	case !slices.Contains([]string{RequestPending, RequestGranted, RequestRefused}, r.State):
		return refuse(CodeInvalid, "state: %.20q is unknown: use pending, granted or refused", r.State)
	}
	if err := checkRights(r.Rights, allRights); err != nil {
		return err
	}
	if r.Requested.IsZero() {
		r.Requested = p.cfg.Now()
	}
	r.Requested, r.Decided = toMillis(r.Requested), toMillis(r.Decided)
	p.requests = append(p.requests, &r)
	p.keep(p.users[r.Mail])
	return nil
}

func (p *Portal) importMerchantData(s MerchantState, registries func(string) *registry.Registry) error {
	if !slices.Contains(environments[:], s.Environment) || registries(s.Environment) == nil {
		return refuse(CodeInvalid, "environment: %.20q is unknown", s.Environment)
	}
	if !registries(s.Environment).HasIntegration(s.IntegrationID) {
		return refuse(CodeInvalid, "integration_id: %s has no integration %.80q", s.Environment, s.IntegrationID)
	}
	key := merchantKey{s.Environment, s.IntegrationID}
	if _, twice := p.merchant[key]; twice {
		return refuse(CodeInvalid, "integration_id: %.80q is there twice", s.IntegrationID)
	}
	points, err := checkPoints(s.NotificationPoints)
	if err != nil {
		return err
	}
	if err := checkInvoicing(s.Invoicing); err != nil {
		return err
	}
	data := s.MerchantData
	data.NotificationPoints = points
	if data.LastUpdated.IsZero() {
		data.LastUpdated = p.cfg.Now()
	}
	data.LastUpdated = toMillis(data.LastUpdated)
	p.setMerchantData(key, data)
	return nil
}
