package main

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/settings"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/terminal"
)

// newKeyID is a kid that tells people when its key was made.
func newKeyID(now time.Time) string {
	return now.UTC().Format("2006-01-02-") + strings.ToLower(rand.Text()[:10])
}

// keyFileFlags say what a key file doesn't.
func (p *program) keyFileFlags(f *pflag.FlagSet) {
	f.StringVar(&p.flags.Client.KeyID, "kid", "", "`kid` of the key, where the file doesn't say")
	f.StringVar(&p.flags.Client.KeyName, "key-name", "", "`name` of the key, where the file holds several")
	f.StringVar(&p.flags.Client.PasswordFile, "password-file", "", "`file` with the password of PKCS#12")
}

// clientIDFlag says which client is worked on.
func (p *program) clientIDFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.flags.Client.ID, "client-id", "", "`id` of the client to look at or change")
}

func (p *program) keysShowCommand() *cobra.Command {
	var public bool
	cmd := &cobra.Command{
		Use: "show FILE", Short: "Show what a key file is, and nothing private",
		Long: "Shows what a key file is, in whatever disguise it comes: its form, its kid, its\n" +
			"certificates, and when it expires. With --public it prints the public key as a JWK.",
		Example: `  maskinporten keys show key.jwk
  maskinporten keys show certificate.p12 --password-file password.txt
  maskinporten keys show key.pem --kid my-key --public`,
		Args: arguments(1, 1, "a FILE with a key, or - for standard input"),
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := settings.ReadFile(args[0], p.stdin)
			if err != nil {
				return &usageError{error: err}
			}
			if public {
				key, err := p.publicKeyOf(args[0], data)
				if err != nil {
					return err
				}
				return p.writeJSON(key)
			}
			report, problem := maskinporten.InspectKey(data, p.flags.Client.KeyOptions())
			if problem != nil {
				problem = fmt.Errorf("%s: %w", args[0], problem)
			}
			if p.json {
				return errors.Join(problem, p.writeJSON(reportJSON(args[0], report)))
			}
			p.showKey(args[0], report)
			return problem
		},
	}
	cmd.Flags().BoolVar(&public, "public", false, "print the public key as a JWK")
	grouped(cmd, "Key", p.keyFileFlags)
	return cmd
}

// publicKeyOf is the public part of a key, as it is registered.
func (p *program) publicKeyOf(name string, data []byte) (maskinporten.JSONWebKey, error) {
	key, err := maskinporten.LoadKey(data, p.flags.Client.KeyOptions())
	if err != nil {
		return maskinporten.JSONWebKey{}, fmt.Errorf("%s: %w", name, err)
	}
	return key.PublicJWK()
}

// keyShown is what a key file is, as JSON.
type keyShown struct {
	File         string             `json:"file"`
	Format       string             `json:"format"`
	Disguises    []string           `json:"disguises"`
	KeyID        string             `json:"kid,omitzero"`
	Algorithm    string             `json:"alg,omitzero"`
	Bits         int                `json:"bits,omitzero"`
	Thumbprint   string             `json:"thumbprint,omitzero"`
	Expires      time.Time          `json:"expires,omitzero"`
	Certificates []certificateShown `json:"certificates"`
}

type certificateShown struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	SHA256    string    `json:"sha256"`
	// OfKey tells that it is the key's own, or one that vouches for that.
	OfKey bool `json:"of_key"`
}

func reportJSON(name string, r maskinporten.KeyReport) keyShown {
	shown := keyShown{
		File: name, Format: r.Format, Disguises: append([]string{}, r.Disguises...), KeyID: r.KeyID, Algorithm: r.Algorithm,
		Bits: r.Bits, Thumbprint: r.Thumbprint, Expires: r.Expires, Certificates: []certificateShown{},
	}
	for _, certificate := range r.Certificates {
		shown.Certificates = append(shown.Certificates, certificateOf(certificate, r))
	}
	return shown
}

func certificateOf(c *x509.Certificate, r maskinporten.KeyReport) certificateShown {
	digest := sha256.Sum256(c.Raw)
	shown := certificateShown{
		Subject: nameOf(c.Subject), Issuer: nameOf(c.Issuer), NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(), SHA256: hex.EncodeToString(digest[:]),
	}
	for _, own := range r.Chain {
		shown.OfKey = shown.OfKey || own.Equal(c)
	}
	return shown
}

// attributes are what names in certificates consist of, as far as they have short
// names.
var attributes = map[string]string{
	"2.5.4.3": "CN", "2.5.4.5": "SERIALNUMBER", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.97": "organizationIdentifier",
}

// nameOf is a name in a certificate, the most particular first.
func nameOf(name pkix.Name) string {
	var parts []string
	for _, attribute := range slices.Backward(name.Names) {
		oid := attribute.Type.String()
		parts = append(parts, fmt.Sprintf("%s=%v", cmp.Or(attributes[oid], oid), attribute.Value))
	}
	return strings.Join(parts, ", ")
}

func (p *program) showKey(name string, r maskinporten.KeyReport) {
	p.out.Printf("%s  %s\n", p.out.Bold(name), cmp.Or(r.String(), "nothing that a key can be"))
	line := func(title, text string) {
		if text != "" {
			p.out.Wrapped("  "+p.out.Dim(fmt.Sprintf("%-12s", title))+" ", strings.Repeat(" ", 15), terminal.Clean(text))
		}
	}
	if r.Bits > 0 {
		line("key", strings.TrimSpace(fmt.Sprintf("RSA, %d bits, %s", r.Bits, r.Algorithm)))
		kid := r.KeyID
		if kid == "" && len(r.Chain) > 0 {
			kid = "none: grants carry the certificate"
		} else if kid == "" {
			kid = "none: give it with --kid where the key is used"
		}
		line("kid", kid)
		line("thumbprint", r.Thumbprint)
	}
	if !r.Expires.IsZero() {
		line("expires", fmt.Sprintf("%s, %s", day(r.Expires), ago(time.Until(r.Expires))))
	}
	for _, certificate := range r.Certificates {
		c := certificateOf(certificate, r)
		line("certificate", c.Subject)
		if !c.OfKey {
			line("", "not of this key")
		}
		line("", "issued by "+c.Issuer)
		line("", fmt.Sprintf("good from %s to %s", day(c.NotBefore), day(c.NotAfter)))
	}
}
