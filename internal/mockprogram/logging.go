package mockprogram

import (
	"errors"
	"io"
	"log/slog"
	"strings"
)

// logFormat is how log lines are written. It is a [flag.Value].
type logFormat string

const (
	logJSON logFormat = "json"
	logText logFormat = "text"
	logNone logFormat = "none"
)

// String implements [flag.Value].
func (f *logFormat) String() string { return string(*f) }

// Set implements [flag.Value].
func (f *logFormat) Set(text string) error {
	switch format := logFormat(text); format {
	case logJSON, logText, logNone:
		*f = format
		return nil
	}
	return errors.New("it is json, text or none")
}

// setLevel reads the least level that is logged.
func (s *settings) setLevel(text string) error {
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		if strings.EqualFold(text, level.String()) {
			s.logLevel = level
			return nil
		}
	}
	return errors.New("it is debug, info, warn or error")
}

// logger writes what happens while the program serves.
func (s *settings) logger(out io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: s.logLevel}
	switch s.logFormat {
	case logNone:
		return slog.New(slog.DiscardHandler)
	case logText:
		return slog.New(slog.NewTextHandler(out, options))
	default:
		return slog.New(slog.NewJSONHandler(out, options))
	}
}

// errorLogger writes why the program ends, which -log-format none doesn't hide.
func (s *settings) errorLogger(out io.Writer) *slog.Logger {
	if s.logFormat == logNone {
		return slog.New(slog.NewJSONHandler(out, nil))
	}
	return s.logger(out)
}
