package portal

import (
	"net/http"
	"strings"
)

// Handler serves the portal's JSON API below "/" (the caller strips its
// prefix). Cookies are limited to cookiePath.
func (p *Portal) Handler(cookiePath string, workspace Workspace) http.Handler {
	s := &site{portal: p, cookiePath: cookiePath, workspace: workspace}
	mux := http.NewServeMux()
	for pattern, handler := range s.routes() {
		mux.Handle(pattern, handler)
	}
	mux.HandleFunc("/api/environments/{environment}/{path...}", s.work)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeError(w, refuse(CodeUnknown, "the portal has nothing at %s %.200s", r.Method, r.URL.Path))
	})
	return http.NewCrossOriginProtection().Handler(mux)
}

// routes are all calls but those of self-service.
func (s *site) routes() map[string]http.Handler {
	return map[string]http.Handler{
		"GET /confirm":                        open(s.followLink),
		"POST /api/users":                     open(taking(s.signUp)),
		"POST /api/confirmations":             open(taking(s.confirm)),
		"POST /api/session":                   answer(s.signIn),
		"GET /api/session":                    s.signedIn(func(_ *http.Request, cookie string) (any, error) { return s.portal.Profile(cookie) }),
		"DELETE /api/session":                 answer(s.signOut),
		"POST /api/session/idporten":          s.signedIn(taking(s.idporten)),
		"PUT /api/session/pid":                s.signedIn(taking(s.setPID)),
		"POST /api/confirmation-mails":        open(taking(s.resend)),
		"POST /api/terms":                     open(taking(s.signTerms)),
		"GET /api/colleagues":                 s.signedIn(func(_ *http.Request, cookie string) (any, error) { return s.portal.Colleagues(cookie) }),
		"GET /api/restrictions":               s.signedIn(func(_ *http.Request, cookie string) (any, error) { return s.portal.Restrictions(cookie) }),
		"GET /api/rights-requests":            s.signedIn(func(_ *http.Request, cookie string) (any, error) { return s.portal.RightsRequests(cookie) }),
		"POST /api/rights-requests":           s.signedIn(taking(s.requestRights)),
		"POST /api/rights-requests/{id}":      s.signedIn(taking(s.decideRights)),
		"PUT /api/restrictions/{environment}": s.signedIn(taking(s.restrict)),
		"POST /api/production":                s.signedIn(taking(s.orderProduction)),
		"POST /api/rights/{mail}":             s.signedIn(taking(s.delegate)),
		"DELETE /api/rights/{mail}":           s.signedIn(s.takeBack),
		"GET /api/prefix-orders":              s.signedIn(func(_ *http.Request, cookie string) (any, error) { return s.portal.PrefixOrders(cookie) }),
		"POST /api/prefix-orders":             s.signedIn(taking(s.orderPrefix)),
	}
}

func (s *site) followLink(r *http.Request, _ string) (any, error) {
	return done, s.portal.Confirm(r.URL.Query().Get("token"))
}

func (s *site) signUp(_ *http.Request, _ string, in SignUp) (any, error) {
	return done, s.portal.SignUp(in)
}

func (s *site) confirm(_ *http.Request, _ string, in struct {
	Token string `json:"token"`
}) (any, error) {
	return done, s.portal.Confirm(in.Token)
}

func (s *site) signIn(w http.ResponseWriter, r *http.Request) (any, error) {
	in, err := read[struct {
		Mail     string `json:"mail"`
		Password string `json:"password"`
	}](r)
	if err != nil {
		return nil, err
	}
	signed, err := s.portal.SignIn(in.Mail, in.Password)
	if err != nil {
		return nil, err
	}
	s.setCookie(w, r, signed.Cookie, 0)
	return s.portal.Profile(signed.Cookie)
}

func (s *site) signOut(w http.ResponseWriter, r *http.Request) (any, error) {
	cookie := cookieOf(r)
	if err := s.portal.CheckCSRF(cookie, r.Header.Get(CSRFHeader)); err != nil {
		return nil, err
	}
	s.setCookie(w, r, "", -1)
	return done, s.portal.SignOut(cookie)
}

func (s *site) idporten(_ *http.Request, cookie string, in struct {
	PID string `json:"pid"`
}) (any, error) {
	return done, s.portal.SignInWithIDPorten(cookie, in.PID)
}

func (s *site) restrict(r *http.Request, cookie string, in struct {
	Mails []string `json:"mails"`
}) (any, error) {
	return done, s.portal.Restrict(cookie, r.PathValue("environment"), in.Mails)
}

func (s *site) orderProduction(_ *http.Request, cookie string, in struct {
	Persons []Person `json:"persons"`
}) (any, error) {
	return done, s.portal.OrderProduction(cookie, in.Persons)
}

func (s *site) delegate(r *http.Request, cookie string, in struct {
	Rights []Right `json:"rights"`
}) (any, error) {
	return done, s.portal.DelegateRights(cookie, r.PathValue("mail"), in.Rights)
}

// takeBack takes the rights named in the query ("?right=apis"), or all.
func (s *site) takeBack(r *http.Request, cookie string) (any, error) {
	var rights []Right
	for _, right := range r.URL.Query()["right"] {
		rights = append(rights, Right(right))
	}
	return done, s.portal.TakeBack(cookie, r.PathValue("mail"), rights...)
}

func (s *site) orderPrefix(_ *http.Request, cookie string, in struct {
	Environment string `json:"environment"`
	Prefix      string `json:"prefix"`
	Purpose     string `json:"purpose"`
}) (any, error) {
	return s.portal.OrderPrefix(cookie, in.Environment, in.Prefix, in.Purpose)
}

// work hands a request below /api/environments/ to the workspace, as the
// signed-in user.
func (s *site) work(w http.ResponseWriter, r *http.Request) {
	environment := r.PathValue("environment")
	cookie := cookieOf(r)
	actor, err := s.portal.Enter(cookie, environment)
	if err == nil && !safe(r.Method) {
		err = s.portal.CheckCSRF(cookie, r.Header.Get(CSRFHeader))
	}
	if err != nil {
		writeError(w, err)
		return
	}
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/api/environments/"), "/")
	s.workspace(w, r, environment, "/"+path, actor)
}
