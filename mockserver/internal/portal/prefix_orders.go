package portal

import (
	"slices"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// serviceDesk gets the orders for test environments, which are sent by mail.
const serviceDesk = "servicedesk@digdir.no"

// OrderPrefix orders a prefix for the user's organisation. In test
// environments it is granted at once; in production it waits for
// DecidePrefix.
func (p *Portal) OrderPrefix(cookie, environment, prefix, purpose string) (PrefixOrder, error) {
	actor, err := p.Enter(cookie, environment)
	if err != nil {
		return PrefixOrder{}, err
	}
	if !actor.Has(RightAPIs) {
		return PrefixOrder{}, missing(RightAPIs)
	}
	if !registry.IsPrefix(prefix) {
		return PrefixOrder{}, refuseField("prefix", CodeInvalid, "prefix: %.80q: use 1 to 255 letters, digits, '.', '_' and '-', beginning with a letter or digit", prefix)
	}
	if purpose == "" {
		return PrefixOrder{}, refuseField("purpose", CodeInvalid, "purpose: tell what the prefix is for")
	}
	if len(purpose) > maxText {
		return PrefixOrder{}, refuseField("purpose", CodeInvalid, "purpose: at most %d bytes", maxText)
	}
	order := &PrefixOrder{
		ID: p.cfg.NewID(), Environment: environment, Prefix: prefix, OrgNo: actor.OrgNo, OrderedBy: actor.Mail,
		Purpose: purpose, Means: ByForm, State: OrderPending, Ordered: toMillis(p.cfg.Now()),
	}
	if environment != production {
		order.Means = ByMail
	}
	p.mu.Lock()
	if err := p.roomForOrder(); err != nil {
		p.mu.Unlock()
		return PrefixOrder{}, err
	}
	for slices.ContainsFunc(p.orders, func(o *PrefixOrder) bool { return o.ID == order.ID }) { // a seeded sequence may begin again
		order.ID = p.cfg.NewID()
	}
	p.orders = append(p.orders, order)
	p.mu.Unlock()
	if order.Means == ByForm {
		return *order, nil
	}
	p.send(serviceDesk, "Bestilling av prefix "+prefix+" i "+environment, "Virksomhet "+actor.OrgNo+"\n"+purpose+"\n")
	return p.DecidePrefix(order.ID, true, "")
}

// DecidePrefix is Digdir's side: it grants or refuses an order that is
// pending, and tells the user who ordered. A prefix that is taken cannot be
// granted; the order stays pending.
func (p *Portal) DecidePrefix(id string, granted bool, reason string) (PrefixOrder, error) {
	state := OrderRefused
	if granted {
		state = OrderGranted
	}
	decided, err := p.decide(id, state, reason)
	if err != nil {
		return PrefixOrder{}, err
	}
	if granted { // without the lock: see Notify
		if err := p.assign(decided); err != nil {
			p.reopen(id)
			return PrefixOrder{}, err
		}
	}
	p.dropDecided(id)
	text := "Prefixet " + decided.Prefix + " er opprettet i " + decided.Environment + ".\n"
	if !granted {
		text = "Bestillingen av prefixet " + decided.Prefix + " i " + decided.Environment + " er avslått.\n" + reason + "\n"
	}
	p.send(decided.OrderedBy, "Bestilling av prefix "+decided.Prefix, text)
	return decided, nil
}

// decide records what became of an order that is pending.
func (p *Portal) decide(id, state, reason string) (PrefixOrder, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.orders, func(o *PrefixOrder) bool { return o.ID == id })
	if i < 0 || p.orders[i].State != OrderPending {
		return PrefixOrder{}, refuse(CodeConflict, "there is no pending prefix order %.80q", id)
	}
	decided := *p.orders[i]
	decided.State, decided.Reason, decided.Decided = state, reason, toMillis(p.cfg.Now())
	p.orders[i] = &decided
	return decided, nil
}

// reopen makes an order pending again that couldn't be granted.
func (p *Portal) reopen(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, order := range p.orders {
		if order.ID == id {
			pending := *order
			pending.State, pending.Reason, pending.Decided = OrderPending, "", time.Time{}
			p.orders[i] = &pending
		}
	}
}

// dropDecided keeps the list short, and in it the order that was decided now.
func (p *Portal) dropDecided(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.orders = lastDecided(p.orders, func(o *PrefixOrder) bool { return o.State != OrderPending && o.ID != id })
}

func (p *Portal) assign(order PrefixOrder) error {
	r, err := p.registryOf(order.Environment)
	if err != nil {
		return err
	}
	return r.AssignPrefix(order.OrgNo, order.Prefix)
}

// PrefixOrders lists the orders of the user's own organisation.
func (p *Portal) PrefixOrders(cookie string) ([]PrefixOrder, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, u, err := p.signedIn(cookie)
	if err != nil {
		return nil, err
	}
	return p.ordersOf(func(o *PrefixOrder) bool { return o.OrgNo == u.orgno }), nil
}

// PendingPrefixOrders lists what waits for DecidePrefix, of all
// organisations.
func (p *Portal) PendingPrefixOrders() []PrefixOrder {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ordersOf(func(o *PrefixOrder) bool { return o.State == OrderPending })
}

func (p *Portal) ordersOf(wanted func(*PrefixOrder) bool) []PrefixOrder {
	list := []PrefixOrder{}
	for _, order := range p.orders {
		if wanted(order) {
			list = append(list, *order)
		}
	}
	return list
}

func missing(right Right) error {
	return refuse(CodeMissingRight, "this needs the right %q, which a manager can delegate", right)
}
