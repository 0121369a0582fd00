package portal

import "slices"

// NotificationPoints lists the addresses that are told of what happens to an
// organisation's integrations, in any environment, each once.
func (p *Portal) NotificationPoints(orgno string) []string {
	p.mu.Lock()
	points := map[merchantKey][]string{}
	for key, data := range p.merchant {
		points[key] = data.NotificationPoints // never changed in place
	}
	p.mu.Unlock()
	var all []string
	for key, addresses := range points { // without the lock: see Notify
		if p.ownIntegration(key.environment, orgno, key.integration) == nil {
			all = append(all, addresses...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
