package desired

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// Item is what became of one change.
type Item struct {
	Change
	// Err is nil when it was done; [maskinporten.ErrNotAttempted] when it was
	// left, with the reason.
	Err error
	// Client is a client that was made, with its secret where it has one: this
	// is the only place where that is shown.
	Client *maskinporten.ClientRegistration
}

func (i Item) left() bool { return errors.Is(i.Err, maskinporten.ErrNotAttempted) }

// Status is "done", "failed" or "left".
func (i Item) Status() string {
	switch {
	case i.Err == nil:
		return "done"
	case i.left():
		return "left"
	}
	return "failed"
}

// MarshalJSON writes the change, its status, and the error's text. A secret is
// never written.
func (i Item) MarshalJSON() ([]byte, error) {
	text := ""
	if i.Err != nil {
		text = plain(i.Err)
	}
	return json.Marshal(struct {
		Change
		Status string `json:"status"`
		Error  string `json:"error,omitzero"`
	}{i.Change, i.Status(), text})
}

// Result tells what became of each change of [ChangeSet.Apply].
type Result struct {
	// Items are all changes, in their order.
	Items []Item `json:"items"`
}

// Done returns the changes that were made.
func (r *Result) Done() []Item { return r.pick("done") }

// Failed returns the changes that were tried and failed.
func (r *Result) Failed() []Item { return r.pick("failed") }

// Left returns the changes that were not tried.
func (r *Result) Left() []Item { return r.pick("left") }

// NewClients returns the clients that were made, which need keys; those with a
// secret show it here, and nowhere else.
func (r *Result) NewClients() []*maskinporten.ClientRegistration {
	var made []*maskinporten.ClientRegistration
	for _, item := range r.Items {
		if item.Client != nil {
			made = append(made, item.Client)
		}
	}
	return made
}

func (r *Result) pick(status string) []Item {
	var picked []Item
	for _, item := range r.Items {
		if item.Status() == status {
			picked = append(picked, item)
		}
	}
	return picked
}

// Err is nil when everything was done. Otherwise its text counts and names
// the first failures, and errors.Is and errors.As look into the errors of all
// items.
func (r *Result) Err() error {
	var failed, left []string
	var errs []error
	for _, item := range r.Items {
		switch {
		case item.Err == nil:
			continue
		case item.left():
			left = append(left, plain(item.Err))
		default:
			failed = append(failed, fmt.Sprintf("%s %s %s: %s", item.Action, item.Kind, strings.TrimSpace(shown(item.Name)+" "+string(item.Consumer)), plain(item.Err)))
		}
		errs = append(errs, item.Err)
	}
	if len(errs) == 0 {
		return nil
	}
	return errtext.Summary(fmt.Sprintf("desired.Apply: %d of %d done", len(r.Items)-len(errs), len(r.Items)), failed, left, errs)
}

// leftError is the error of a change that wasn't tried.
type leftError struct{ cause error }

func left(cause error) error {
	if errors.Is(cause, maskinporten.ErrNotAttempted) {
		return cause
	}
	return &leftError{cause}
}

func (e *leftError) Error() string {
	return maskinporten.ErrNotAttempted.Error() + ": " + plain(e.cause)
}
func (e *leftError) Unwrap() []error { return []error{maskinporten.ErrNotAttempted, e.cause} }
