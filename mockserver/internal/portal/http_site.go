package portal

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/exactjson"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// CookieName is the session cookie.
const CookieName = "samarbeidsportalen_session"

const maxBody = 64 << 10

// Workspace serves what a signed-in user does in one environment; path is
// what follows the environment's name.
type Workspace func(w http.ResponseWriter, r *http.Request, environment, path string, actor Actor)

// site is the portal at one address.
type site struct {
	portal     *Portal
	cookiePath string
	workspace  Workspace
}

func (s *site) setCookie(w http.ResponseWriter, r *http.Request, value string, maxAge int) {
	//nolint:gosec // Secure follows the connection: on plain loopback a secure cookie would never come back
	http.SetCookie(w, &http.Cookie{
		Name: CookieName, Value: value, Path: s.cookiePath, MaxAge: maxAge,
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
	})
}

// call answers a request of who has a cookie, where one is needed.
type call func(r *http.Request, cookie string) (any, error)

// taking makes a call of one that takes a body.
func taking[T any](f func(r *http.Request, cookie string, in T) (any, error)) call {
	return func(r *http.Request, cookie string) (any, error) {
		in, err := read[T](r)
		if err != nil {
			return nil, err
		}
		return f(r, cookie, in)
	}
}

// open wraps what everybody may call.
func open(f call) http.Handler {
	return answer(func(_ http.ResponseWriter, r *http.Request) (any, error) { return f(r, "") })
}

// signedIn wraps what needs a session, and, when it changes something, the
// session's CSRF token.
func (s *site) signedIn(f call) http.Handler {
	return answer(func(_ http.ResponseWriter, r *http.Request) (any, error) {
		cookie := cookieOf(r)
		if !safe(r.Method) {
			if err := s.portal.CheckCSRF(cookie, r.Header.Get(CSRFHeader)); err != nil {
				return nil, err
			}
		}
		return f(r, cookie)
	})
}

func cookieOf(r *http.Request) string {
	cookie, err := r.Cookie(CookieName)
	if err != nil {
		return ""
	}
	return cookie.Value
}

func safe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

func read[T any](r *http.Request) (T, error) {
	var in T
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(media), "application/json") {
		return in, refuse(CodeInvalid, "Content-Type: application/json is expected")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return in, refuse(CodeInvalid, "the body could not be read")
	}
	if len(body) > maxBody {
		return in, refuse(CodeInvalid, "the body is larger than %d bytes", maxBody)
	}
	if err := exactjson.Unmarshal(body, &in); err != nil {
		if place, _, ok := exactjson.WrongType(err); ok && place != "" {
			return in, refuse(CodeInvalid, "%s: it has the wrong type", place)
		}
		return in, refuse(CodeInvalid, "the body is not the JSON object that is expected: %s", err)
	}
	return in, nil
}

func answer(f func(w http.ResponseWriter, r *http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		value, err := f(w, r)
		if err != nil {
			writeError(w, err)
			return
		}
		writeJSON(w, http.StatusOK, value)
	})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // nobody is left to tell when the connection broke
}

// statuses of the refusals; 403 for those that aren't here.
var statuses = map[Code]int{
	CodeInvalid:          http.StatusBadRequest,
	CodeUnknownDomain:    http.StatusBadRequest,
	CodeLinkUsed:         http.StatusConflict,
	CodeLinkInvalid:      http.StatusBadRequest,
	CodeUnknown:          http.StatusNotFound,
	CodeConflict:         http.StatusConflict,
	CodeFull:             http.StatusInsufficientStorage,
	CodeNotSignedIn:      http.StatusUnauthorized,
	CodeWrongCredentials: http.StatusUnauthorized,
}

// Status is the one of HTTP that goes with a refusal.
func (c Code) Status() int { return cmp.Or(statuses[c], http.StatusForbidden) }

func writeError(w http.ResponseWriter, err error) {
	code, status := CodeInvalid, http.StatusBadRequest
	if refusal, ok := errors.AsType[*Error](err); ok {
		code, status = refusal.Code, refusal.Code.Status()
	} else if refusal, ok := errors.AsType[*registry.Error](err); ok && refusal.Kind == registry.Conflict {
		code, status = CodeConflict, http.StatusConflict
	}
	writeJSON(w, status, map[string]any{"error": code, "error_description": err.Error()})
}

var done = map[string]string{"status": "ok"}
