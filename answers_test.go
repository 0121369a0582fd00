package maskinporten_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/maskinporten-go/maskinporten"
)

// apiMock answers every call of the API with exactly this.
func apiMock(t *testing.T, status int, contentType, body string) *maskinporten.Client {
	t.Helper()
	_, client := once(t, reply{status: status, header: map[string]string{"Content-Type": contentType}, body: body})
	return client
}

const jsonType = "application/json;charset=UTF-8"

func TestAnswersThatMakeNoSenseKeepTheirStatus(t *testing.T) {
	t.Parallel()
	deepObject := `{"name":` + strings.Repeat(`{"a":`, 20_000)
	deepList := strings.Repeat(`[`, 20_000)
	for what, test := range map[string]struct {
		kind, body string
		object     string // what the error says of it where an object is expected; empty: none
		list       string // and a list
	}{
		"empty":               {jsonType, "", "the body is empty", "the body is empty"},
		"blank":               {jsonType, " \n", "the body is empty", "the body is empty"},
		"HTML":                {"text/html", "<html>sign in</html>", "HTML: an object was expected", "HTML: invalid character"},
		"text":                {"", "OK", "without a content type: an object", "invalid character"},
		"cut object":          {jsonType, `{"name":"difi:a`, "unexpected end of JSON", "an object came"},
		"cut list":            {jsonType, `[{"name":"difi:a"},{"na`, "an object was expected", "broke off"},
		"list without an end": {jsonType, `[{"name":"difi:a"}`, "an object was expected", "broke off"},
		"object for a list":   {jsonType, `{"name":"difi:api"}`, "", "a list was expected, and an object came"},
		"list for an object":  {jsonType, `[{"name":"difi:api"}]`, "an object was expected", ""},
		"null":                {jsonType, "null", "an object was expected", "null came"},
		"a number":            {jsonType, "7", "an object was expected", "a list was expected"},
		"a text of JSON":      {jsonType, `"difi:api"`, "an object was expected", "a list was expected"},
		"null in a list":      {jsonType, `[null]`, "an object was expected", "element 1: an object was expected"},
		"text in a list":      {jsonType, `["difi:api"]`, "an object was expected", "element 1: an object was expected"},
		"wrong type":          {jsonType, `{"name":7}`, "name: json: cannot unmarshal number", "an object came"},
		"wrong type, listed":  {jsonType, `[{"name":7}]`, "an object was expected", "cannot unmarshal number"},
		"an error for good":   {jsonType, `{"error":", no such scope","error_description":", no such scope"}`, "came as a success: no such scope", "came as a success: no such scope"},
		"errors for good":     {jsonType, `{"status":400,"errors":[{"errorMessage":"bad name"}]}`, "came as a success: bad name", "came as a success: bad name"},
		"deep object":         {jsonType, deepObject, "depth", "an object came"},
		"deep list":           {jsonType, deepList, "an object was expected", "depth"},
		"not UTF-8":           {jsonType, "{\"name\":\"\xff\"}", "not UTF-8", "an object came"},
		"not UTF-8, listed":   {jsonType, "[{\"name\":\"\xff\"}]", "an object was expected", "element 1: it is not UTF-8"},
		"two of one name":     {jsonType, `{"name":"difi:a","Name":"difi:b"}`, "\"Name\" differs from name in case only", "an object came"},
		"two of one, listed":  {jsonType, `[{"name":"difi:a"},{"name":"difi:a","N\u0061me":"difi:b"}]`, "an object was expected", "element 2: the member \"Name\" differs from name in case only"},
		"another after it":    {jsonType, `{"name":"difi:a"} {}`, "after top-level value", "an object came"},
		"a list after it":     {jsonType, `[{"name":"difi:a"}] []`, "an object was expected", "something follows the end of the list"},
		"HTML after it":       {jsonType, `[{"name":"difi:a"}]<html>`, "an object was expected", "something follows the end of the list"},
		"a letter after it":   {jsonType, `[]x`, "an object was expected", "something follows the end of the list"},
		"another type":        {"text/plain", `{"name":"difi:api"}`, "", "an object came"},
		"a list in HTML":      {"text/html", `[{"name":"difi:api"}]`, "an object was expected", ""},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			client := apiMock(t, 200, test.kind, test.body)
			_, err := client.Scopes.Get(t.Context(), "difi:api")
			checkBadAnswer(t, "object", err, test.object)
			_, err = maskinporten.Collect(client.Scopes.All(t.Context(), maskinporten.ScopeFilter{}))
			checkBadAnswer(t, "list", err, test.list)
		})
	}
}

func checkBadAnswer(t *testing.T, what string, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("%s: error %v", what, err)
		}
		return
	}
	failure := asAPIError(t, err)
	broke := strings.Contains(want, "broke off")
	if failure.StatusCode != 200 || !strings.Contains(err.Error(), want) || errors.Is(err, maskinporten.ErrBadAnswer) == broke {
		t.Errorf("%s: status %d, error %v; want %q", what, failure.StatusCode, err, want)
	}
	if strings.Count(err.Error(), "maskinporten: ") != 1 || len(err.Error()) > 1000 {
		t.Errorf("%s: not one clean line: %.2000q", what, err)
	}
}

func TestAPOSTWhoseAnswerMakesNoSenseIsUnknown(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "<html>", `{"name":"difi:a`, "[]", `{"name":7}`, strings.Repeat(" ", 8<<20+1)} {
		err := calls["POST"](t.Context(), apiMock(t, 200, jsonType, body))
		if !errors.Is(err, maskinporten.ErrOutcomeUnknown) || !strings.Contains(err.Error(), "look whether it was") {
			t.Errorf("%.20q: error %v", body, err)
		}
	}
}

func TestAWriteThatAnswersNothingWasDone(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 201, 202, 204} {
		for _, method := range []string{"PUT", "DELETE"} {
			if err := calls[method](t.Context(), apiMock(t, status, "", " \n")); err != nil {
				t.Errorf("%s, %d: %v", method, status, err)
			}
		}
	}
}

func TestAListThatIsNoContentIsEmpty(t *testing.T) {
	t.Parallel()
	scopes, err := maskinporten.Collect(apiMock(t, 204, "", "").Scopes.All(t.Context(), maskinporten.ScopeFilter{}))
	if err != nil || len(scopes) != 0 {
		t.Errorf("%v, error %v", scopes, err)
	}
}

func TestOnlyARefusalOfTheListItselfMeansThatItIsEmpty(t *testing.T) {
	t.Parallel()
	for status, empty := range map[int]bool{400: true, 404: true, 409: true, 401: false, 403: false, 500: false} {
		_, err := maskinporten.Collect(apiMock(t, status, jsonType, emptyList).Scopes.All(t.Context(), maskinporten.ScopeFilter{}))
		if (err == nil) != empty {
			t.Errorf("%d: error %v", status, err)
		}
	}
	inFields := `{"status":404,"errors":[{"errorMessage":"Organization does not have any scopes"}]}`
	if _, err := maskinporten.Collect(apiMock(t, 404, jsonType, inFields).Scopes.All(t.Context(), maskinporten.ScopeFilter{})); err != nil {
		t.Errorf("told in a field: %v", err)
	}
}

func TestAnErrorOfTheAPITellsEverythingThatTheServiceSaid(t *testing.T) {
	t.Parallel()
	const body = `{"status":400,"timestamp":"2025-07-02T08:30:00.000000000Z","correlation_id":"4bf92f3577b34da6a3ce929d0e0e4736",
		"errors":[{"errorMessage":"may not be empty","isFieldError":true,"objectName":"Client","fieldIdentifier":"client_name"},
		{"errorMessage":"scope difi:api is unknown","isFieldError":false,"objectName":"Client","fieldIdentifier":""}],
		"error":", may not be empty, scope difi:api is unknown","error_description":", may not be empty, scope difi:api is unknown"}`
	_, err := apiMock(t, 400, jsonType, body).Scopes.Get(t.Context(), "difi:api")
	got := *asAPIError(t, err)
	want := maskinporten.APIError{
		Operation: "Scopes.Get", Method: "GET", Path: "/base/api/v1/scopes/scope", StatusCode: 400, Attempts: 1,
		CorrelationID: "4bf92f3577b34da6a3ce929d0e0e4736", Timestamp: time.Date(2025, 7, 2, 8, 30, 0, 0, time.UTC), Description: "may not be empty, scope difi:api is unknown",
		Fields: []maskinporten.FieldError{
			{Message: "may not be empty", IsField: true, Object: "Client", Field: "client_name"},
			{Message: "scope difi:api is unknown", Object: "Client"},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(maskinporten.APIError{})); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	const line = "maskinporten: Scopes.Get: 400 Bad Request: client_name: may not be empty, scope difi:api is unknown (correlation id 4bf92f3577b34da6a3ce929d0e0e4736)"
	if err.Error() != line {
		t.Errorf("error %q, want %q", err, line)
	}
}

func TestErrorsOfTheAPIThatComeInOtherShapes(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		status     int
		kind, body string
		want       string // the text, after the operation
		is         error
		kept       string // APIError.Body
	}{
		"HTML 502":             {502, "text/html", "<html>bad gateway</html>", "502 Bad Gateway: answer not understood: HTML instead of an error", maskinporten.ErrUnavailable, "<html>bad gateway</html>"},
		"HTML 404":             {404, "text/html; charset=utf-8", "<html>", "404 Not Found: answer not understood: HTML instead of an error", maskinporten.ErrNotFound, "<html>"},
		"nothing":              {409, "", "", "409 Conflict", maskinporten.ErrConflict, ""},
		"an unknown status":    {599, "", "", "599", maskinporten.ErrUnavailable, ""},
		"text only":            {400, jsonType, `{"error_description":", no"}`, "400 Bad Request: no", maskinporten.ErrRejected, ""},
		"error only":           {400, jsonType, `{"error":"no"}`, "400 Bad Request: no", maskinporten.ErrRejected, ""},
		"message, as Spring's": {404, jsonType, `{"status":404,"error":null,"message":"no","path":"/x"}`, "404 Not Found: no", maskinporten.ErrNotFound, ""},
		"errors without texts": {400, jsonType, `{"errors":"none","error":"no"}`, "400 Bad Request: no", maskinporten.ErrRejected, ""},
		"odd types": {
			400, jsonType, `{"correlation_id":7,"errors":[7],"error":{},"error_description":[]}`,
			"400 Bad Request: answer not understood: JSON instead of an error", maskinporten.ErrRejected, `{"correlation_id":7,"errors":[7],"error":{},"error_description":[]}`,
		},
		"only an id":      {403, jsonType, `{"correlation_id":"abc"}`, "403 Forbidden: answer not understood: JSON instead of an error (correlation id abc)", maskinporten.ErrForbidden, `{"correlation_id":"abc"}`},
		"a list":          {400, jsonType, `[]`, "400 Bad Request: answer not understood: JSON instead of an error", maskinporten.ErrRejected, `[]`},
		"redirect":        {302, "text/html", "", "302 Found: redirects are not followed: check the address of the API", nil, ""},
		"not modified":    {304, "", "", "304 Not Modified: redirects are not followed", nil, ""},
		"informal":        {418, "text/plain", "short and stout", "418 I'm a teapot: short and stout", nil, "short and stout"},
		"problem details": {422, "application/problem+json", `{"type":"https://e/x","title":"Not valid","detail":"the name is taken","status":422}`, "422 Unprocessable Entity: the name is taken", nil, ""},
		"a title only":    {422, "application/problem+json", `{"title":"Not valid"}`, "422 Unprocessable Entity: Not valid", nil, ""},
		"errors as texts": {400, jsonType, `{"errors":["one","two"]}`, "400 Bad Request: one, two", maskinporten.ErrRejected, ""},
		"a list of texts": {400, jsonType, `["one","two"]`, "400 Bad Request: one, two", maskinporten.ErrRejected, `["one","two"]`},
		"a bare list":     {400, jsonType, `[{"errorMessage":"bad","fieldIdentifier":"scope"},7]`, "400 Bad Request: scope: bad", maskinporten.ErrRejected, `[{"errorMessage":"bad","fieldIdentifier":"scope"},7]`},
		"a JSON text":     {400, jsonType, `"no\nway"`, "400 Bad Request: no way", maskinporten.ErrRejected, `"no\nway"`},
		"lines of text":   {503, "text/plain", "upstream connect error\nreset", "503 Service Unavailable: upstream connect error reset", maskinporten.ErrUnavailable, "upstream connect error\nreset"},
		"binary":          {400, "", "\x00\x01", "400 Bad Request: answer not understood: something without a content type instead of an error", maskinporten.ErrRejected, "\x00\x01"},
		"terms":           {428, jsonType, `{"error":"PRECONDITION_REQUIRED","error_description":"Virksomheten har ikke signert"}`, "428 Precondition Required: Virksomheten har ikke signert: the organisation must sign the terms of use first", maskinporten.ErrTermsNotSigned, ""},
		"forbidden":       {403, jsonType, `{"error":"no"}`, "403 Forbidden: no: it belongs to another organisation", maskinporten.ErrForbidden, ""},
		"too many":        {429, "", "", "429 Too Many Requests", maskinporten.ErrUnavailable, ""},
		"several lines":   {400, jsonType, `{"error":"one\ntwo\r\nthree"}`, "400 Bad Request: one two  three", maskinporten.ErrRejected, ""},
		"endless":         {500, "text/plain", strings.Repeat("x", 1<<20), `500 Internal Server Error: answer not understood: "text/plain" instead of an error`, maskinporten.ErrUnavailable, strings.Repeat("x", 1<<10)},
		"a field's name":  {400, jsonType, `{"errors":[{"errorMessage":"scope is bad","fieldIdentifier":"scope"}]}`, "400 Bad Request: scope is bad", maskinporten.ErrRejected, ""},
		"deep JSON":       {400, jsonType, strings.Repeat(`{"errors":`, 20_000), "400 Bad Request: answer not understood: JSON", maskinporten.ErrRejected, strings.Repeat(`{"errors":`, 103)[:1<<10]},
		"not even UTF-8":  {400, jsonType, "{\"error\":\"\xff\"}", "400 Bad Request: \ufffd", maskinporten.ErrRejected, ""},
		"empty and typed": {500, jsonType, "", "500 Internal Server Error", maskinporten.ErrUnavailable, ""},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			_, err := apiMock(t, test.status, test.kind, test.body).Scopes.Get(t.Context(), "difi:api")
			failure := asAPIError(t, err)
			if failure.StatusCode != test.status || !strings.HasPrefix(err.Error(), "maskinporten: Scopes.Get: "+test.want) {
				t.Errorf("status %d, error %v; want %q", failure.StatusCode, err, test.want)
			}
			if test.is != nil && !errors.Is(err, test.is) || failure.Body != test.kept || errors.Is(err, maskinporten.ErrOutcomeUnknown) {
				t.Errorf("it is not %v, or %.100q was kept: %v", test.is, failure.Body, err)
			}
			if test.kept != "" && failure.ContentType != test.kind {
				t.Errorf("content type %q", failure.ContentType)
			}
			for _, sentinel := range []error{maskinporten.ErrUnauthorized, maskinporten.ErrInvalidArgument, maskinporten.ErrOutcomeUnknown, io.EOF} {
				if errors.Is(err, sentinel) {
					t.Errorf("it is %v", sentinel)
				}
			}
		})
	}
}

func TestTimesComeInEveryPrecisionAndZone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		"2025-07-02T08:30:00Z":                    time.Date(2025, 7, 2, 8, 30, 0, 0, time.UTC),
		"2025-07-02T08:30:00.5Z":                  time.Date(2025, 7, 2, 8, 30, 0, 500_000_000, time.UTC),
		"2025-07-02T08:30:00.000000000Z":          time.Date(2025, 7, 2, 8, 30, 0, 0, time.UTC),
		"2025-07-02T08:30:00.123456789Z":          time.Date(2025, 7, 2, 8, 30, 0, 123456789, time.UTC),
		"2025-07-02T08:30:00.123456789012Z":       time.Date(2025, 7, 2, 8, 30, 0, 123456789, time.UTC),
		"9999-12-31T23:59:59.999999999999999999Z": time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		"0001-01-01T00:00:00Z":                    {},
		"2018-01-02T09:30:00+01:00":               time.Date(2018, 1, 2, 8, 30, 0, 0, time.UTC),
		"2018-01-02T09:30:00.12345+01:00":         time.Date(2018, 1, 2, 8, 30, 0, 123_450_000, time.UTC),
		"2018-01-02T09:30:00.000+0100":            time.Date(2018, 1, 2, 8, 30, 0, 0, time.UTC),
		"2018-07-02T09:30:00-0230":                time.Date(2018, 7, 2, 12, 0, 0, 0, time.UTC),
		"2018-07-02T09:30:00.1234567+0200":        time.Date(2018, 7, 2, 7, 30, 0, 123456700, time.UTC),
	} {
		object := fmt.Sprintf(`{"name":"difi:api","created":%q,"last_updated":%q,"unknown":%q}`, text, text, text)
		scope, err := apiMock(t, 200, jsonType, object).Scopes.Get(t.Context(), "difi:api")
		if err != nil || !scope.Created.Equal(want) || !scope.LastUpdated.Equal(want) {
			t.Errorf("%s: %+v, error %v", text, scope, err)
		}
		accesses, err := maskinporten.Collect(apiMock(t, 200, jsonType, "["+object+"]").Access.Received(t.Context(), maskinporten.AccessFilter{}))
		if err != nil || len(accesses) != 1 || !accesses[0].Created.Equal(want) {
			t.Errorf("%s in a list: %+v, error %v", text, accesses, err)
		}
	}
	if scope, err := apiMock(t, 200, jsonType, `{"created":null}`).Scopes.Get(t.Context(), "difi:api"); err != nil || !scope.Created.IsZero() {
		t.Errorf("no time: %+v, error %v", scope, err)
	}
	for _, text := range []string{"2018-01-02T09:30:00+1", "2018-01-02T09:30:00+01:0", "2018-01-02 09:30:00+0100", "2018-13-02T09:30:00+0100", "2018-01-02T09:30:00+2500"} {
		scope, err := apiMock(t, 200, jsonType, fmt.Sprintf(`{"created":%q,"last_updated":"2018-01-02T09:30:00.000+0100"}`, text)).Scopes.Get(t.Context(), "difi:api")
		if err != nil || !scope.Created.IsZero() || string(scope.Extra["created"]) != fmt.Sprintf("%q", text) || scope.LastUpdated.IsZero() {
			t.Errorf("%s: %+v, error %v", text, scope, err)
		}
	}
}

func TestUnknownEnumerationValuesArePassedOn(t *testing.T) {
	t.Parallel()
	const body = `{"name":"difi:api","visibility":"SECRET","token_type":"HOLOGRAM","allowed_integration_types":["maskinporten","telepathy"]}`
	scope, err := apiMock(t, 200, jsonType, body).Scopes.Get(t.Context(), "difi:api")
	if err != nil || scope.Visibility != "SECRET" || scope.TokenType != "HOLOGRAM" || len(scope.AllowedIntegrationTypes) != 2 || scope.AllowedIntegrationTypes[1] != "telepathy" {
		t.Errorf("%+v, error %v", scope, err)
	}
	accesses, err := maskinporten.Collect(apiMock(t, 200, jsonType, `[{"scope":"difi:api","state":"PONDERED"}]`).Access.Received(t.Context(), maskinporten.AccessFilter{}))
	if err != nil || len(accesses) != 1 || accesses[0].State != "PONDERED" {
		t.Errorf("%+v, error %v", accesses, err)
	}
}
