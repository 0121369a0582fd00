package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// keySetURL is where an issuer publishes its keys.
func keySetURL(issuer string) string { return strings.TrimSuffix(issuer, "/") + "/jwk" }

// fetchKeySet gets a key set. One that has to be fresh goes past the caches
// between here and the issuer (RFC 9111 section 5.2.1.4): what they hold is
// what lacked the key.
func fetchKeySet(ctx context.Context, client *http.Client, url string, fresh bool) (*keySet, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	if fresh {
		request.Header.Set("Cache-Control", "no-cache")
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the key set's address answers %d", response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxKeySetSize+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxKeySetSize {
		return nil, errors.New("the key set is too large")
	}
	return parseKeySet(body)
}
