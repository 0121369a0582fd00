package maskinporten

import (
	"fmt"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// RotateStep is a step of [ClientsService.RotateKey], in this order.
type RotateStep string

// The steps of a rotation.
const (
	// RotateCheck reads the client and its keys, and finds out what to do.
	RotateCheck RotateStep = "check"
	// RotateRoom removes an expired key where there are five.
	RotateRoom RotateStep = "room"
	// RotateStore has the caller of [ClientsService.RotateExpiring] keep the
	// new key.
	RotateStore RotateStep = "store"
	// RotateAdd puts the new key on the client, unless it is there.
	RotateAdd RotateStep = "add"
	// RotateProve waits until the new key gets a token.
	RotateProve RotateStep = "prove"
	// RotateSwitch has programs take the new key into use.
	RotateSwitch RotateStep = "switch"
	// RotateRemove removes the old key.
	RotateRemove RotateStep = "remove"
	// RotateDone is reported when all is done.
	RotateDone RotateStep = "done"
)

// RotateProgress tells how far a rotation has come.
type RotateProgress struct {
	ClientID string
	// Step is the one that begins now, or goes on.
	Step RotateStep
	// NewKey and OldKey are kids. OldKey is empty where none is to go, and
	// until RotateCheck is over.
	NewKey, OldKey string
	// Wait tells about the waiting of RotateProve; Attempt is 0 elsewhere.
	Wait WaitProgress
}

// RotateError tells at which step a rotation ended, and so what stands where.
// The old key is never removed before the new one has got a token, so up to
// RotateSwitch the old key works as before. It is safe to rotate again, with
// the same new key, whatever the step.
type RotateError struct {
	ClientID string
	// Step is the one that failed.
	Step RotateStep
	// NewKey and OldKey are kids. OldKey is empty if none was to go.
	NewKey, OldKey string
	// Err is what went wrong.
	Err error
}

// Error tells what went wrong and where things stand.
func (e *RotateError) Error() string {
	return fmt.Sprintf("%srotating the key of client %s: %s: %s; %s; it is safe to run again with the same key",
		errtext.Prefix, e.ClientID, e.Step, errtext.Plain(e.Err), e.Standing())
}

// Unwrap returns what went wrong.
func (e *RotateError) Unwrap() error { return e.Err }

// Standing says in words which key works and which is registered.
func (e *RotateError) Standing() string {
	old := "the old key"
	if e.OldKey != "" {
		old += " " + errtext.Quoted(e.OldKey)
	}
	added := "the new key " + errtext.Quoted(e.NewKey)
	switch e.Step {
	case RotateAdd:
		return old + " works as before; " + added + " may be registered"
	case RotateProve:
		return old + " works as before; " + added + " is registered, but has not got a token yet"
	case RotateSwitch:
		return old + " and " + added + " both work"
	case RotateRemove:
		return added + " works; " + old + " may still be registered"
	default:
		return "nothing that works was changed"
	}
}
