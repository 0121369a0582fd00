package pages

import "slices"

// entry is a line of a menu, and the pages that lie below it.
type entry struct {
	path, text string
	pages      []string
}

// portalMenu is the menu to the left of who is signed in, as the guide has it.
var portalMenu = []entry{
	{"/portal/organization", "title.organization", []string{"organization", "restrict", "production", "rights", "newprefix", "terms"}},
	{"/portal/services", "title.services", []string{"services", "provider", "merchant"}},
	{"/portal/administration", "title.administration", []string{
		"administration", "scopes", "newscope", "scope", "editscope", "deactivatescope", "integrations", "newtype", "newclient",
		"client", "editclient", "deactivateclient", "keys", "newkey", "newaccess", "clientscopes", "onbehalfof", "keystatus",
	}},
	{"/portal/notifications", "title.notifications", []string{"notifications"}},
	{"/portal/help", "title.help", []string{"help"}},
}

// Menu is the menu to the left; nil: there is none.
func (p *page) Menu() []link {
	switch {
	case slices.ContainsFunc(workbenchMenu, func(e entry) bool { return slices.Contains(e.pages, p.Name) }):
		return p.menu(workbenchMenu)
	case p.profile != nil && p.Name != "front":
		return p.menu(portalMenu)
	default:
		return nil
	}
}

func (p *page) menu(entries []entry) []link {
	var links []link
	for _, e := range entries {
		l := link{Address: p.to(e.path), Label: p.text(e.text)}
		switch {
		case p.Name == e.pages[0]:
			l.Current = "page"
		case slices.Contains(e.pages, p.Name):
			l.Current = "true"
		}
		links = append(links, l)
	}
	return links
}

// workbenchMenu is the menu of the workbench.
var workbenchMenu = []entry{
	{"/workbench/", "title.overview", []string{"overview"}},
	{"/workbench/token", "title.token", []string{"token"}},
	{"/workbench/requests", "title.requests", []string{"requests", "request"}},
	{"/workbench/world", "title.world", []string{"world"}},
	{"/workbench/time", "title.time", []string{"time"}},
	{"/workbench/mail", "title.mailbox", []string{"mailbox"}},
	{"/workbench/digdir", "title.digdir", []string{"digdir"}},
	{"/workbench/altinn", "title.altinn", []string{"altinn"}},
}

// Crumbs lead back from a page to those that it lies below.
func (p *page) Crumbs() []link { return p.crumbs }
