// Command onboarding tells the story of an organisation's first days with
// self-service on the web, from the first user to the mail that says that
// something has broken, against the mock server in memory.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const (
	orgno    = maskinporten.OrgNo("974760673") // Brønnøysundregistrene
	manager  = "direktor@brreg.no"
	employee = "kari@brreg.no"
	duty     = "vakt@brreg.no"
	password = "bare til test"
	pid      = "01010112345"
)

// onboarding is the story on its way.
type onboarding struct {
	server *mockserver.Server
	portal *mockserver.Portal
	out    io.Writer
	step   int
}

func (o *onboarding) say(format string, args ...any) {
	o.step++
	_, _ = fmt.Fprintf(o.out, "%2d. %s\n", o.step, fmt.Sprintf(format, args...))
}

func run(ctx context.Context, out io.Writer) error {
	server, err := mockserver.New()
	if err != nil {
		return err
	}
	o := &onboarding{server: server, portal: server.Portal(), out: out}
	boss, kari, err := o.people()
	if err != nil {
		return err
	}
	if err := o.test(ctx, kari); err != nil {
		return err
	}
	if err := o.production(ctx, boss, kari); err != nil {
		return err
	}
	return o.incident(ctx, kari)
}

// people sign up and in.
func (o *onboarding) people() (boss, kari *mockserver.PortalSession, err error) {
	if err := o.portal.RegisterOrganization(orgno, "Brønnøysundregistrene", "brreg.no"); err != nil {
		return nil, nil, err
	}
	if err := o.portal.SignTerms(orgno); err != nil {
		return nil, nil, err
	}
	o.say("%s is registered, with the mail domain brreg.no, and has signed the terms", orgno)
	if err := o.portal.AppointManager(orgno, manager); err != nil {
		return nil, nil, err
	}
	var sessions [2]*mockserver.PortalSession
	for i, mail := range []string{manager, employee} {
		if err := o.portal.SignUp(mockserver.SignUp{Name: mail, Mail: mail, Password: password, PID: pid}); err != nil {
			return nil, nil, err
		}
		switch _, err := o.portal.SignIn(mail, password); {
		case err == nil:
			return nil, nil, fmt.Errorf("%s signed in with a mail that nobody confirmed", mail)
		case i == 0:
			o.say("%s signed up; signing in at once is refused: %v", mail, err)
		default:
			o.say("%s signed up, and has to wait for the mail, too", mail)
		}
		if err := o.portal.ConfirmMail(mail); err != nil {
			return nil, nil, err
		}
		if sessions[i], err = o.portal.SignIn(mail, password); err != nil {
			return nil, nil, err
		}
		o.say("%s followed the link in the mail and is signed in", mail)
	}
	return sessions[0], sessions[1], nil
}

// test is open to everybody of the organisation.
func (o *onboarding) test(ctx context.Context, kari *mockserver.PortalSession) error {
	client, err := kari.Client(maskinporten.Test)
	if err != nil {
		return err
	}
	prefixes, err := maskinporten.Collect(client.Scopes.Prefixes(ctx))
	if err != nil {
		return err
	}
	o.say("in the test environment there are %d prefixes, so no scope can be made", len(prefixes))
	order, err := kari.OrderPrefix(maskinporten.Test, "brreg", "API-er for registerdata")
	if err != nil {
		return err
	}
	o.say("ordered the prefix %s by %s: %s", order.Prefix, order.Means, order.State)
	scope, err := client.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "brreg", Subscope: "enheter.read", Description: "Lese enheter"})
	if err != nil {
		return err
	}
	o.say("\"Nytt scope\": %s", scope.Name)
	return nil
}

// production is closed until a manager opens it.
func (o *onboarding) production(ctx context.Context, boss, kari *mockserver.PortalSession) error {
	client, err := kari.Client(maskinporten.Prod)
	if err != nil {
		return err
	}
	_, err = maskinporten.Collect(client.Scopes.Prefixes(ctx))
	refusal, ok := errors.AsType[*maskinporten.APIError](err)
	if !ok {
		return fmt.Errorf("production should have been closed, but: %w", err)
	}
	o.say("production is closed: %s", refusal.Description)
	if err := boss.OrderProduction(mockserver.Person{Name: "Kari Nordmann", Mail: employee, Phone: "22 22 22 22"}); err != nil {
		return err
	}
	if err := kari.SignInWithIDPorten(pid); err != nil {
		return err
	}
	o.say("the manager ordered access, and %s signed in with ID-porten", employee)
	order, err := kari.OrderPrefix(maskinporten.Prod, "brreg", "API-er for registerdata")
	if err != nil {
		return err
	}
	o.say("ordered the prefix %s by %s: %s", order.Prefix, order.Means, order.State)
	if order, err = o.server.DecidePrefix(order.ID, true, ""); err != nil {
		return err
	}
	o.say("Digdir decides: %s", order.State)
	_, err = client.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "brreg", Subscope: "enheter.read", Description: "Lese enheter"})
	return err
}

// incident: something breaks, and whoever is on duty hears of it.
func (o *onboarding) incident(ctx context.Context, kari *mockserver.PortalSession) error {
	client, err := kari.Client(maskinporten.Prod)
	if err != nil {
		return err
	}
	if _, err := client.Access.Grant(ctx, "brreg:enheter.read", "889640782"); err != nil {
		return err
	}
	for integration, err := range client.Integrations.WithoutNotificationPoints(ctx) {
		if err != nil {
			return err
		}
		o.say("integration %s (%s) has no notification points; adding %s", integration.ID, integration.Kind, duty)
		if _, err := client.Integrations.UpdateMerchantData(ctx, integration.ID, func(data *maskinporten.MerchantData) error {
			data.NotificationPoints = []string{duty}
			return nil
		}, maskinporten.MerchantDataOptions{}); err != nil {
			return err
		}
	}
	if _, err := client.Scopes.Deactivate(ctx, "brreg:enheter.read"); err != nil {
		return err
	}
	for _, mail := range o.server.Mailbox(duty) {
		o.say("mail to %s: %s", mail.To, mail.Subject)
	}
	for _, lost := range o.server.LostNotifications() {
		o.say("nobody of %s was told: %s", lost.OrgNo, lost.Subject)
	}
	return nil
}
