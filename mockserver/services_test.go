package mockserver_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
)

func TestMerchantDataTellsWhoeverIsResponsible(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	saved := must[*maskinporten.MerchantData](t)(s.consumer.Integrations.UpdateMerchantData(t.Context(), s.app.ClientID, func(d *maskinporten.MerchantData) error {
		d.NotificationPoints = []string{"drift@nav.no"}
		d.Invoicing.RecipientOrgNo, d.Invoicing.PeppolID = "889640782", "0192:889640782"
		return nil
	}, maskinporten.MerchantDataOptions{}))
	if diff := cmp.Diff(saved, must[*maskinporten.MerchantData](t)(s.consumer.Integrations.MerchantData(t.Context(), s.app.ClientID))); diff != "" {
		t.Error(diff)
	}
	must[*maskinporten.Access](t)(s.provider.Access.Revoke(t.Context(), "difi:api", "889640782"))
	if mails := s.srv.Mailbox("drift@nav.no"); len(mails) == 0 {
		t.Error("nobody was told that the access was revoked")
	}
	real := must[*maskinporten.Client](t)(maskinporten.New(maskinporten.Test, s.app, s.srv.ClientOptions()...))
	if _, err := real.Integrations.MerchantData(t.Context(), s.app.ClientID); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("against the real service: %v", err)
	}
}
