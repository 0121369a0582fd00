package engine

import "slices"

// RoleClients are the admin clients of the default world, by their roles. A
// world that somebody gave may have left some out.
func (e *Engine) RoleClients(environment string) (names []string, clients []*Client, err error) {
	_, seeded := e.config.World.environments[environment]
	for i, c := range roleClients()[environment] {
		c.Scopes = slices.Clone(c.Scopes)
		if seeded {
			env, err := e.Environment(environment)
			if err != nil {
				return nil, nil, err
			}
			if _, ok := env.Registry.IssuedClient(c.ID); !ok {
				continue
			}
		}
		names, clients = append(names, roles[i].name), append(clients, &c)
	}
	return names, clients, nil
}
