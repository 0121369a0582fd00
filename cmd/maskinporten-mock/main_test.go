package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// ready is the ready line, as a program in another language reads it.
type ready struct {
	Environments map[string]struct {
		Issuer string `json:"issuer"`
		Token  string `json:"token_endpoint"`
		Keys   string `json:"jwks_uri"`
		API    string `json:"api"`
	} `json:"environments"`
	Portal      string `json:"portal"`
	Control     string `json:"control"`
	TLSCA       string `json:"tls_ca"`
	Credentials []struct {
		Environment string          `json:"environment"`
		Role        string          `json:"role"`
		OrgNo       string          `json:"orgno"`
		ClientID    string          `json:"client_id"`
		Scopes      []string        `json:"scopes"`
		JWK         jose.JSONWebKey `json:"jwk"`
	} `json:"credentials"`
}

// program is the running program.
type program struct {
	stop func()
	code chan int
	out  *bufio.Reader
	log  *log
	text bool // and not JSON is how it logs
}

// log is a writer that many may use.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(data)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func start(t *testing.T, args ...string) (*program, ready) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background()) //nolint:usetesting // it must live until the test stops it
	reader, writer := io.Pipe()
	p := &program{stop: stop, code: make(chan int, 1), out: bufio.NewReader(reader), log: &log{}, text: slices.Contains(args, "-log-format=text")}
	go func() {
		code := run(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), writer, p.log)
		_ = writer.Close()
		p.code <- code
	}()
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("no ready line: %v\n%s", err, p.log)
	}
	var r ready
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatalf("%v in the ready line %s", err, line)
	}
	t.Cleanup(func() {
		if code := p.end(t); code != 0 {
			t.Errorf("exit code %d\n%s", code, p.log)
		}
	})
	return p, r
}

// end stops the program, reads what it has to say, and returns its exit code.
func (p *program) end(t *testing.T) int {
	t.Helper()
	p.stop()
	if more, err := io.ReadAll(p.out); err != nil || len(more) > 0 {
		t.Errorf("more on standard output: %q, %v", more, err)
	}
	code := <-p.code
	p.code <- code
	for line := range strings.Lines(p.log.String()) {
		if json.Valid([]byte(line)) == p.text {
			t.Errorf("a log line that is in the wrong format: %s", line)
		}
	}
	return code
}

// fetch calls the program, on a connection of its own.
func fetch(t *testing.T, method, address, token, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	r.Close = true
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if strings.HasSuffix(address, "/token") {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := (&http.Client{Transport: recorded(http.DefaultTransport)}).Do(r)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	return resp.StatusCode, string(answer)
}

func TestReadyLineGivesAddressesOfAllEnvironments(t *testing.T) {
	t.Parallel()
	_, r := start(t)
	base := strings.TrimSuffix(r.Environments["test"].Issuer, "/")
	got := map[string][]string{"portal": {r.Portal}, "control": {r.Control}}
	for name, e := range r.Environments {
		got[name] = []string{e.Issuer, e.Token, e.Keys, e.API}
	}
	want := map[string][]string{
		"test":    {base + "/", base + "/token", base + "/jwk", base + "/api/v1"},
		"ver1":    {base + "/ver1/", base + "/ver1/token", base + "/ver1/jwk", base + "/ver1"},
		"ver2":    {base + "/ver2/", base + "/ver2/token", base + "/ver2/jwk", base + "/ver2"},
		"prod":    {base + "/prod/", base + "/prod/token", base + "/prod/jwk", base + "/prod/api/v1"},
		"portal":  {base + "/portal/"},
		"control": {base + "/_mock/"},
	}
	check.Same(t, want, got)
}

func TestEachCredentialOfTheReadyLineGetsATokenForEachOfItsScopes(t *testing.T) {
	t.Parallel()
	p := serve(t)
	roles := map[string]int{}
	for _, c := range p.ready.Credentials {
		roles[c.Role+" "+c.OrgNo+" "+strings.Join(c.Scopes, ",")]++
		p.ask(credential{c.Environment, c.ClientID, c.Scopes, c.JWK}, nil).ok()
	}
	const admin = "idporten:scopes.read,idporten:scopes.write,idporten:dcr.read,idporten:dcr.write"
	want := map[string]int{ // each in four environments
		"provider 991825827 " + admin:                             4,
		"consumer 889640782 " + admin:                             4,
		"supplier 910753614 " + admin + ",idporten:dcr.supplier":  4,
		"scopes-only 991825827 idporten:scopes.write":             4,
		"keys-only 991825827 idporten:dcr.modify":                 4,
		"onbehalfof-only 991825827 idporten:dcr/onbehalfof.write": 4,
	}
	check.Same(t, want, roles)
}

func TestRequestsAreLoggedWithoutTheirTokens(t *testing.T) {
	t.Parallel()
	p, r := start(t)
	fetch(t, http.MethodGet, r.Environments["test"].API+"/scopes?token=very-secret", "very-secret", "")
	if code := p.end(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if text := p.log.String(); !strings.Contains(text, "/api/v1/scopes") || !strings.Contains(text, "stopping") || strings.Contains(text, "very-secret") {
		t.Errorf("the log says\n%s", text)
	}
}

func TestControlIsOnByDefaultOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		args []string
		want bool
	}{
		{"on loopback", nil, true},
		{"elsewhere", []string{"-listen", "0.0.0.0:0"}, false},
		{"elsewhere in IPv6", []string{"-listen", "[::]:0"}, false},
		{"elsewhere, asked for", []string{"-listen", "0.0.0.0:0", "-control"}, true},
		{"switched on", []string{"-control=on"}, true},
		{"switched on as a boolean", []string{"-control=true"}, true},
		{"switched off", []string{"-control=off"}, false},
		{"switched off as a boolean", []string{"-control=false"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, r := start(t, c.args...)
			status, body := fetch(t, http.MethodGet, strings.TrimSuffix(r.Portal, "portal/")+"_mock/clock", "", "")
			if on := r.Control != ""; on != c.want || (status == http.StatusOK) != c.want {
				t.Errorf("control %q in the ready line, and the clock answers %d %s", r.Control, status, body)
			}
		})
	}
}

func TestURLFlagDecidesTheAddresses(t *testing.T) {
	t.Parallel()
	_, r := start(t, "-url", "https://mock.example/base/")
	if got, want := r.Environments["ver2"].Token, "https://mock.example/base/ver2/token"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCommandLineThatMakesNoSenseExitsWithTwoAndSaysWhy(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"-nonsense":           {"-nonsense"},
		"extra":               {"extra"},
		"no address such as":  {"-listen", "nonsense"},
		"it is on or off":     {"-control=perhaps"},
		"no base address":     {"-url", "mock.example"},
		"base address such":   {"-url", "http://mock.example/?x=1"},
		"unexpected argument": {"-control", "on"},
		"-propagation: it is no time such as 90s":                       {"-propagation", "90"},
		"-propagation: it is no time such as":                           {"-propagation=-1s"},
		"-chaos: it is a whole number from 0 on":                        {"-chaos", "-1"},
		"-chaos: it is a whole number":                                  {"-chaos=yes"},
		"-lenient: it is true or false":                                 {"-lenient=perhaps"},
		"-environment: \"staging\" is unknown: use test, ver1, ver2 or": {"-environment", "test,staging"},
		"-environment: \"\" is unknown":                                 {"-environment", ""},
		"-tls-ca goes with -tls":                                        {"-tls-ca", "ca.pem"},
		"with -tls it must be https":                                    {"-tls", "-url", "http://mock:8080"},
		"-log-format: it is json, text or none":                         {"-log-format", "xml"},
		"-log-level: it is debug, info, warn or error":                  {"-log-level", "loud"},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			errors := &log{}
			if code := run(t.Context(), args, &out, errors); code != 2 || out.Len() > 0 || !strings.Contains(errors.String(), want) {
				t.Errorf("exit code %d, %q, log %s", code, out.String(), errors)
			}
		})
	}
}

func TestPortThatIsTakenExitsWithOne(t *testing.T) {
	t.Parallel()
	var config net.ListenConfig
	taken := check.Got(config.Listen(t.Context(), "tcp", "127.0.0.1:0"))(t)
	defer func() { _ = taken.Close() }()
	var out bytes.Buffer
	errors := &log{}
	if code := run(t.Context(), []string{"-listen", taken.Addr().String()}, &out, errors); code != 1 || out.Len() > 0 || !strings.Contains(errors.String(), "address already in use") {
		t.Errorf("exit code %d, %q, log %s", code, out.String(), errors)
	}
}

func TestNobodyToTellThatItIsReadyExitsWithOne(t *testing.T) {
	t.Parallel()
	reader, writer := io.Pipe()
	_ = reader.CloseWithError(errors.New("the pipe is broken"))
	text := &log{}
	if code := run(t.Context(), []string{"-listen", "127.0.0.1:0"}, writer, text); code != 1 || !strings.Contains(text.String(), "the pipe is broken") {
		t.Errorf("exit code %d, log %s", code, text)
	}
}

func TestStopLetsARequestThatHasBegunFinish(t *testing.T) {
	t.Parallel()
	p, r := start(t)
	status, body := fetch(t, http.MethodPost, r.Control+"faults", "", `{"operation":"GET /prefix/all","delay":"200ms"}`)
	if status != http.StatusOK {
		t.Fatal(body)
	}
	var answer string
	var waiting sync.WaitGroup
	waiting.Go(func() { _, answer = fetch(t, http.MethodGet, r.Environments["test"].API+"/prefix/all", "", "") })
	for !strings.Contains(body, `"hits":1`) { // until the request is on its way
		_, body = fetch(t, http.MethodGet, r.Control+"faults", "", "")
	}
	p.stop()
	waiting.Wait()
	if !strings.Contains(answer, "difitest") {
		t.Errorf("got %q", answer)
	}
}

// asProgram makes the test binary the program itself.
const asProgram = "MASKINPORTEN_MOCK_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// launch starts the program as a process of its own, and waits until it is ready.
func launch(t *testing.T, flags ...string) (command *exec.Cmd, at ready) {
	t.Helper()
	command, _, _, at = launched(t, flags...)
	return command, at
}

// launched is launch, with the program's standard input and what more it prints.
func launched(t *testing.T, flags ...string) (command *exec.Cmd, stdin io.Closer, out io.Reader, at ready) {
	t.Helper()
	self := check.Got(os.Executable())(t)
	command = exec.CommandContext(t.Context(), self, append([]string{"-listen", "127.0.0.1:0"}, flags...)...)
	command.Env = append(os.Environ(), asProgram+"=1")
	pipe := check.Got(command.StdoutPipe())(t)
	stdin = check.Got(command.StdinPipe())(t)
	check.OK(t, command.Start())
	lines := bufio.NewReader(pipe)
	if line, err := lines.ReadBytes('\n'); err != nil || json.Unmarshal(line, &at) != nil {
		t.Errorf("the ready line is %q, %v", line, err)
	}
	return command, stdin, lines, at
}

// ends checks that the program, started with these flags, ends cleanly when it
// is told to.
func ends(t *testing.T, tell func(process *os.Process, stdin io.Closer, at ready) error, flags ...string) {
	t.Helper()
	command, stdin, out, at := launched(t, flags...)
	check.OK(t, tell(command.Process, stdin, at))
	if more, err := io.ReadAll(out); err != nil || len(more) > 0 {
		t.Errorf("more on standard output: %q, %v", more, err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("the program ended with %v", err)
	}
}

func TestSignalsEndTheProgramCleanly(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			ends(t, func(process *os.Process, _ io.Closer, _ ready) error { return process.Signal(signal) })
		})
	}
}

func TestTheProgramEndsWithStandardInputIfToldSo(t *testing.T) {
	t.Parallel()
	ends(t, func(_ *os.Process, stdin io.Closer, _ ready) error { return stdin.Close() }, "-stop-with-stdin")
}

func TestTheProgramOutlivesStandardInputOtherwise(t *testing.T) {
	t.Parallel()
	ends(t, func(process *os.Process, stdin io.Closer, at ready) error {
		err := stdin.Close()
		for range 50 { // if it ended, it would have by then
			resp, refused := http.Get(at.Control + "health") //nolint:noctx // bounded by the program's end
			if refused != nil {
				return refused
			}
			_ = resp.Body.Close()
		}
		return errors.Join(err, process.Signal(syscall.SIGTERM))
	})
}
