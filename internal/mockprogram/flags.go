package mockprogram

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// settings are what the command line says.
type settings struct {
	version   bool
	listenAt  string
	url       string // empty: the listener's own; "host": that of each request
	control   control
	hosts     []string // by which the control API may be called
	seed      string   // a file; empty: none
	save      string   // a file; empty: none
	tls       bool
	tlsCA     string // a file; empty: none
	withStdin bool   // stop when it ends
	logFormat logFormat
	logLevel  slog.Level
	// options are those of the server that flags stand for one by one.
	options []mockserver.Option
}

// errVersion asks for the version.
var errVersion = errors.New("version")

// parse reads the command line. When help is asked for, the error is
// flag.ErrHelp.
func parse(args []string) (*settings, error) {
	s := &settings{logFormat: logJSON}
	flags := s.flags()
	flags.SetOutput(io.Discard) // the caller tells
	switch err := flags.Parse(args); {
	case err != nil:
		return s, err
	case s.version:
		return s, errVersion
	case flags.NArg() > 0:
		return s, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return s, s.check()
}

func (s *settings) flags() *flag.FlagSet {
	flags := flag.NewFlagSet("maskinporten-mock", flag.ContinueOnError)
	flags.StringVar(&s.listenAt, "listen", "127.0.0.1:8080", "`address` to listen on; port 0 takes a free one")
	flags.BoolVar(&s.version, "version", false, "print the version, and stop")
	flags.StringVar(&s.url, "url", "", "base `address` at which others reach the server, such as http://mock:8080;\nissuers are made of it (default: the address that it listens on). With \"host\" they\nare made of the Host header of each request")
	flags.Var(&s.control, "control", "serve the control API below /_mock/, or with -control=off not\n(default: on loopback addresses only)")
	flags.Func("allow-host", "`names` with a dot by which the control API may be called, such as mock.example", s.addHosts)
	flags.Func("cors", "`origins` of pages that may call the server from a browser, the control API too,\nsuch as http://localhost:3000", s.addOrigins)
	flags.StringVar(&s.seed, "seed", "", "`file` with the world to start with, as -snapshot-on-exit writes it")
	flags.StringVar(&s.save, "snapshot-on-exit", "", "`file` that the world is written to on a clean stop; it may be that of -seed")
	flags.Func("environment", "serve these `environments` only, such as test,ver2 (default: all)", s.addEnvironments)
	flags.Func("propagation", "`time`, such as 90s, that changes take until the token endpoint knows them (default: none)", s.addPropagation)
	flags.Func("chaos", "be as unkind as the contract allows, by a `seed` such as 7 (default: kind)", s.addChaos)
	flags.Func("variant", "`choices`, such as empty-lists=error,statuses=created, where sources disagree about\nthe real service; CONTROL.md has them all", s.addVariants)
	flags.BoolFunc("lenient", "pass over refusals that rest on assumptions, and log them at level warn\n(default: strict)", s.addLenient)
	flags.BoolVar(&s.tls, "tls", false, "speak TLS, with a certificate of a test authority for the hosts of -url, -allow-host\nand POST /_mock/url and for loopback addresses")
	flags.StringVar(&s.tlsCA, "tls-ca", "", "`file` that the certificate of the test authority is written to, for those who\nshall trust it: NODE_EXTRA_CA_CERTS, curl --cacert, SSL_CERT_FILE; as PEM, or, where\nits name ends in .p12, as a trust store for Java with the password changeit")
	flags.BoolVar(&s.withStdin, "stop-with-stdin", false, "stop when standard input ends, as it does when the program that holds its other\nend is gone, however it ended: no mock outlives its test runner")
	flags.Var(&s.logFormat, "log-format", "`format` of log lines on standard error: json, text, or none, which leaves only\nwhy the program failed")
	flags.Func("log-level", "least `level` that is logged: debug, info, warn or error (default: info)", s.setLevel)
	return flags
}

func (s *settings) check() error {
	if _, _, err := net.SplitHostPort(s.listenAt); err != nil {
		return fmt.Errorf("-listen %q is no address such as 127.0.0.1:8080 or :8080", s.listenAt)
	}
	if s.tlsCA != "" && !s.tls {
		return errors.New("-tls-ca goes with -tls")
	}
	if s.url == "" || s.url == followHost {
		return nil
	}
	u, err := url.Parse(s.url)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsAny(s.url, "?#") {
		return errors.New("-url is no base address such as http://mock:8080")
	}
	if s.tls && u.Scheme != "https" {
		return errors.New("-url is an http address, but with -tls it must be https")
	}
	return nil
}

func (s *settings) addEnvironments(text string) error {
	var environments []maskinporten.Environment
	for _, name := range names(text) {
		env := maskinporten.Environment(name)
		if _, err := env.Endpoints(); err != nil {
			return fmt.Errorf("%.40q is unknown: use test, ver1, ver2 or prod", name)
		}
		environments = append(environments, env)
	}
	s.options = append(s.options, mockserver.WithEnvironments(environments...))
	return nil
}

func (s *settings) addPropagation(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return errors.New("it is no time such as 90s or 2m")
	}
	s.options = append(s.options, mockserver.WithPropagation(d))
	return nil
}

func (s *settings) addChaos(text string) error {
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return errors.New("it is a whole number from 0 on")
	}
	s.options = append(s.options, mockserver.WithChaos(seed))
	return nil
}

// followHost is the -url that makes issuers of each request's Host.
const followHost = "host"

func (s *settings) addVariants(text string) error {
	return s.add(mockserver.WithVariants(mockserver.Variant(text)))
}

func (s *settings) addHosts(text string) error {
	s.hosts = append(s.hosts, names(text)...)
	return nil
}

func (s *settings) addOrigins(text string) error {
	return s.add(mockserver.WithOrigins(names(text)...))
}

// names takes a list apart.
func names(text string) []string {
	list := strings.Split(text, ",")
	for i, name := range list {
		list[i] = strings.TrimSpace(name)
	}
	return list
}

// add keeps an option of the server, if it is one.
func (s *settings) add(option mockserver.Option) error {
	if _, err := mockserver.New(option); err != nil {
		_, why, _ := strings.Cut(strings.TrimPrefix(err.Error(), "mockserver: "), ": ") // without the option's name in Go
		return errors.New(why)
	}
	s.options = append(s.options, option)
	return nil
}

func (s *settings) addLenient(text string) error {
	lenient, err := strconv.ParseBool(text)
	if err != nil {
		return errors.New("it is true or false")
	}
	if lenient {
		s.options = append(s.options, mockserver.WithLenient())
	}
	return nil
}
