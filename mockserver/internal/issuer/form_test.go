package issuer_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

const formType = "application/x-www-form-urlencoded"

func request(t testing.TB, method, target, contentType, body string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

func TestParametersMayStandInTheQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	query := url.Values{"grant_type": {jwtBearer}, "assertion": {w.good(t, nil)}}.Encode()
	granted(t, serve(t, w.door, request(t, http.MethodPost, "/token?"+query, "", "")))

	query = url.Values{"grant_type": {jwtBearer}}.Encode()
	body := url.Values{"assertion": {w.good(t, nil)}}.Encode()
	granted(t, serve(t, w.door, request(t, http.MethodPost, "/token?"+query, formType, body)))
}

func TestARequestWithoutABody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	query := url.Values{"grant_type": {jwtBearer}, "assertion": {w.good(t, nil)}}.Encode()
	r := request(t, http.MethodPost, "/token?"+query, formType, "")
	r.Body = nil
	granted(t, serve(t, w.door, r))
}

func TestTheBodyWinsOverTheQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := url.Values{"grant_type": {jwtBearer}, "assertion": {w.good(t, nil)}}.Encode()
	granted(t, serve(t, w.door, request(t, http.MethodPost, "/token?grant_type=password&assertion=x", formType, body)))
}

func TestTheContentTypeMayHaveParameters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := url.Values{"grant_type": {jwtBearer}, "assertion": {w.good(t, nil)}}.Encode()
	granted(t, serve(t, w.door, request(t, http.MethodPost, "/token", formType+"; charset=UTF-8", body)))
}

func TestAMalformedForm(t *testing.T) {
	t.Parallel()
	grantType := "grant_type=" + url.QueryEscape(jwtBearer)
	for name, test := range map[string]struct {
		query, contentType, body string
		want                     row
	}{
		"empty":                        {want: malformed},
		"no assertion":                 {body: grantType, want: malformed},
		"an empty assertion":           {body: grantType + "&assertion=", want: malformed},
		"no grant type":                {body: "assertion=GOOD", want: malformed},
		"another grant":                {body: "grant_type=client_credentials&assertion=GOOD", want: otherGrantType},
		"another grant, nothing else":  {body: "grant_type=authorization_code", want: otherGrantType},
		"a grant type in capitals":     {body: strings.ToUpper(grantType[:11]) + "x&" + strings.ToUpper(grantType), want: malformed},
		"the assertion twice":          {body: grantType + "&assertion=GOOD&assertion=GOOD", want: malformed},
		"the grant type twice":         {body: grantType + "&" + grantType + "&assertion=GOOD", want: malformed},
		"broken escapes":               {body: grantType + "&assertion=%zz", want: malformed},
		"broken escapes in the query":  {query: "?x=%zz", body: grantType + "&assertion=GOOD", want: malformed},
		"JSON":                         {contentType: "application/json", body: `{"grant_type":"` + jwtBearer + `","assertion":"GOOD"}`, want: malformed},
		"a form that isn't called one": {contentType: "text/plain", body: grantType + "&assertion=GOOD", want: malformed},
		"a broken content type":        {contentType: "application/x-www-form-urlencoded; charset", body: grantType + "&assertion=GOOD", want: malformed},
		"over 1 MiB":                   {body: grantType + "&assertion=GOOD&padding=" + strings.Repeat("x", 1<<20), want: malformed},
		"5 MB of assertion":            {body: grantType + "&assertion=" + strings.Repeat("x", 5<<20), want: malformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if test.contentType == "" {
				test.contentType = formType
			}
			body := strings.ReplaceAll(test.body, "GOOD", w.good(t, nil))
			refused(t, serve(t, w.door, request(t, http.MethodPost, "/token"+test.query, test.contentType, body)), test.want)
		})
	}
}

func TestAFormOfJustUnderOneMiBIsRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := url.Values{"grant_type": {jwtBearer}, "assertion": {w.good(t, nil)}, "padding": {""}}.Encode()
	granted(t, w.post(t, w.door, form+"&more="+strings.Repeat("x", 1<<20-len(form)-6)))
}
