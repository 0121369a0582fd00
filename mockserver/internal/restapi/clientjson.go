package restapi

import (
	"encoding/json"
	"io"
	"strconv"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// clientList is a list of clients that writes itself as JSON. An organisation
// may have ten thousand, and reads them often: this takes a third of the time
// of encoding/json and no memory to speak of, while keeping the JSON would
// double what a client takes. A test holds it to what encoding/json makes of
// the registry's type.
type clientList []*registry.Client

// pieceSize is how much of a list is written at a time.
const pieceSize = 32 << 10

func (l clientList) writeJSON(w io.Writer) {
	b := append(make([]byte, 0, pieceSize+pieceSize/8), '[')
	for i, c := range l {
		if i > 0 {
			b = append(b, ',')
		}
		if b = appendClient(b, c); len(b) >= pieceSize {
			if _, err := w.Write(b); err != nil {
				return // a client that has gone away wants no answer
			}
			b = b[:0]
		}
	}
	_, _ = w.Write(append(b, ']')) // as above
}

// appendClient appends a client. Each field brings the comma before it; the
// brace takes the place of the first.
func appendClient(b []byte, c *registry.Client) []byte {
	start := len(b)
	b = appendIfText(b, `,"client_id":`, c.ClientID)
	b = appendIfText(b, `,"client_name":`, c.ClientName)
	b = appendText(append(b, `,"client_orgno":`...), c.ClientOrgNo)
	b = appendIfText(b, `,"supplier_orgno":`, c.SupplierOrgNo)
	b = appendIfText(b, `,"description":`, c.Description)
	b = strconv.AppendBool(append(b, `,"active":`...), c.Active)
	b = appendText(append(b, `,"application_type":`...), c.ApplicationType)
	b = appendText(append(b, `,"integration_type":`...), c.IntegrationType)
	b = appendTexts(append(b, `,"scopes":`...), c.Scopes)
	b = appendTexts(append(b, `,"grant_types":`...), c.GrantTypes)
	b = appendText(append(b, `,"token_endpoint_auth_method":`...), c.TokenEndpointAuthMethod)
	b = appendIfNumber(b, `,"access_token_lifetime":`, c.AccessTokenLifetime)
	b = appendIfNumber(b, `,"refresh_token_lifetime":`, c.RefreshTokenLifetime)
	b = appendIfNumber(b, `,"authorization_lifetime":`, c.AuthorizationLifetime)
	b = appendIfText(b, `,"refresh_token_usage":`, c.RefreshTokenUsage)
	b = appendRedirects(b, c)
	b = appendIfText(b, `,"client_uri":`, c.ClientURI)
	b = appendIfText(b, `,"logo_uri":`, c.LogoURI)
	b = appendTime(append(b, `,"created":`...), c.Created)
	b = appendTime(append(b, `,"last_updated":`...), c.LastUpdated)
	if c.JWKS != nil {
		b = appendValue(append(b, `,"jwks":`...), c.JWKS)
	}
	if c.OnBehalfOf != nil {
		b = appendValue(append(b, `,"onbehalfof":`...), c.OnBehalfOf)
	}
	b[start] = '{'
	return append(b, '}')
}

// appendRedirects appends what clients have that log people in.
func appendRedirects(b []byte, c *registry.Client) []byte {
	if c.RedirectURIs != nil {
		b = appendTexts(append(b, `,"redirect_uris":`...), c.RedirectURIs)
	}
	if c.PostLogoutRedirectURIs != nil {
		b = appendTexts(append(b, `,"post_logout_redirect_uris":`...), c.PostLogoutRedirectURIs)
	}
	b = appendIfText(b, `,"frontchannel_logout_uri":`, c.FrontchannelLogoutURI)
	if c.FrontchannelLogoutSessionRequired {
		b = append(b, `,"frontchannel_logout_session_required":true`...)
	}
	if c.SSODisabled != nil {
		b = strconv.AppendBool(append(b, `,"sso_disabled":`...), *c.SSODisabled)
	}
	return appendIfText(b, `,"code_challenge_method":`, c.CodeChallengeMethod)
}

func appendIfText(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return appendText(append(b, name...), text)
}

func appendIfNumber(b []byte, name string, number int) []byte {
	if number == 0 {
		return b
	}
	return strconv.AppendInt(append(b, name...), int64(number), 10)
}

func appendTime(b []byte, t time.Time) []byte {
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}

func appendTexts(b []byte, texts []string) []byte {
	if texts == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, text := range texts {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, text)
	}
	return append(b, ']')
}

// plain are the characters that a JSON string holds as they are.
var plain = func() (plain [256]bool) {
	for c := ' '; c <= '~'; c++ {
		plain[c] = true
	}
	for _, c := range `"\<>&` {
		plain[c] = false
	}
	return plain
}()

func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if !plain[text[i]] {
			return appendValue(b, text)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

// appendValue leaves a value to encoding/json, which doesn't fail on these.
func appendValue(b []byte, value any) []byte {
	encoded, err := json.Marshal(value)
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, encoded...)
}
