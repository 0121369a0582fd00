package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// said runs the program to its end, and returns all that it said.
func said(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out bytes.Buffer
	text := &log{}
	code = run(t.Context(), args, &out, text)
	return code, out.String(), text.String()
}

func TestWhatKeepsItFromStartingIsTextForPeople(t *testing.T) {
	t.Parallel()
	world := filepath.Join(t.TempDir(), "world.json")
	check.OK(t, os.WriteFile(world, []byte("{\n  \"version\": 1,\n  \"environments\": {\"test\": {\"clients\": [\n    {\"client_id\": true}]}}\n}"), 0o600))
	taken := check.Got(net.Listen("tcp", "127.0.0.1:0"))(t) //nolint:noctx // nothing to wait for
	t.Cleanup(func() { _ = taken.Close() })
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"an unknown flag":      {[]string{"-nonsense"}, 2, "-nonsense"},
		"an argument":          {[]string{"start"}, 2, `unexpected argument "start"`},
		"a bad address":        {[]string{"-listen", "8080"}, 2, "no address such as"},
		"a bad url":            {[]string{"-url", "mock:8080"}, 2, "no base address such as"},
		"an unknown variant":   {[]string{"-variant", "x5c=all"}, 2, "leaf-or-chain"},
		"a bad origin":         {[]string{"-cors", "localhost:3000"}, 2, "no origin such as"},
		"a bad seed":           {[]string{"-seed", world, "-listen", taken.Addr().String()}, 1, world + ": line 4, column"},
		"a seed that is gone":  {[]string{"-seed", world + ".gone"}, 1, "world.json.gone"},
		"a port that is taken": {[]string{"-listen", taken.Addr().String()}, 1, "address already in use"},
		"check of a bad world": {[]string{"check", world}, 1, world + ": line 4, column"},
		"check of nothing":     {[]string{"check"}, 2, "name the file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, text := said(t, c.args...)
			if code != c.code || out != "" || !strings.HasPrefix(text, "maskinporten-mock: ") || !strings.Contains(text, c.want) {
				t.Errorf("exit code %d, %q and %q", code, out, text)
			}
			for _, words := range []string{"mockserver", "Go ", "unmarshal", "struct", "WithWorld"} {
				if strings.Contains(text, words) {
					t.Errorf("it speaks Go: %s", text)
				}
			}
		})
	}
}

func TestHelpAndVersionAreAskedForInAnyWay(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-h"}, {"--help"}, {"help"}} {
		if code, out, text := said(t, args...); code != 0 || text != "" || !strings.Contains(out, "-snapshot-on-exit") || !strings.Contains(out, "check world.json") {
			t.Errorf("%v: exit code %d, %q and %q", args, code, out, text)
		}
	}
	for _, args := range [][]string{{"-version"}, {"version"}} {
		if code, out, text := said(t, args...); code != 0 || text != "" || !strings.HasPrefix(out, "maskinporten-mock ") || strings.Count(out, "\n") != 1 {
			t.Errorf("%v: exit code %d, %q and %q", args, code, out, text)
		}
	}
}

func TestCheckTakesASnapshot(t *testing.T) {
	t.Parallel()
	_, r := start(t)
	_, snapshot := fetch(t, http.MethodGet, r.Control+"snapshot", "", "")
	file := filepath.Join(t.TempDir(), "world.json")
	check.OK(t, os.WriteFile(file, []byte(snapshot), 0o600))
	if code, out, text := said(t, "check", file); code != 0 || out != file+": fine\n" || text != "" {
		t.Errorf("exit code %d, %q and %q", code, out, text)
	}
}

func TestANameToListenAtIsKept(t *testing.T) {
	t.Parallel()
	_, r := start(t, "-listen", "localhost:0")
	if issuer := r.Environments["test"].Issuer; !strings.HasPrefix(issuer, "http://localhost:") {
		t.Errorf("the issuer is %s", issuer)
	}
	if status, body := fetch(t, http.MethodGet, r.Control+"health", "", ""); status != http.StatusOK {
		t.Error(body)
	}
}

func TestTheControlAPIThatIsOffIsSaidInALine(t *testing.T) {
	t.Parallel()
	p, r := start(t, "-listen", "0.0.0.0:0")
	if r.Control != "" || !strings.Contains(p.log.String(), "-control switches it on") {
		t.Errorf("control %q, log %s", r.Control, p.log)
	}
}

// metadata reads the document of the test environment at an address.
func metadata(t *testing.T, address string) (issuer, token string) {
	t.Helper()
	status, body := fetch(t, http.MethodGet, address+"/.well-known/oauth-authorization-server", "", "")
	var document struct {
		Issuer string `json:"issuer"`
		Token  string `json:"token_endpoint"`
	}
	if err := json.Unmarshal([]byte(body), &document); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s: %v", status, body, err)
	}
	return document.Issuer, document.Token
}

// forwarded is a port that leads to another, as a container's does.
func forwarded(t *testing.T, to string) (address string) {
	t.Helper()
	listener := check.Got(net.Listen("tcp", "127.0.0.1:0"))(t) //nolint:noctx // nothing to wait for
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = in.Close() }()
				out, err := net.Dial("tcp", to) //nolint:noctx // likewise
				if err != nil {
					return
				}
				defer func() { _ = out.Close() }()
				go func() { _, _ = io.Copy(out, in) }()
				_, _ = io.Copy(in, out)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestTheOuterAddressIsToldWhileItRuns(t *testing.T) {
	t.Parallel()
	p := serve(t)
	outside := forwarded(t, strings.TrimPrefix(p.origin, "http://"))
	before := p.token(p.credential("provider"), scopesRead)
	if status, body := fetch(t, http.MethodPost, outside+"/_mock/url", "", `{"url":"`+outside+`"}`); status != http.StatusOK {
		t.Fatal(body)
	}
	if issuer, token := metadata(t, outside); issuer != outside+"/" || token != outside+"/token" {
		t.Errorf("issuer %s, token endpoint %s", issuer, token)
	}
	_, line := fetch(t, http.MethodGet, outside+"/_mock/ready", "", "")
	var told ready
	check.OK(t, json.Unmarshal([]byte(line), &told))
	p.ready, p.origin = told, outside
	if got := p.ready.Environments["prod"]; got.Issuer != outside+"/prod/" || got.Keys != outside+"/prod/jwk" || got.API != outside+"/prod/api/v1" {
		t.Errorf("ready says %+v", got)
	}
	p.known = map[string]string{}
	p.call(p.credential("provider"), scopesRead, http.MethodGet, "/prefix", nil).list()
	if status, body := fetch(t, http.MethodGet, told.Environments["test"].API+"/prefix", before, ""); status != http.StatusOK {
		t.Errorf("a token from before: %s", body)
	}
}

func TestIssuersFollowTheHostWhereThatIsWanted(t *testing.T) {
	t.Parallel()
	p := serve(t, "-url", "host")
	outside := forwarded(t, strings.TrimPrefix(p.origin, "http://"))
	for _, address := range []string{outside, p.origin, strings.Replace(outside, "127.0.0.1", "localhost", 1)} {
		if issuer, token := metadata(t, address); issuer != address+"/" || token != address+"/token" {
			t.Errorf("at %s: issuer %s, token endpoint %s", address, issuer, token)
		}
		_, line := fetch(t, http.MethodGet, address+"/_mock/ready", "", "")
		there := *p
		there.tokens = &tokens{known: map[string]string{}}
		check.OK(t, json.Unmarshal([]byte(line), &there.ready))
		there.origin = address
		there.call(there.credential("provider"), scopesRead, http.MethodGet, "/prefix", nil).list()
	}
	evil := p.send(http.MethodGet, "/_mock/ready", map[string]string{"Host": "evil.example"}, "")
	if evil.Status != http.StatusForbidden || strings.Contains(evil.Body, "jwk") {
		t.Errorf("by a foreign name: %d %s", evil.Status, evil.Body)
	}
}

func TestJavaTrustsTheStore(t *testing.T) {
	t.Parallel()
	keytool, err := exec.LookPath("keytool")
	if err != nil {
		t.Skip("there is no keytool")
	}
	file := filepath.Join(t.TempDir(), "ca.p12")
	start(t, "-tls", "-tls-ca", file)
	listed, err := exec.CommandContext(t.Context(), keytool, "-list", "-keystore", file, "-storepass", "changeit").CombinedOutput() //nolint:gosec // a tool of the machine
	if err != nil || !bytes.Contains(listed, []byte("trustedCertEntry")) {
		t.Errorf("%v: %s", err, listed)
	}
}

// stuck is a standard error that nobody reads, until somebody does.
type stuck struct {
	log
	read chan struct{}
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.read
	return s.log.Write(p)
}

func TestALogThatNobodyReadsHoldsNothingUp(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(context.Background()) //nolint:usetesting // it is stopped below
	reader, writer := io.Pipe()
	stderr := &stuck{read: make(chan struct{})}
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, []string{"-listen", "127.0.0.1:0"}, writer, stderr) }()
	var r ready
	check.OK(t, json.NewDecoder(reader).Decode(&r))
	began := time.Now()
	for range 1500 {
		if status, body := fetchQuietly(t, r.Environments["test"].Keys); status != http.StatusOK {
			t.Fatal(body)
		}
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("1500 requests took %v", took)
	}
	close(stderr.read)
	fetchQuietly(t, r.Environments["test"].Keys)
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d", code)
	}
	if text := stderr.String(); !strings.Contains(text, "log lines were dropped") {
		t.Errorf("nobody says that lines were dropped: %d bytes", len(text))
	}
}

// fetchQuietly calls the program on a connection that is used again.
func fetchQuietly(t *testing.T, address string) (int, string) {
	t.Helper()
	resp, err := http.Get(address) //nolint:noctx,gosec // the program that the test has started
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body := check.Got(io.ReadAll(resp.Body))(t)
	return resp.StatusCode, string(body)
}
