package registry

import (
	"cmp"
	"crypto/sha256"
	"slices"
)

// SystemUser lets a vendor's system act for an organisation (Altinn's
// "systembruker").
type SystemUser struct {
	ID          string `json:"id"`           // a UUID
	OrgNo       string `json:"orgno"`        // whose user it is
	ExternalRef string `json:"external_ref"` // tells several of one organisation apart; empty: its number
	SystemID    string `json:"system_id"`    // the vendor's system
	VendorOrgNo string `json:"vendor_orgno"` // who runs the system
}

type systemUserKey struct{ vendor, orgno, externalRef string }

func (u SystemUser) key() systemUserKey {
	return systemUserKey{vendor: u.VendorOrgNo, orgno: u.OrgNo, externalRef: cmp.Or(u.ExternalRef, u.OrgNo)}
}

// AddSystemUser registers a system user, known to the token endpoint at
// once. An empty ID is made up, an empty SystemID made of the vendor's
// number. A second one for the same vendor, organisation and reference is a
// Conflict.
func (r *Registry) AddSystemUser(u SystemUser) (SystemUser, error) {
	return change(r, func() (SystemUser, error) {
		if err := u.check(); err != nil {
			return SystemUser{}, err
		}
		if _, ok := r.systemUsers[u.key()]; ok {
			return SystemUser{}, conflict("SystemUser", "Organization %s has a system user %q with vendor %s already",
				u.OrgNo, u.ExternalRef, u.VendorOrgNo)
		}
		if u.ID == "" {
			u.ID = r.newID()
		}
		u.SystemID = cmp.Or(u.SystemID, defaultSystemID(u.VendorOrgNo))
		r.systemUsers[u.key()] = u
		r.emit(Event{Kind: SystemUserAdded, OrgNo: u.OrgNo, SupplierOrgNo: u.VendorOrgNo, Detail: u.ID})
		return u, nil
	})
}

func (u SystemUser) check() error {
	if err := checkOrgNo("SystemUser", "orgno", u.OrgNo); err != nil {
		return err
	}
	return checkOrgNo("SystemUser", "vendor_orgno", u.VendorOrgNo)
}

// SystemUser finds the system user that a vendor has for an organisation and
// reference; no reference is the organisation's number. Until the first one is registered, every organisation has one,
// with an id that is made up but always the same.
func (r *Registry) SystemUser(vendor, orgno, externalRef string) (SystemUser, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	u := SystemUser{VendorOrgNo: vendor, OrgNo: orgno, ExternalRef: externalRef, SystemID: defaultSystemID(vendor)}
	if len(r.systemUsers) == 0 {
		u.ID = StableID(vendor, orgno, externalRef)
		return u, true
	}
	u, ok := r.systemUsers[u.key()]
	return u, ok
}

// SystemUsers lists those that are registered, by vendor, organisation and
// reference.
func (r *Registry) SystemUsers() []SystemUser {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.sortedSystemUsers()
}

func (r *Registry) sortedSystemUsers() []SystemUser {
	users := make([]SystemUser, 0, len(r.systemUsers))
	for _, u := range r.systemUsers {
		users = append(users, u)
	}
	slices.SortFunc(users, func(a, b SystemUser) int {
		return cmp.Or(cmp.Compare(a.VendorOrgNo, b.VendorOrgNo), cmp.Compare(a.OrgNo, b.OrgNo), cmp.Compare(a.ExternalRef, b.ExternalRef))
	})
	return users
}

func defaultSystemID(vendor string) string { return vendor + "_system" }

// StableID makes a UUID of version 8 (RFC 9562) that depends on nothing but
// the parts.
func StableID(parts ...string) string {
	hash := sha256.New()
	for _, part := range parts {
		hash.Write([]byte(part + "\x00"))
	}
	b := [16]byte(hash.Sum(nil))
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return formatUUID(b)
}
