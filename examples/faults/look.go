package main

import (
	"context"
	"errors"

	"github.com/maskinporten-go/maskinporten"
)

const scope = "difi:weather.read"

// look is the program: it serves fresh weather, and yesterday's while that
// can't be had. What won't be better later, such as an access that is gone, is
// an error that somebody has to see.
func look(ctx context.Context, auth *maskinporten.Authenticator) (string, error) {
	_, err := auth.Token(ctx, maskinporten.TokenRequest{Scopes: []string{scope}})
	switch {
	case errors.Is(err, maskinporten.ErrUnavailable):
		return "yesterday's", nil
	case err != nil:
		return "", err
	}
	return "fresh", nil
}
