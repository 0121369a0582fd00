package mockserver_test

import (
	"sync"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestSnapshotsRestoresAndResetsMixWithEverythingElse(t *testing.T) {
	t.Parallel()
	srv := start(t)
	story(t, srv)
	saved := srv.Snapshot()
	provider := srv.Client(srv.AddOrganization(storyProvider, "Digitaliseringsdirektoratet"))
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			for range 4 {
				switch i % 5 {
				case 0:
					if err := srv.Restore(saved); err != nil {
						t.Error(err)
					}
				case 1:
					if len(srv.Snapshot()) == 0 {
						t.Error("no snapshot")
					}
				case 2: // the scope comes and goes, and its notifications with it
					_, _ = provider.Scopes.Deactivate(t.Context(), storyScope)
					srv.Mailbox("")
				case 3:
					srv.Clock().Advance(time.Hour)
					srv.AddOrganization(mockserver.SampleOrgNo(i), "n")
					srv.Altinn().AddSystemUser(mockserver.SystemUser{OrgNo: storyProvider, Vendor: storySupplier, ExternalRef: time.Now().String()})
				default:
					srv.Reset()
					srv.Token(maskinporten.Prod, nil)
				}
			}
		})
	}
	group.Wait()
	if err := srv.Restore(saved); err != nil || string(srv.Snapshot()) != string(saved) {
		t.Errorf("the last restore: %v", err)
	}
}
