package openapicheck_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/maskinporten-go/maskinporten/internal/dev/recording"
)

var options = openapi3filter.Options{
	IncludeResponseStatus: true, MultiError: true, SkipSettingDefaults: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
}

// validate holds an exchange to the description of its operation.
func (d described) validate(ctx context.Context, e recording.Exchange, at place) error {
	document := d.strict
	if e.Apart == "chaos" {
		document = d.lenient
		if e.Status == http.StatusCreated && route(document, at, e.Method).Operation.Responses.Status(e.Status) == nil {
			e.Status = http.StatusOK // any status of 2xx will do
		}
	}
	if at.byPortal && e.Status >= http.StatusBadRequest && !bytes.Contains(e.Body, []byte("correlation_id")) {
		return visit(document, "PortalError", e.Body)
	}
	input, err := requestInput(e, at, route(d.published, at, e.Method))
	if err != nil {
		return err
	}
	if e.Status < http.StatusMultipleChoices {
		if err := openapi3filter.ValidateRequest(ctx, input); err != nil {
			return fmt.Errorf("a request that was accepted: %w", err)
		}
	}
	input.Route = route(document, at, e.Method)
	if err := validateAnswer(ctx, e, input); err != nil {
		return fmt.Errorf("the answer: %w", err)
	}
	if at.path == "/token" && e.Status == http.StatusOK {
		return d.validateToken(e)
	}
	return nil
}

func requestInput(e recording.Exchange, at place, route *routers.Route) (*openapi3filter.RequestValidationInput, error) {
	request, err := http.NewRequest(e.Method, base+e.Path+"?"+e.Query, bytes.NewReader(e.Sent)) //nolint:noctx // it is never sent
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", e.Type)
	if body := route.Operation.RequestBody; body != nil && body.Value.Content.Get(e.Type) == nil {
		for described := range body.Value.Content { // there is one; the mock doesn't mind others
			request.Header.Set("Content-Type", described)
		}
	}
	return &openapi3filter.RequestValidationInput{Request: request, PathParams: at.parameters, Route: route, Options: &options}, nil
}

func validateAnswer(ctx context.Context, e recording.Exchange, input *openapi3filter.RequestValidationInput) error {
	responses := input.Route.Operation.Responses
	if described := responses.Status(e.Status); described != nil && len(described.Value.Content) == 0 && len(e.Body) > 0 {
		return fmt.Errorf("status %d has a body, and none is described", e.Status)
	}
	return openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: e.Status, Header: e.Header, Body: io.NopCloser(bytes.NewReader(e.Body)), Options: &options,
	})
}

// validateToken looks into the grant that was accepted, and the token.
func (d described) validateToken(e recording.Exchange) error {
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(e.Body, &answer); err != nil {
		return err
	}
	if strings.Contains(answer.AccessToken, ".") { // else it is one by reference
		claims, err := claimsOf(answer.AccessToken)
		if err != nil {
			return err
		}
		if err := visit(d.strict, "AccessTokenClaims", claims); err != nil {
			return fmt.Errorf("the token: %w", err)
		}
	}
	form, err := url.ParseQuery(e.Query + "&" + string(e.Sent))
	if err != nil {
		return err
	}
	claims, err := claimsOf(form.Get("assertion"))
	if err != nil {
		return err
	}
	if err := visit(d.published, "GrantClaims", claims); err != nil {
		return fmt.Errorf("a grant that was accepted: %w", err)
	}
	return nil
}

func claimsOf(jwt string) ([]byte, error) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("%.20q… is no JWT", jwt)
	}
	return base64.RawURLEncoding.DecodeString(parts[1])
}

// visit holds JSON to one of the description's schemas.
func visit(document *openapi3.T, schema string, data []byte) error {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	return document.Components.Schemas[schema].Value.VisitJSON(value, openapi3.EnableJSONSchema2020(), openapi3.MultiErrors())
}
