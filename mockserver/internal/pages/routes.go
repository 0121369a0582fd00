package pages

import (
	"errors"
	"mime"
	"net/http"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

// How much a form may hold: keys and pasted lists fit easily.
const (
	maxForm  = 256 << 10
	maxWorld = 65 << 20 // of the control API, and what is around it
)

// route is a page, or a form that is sent.
type route struct {
	pattern string
	serve   func(*visit)
}

// handle serves a page, or carries a form out, once.
func (s *Site) handle(serve func(*visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			serve(s.visit(w, r))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, largest(r))
		err := parseForm(r)
		v := s.visit(w, r)
		token := r.PostForm.Get(tokenField)
		switch {
		case err != nil:
			v.problem(http.StatusRequestEntityTooLarge, "", "error.form_too_large")
			return
		case !v.tokenIsGood(token):
			v.problem(http.StatusForbidden, "", "error.form_token")
			return
		}
		location, finish := s.once.begin(token)
		if finish == nil {
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusSeeOther)
			return
		}
		defer func() { finish(v.sent) }()
		serve(v)
	}
}

// parseForm reads a form, and a file where the form has one: into memory, nowhere
// else.
func parseForm(r *http.Request) error {
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "multipart/form-data" {
		return r.ParseForm()
	}
	if largest(r) != maxWorld {
		return errors.New("this form has no file")
	}
	return r.ParseMultipartForm(maxWorld) //nolint:gosec // the body has its bound: MaxBytesReader
}

// atWorkbench serves a page where there is a workbench.
func atWorkbench(serve func(*visit)) func(*visit) {
	return func(v *visit) {
		if v.place.Calls == nil {
			noPage(v)
			return
		}
		serve(v)
	}
}

func noPage(v *visit) { v.problem(http.StatusNotFound, "", "error.no_page") }

// largest is how large a form may be: those that hold a whole world are larger.
func largest(r *http.Request) int64 {
	if r.URL.Path == "/workbench/do/restore" {
		return maxWorld
	}
	return maxForm
}

// signedIn lets in who is signed in.
func signedIn(serve func(*visit)) func(*visit) {
	return func(v *visit) {
		if v.profile == nil {
			v.signInFirst()
			return
		}
		serve(v)
	}
}

// within lets in who may work in the environment of the path, and holds the right.
func within(right portal.Right, serve func(*visit)) func(*visit) {
	return signedIn(func(v *visit) {
		env, ok := v.environment(v.r.PathValue("env"))
		if !ok {
			v.problem(http.StatusNotFound, "", "error.no_environment")
			return
		}
		actor, err := v.portal().Enter(v.session(), env.Name)
		if err != nil {
			v.failed(err)
			return
		}
		v.env, v.actor = env, actor
		if right != "" && !actor.Has(right) {
			v.problem(http.StatusForbidden, "", "error.missing_right")
			return
		}
		serve(v)
	})
}

// managed lets managers in, and tells everybody else why not.
func managed(serve func(*visit)) func(*visit) {
	return signedIn(func(v *visit) {
		if !v.profile.Manager {
			v.problem(http.StatusForbidden, "", "error.not_manager")
			return
		}
		serve(v)
	})
}
