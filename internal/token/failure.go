package token

import (
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/retry"
)

// Failure is a refusal or failure of the token endpoint (RFC 6749, 5.2).
type Failure struct {
	ClientID    string
	Host        string // of the token endpoint
	StatusCode  int    // 0: no answer
	Code        string // of OAuth2
	Description string
	MP          string // Maskinporten's own code
	TraceID     string
	URI         string
	Attempts    int // how many grants were sent
	RetryAfter  time.Duration
	// ContentType and Body are what came when it was no error of OAuth2.
	ContentType, Body string
	Err               error

	BrokeOff bool // the answer began, and didn't end
	busy     bool // the endpoint did nothing, and wants to be left alone
}

// Error is what [Config].Fail has better words for.
func (f *Failure) Error() string {
	return errtext.Sentence([]string{f.MP, f.Code, f.Description}, f.Err, "", "")
}

// Unwrap returns Err.
func (f *Failure) Unwrap() error { return f.Err }

// What is only needed for refusals is compiled for the first one: importing the
// package costs a program's start nothing.
var (
	tracePattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)\s*\((?:trace|correlation)[_ -]?id:\s*([0-9A-Za-z-]{1,64})\)\s*$`)
	})
	mpPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\bMP-\d{3}\b`) })
)

// say takes over what the token endpoint answered.
func (f *Failure) say(code, description, uri string) {
	f.Code, f.Description, f.URI = code, description, uri
	if match := tracePattern().FindStringSubmatch(description); match != nil {
		f.TraceID = match[1]
		f.Description = strings.TrimSuffix(description, match[0])
	}
	if f.MP = mpPattern().FindString(uri); f.MP == "" {
		f.MP = mpPattern().FindString(description)
	}
}

// mayPass reports whether the next grant may fare better.
func (f *Failure) mayPass() bool {
	if f.StatusCode == 0 || f.BrokeOff {
		return !retry.IsPermanent(f.Err)
	}
	return retry.IsTransient(f.StatusCode)
}

// isForTimes reports whether the grant's iat or exp was at fault, as a wrong
// clock makes them.
func (f *Failure) isForTimes() bool {
	refusal := Recognise(f.MP, f.Code, f.Description)
	return refusal == GrantExpired || refusal == GrantFromTheFuture
}
