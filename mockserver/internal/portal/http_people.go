package portal

import "net/http"

func (s *site) setPID(r *http.Request, cookie string) (any, error) {
	in, err := read[struct {
		PID string `json:"pid"`
	}](r)
	if err != nil {
		return nil, err
	}
	return done, s.portal.SetPID(cookie, in.PID)
}

func (s *site) resend(_ http.ResponseWriter, r *http.Request) (any, error) {
	in, err := read[struct {
		Mail string `json:"mail"`
	}](r)
	if err != nil {
		return nil, err
	}
	return done, s.portal.ResendConfirmation(in.Mail)
}

func (s *site) signTerms(_ http.ResponseWriter, r *http.Request) (any, error) {
	in, err := read[struct {
		OrgNo string `json:"orgno"`
		Mail  string `json:"mail"`
	}](r)
	if err != nil {
		return nil, err
	}
	return s.portal.SignTermsAs(in.OrgNo, in.Mail)
}

func (s *site) requestRights(r *http.Request, cookie string) (any, error) {
	in, err := read[struct {
		Environment string  `json:"environment"`
		Rights      []Right `json:"rights"`
	}](r)
	if err != nil {
		return nil, err
	}
	return s.portal.RequestRights(cookie, in.Environment, in.Rights)
}

func (s *site) decideRights(r *http.Request, cookie string) (any, error) {
	in, err := read[struct {
		Granted *bool `json:"granted"`
	}](r)
	if err != nil {
		return nil, err
	}
	if in.Granted == nil {
		return nil, refuseField("granted", CodeInvalid, "granted: true or false is expected")
	}
	return s.portal.DecideRights(cookie, r.PathValue("id"), *in.Granted)
}
