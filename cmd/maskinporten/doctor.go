package main

import (
	"github.com/spf13/cobra"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/doctor"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/settings"
)

// doctorFlags are those of doctor.
type doctorFlags struct {
	request   requestFlags
	api       string
	elsewhere []string
}

func (p *program) doctorCommand() *cobra.Command {
	var flags doctorFlags
	cmd := &cobra.Command{
		Use: "doctor [SCOPE...]", Short: "Find out why it doesn't work",
		Long: "Finds out why a client gets no token, or an API doesn't take it: looks at the key\n" +
			"file, its certificate, the way to the issuer, the clock, asks for a token, and says\n" +
			"what must be fixed first. With an admin client it also sees the client, its keys\n" +
			"and the accesses that were given to its organisation.\n\n" +
			"It changes nothing. Exit code 6 says that something must be fixed.",
		Example: `  maskinporten doctor --profile mock
  maskinporten doctor --env test --client-id ID --key key.p12 --password-file password prefix:scope
  maskinporten doctor prefix:scope --admin-client-id ID --admin-key admin.json
  maskinporten doctor prefix:scope --api https://api.example.no/v1/things
  maskinporten doctor prefix:scope --json | jq -r .first`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.doctor(cmd, flags, args) },
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&flags.api, "api", "", "`address` of an API to call with the token (GET)")
	cmd.Flags().StringArrayVar(&flags.elsewhere, "look-in", nil, "`environment` to look for the client in, if it is unknown here: test or prod; may be repeated")
	p.clientFlags(cmd)
	p.adminFlags(cmd)
	flags.request.add(cmd)
	p.targetFlags(cmd)
	return cmd
}

func (p *program) doctor(cmd *cobra.Command, flags doctorFlags, scopes []string) error {
	patient, err := p.patient(flags, scopes)
	if err != nil {
		return err
	}
	report := doctor.Examine(cmd.Context(), patient)
	p.err.Status("")
	if err := cmd.Context().Err(); err != nil {
		return err
	}
	if p.json {
		err = p.writeJSON(report)
	} else {
		report.Print(p.out)
	}
	if err == nil && !report.Healthy() {
		return errAttention
	}
	return err
}

// patient is what the flags and the settings say. What can't be right about it is
// the doctor's to tell, as far as it can be written down at all.
func (p *program) patient(flags doctorFlags, scopes []string) (doctor.Patient, error) {
	s, err := p.settings()
	if err != nil {
		return doctor.Patient{}, err
	}
	patient := doctor.Patient{API: flags.api, Doing: func(what string) { p.err.Status("looking at " + what) }}
	if patient.Target, err = s.Target(); err != nil {
		return patient, err
	}
	if patient.HTTP, err = s.HTTPClient(); err != nil {
		return patient, &usageError{error: err}
	}
	if patient.Request, err = flags.request.unchecked(s, scopes); err != nil {
		return patient, err
	}
	if patient.Client, err = credentialsOf(s, s.Client); err != nil {
		return patient, err
	}
	if s.HasAdmin() {
		admin, err := credentialsOf(s, s.Admin)
		if err != nil {
			return patient, err
		}
		patient.Admin = &admin
	}
	for _, name := range flags.elsewhere {
		if _, err := maskinporten.Environment(name).Endpoints(); err != nil {
			return patient, &usageError{error: err}
		}
		patient.Elsewhere = append(patient.Elsewhere, maskinporten.Environment(name))
	}
	return patient, nil
}

// credentialsOf is a client as the doctor takes it. A file is read by the doctor,
// which says what is wrong with it.
func credentialsOf(s *settings.Settings, c settings.Client) (doctor.Credentials, error) {
	credentials := doctor.Credentials{ClientID: c.ID, KeyFile: c.Key, Options: c.KeyOptions()}
	if c.Key != "" && c.Key != "-" {
		return credentials, nil
	}
	data, name, err := s.KeyBytes(c)
	if err != nil {
		return credentials, &usageError{error: err}
	}
	if len(data) > 0 {
		credentials.Key, credentials.KeyFile = data, name
	}
	return credentials, nil
}
