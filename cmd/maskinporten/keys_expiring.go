package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/terminal"
)

// period is a flag for a time that is days long: 30d, 2w, 12h.
type period time.Duration

// String implements [pflag.Value].
func (d *period) String() string {
	if day := period(24 * time.Hour); *d != 0 && *d%day == 0 {
		return strconv.Itoa(int(*d/day)) + "d"
	}
	return time.Duration(*d).String()
}

// Set implements [pflag.Value].
func (d *period) Set(text string) error {
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if number, found := strings.CutSuffix(text, unit); found {
			n, err := strconv.Atoi(number)
			if err != nil || n < 0 || n > 3650 {
				return fmt.Errorf("it is no time such as 30d, 2w or 12h")
			}
			*d = period(time.Duration(n) * length)
			return nil
		}
	}
	length, err := time.ParseDuration(text)
	if err != nil || length < 0 {
		return fmt.Errorf("it is no time such as 30d, 2w or 12h")
	}
	*d = period(length)
	return nil
}

// Type implements [pflag.Value].
func (d *period) Type() string { return "time" }

// keyExpiring is a line of the report as JSON.
type keyExpiring struct {
	ClientID    string             `json:"client_id"`
	ClientName  string             `json:"client_name,omitzero"`
	ClientOrgNo maskinporten.OrgNo `json:"client_orgno,omitzero"`
	KeyID       string             `json:"kid"`
	Expires     time.Time          `json:"expires"`
	DaysLeft    int                `json:"days_left"`
}

func (p *program) keysExpiringCommand() *cobra.Command {
	within, exitCode := period(30*24*time.Hour), false
	cmd := &cobra.Command{
		Use: "expiring", Short: "Report the keys of all clients that expire soon",
		Long: "Reports the keys of all active clients of the admin client's organisation that\n" +
			"expire soon, or have expired, those that expire first first.",
		Example: `  maskinporten keys expiring
  maskinporten keys expiring --within 30d --exit-code    for cron: ends with 6 if there are any
  maskinporten keys expiring --json | jq -r '.[].client_id'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, client, err := p.adminFor(false)
			if err != nil {
				return err
			}
			defer func() { _ = client.Close() }() // no work goes on
			keys, err := client.Clients.ExpiringKeys(cmd.Context(), time.Duration(within))
			if err != nil {
				return err
			}
			slices.SortStableFunc(keys, func(a, b maskinporten.ExpiringKey) int { // as the days are shown
				return cmp.Or(strings.Compare(day(a.Expires), day(b.Expires)), strings.Compare(a.ClientName, b.ClientName))
			})
			if err := p.expiring(keys, within.String()); err != nil {
				return err
			}
			if exitCode && len(keys) > 0 {
				return errAttention
			}
			return nil
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().Var(&within, "within", "how soon, such as 30d, 2w or 12h")
	cmd.Flags().BoolVar(&exitCode, "exit-code", false, "end with 6 if there are any")
	p.adminFlags(cmd)
	p.targetFlags(cmd)
	return cmd
}

func (p *program) expiring(keys []maskinporten.ExpiringKey, within string) error {
	if p.json {
		list := []keyExpiring{}
		for _, key := range keys {
			list = append(list, keyExpiring(key))
		}
		return p.writeJSON(list)
	}
	rows := make([][]terminal.Cell, len(keys))
	for i, key := range keys {
		rows[i] = append([]terminal.Cell{{Text: key.ClientName}, {Text: key.ClientID, Style: p.out.Name}, {Text: key.KeyID}}, p.expiry(key.Expires)...)
	}
	p.table(rows, "no key expires within "+within, terminal.Column{Title: "client"}, terminal.Column{Title: "client id", Keep: true}, terminal.Column{Title: "kid"}, terminal.Column{Title: "expires", Keep: true}, terminal.Column{Title: "left", Keep: true})
	return nil
}
