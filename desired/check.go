package desired

import (
	"fmt"
	"strings"

	"github.com/maskinporten-go/maskinporten"
)

// Check tells all that is wrong with a state before anything is read or
// changed, as a [*StateError]. [Plan] does it too.
func (s *State) Check() error {
	var found problems
	s.check(&found)
	return found.err()
}

func (s *State) check(found *problems) {
	checkOwns(s.Owns, found)
	names := map[string]int{}
	for i, scope := range s.Scopes {
		path := fmt.Sprintf("scopes[%d]", i)
		checkScope(scope, path, found)
		if first, again := names[scope.Name()]; again {
			found.add(path, "%q is already scopes[%d]: name each scope once", scope.Name(), first)
		} else {
			names[scope.Name()] = i
		}
	}
	clients := map[string]int{}
	for i, client := range s.Clients {
		path := fmt.Sprintf("clients[%d]", i)
		checkClient(client, path, found)
		key := string(client.ClientOrgNo) + " " + string(client.integrationType()) + " " + client.Name
		if client.ClientID != "" {
			key = client.ClientID
		}
		if first, again := clients[key]; again {
			found.add(path, "%q is already clients[%d]: name each client once, or tell them apart by client_id", client.Name, first)
		} else {
			clients[key] = i
		}
	}
}

func checkOwns(o Owns, found *problems) {
	for i, prefix := range o.Prefixes {
		if prefix == "" || strings.ContainsAny(prefix, ":*/ ") {
			found.add(fmt.Sprintf("owns.prefixes[%d]", i), "%q is no prefix: it is the part of a scope's name before the first colon", prefix)
		}
	}
	for i, pattern := range o.Clients {
		if pattern == "" {
			found.add(fmt.Sprintf("owns.clients[%d]", i), "is empty: give a client's name, or a pattern such as weather-*")
		}
	}
}

func checkScope(s Scope, path string, found *problems) {
	if s.Prefix == "" || strings.ContainsAny(s.Prefix, ":/") {
		found.add(path+".prefix", "%q is no prefix: it is the part of a scope's name before the first colon", s.Prefix)
	}
	if s.Subscope == "" || strings.ContainsFunc(s.Name(), notInScopes) {
		found.add(path+".subscope", "%q is no subscope: it is letters, digits and . _ - : / within", s.Subscope)
	}
	if s.Description == "" {
		found.add(path+".description", "is missing or empty: every scope needs one")
	}
	if s.AtMaxAge < 0 {
		found.add(path+".at_max_age", "is %d: seconds can't be negative", s.AtMaxAge)
	}
	if s.AuthorizationMaxLifetime < 0 {
		found.add(path+".authorization_max_lifetime", "is %d: seconds can't be negative", s.AuthorizationMaxLifetime)
	}
	for name := range s.Extra {
		if !isTranslation(name) {
			found.add(path, "Extra holds %q: only translations such as description#en can be compared", name)
		}
	}
	checkAccess(s.Access, path, found)
}

func notInScopes(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }

func checkAccess(access []maskinporten.OrgNo, path string, found *problems) {
	seen := make(map[maskinporten.OrgNo]int, len(access))
	for i, consumer := range access {
		if first, again := seen[consumer]; again {
			found.add(fmt.Sprintf("%s.access[%d]", path, i), "%s is already access[%d]: name each organisation once", consumer, first)
			continue
		}
		seen[consumer] = i
		if err := consumer.Check(); err != nil {
			found.add(fmt.Sprintf("%s.access[%d]", path, i), "%s", problemOf(err))
		}
	}
}

func checkClient(c Client, path string, found *problems) {
	if c.Name == "" {
		found.add(path+".name", "is missing or empty: clients are told apart by their names")
	}
	if c.ClientOrgNo != "" {
		if err := c.ClientOrgNo.Check(); err != nil {
			found.add(path+".client_orgno", "%s", problemOf(err))
		}
	}
	if c.Active != nil && !*c.Active || c.SupplierOrgNo != "" {
		found.add(path, "Active and SupplierOrgNo are not part of a state: what it names is in use, and the supplier is who signs in")
	}
	scopes := map[string]int{}
	for i, scope := range c.Scopes {
		if first, again := scopes[scope]; again {
			found.add(fmt.Sprintf("%s.scopes[%d]", path, i), "%q is already scopes[%d]: name each scope once", scope, first)
			continue
		}
		scopes[scope] = i
		if scope == "" || strings.ContainsFunc(scope, notInScopes) {
			found.add(fmt.Sprintf("%s.scopes[%d]", path, i), "%q is no scope name", scope)
		}
	}
	for name := range c.Extra {
		found.add(path, "Extra holds %q, which can't be compared", name)
	}
}
