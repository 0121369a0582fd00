package pages

import (
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// perPage is how many rows a page of a list has.
const perPage = 20

// listing is a part of a list, how it was searched for, and the way to the others.
type listing[T any] struct {
	registry.Part[T]
	Search   string
	Inactive bool
	From, To int
	Previous string // addresses; empty: there is none
	Next     string
}

// wantedPart is the part of a list that the address asks for.
func (v *visit) wantedPart() registry.Page {
	number, err := strconv.Atoi(v.query("page"))
	if err != nil || number < 1 || number > 1_000_000 {
		number = 1
	}
	return registry.Page{
		Search: v.query("q"), Inactive: v.query("inactive") != "",
		Offset: (number - 1) * perPage, Limit: perPage,
	}
}

// list shows a part of a list.
func list[T any](v *visit, wanted registry.Page, part registry.Part[T]) listing[T] {
	l := listing[T]{Part: part, Search: wanted.Search, Inactive: wanted.Inactive}
	if len(part.Items) > 0 {
		l.From, l.To = wanted.Offset+1, wanted.Offset+len(part.Items)
	}
	number := wanted.Offset/perPage + 1
	if number > 1 {
		l.Previous = v.pageNumber(min(number-1, (part.Total+perPage-1)/perPage))
	}
	if l.To > 0 && l.To < part.Total {
		l.Next = v.pageNumber(number + 1)
	}
	return l
}

// pageNumber is the address of another page of the list at hand.
func (v *visit) pageNumber(number int) string {
	query := maps.Clone(v.r.URL.Query())
	query.Set("page", strconv.Itoa(max(1, number)))
	return v.place.Base + v.r.URL.EscapedPath() + "?" + url.Values(query).Encode()
}

// part is the wanted part of a list that is at hand as a whole.
func part[T any](all []T, wanted registry.Page) registry.Part[T] {
	from := min(wanted.Offset, len(all))
	to := min(from+wanted.Limit, len(all))
	return registry.Part[T]{Items: slices.Clone(all[from:to]), Total: len(all)}
}
