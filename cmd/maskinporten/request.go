package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/settings"
)

// requestFlags say what a token is wanted for; its scopes are arguments.
type requestFlags struct {
	consumerOrg, onBehalfOf   string
	resources                 []string
	systemUser, systemUserRef string
	consent, consentFrom, pid string
}

func (r *requestFlags) add(cmd *cobra.Command) {
	grouped(cmd, "Token", func(f *pflag.FlagSet) {
		f.StringArrayVar(&r.resources, "resource", nil, "`address` of the API that the token is limited to (aud); may be repeated")
		f.StringVar(&r.consumerOrg, "consumer-org", "", "`number` of the organisation to act for as its supplier")
		f.StringVar(&r.onBehalfOf, "on-behalf-of", "", "`value` of iss_onbehalfof that the client has registered")
		f.StringVar(&r.systemUser, "system-user", "", "`number` of the organisation whose system user in Altinn to act as")
		f.StringVar(&r.systemUserRef, "system-user-ref", "", "external `reference` of that system user, where there are several")
		f.StringVar(&r.consent, "consent", "", "`id` of a consent in Altinn")
		f.StringVar(&r.consentFrom, "consent-from-file", "", "`file` that says who gave it, such as urn:altinn:person:identifier-no:…")
		f.StringVar(&r.pid, "pid-file", "", "`file` with the national identity number of the person that the token is about")
	})
}

// request is what they say, with what the settings have for the rest.
func (r *requestFlags) request(s *settings.Settings, scopes []string) (maskinporten.TokenRequest, error) {
	request, err := r.unchecked(s, scopes)
	if err != nil {
		return request, err
	}
	if len(request.Scopes) == 0 {
		return request, &settings.Missing{Text: "this needs a scope: name one or more, such as prefix:scope, or give them in MASKINPORTEN_SCOPES or token.scopes of a profile"}
	}
	if request.ConsumerOrg != "" {
		request.ConsumerOrg, err = maskinporten.ParseOrgNo(string(request.ConsumerOrg))
	}
	return request, err
}

// unchecked is the request as it was given, be there scopes and a right number or
// not.
func (r *requestFlags) unchecked(s *settings.Settings, scopes []string) (maskinporten.TokenRequest, error) {
	if len(scopes) == 0 {
		scopes = s.Token.Scopes
	}
	resources := r.resources
	if len(resources) == 0 {
		resources = s.Token.Resource
	}
	request := maskinporten.TokenRequest{Scopes: scopes, Resource: resources, OnBehalfOf: r.onBehalfOf, ConsumerOrg: maskinporten.OrgNo(r.consumerOrg)}
	if r.consumerOrg == "" && r.onBehalfOf == "" {
		request.ConsumerOrg = maskinporten.OrgNo(s.Token.ConsumerOrg)
	}
	var err error
	if request.PID, err = personal(r.pid); err != nil {
		return request, err
	}
	request.AuthorizationDetails, err = r.details()
	return request, err
}

func (r *requestFlags) details() (maskinporten.AuthorizationDetail, error) {
	switch {
	case r.systemUser != "" && r.consent != "":
		return nil, &usageError{error: errors.New("--system-user and --consent don't go together: a token is for one of them")}
	case r.systemUserRef != "" && r.systemUser == "":
		return nil, &usageError{error: errors.New("--system-user-ref goes with --system-user")}
	case (r.consentFrom != "") != (r.consent != ""):
		return nil, &usageError{error: errors.New("--consent and --consent-from-file go together")}
	case r.systemUser != "":
		org, err := maskinporten.ParseOrgNo(r.systemUser)
		return maskinporten.SystemUser{OrgNo: org, ExternalRef: r.systemUserRef}, err
	case r.consent != "":
		from, err := personal(r.consentFrom)
		return maskinporten.Consent{ID: r.consent, From: from}, err
	}
	return nil, nil //nolint:nilnil // none is asked for
}

// personal reads what may name a person, and is therefore in a file: arguments
// are seen by everybody on the machine.
func personal(file string) (maskinporten.Personal, error) {
	if file == "" {
		return maskinporten.Personal{}, nil
	}
	data, err := settings.ReadFile(file, nil)
	if err != nil {
		return maskinporten.Personal{}, &usageError{error: err}
	}
	return maskinporten.NewPersonal(strings.TrimSpace(string(data))), nil
}
