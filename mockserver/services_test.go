package mockserver_test

import (
	"errors"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestMerchantDataTellsWhoeverIsResponsible(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	saved := check.Got(s.consumer.Integrations.UpdateMerchantData(t.Context(), s.app.ClientID, func(d *maskinporten.MerchantData) error {
		d.NotificationPoints = []string{"drift@nav.no"}
		d.Invoicing.RecipientOrgNo, d.Invoicing.PeppolID = "889640782", "0192:889640782"
		return nil
	}, maskinporten.MerchantDataOptions{}))(t)
	check.Same(t, saved, check.Got(s.consumer.Integrations.MerchantData(t.Context(), s.app.ClientID))(t))
	check.Got(s.provider.Access.Revoke(t.Context(), "difi:api", "889640782"))(t)
	if mails := s.srv.Mailbox("drift@nav.no"); len(mails) == 0 {
		t.Error("nobody was told that the access was revoked")
	}
	real := check.Got(maskinporten.New(maskinporten.Test, s.app, s.srv.ClientOptions()...))(t)
	if _, err := real.Integrations.MerchantData(t.Context(), s.app.ClientID); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("against the real service: %v", err)
	}
}
