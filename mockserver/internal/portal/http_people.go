package portal

import "net/http"

func (s *site) setPID(_ *http.Request, cookie string, in struct {
	PID string `json:"pid"`
}) (any, error) {
	return done, s.portal.SetPID(cookie, in.PID)
}

func (s *site) resend(_ *http.Request, _ string, in struct {
	Mail string `json:"mail"`
}) (any, error) {
	return done, s.portal.ResendConfirmation(in.Mail)
}

func (s *site) signTerms(_ *http.Request, _ string, in struct {
	OrgNo string `json:"orgno"`
	Mail  string `json:"mail"`
}) (any, error) {
	return s.portal.SignTermsAs(in.OrgNo, in.Mail)
}

func (s *site) requestRights(_ *http.Request, cookie string, in struct {
	Environment string  `json:"environment"`
	Rights      []Right `json:"rights"`
}) (any, error) {
	return s.portal.RequestRights(cookie, in.Environment, in.Rights)
}

func (s *site) decideRights(r *http.Request, cookie string, in struct {
	Granted *bool `json:"granted"`
}) (any, error) {
	if in.Granted == nil {
		return nil, refuseField("granted", CodeInvalid, "granted: true or false is expected")
	}
	return s.portal.DecideRights(cookie, r.PathValue("id"), *in.Granted)
}
