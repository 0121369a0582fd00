// Command soak lets many workers do random things with the SDK against the mock
// server under faults and chaos, and keeps a model beside it. At the end both
// must agree on every scope, access, client and key: nothing lost, nothing
// twice.
//
//	go run ./internal/dev/soak -duration 10m -seed 1
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func main() {
	duration := flag.Duration("duration", time.Minute, "how long to go on")
	seed := flag.Uint64("seed", 1, "what chance goes by")
	workers := flag.Int("workers", 32, "how many work at the same time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, *duration, *seed, *workers)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// faults are what the network and the service do to the workers.
var faults = []mockserver.Fault{
	{Probability: 0.01, Status: 502, Body: "<html>Bad gateway</html>", ContentType: "text/html"},
	{Probability: 0.01, Status: 503},
	{Probability: 0.01, Status: 429, RetryAfter: time.Second},
	{Probability: 0.01, Reset: mockserver.ResetBefore},
	{Probability: 0.01, Reset: mockserver.ResetAfter},
	{Probability: 0.01, Truncate: true},
	{Probability: 0.05, Delay: 3 * time.Millisecond},
	{Probability: 0.01, SlowBody: time.Millisecond},
	{Operation: "POST /token", Probability: 0.05, Status: 500},
}

// run does it, and tells how it went.
func run(ctx context.Context, out io.Writer, duration time.Duration, seed uint64, workers int) error {
	server, err := mockserver.New(mockserver.WithChaos(seed), mockserver.WithSeed(seed))
	if err != nil {
		return err
	}
	provider := server.AddOrganization("991825827", "Digitaliseringsdirektoratet")
	for _, fault := range faults {
		server.Fail(fault)
	}
	client := server.Client(provider)
	defer func() { _ = client.Close() }()

	var calls, failures atomic.Int64
	team := make([]*worker, workers)
	var group sync.WaitGroup
	deadline := time.Now().Add(duration)
	errs := make([]error, workers)
	for i := range team {
		team[i] = newWorker(i, seed, server, client, &calls, &failures)
		group.Go(func() {
			for time.Now().Before(deadline) && ctx.Err() == nil && errs[i] == nil {
				errs[i] = team[i].step(ctx)
			}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil && ctx.Err() == nil {
		return err
	}
	server.ClearFaults()
	// Compare without the SDK's caches, and with a client of its own.
	found, err := compare(ctx, server.Client(provider), team)
	_, _ = fmt.Fprintf(out, "seed %d: %d steps by %d workers, %d calls failed and were taken up again, %d requests reached the server; %s\n",
		seed, calls.Load(), workers, failures.Load(), server.Answered(), found)
	return err
}

// compared says how much was compared.
type compared struct{ scopes, accesses, clients, keys int }

func (c compared) String() string {
	return fmt.Sprintf("compared %d scopes, %d accesses, %d clients, %d keys", c.scopes, c.accesses, c.clients, c.keys)
}

// compare holds the mock against all models.
func compare(ctx context.Context, client *maskinporten.Client, team []*worker) (compared, error) {
	expected := newModel()
	for _, w := range team {
		expected.add(w.model)
	}
	actual, err := readModel(ctx, client)
	if err != nil {
		return compared{}, err
	}
	return expected.size(), expected.differences(actual)
}
