package portal

import (
	"maps"
	"slices"
)

// NotificationPoints lists the addresses that are told of what happens to an
// organisation's integrations, in any environment, each once. They are gathered
// once, until merchant data change: an integration never changes its owners.
func (p *Portal) NotificationPoints(orgno string) []string {
	p.mu.Lock()
	if p.points == nil {
		p.points = map[string][]string{}
	}
	known, merchant := p.points, map[merchantKey][]string{}
	all, gathered := known[orgno]
	if !gathered {
		for key, data := range p.merchant {
			merchant[key] = data.NotificationPoints // never changed in place
		}
	}
	p.mu.Unlock()
	if gathered {
		return slices.Clone(all)
	}
	points := map[string]bool{}
	for key, addresses := range merchant { // without the lock: see Notify
		if p.ownIntegration(key.environment, orgno, key.integration) == nil {
			for _, address := range addresses {
				points[address] = true
			}
		}
	}
	all = slices.Sorted(maps.Keys(points))
	p.mu.Lock()
	defer p.mu.Unlock()
	known[orgno] = all // which nobody has any longer who changed merchant data meanwhile
	return slices.Clone(all)
}

// setMerchantData puts an integration's. The caller holds the lock.
func (p *Portal) setMerchantData(key merchantKey, data MerchantData) {
	if p.merchant == nil {
		p.merchant = map[merchantKey]MerchantData{}
	}
	p.merchant[key] = data
	p.points = nil
}
