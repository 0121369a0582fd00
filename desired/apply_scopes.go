package desired

import (
	"context"
	"errors"
	"maps"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/diff"
	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// mostCreates is how often a create is sent whose answers get lost, having
// looked each time.
const mostCreates = 3

// createScope makes a scope. Where the answer is lost, or somebody else was
// faster, what is there is made as wanted.
func (r *run) createScope(ctx context.Context, wanted *Scope) error {
	var err error
	for range mostCreates {
		if _, err = r.changes.client.Scopes.Create(ctx, wanted.ScopeCreate); err == nil {
			return nil
		}
		lost := errors.Is(err, maskinporten.ErrOutcomeUnknown)
		if !lost && !errors.Is(err, maskinporten.ErrConflict) {
			return err
		}
		found := r.adoptScope(ctx, wanted)
		if found == nil || !lost || !errors.Is(found, maskinporten.ErrNotFound) {
			return orFirst(found, err)
		}
	}
	return err
}

// orFirst returns the second try's error, with the first one's in it, as one
// line.
func orFirst(second, first error) error {
	if second == nil {
		return nil
	}
	return errtext.Wrapf("%v; then: %v", first, second)
}

// adoptScope makes a scope that is there as wanted, and active.
func (r *run) adoptScope(ctx context.Context, wanted *Scope) error {
	_, err := r.changes.client.Scopes.Update(ctx, wanted.Name(), func(there *maskinporten.Scope) error {
		there.Active = true
		setScope(there, wanted, scopeFields(wanted, there))
		return nil
	})
	return err
}

// updateScope makes the planned changes of fields, and no others.
func (r *run) updateScope(ctx context.Context, wanted *Scope, change Change) error {
	_, err := r.changes.client.Scopes.Update(ctx, change.Name, func(there *maskinporten.Scope) error {
		if change.Action == ActionReactivate {
			there.Active = true
		}
		setScope(there, wanted, change.Fields)
		return nil
	})
	return err
}

func setScope(there *maskinporten.Scope, wanted *Scope, changes []FieldChange) {
	diff.Set(there, &wanted.ScopeCreate, fieldNames(changes))
	there.Extra = maps.Clone(there.Extra)
	for _, change := range changes {
		if field, language, found := strings.Cut(change.Field, "#"); found {
			there.SetTranslation(maskinporten.TranslatedField(field), language, textOf(wanted.Extra[change.Field]))
		}
	}
}

func fieldNames(changes []FieldChange) []diff.Field {
	fields := make([]diff.Field, len(changes))
	for i, change := range changes {
		fields[i].Name = change.Field
	}
	return fields
}
