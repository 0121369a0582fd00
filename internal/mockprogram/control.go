package mockprogram

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
)

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
	value, err := strconv.ParseBool(text)
	if err != nil && text != "on" && text != "off" {
		return errors.New("it is on or off")
	}
	*c = control{set: true, value: value || text == "on"}
	return nil
}

// IsBoolFlag lets -control stand alone.
func (c *control) IsBoolFlag() bool { return true }

// on reports whether a listener at this address serves the control API.
func (c *control) on(ctx context.Context, listen string) bool {
	if c.set {
		return c.value
	}
	host, _, err := net.SplitHostPort(listen)
	return err == nil && isLoopback(ctx, host)
}

// isLoopback reports whether only programs on this machine reach a host.
func isLoopback(ctx context.Context, host string) bool {
	if address, err := netip.ParseAddr(host); err == nil || host == "" {
		return address.Unmap().IsLoopback()
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	fromElsewhere := func(address netip.Addr) bool { return !address.Unmap().IsLoopback() }
	return err == nil && len(addresses) > 0 && !slices.ContainsFunc(addresses, fromElsewhere)
}
