package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/flagnames"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/settings"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/terminal"
)

// failure is an error as JSON.
type failure struct {
	Message  string `json:"message"`
	ExitCode int    `json:"exit_code"`
	// Remedy is what to do about it, as far as is known.
	Remedy string `json:"remedy,omitzero"`
	// The rest is the service's.
	Status        int    `json:"status,omitzero"`
	Code          string `json:"code,omitzero"`
	MP            string `json:"mp_code,omitzero"`
	TraceID       string `json:"trace_id,omitzero"`
	CorrelationID string `json:"correlation_id,omitzero"`
}

// explain tells why a command failed, and returns the exit code.
func (p *program) explain(ctx context.Context, err error, args []string) int {
	code := exitCode(ctx, err)
	if err == nil || errors.Is(err, errAttention) {
		return code
	}
	f := failureOf(err, code)
	if code == exitUnavailable && f.Status == 0 && p.used != nil && p.used.IsLocal() {
		f.Remedy = "is the mock running? `maskinporten mock` starts one"
	}
	lines := strings.Split(withoutSecrets(f.Message, args), "\n")
	for i, line := range lines {
		lines[i] = terminal.Clean(line)
	}
	f.Message = strings.Join(lines, "\n")
	if p.json {
		data, _ := json.MarshalIndent(map[string]failure{"error": f}, "", "  ") // texts and numbers
		p.err.Printf("%s\n", data)
		return code
	}
	lead := p.err.Bad("maskinporten:") + " "
	for _, line := range lines {
		p.err.Wrapped(lead, "  ", line)
		lead = "  "
	}
	if f.Remedy != "" {
		p.err.Wrapped("  "+p.err.Bold("what to do:")+" ", "  ", f.Remedy)
	}
	if usage, ok := errors.AsType[*usageError](err); ok && usage.help {
		p.err.Printf("%s\n", p.err.Dim("  maskinporten help COMMAND tells what there is"))
	}
	return code
}

func failureOf(err error, code int) failure {
	f := failure{Message: strings.TrimPrefix(err.Error(), "maskinporten: "), ExitCode: code}
	if code == exitInterrupted {
		f.Message = "interrupted"
		if rest := strings.TrimPrefix(err.Error(), "maskinporten: "); !errors.Is(err, context.Canceled) || len(rest) > len("context canceled") {
			f.Message += ": " + rest
		}
	}
	f.Message = flagnames.In(strings.ReplaceAll(f.Message, ": maskinporten: ", ": "))
	if token, ok := errors.AsType[*maskinporten.TokenError](err); ok {
		f.Status, f.Code, f.MP, f.TraceID, f.Remedy = token.StatusCode, token.Code, token.MP, token.TraceID, token.Remedy()
	} else if call, ok := errors.AsType[*maskinporten.APIError](err); ok {
		f.Status, f.Code, f.CorrelationID, f.Remedy = call.StatusCode, call.Code, call.CorrelationID, call.Remedy()
	}
	f.Message = strings.TrimRight(strings.TrimSuffix(f.Message, f.Remedy), ":; ")
	if code == exitInterrupted {
		f.Remedy = "" // nothing is wrong that must be fixed
	}
	return f
}

// withoutSecrets takes arguments out of a text that should have been the contents
// of files.
func withoutSecrets(text string, args []string) string {
	for _, arg := range args {
		name, value, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		for _, part := range []string{arg, name, value} {
			if part != "" && settings.LooksSecret(part) {
				text = strings.ReplaceAll(text, part, "(not shown: it looks like a key or a token)")
			}
		}
	}
	return text
}
