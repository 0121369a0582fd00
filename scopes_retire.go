package maskinporten

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// Retire takes a scope of the own organisation out of use and leaves nothing
// behind: it takes back every access (DELETE /scopes/access/{consumer_orgno}?scope=),
// then deactivates the scope (DELETE /scopes?scope=), which alone would leave it
// visible to its consumers.
//
// If some accesses could not be taken back, the scope is not deactivated, and
// the error tells which: see [AccessResult]. Retire may be run again, also
// when the scope is already deactivated. Concurrency and Progress work as for
// [AccessPlan.Apply]; AllowEmpty is not needed.
func (s *ScopesService) Retire(ctx context.Context, name string, options ApplyOptions) (*AccessResult, error) {
	const operationName = "Scopes.Retire"
	if err := s.caller.checkScopeName(operationName, name); err != nil {
		return nil, err
	}
	access := &AccessService{caller: s.caller}
	consumers, err := access.approved(ctx, operationName, name)
	if err != nil {
		return nil, err
	}
	run := newAccessRun(access, operationName, name, options)
	run.add(AccessActionRevoke, slices.Sorted(maps.Keys(consumers)))
	result, err := run.do(ctx)
	if err != nil {
		return result, fmt.Errorf("%w; the scope was not deactivated", err)
	}
	if _, err := s.Deactivate(ctx, name); err != nil {
		return result, errtext.Wrap(fmt.Sprintf("%s: every access to %s is taken back, but it could not be deactivated", operationName, name), err)
	}
	return result, nil
}
