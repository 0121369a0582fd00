// Package mockserver is an in-memory Maskinporten: the token endpoint and the
// self-service of all four environments, with the rules of the real ones, of
// which ver1 and ver2 are closed. Tests run against it without credentials and
// without a network.
//
//	srv := mockserver.Start(t)
//	nav := srv.AddOrganization("889640782", "Arbeids- og velferdsetaten")
//	app := srv.App(nav, "difi:weather.read") // credentials that get tokens
//	client := srv.Client(nav)                // a *maskinporten.Client, signed in to self-service
//
// # Ways in
//
// [Server.HTTPClient] answers for the real hosts; [Server.URL] opens a port for
// programs in other languages, over TLS with [WithTLS]; [Server.Handler] serves
// inside a server of your own. [WithEnvironments] leaves some environments out.
//
// # Steering
//
// [Server.Clock] is the time that keys, tokens and secrets expire by, and
// [WithPropagation] lets changes reach the token endpoint later. [Server.Fail]
// declares faults, [WithChaos] makes the server as unkind as the real one may be,
// [WithLenient] passes over rules that rest on assumptions, [WithVariants] chooses
// where sources disagree about the real service. [WithWorld],
// [Server.Snapshot] and [Server.Restore] share one JSON format, described in
// WORLD.md. With [WithControl] other languages do all of it over HTTP, as
// CONTROL.md and GET /openapi.json describe.
//
// # Looking
//
// [Server.Requests] tells what was asked and why it was refused,
// [Server.AssertNoUnexpected] finds what no client should ask, and the package
// expect holds requests against those that a test expects. [Server.AuditLog] tells
// who changed what, [Server.Mailbox] what was mailed to whom.
//
// # Test data
//
// [Server.Key], [SampleOrgNo], [Server.IssueCertificate] and [Server.Token] make keys,
// organisation numbers, business certificates and access tokens, good and bad.
// [Server.Altinn] is where delegations, system users and consents come from,
// [Server.Portal] is the web portal.
package mockserver
