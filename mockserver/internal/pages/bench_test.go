package pages_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pages"
)

// mock is a whole mock, which a browser looks at.
type mock struct {
	tb     testing.TB
	server *mockserver.Server
	client *http.Client
}

const mockAddress = "http://127.0.0.1:8080"

// crowded is a mock with n scopes, accesses to one of them, clients with a key each
// that expires soon, of which half tell somebody, and requests. The manager of Digdir
// is signed in.
func crowded(tb testing.TB, n int) *mock {
	tb.Helper()
	server := check.Got(mockserver.New(mockserver.WithControl(), mockserver.WithWorld(crowdedWorld(tb, n))))(tb)
	jar := check.Got(cookiejar.New(nil))(tb)
	m := &mock{tb: tb, server: server}
	m.client = &http.Client{Jar: jar, Transport: m}
	server.Clock().Advance(15 * 24 * time.Hour) // the keys expire soon: everybody is told
	for range min(n, 1000) {
		m.do(http.MethodPost, "/token", url.Values{"grant_type": {"x"}})
	}
	_, page := m.do(http.MethodGet, "/portal/login", nil)
	token := tokenPattern.FindStringSubmatch(page)
	m.do(http.MethodPost, "/portal/login", url.Values{"form_token": {token[1]}, "mail": {boss}, "password": {password}})
	return m
}

func crowdedWorld(tb testing.TB, n int) []byte {
	tb.Helper()
	public, _ := aKey()
	key := json.RawMessage(strings.Replace(public.JWK, "{", fmt.Sprintf(`{"exp":%d,`, time.Now().Add(40*24*time.Hour).Unix()), 1))
	type object = map[string]any
	prefixes := []object{{"prefix": "difi", "owner_orgno": digdir}}
	scopes, clients, accesses, merchant := []object{{"name": "difi:a", "description": "A"}}, []object{}, []object{}, []object{}
	numbers := orgNumbers(n)
	for i := range n {
		scopes = append(scopes, object{"name": fmt.Sprintf("difi:tjeneste%05d", i), "description": fmt.Sprint("Tjeneste ", i)})
		id := fmt.Sprintf("klient-%05d", i)
		clients = append(clients, object{"client_id": id, "client_name": fmt.Sprint("Klient ", i), "client_orgno": digdir, "scopes": []string{"difi:a"}, "jwks": object{"keys": []any{key}}})
		accesses = append(accesses, object{"scope": "difi:a", "consumer_orgno": numbers[i]})
		if i%2 == 0 {
			merchant = append(merchant, object{"environment": "test", "integration_id": id, "notification_points": []string{"drift@digdir.no"}})
		}
	}
	world := check.Got(json.Marshal(object{
		"version": 1,
		"environments": object{"test": object{
			"organizations": []object{{"orgno": digdir, "name": "Digitaliseringsdirektoratet"}, {"orgno": nav, "name": "Arbeids- og velferdsetaten"}},
			"prefixes":      prefixes, "scopes": scopes, "accesses": accesses, "clients": clients,
		}},
		"portal": object{
			"organizations": []object{{"orgno": digdir, "name": "Digitaliseringsdirektoratet", "domains": []string{"digdir.no"}, "managers": []string{boss}}},
			"users":         []object{{"mail": boss, "name": "Sjefen", "password": password, "pid": pid}},
			"merchant_data": merchant,
		},
	}))(tb)
	return world
}

// orgNumbers are n valid ones.
func orgNumbers(n int) []string {
	var numbers []string
	for i := 80_000_000; len(numbers) < n; i++ {
		digits, sum := fmt.Sprint(i), 0
		for j, weight := range []int{3, 2, 7, 6, 5, 4, 3, 2} {
			sum += int(digits[j]-'0') * weight
		}
		if check := (11 - sum%11) % 11; check < 10 {
			numbers = append(numbers, digits+fmt.Sprint(check))
		}
	}
	return numbers
}

// RoundTrip answers without a network.
func (m *mock) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	served := r.Clone(r.Context())
	served.Host, served.RemoteAddr = r.URL.Host, "127.0.0.1:5"
	m.server.Handler(mockAddress).ServeHTTP(rec, served)
	answer := rec.Result()
	answer.Request = r
	return answer, nil
}

func (m *mock) do(method, path string, form url.Values) (int, string) {
	r := check.Got(http.NewRequestWithContext(m.tb.Context(), method, mockAddress+path, strings.NewReader(form.Encode())))(m.tb)
	r.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := m.client.Do(r)
	if err != nil {
		m.tb.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	page := check.Got(io.ReadAll(answer.Body))(m.tb)
	return answer.StatusCode, string(page)
}

// everyPage is an address of each page there is, for who is signed in to a
// crowded mock.
func (m *mock) everyPage() []string {
	var addresses []string
	for _, pattern := range pages.Routes() {
		path, ok := strings.CutPrefix(pattern, "GET ")
		if !ok || slices.Contains([]string{"/portal/language", "/workbench/request", "/portal/lookup"}, path) {
			continue
		}
		path = strings.NewReplacer("{$}", "", "{env}", "test", "{id}", "klient-00007").Replace(path)
		if strings.Contains(path, "/scope") && !strings.Contains(path, "scopes") {
			path += "?name=difi:a"
		}
		addresses = append(addresses, path)
	}
	for _, list := range []string{"organizations", "prefixes", "accesses", "clients", "keys"} {
		addresses = append(addresses, "/workbench/world?list="+list)
	}
	addresses = append(addresses, "/portal/env/test/integrations/new?type=maskinporten", "/portal/env/test/integrations/api-tilbyder-"+digdir)
	return append(addresses, "/workbench/request?number=20")
}

// BenchmarkPages asks for every page in turn of a mock with 50 scopes, accesses and
// clients, where it is little more than its template, and of one with 10,000. The
// most that a page may take is twice that, and 30 KB.
func BenchmarkPages(b *testing.B) {
	few, many := crowded(b, 50), crowded(b, 10_000)
	for _, path := range few.everyPage() {
		b.Run(strings.TrimPrefix(path, "/"), func(b *testing.B) {
			var bare, full []time.Duration
			var page string
			for b.Loop() {
				for _, m := range []struct {
					*mock
					took *[]time.Duration
				}{{few, &bare}, {many, &full}} {
					at := path
					begun := time.Now()
					status, text := m.do(http.MethodGet, at, nil)
					*m.took, page = append(*m.took, time.Since(begun)), text
					if status != http.StatusOK && status != http.StatusBadRequest {
						b.Fatalf("%s: %d", at, status)
					}
				}
			}
			// The quickest of each: what else the machine does only ever adds to it.
			b.ReportMetric(float64(slices.Min(full))/float64(slices.Min(bare)), "x-bare")
			b.ReportMetric(float64(slices.Min(full).Microseconds()), "µs/page")
			b.ReportMetric(float64(len(page)), "bytes/page")
		})
	}
}
