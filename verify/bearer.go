package verify

import (
	"net/http"
	"strings"
)

// bearerToken takes the token from the Authorization header (RFC 6750 section
// 2.1), and from nowhere else: addresses and forms end up in logs.
func bearerToken(request *http.Request) (string, error) {
	values := request.Header.Values("Authorization")
	switch len(values) {
	case 0:
		return "", refuse(ReasonTokenMissing)
	case 1:
	default:
		return "", refuse(ReasonSeveralTokens)
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.Trim(token, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", refuse(ReasonTokenMissing)
	}
	return token, nil
}
