package pages

import (
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/gateway"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// workbenchRoutes are the pages that look at the mock itself.
func workbenchRoutes() []route {
	return []route{
		{"GET /workbench/{$}", overview},
		{"GET /workbench/token", tokenPage},
		{"POST /workbench/token", getToken},
		{"GET /workbench/requests", requests},
		{"GET /workbench/request", requestPage},
		{"GET /workbench/world", worldPage},
		{"GET /workbench/time", timePage},
		{"GET /workbench/mail", mailbox},
		{"GET /workbench/digdir", digdirPage},
		{"GET /workbench/altinn", altinnPage},
		{"POST /workbench/do/{what}", doControl},
	}
}

// chosenVariant is a variant that isn't as the documentation has it.
type chosenVariant struct{ Name, Value string }

func (s inForce) unusual() []chosenVariant {
	var unusual []chosenVariant
	for _, row := range variants.Rows() {
		if value := s.Variants[row.Name]; value != row.Default {
			unusual = append(unusual, chosenVariant{row.Name, value})
		}
	}
	return unusual
}

// programVersion is that of this software, as far as the program was told.
func programVersion() string {
	const path = "github.com/maskinporten-go/maskinporten"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "–"
	}
	for _, module := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if module.Path == path && module.Version != "" {
			return module.Version
		}
	}
	return "–"
}

// overview shows where everything is, and how the mock behaves.
func overview(v *visit) {
	v.choose(v.query("env"))
	var data struct {
		Ready    gateway.Ready
		Settings inForce
		Faults   []fault
		Now      struct{ Now time.Time }
	}
	for call, to := range map[string]any{"ready": &data.Ready, "settings": &data.Settings, "faults": &data.Faults, "clock": &data.Now} {
		if err := v.control(http.MethodGet, call, nil, to); err != nil {
			v.broken(err)
			return
		}
	}
	v.render(http.StatusOK, "overview", nil, struct {
		Addresses   Environment
		Portal      string
		Control     string
		Credentials []gateway.Credentials
		Settings    inForce
		Faults      int
		Chaos       string
		Now         time.Time
		Snippets    []snippet
		Variants    []chosenVariant
		Version     string
	}{
		v.env, data.Ready.Portal, data.Ready.Control, inEnvironment(data.Ready.Credentials, v.env.Name), data.Settings, len(data.Faults), data.Settings.seed(), data.Now.Now, snippets(v.env),
		data.Settings.unusual(), programVersion(),
	})
}

// snippet is how a program in one language is told where the mock is.
type snippet struct{ Name, Text string }

func snippets(e Environment) []snippet {
	fill := strings.NewReplacer("ISSUER", e.Issuer, "TOKEN", e.Token, "API", e.API)
	return []snippet{
		{"Shell", fill.Replace("export MASKINPORTEN_ISSUER=ISSUER\nexport MASKINPORTEN_TOKEN_URL=TOKEN\nexport MASKINPORTEN_API=API")},
		{"Go", fill.Replace("target := maskinporten.Endpoints{\n\tIssuer: \"ISSUER\",\n\tToken:  \"TOKEN\",\n\tAPI:    \"API\",\n}")},
		{"Node", fill.Replace("const issuer = 'ISSUER';\nconst tokenEndpoint = 'TOKEN';\nconst api = 'API';")},
		{"Python", fill.Replace("ISSUER_URL = \"ISSUER\"\nTOKEN_URL = \"TOKEN\"\nAPI_URL = \"API\"")},
		{"Java", fill.Replace("maskinporten.issuer=ISSUER\nmaskinporten.token-endpoint=TOKEN\nmaskinporten.api=API")},
	}
}
