package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// settings are what the command line says.
type settings struct {
	listen  string
	url     string // empty: the listener's own
	control control
	seed    string // a file; empty: none
	save    string // a file; empty: none
}

// parse reads the command line. Help, when it is asked for, goes to out, and
// the error is flag.ErrHelp.
func parse(args []string, out io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("maskinporten-mock", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are logged, like all else
	flags.StringVar(&s.listen, "listen", "127.0.0.1:8080", "`address` to listen on; port 0 takes a free one")
	flags.StringVar(&s.url, "url", "", "base `address` at which others reach the server, such as http://mock:8080;\nissuers are made of it (default: the address that it listens on)")
	flags.Var(&s.control, "control", "serve the control API below /_mock/, or with -control=off not\n(default: on loopback addresses only)")
	flags.StringVar(&s.seed, "seed", "", "`file` with the world to start with, as -snapshot-on-exit writes it")
	flags.StringVar(&s.save, "snapshot-on-exit", "", "`file` that the world is written to on a clean stop; it may be that of -seed")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(out)
		_, _ = fmt.Fprintln(out, "usage: maskinporten-mock [flags]")
		flags.PrintDefaults()
		return s, flag.ErrHelp
	case err != nil:
		return s, err
	case flags.NArg() > 0:
		return s, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return s, s.check()
}

func (s settings) check() error {
	if _, _, err := net.SplitHostPort(s.listen); err != nil {
		return fmt.Errorf("-listen %q is no address such as 127.0.0.1:8080 or :8080", s.listen)
	}
	if s.url == "" {
		return nil
	}
	u, err := url.Parse(s.url)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsAny(s.url, "?#") {
		return errors.New("-url is no base address such as http://mock:8080")
	}
	return nil
}

// control is the flag that switches the control API on or off. It is a
// [flag.Value]; unset it depends on the address.
type control struct{ set, value bool }

// String implements [flag.Value].
func (c *control) String() string {
	switch {
	case !c.set:
		return ""
	case c.value:
		return "on"
	}
	return "off"
}

// Set implements [flag.Value].
func (c *control) Set(text string) error {
	switch text {
	case "on":
		*c = control{set: true, value: true}
	case "off":
		*c = control{set: true}
	default:
		value, err := strconv.ParseBool(text)
		if err != nil {
			return errors.New("it is on or off")
		}
		*c = control{set: true, value: value}
	}
	return nil
}

// IsBoolFlag lets -control stand alone.
func (c *control) IsBoolFlag() bool { return true }

// on reports whether a listener at this address serves the control API.
func (c *control) on(address net.Addr) bool {
	if c.set {
		return c.value
	}
	return isLoopback(address)
}
