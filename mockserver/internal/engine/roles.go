package engine

// RoleClients are the admin clients of the default world, by their roles. A
// world that somebody gave may have left some out.
func (e *Engine) RoleClients(environment string) (names []string, clients []*Client, err error) {
	_, seeded := e.config.World.environments[environment]
	for _, role := range roles {
		c := role.client(environment)
		if seeded {
			env, err := e.Environment(environment)
			if err != nil {
				return nil, nil, err
			}
			if _, ok := env.Registry.IssuedClient(c.ID); !ok {
				continue
			}
		}
		names, clients = append(names, role.Name), append(clients, c)
	}
	return names, clients, nil
}
