package registry

import "cmp"

// Clients lists the clients that the caller may act on, oldest first: the
// active ones, or with inactive all of them. None at all is an empty list.
func (r *Registry) Clients(caller Caller, inactive bool) ([]*Client, error) {
	if err := checkClientCaller(caller); err != nil {
		return nil, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := make([]*Client, 0, len(r.clients.groups[caller.OrgNo]))
	for c := range r.clients.group(caller.OrgNo) {
		if (c.Active || inactive) && mayActOn(caller, c) {
			list = append(list, c)
		}
	}
	return list, nil
}

// Client returns a client, active or not. An unknown one is NotFound, one
// that the caller may not act on Forbidden.
func (r *Registry) Client(caller Caller, id string) (*Client, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.clientFor(caller, id)
}

// CreateClient registers a client, for the caller or, with
// [Caller].Supplier, for a customer. Where the authentication method is
// client_secret_*, the secret is returned, here and never again.
func (r *Registry) CreateClient(caller Caller, in ClientInput) (c *Client, secret string, err error) {
	c, err = change(r, func() (*Client, error) {
		now := r.now()
		c := &Client{ClientFields: ClientFields{IntegrationType: in.IntegrationType}, Active: true, Created: now, LastUpdated: now}
		c.IntegrationType = cmp.Or(c.IntegrationType, Maskinporten)
		if err := r.fillNewClient(c, caller, &in); err != nil {
			return nil, err
		}
		if hasSecret(c) {
			secret = r.newSecret(c)
		}
		r.insertClient(c)
		r.emit(clientEvent(ClientCreated, c).by(caller))
		return c, nil
	})
	return c, secret, err
}

func (r *Registry) fillNewClient(c *Client, caller Caller, in *ClientInput) (err error) {
	if c.ClientOrgNo, c.SupplierOrgNo, err = clientOwners(caller, in); err != nil {
		return err
	}
	if err = fillClient(c, in, r.config.Production, caller.Lenient); err != nil {
		return err
	}
	if c.ClientID, err = r.newClientID(in.ClientID, caller.Lenient); err != nil {
		return err
	}
	return r.checkNewScopes(c, nil)
}

// ReplaceClient gives a client the values of the input, whole: what was not
// sent goes back to its default. Only active stays as it was when it isn't
// sent; true reactivates, false deactivates. Keys, onbehalfof and secret stay,
// but a secret goes when the method leaves client_secret_*. A client whose
// method comes to client_secret_* has no secret until [Registry.RotateSecret]
// makes one, since only that call and CreateClient may show it.
func (r *Registry) ReplaceClient(caller Caller, id string, in ClientInput) (*Client, error) {
	return change(r, func() (*Client, error) {
		old, err := r.clientFor(caller, id)
		if err != nil {
			return nil, err
		}
		if err := checkIdentity(old, &in, caller.Lenient); err != nil {
			return nil, err
		}
		c := *old
		if err := fillClient(&c, &in, r.config.Production, caller.Lenient); err != nil {
			return nil, err
		}
		if err := r.checkNewScopes(&c, old.Scopes); err != nil {
			return nil, err
		}
		if !hasSecret(&c) {
			dropSecret(&c)
		}
		r.replaceClient(&c)
		r.emitReplaced(caller, old, &c)
		return &c, nil
	})
}

// emitReplaced says what a replacement did.
func (r *Registry) emitReplaced(caller Caller, old, c *Client) {
	r.emit(clientEvent(ClientUpdated, c).by(caller))
	if old.secretDigest != "" && c.secretDigest == "" {
		r.emit(clientEvent(SecretRemoved, c).by(caller))
	}
	switch {
	case old.Active && !c.Active:
		r.emit(clientEvent(ClientDeactivated, c).by(caller))
	case !old.Active && c.Active:
		r.emit(clientEvent(ClientReactivated, c).by(caller))
	}
}

// DeactivateClient takes a client out of use. It keeps everything, and
// [Registry.ReplaceClient] can bring it back. One that is inactive already
// stays so.
func (r *Registry) DeactivateClient(caller Caller, id string) error {
	return changeOnly(r, func() error {
		old, err := r.clientFor(caller, id)
		if err != nil || !old.Active {
			return err
		}
		c := *old
		c.Active = false
		r.replaceClient(&c)
		r.emit(clientEvent(ClientDeactivated, &c).by(caller))
		return nil
	})
}
