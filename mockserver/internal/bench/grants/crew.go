package grants

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
)

// Crew are connections over which token requests are sent at the same time.
type Crew struct {
	endpoint *url.URL
	conns    []net.Conn
	readers  []*bufio.Reader
}

// Dial opens so many connections to a token endpoint.
func Dial(endpoint string, connections int) (*Crew, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, err
	}
	c := &Crew{endpoint: u}
	for range connections {
		conn, err := net.Dial("tcp", u.Host) //nolint:noctx // on this machine
		if err != nil {
			c.Close()
			return nil, err
		}
		c.conns, c.readers = append(c.conns, conn), append(c.readers, bufio.NewReader(conn))
	}
	return c, nil
}

// Close closes the connections.
func (c *Crew) Close() {
	for _, conn := range c.conns {
		_ = conn.Close() // all answers have been read
	}
}

// Send shares the bodies out among the connections, and returns when all have
// been answered with a token.
func (c *Crew) Send(bodies []string) error {
	var working sync.WaitGroup
	problems := make([]error, len(c.conns))
	for i := range c.conns {
		working.Go(func() {
			for next := i; next < len(bodies) && problems[i] == nil; next += len(c.conns) {
				problems[i] = c.send(i, bodies[next])
			}
		})
	}
	working.Wait()
	return errors.Join(problems...)
}

func (c *Crew) send(connection int, body string) error {
	const form = "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s"
	if _, err := fmt.Fprintf(c.conns[connection], form, c.endpoint.Path, c.endpoint.Host, len(body), body); err != nil {
		return err
	}
	resp, err := http.ReadResponse(c.readers[connection], nil)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // it has been read
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.300s", resp.Status, answer)
	}
	return err
}
