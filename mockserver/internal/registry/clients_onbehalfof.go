package registry

import (
	"cmp"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
)

// OnBehalfOfInput is somebody for whom a client may act, as a caller sends
// it.
type OnBehalfOfInput OnBehalfOfFields

// UnmarshalJSON reads what was sent. A field of the wrong type is an
// [*Error] that names it.
func (in *OnBehalfOfInput) UnmarshalJSON(data []byte) error {
	return decodeInput("OnBehalfOf", data, (*OnBehalfOfFields)(in))
}

// OnBehalfOfList lists those for whom a client may act, oldest first. None at
// all is an empty list.
func (r *Registry) OnBehalfOfList(caller Caller, id string) ([]OnBehalfOf, error) {
	c, err := r.Client(caller, id)
	if err != nil {
		return nil, err
	}
	return append([]OnBehalfOf{}, c.OnBehalfOf...), nil
}

// OnBehalfOfGet returns one of them; an unknown value is NotFound.
func (r *Registry) OnBehalfOfGet(caller Caller, id, value string) (OnBehalfOf, error) {
	c, err := r.Client(caller, id)
	if err != nil {
		return OnBehalfOf{}, err
	}
	at, err := findOnBehalfOf(c, value)
	if err != nil {
		return OnBehalfOf{}, err
	}
	return c.OnBehalfOf[at], nil
}

// OnBehalfOfCreate adds one. A value that the client has already is a
// Conflict, and clients that log nobody in are refused.
func (r *Registry) OnBehalfOfCreate(caller Caller, id string, in OnBehalfOfInput) (OnBehalfOf, error) {
	return change(r, func() (OnBehalfOf, error) {
		c, err := r.clientFor(caller, id)
		if err != nil {
			return OnBehalfOf{}, err
		}
		if err := in.check(c, caller.Lenient); err != nil {
			return OnBehalfOf{}, err
		}
		if _, err := findOnBehalfOf(c, in.OnBehalfOf); err == nil {
			return OnBehalfOf{}, conflict("OnBehalfOf", "Client %s has the onbehalfof %s already", id, in.OnBehalfOf)
		}
		stored := OnBehalfOf{OnBehalfOfFields: OnBehalfOfFields(in)}
		stored.Created = r.now()
		stored.LastUpdated = stored.Created
		list := append(slices.Clone(c.OnBehalfOf), stored)
		r.storeOnBehalfOf(caller, c, list, OnBehalfOfAdded, stored.OnBehalfOf)
		return stored, nil
	})
}

// OnBehalfOfReplace gives one the values of the input, whole. The value
// itself never changes: the input's is the same or empty.
func (r *Registry) OnBehalfOfReplace(caller Caller, id, value string, in OnBehalfOfInput) (OnBehalfOf, error) {
	return change(r, func() (OnBehalfOf, error) {
		c, at, err := r.onBehalfOfFor(caller, id, value)
		if err != nil {
			return OnBehalfOf{}, err
		}
		in.OnBehalfOf = cmp.Or(in.OnBehalfOf, value)
		if in.OnBehalfOf != value {
			if err := caller.Lenient.Assumed(invalid("OnBehalfOf", "onbehalfof", "onbehalfof never changes")); err != nil {
				return OnBehalfOf{}, err
			}
			in.OnBehalfOf = value
		}
		if err := in.check(c, caller.Lenient); err != nil {
			return OnBehalfOf{}, err
		}
		stored := OnBehalfOf{OnBehalfOfFields: OnBehalfOfFields(in)}
		stored.Created, stored.LastUpdated = c.OnBehalfOf[at].Created, r.now()
		list := slices.Clone(c.OnBehalfOf)
		list[at] = stored
		r.storeOnBehalfOf(caller, c, list, OnBehalfOfUpdated, value)
		return stored, nil
	})
}

// OnBehalfOfDelete removes one; an unknown value is NotFound.
func (r *Registry) OnBehalfOfDelete(caller Caller, id, value string) error {
	return changeOnly(r, func() error {
		c, at, err := r.onBehalfOfFor(caller, id, value)
		if err != nil {
			return err
		}
		list := slices.Delete(slices.Clone(c.OnBehalfOf), at, at+1)
		r.storeOnBehalfOf(caller, c, list, OnBehalfOfRemoved, value)
		return nil
	})
}

func (r *Registry) onBehalfOfFor(caller Caller, id, value string) (*Client, int, error) {
	c, err := r.clientFor(caller, id)
	if err != nil {
		return nil, 0, err
	}
	at, err := findOnBehalfOf(c, value)
	return c, at, err
}

func findOnBehalfOf(c *Client, value string) (int, error) {
	at := slices.IndexFunc(c.OnBehalfOf, func(o OnBehalfOf) bool { return o.OnBehalfOf == value })
	if at < 0 {
		return 0, notFound("OnBehalfOf", "Client %s has no onbehalfof %s", c.ClientID, quoteShort(value))
	}
	return at, nil
}

// storeOnBehalfOf gives a client another list. A list that has become empty
// is stored as none, so that answers leave it out.
func (r *Registry) storeOnBehalfOf(caller Caller, old *Client, list []OnBehalfOf, kind EventKind, value string) {
	c := *old
	c.OnBehalfOf = nil
	if len(list) > 0 {
		c.OnBehalfOf = list
	}
	r.storeClient(&c)
	e := clientEvent(kind, &c).by(caller)
	e.Detail = value
	r.emit(e)
}

func (in OnBehalfOfInput) check(c *Client, notes *lenient.Notes) error {
	if !isLogin(c.IntegrationType) && c.IntegrationType != KRR {
		refusal := invalid("OnBehalfOf", "onbehalfof", "A client of type %s acts on behalf of nobody", c.IntegrationType)
		if err := notes.Assumed(refusal); err != nil {
			return err
		}
	}
	if in.OnBehalfOf == "" {
		return invalid("OnBehalfOf", "onbehalfof", "onbehalfof is required")
	}
	if err := checkSegment("OnBehalfOf", "onbehalfof", in.OnBehalfOf, notes); err != nil {
		return err
	}
	if in.OrgNo != "" {
		return checkOrgNo("OnBehalfOf", "orgno", in.OrgNo)
	}
	return nil
}
