package pages

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// colours are the custom properties of one of the style sheet's two schemes.
func colours(css string) map[string]string {
	found := map[string]string{}
	for _, match := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(css, -1) {
		found[match[1]] = match[2]
	}
	return found
}

// luminance is that of WCAG 2.
func luminance(colour string) float64 {
	channel := func(hex string) float64 {
		n, _ := strconv.ParseUint(hex, 16, 8)
		c := float64(n) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(colour[1:3]) + 0.7152*channel(colour[3:5]) + 0.0722*channel(colour[5:7])
}

func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestColoursHaveContrast(t *testing.T) {
	t.Parallel()
	css := check.Got(assets.ReadFile("assets/style.css"))(t)
	light, rest, _ := strings.Cut(string(css), "@media (prefers-color-scheme: dark)")
	dark, _, _ := strings.Cut(rest, "*, ::before")
	const text, shape = 4.5, 3 // WCAG 2.2, 1.4.3 and 1.4.11
	for scheme, c := range map[string]map[string]string{"light": colours(light), "dark": colours(dark)} {
		for _, pair := range []struct {
			front, back string
			least       float64
		}{
			{"text", "page", text}, {"text", "raised", text}, {"muted", "page", text}, {"muted", "raised", text},
			{"link", "page", text}, {"link", "raised", text}, {"link", "note-tint", text}, {"link", "good-tint", text}, {"link", "warn-tint", text}, {"link", "danger-tint", text},
			{"on-action", "action", text}, {"on-action", "action-hover", text}, {"on-danger", "danger", text}, {"on-danger", "danger-hover", text},
			{"danger", "page", text}, {"danger", "danger-tint", text}, {"good", "good-tint", text}, {"warn", "warn-tint", text}, {"note", "note-tint", text},
			{"text", "good-tint", text}, {"text", "warn-tint", text}, {"text", "danger-tint", text}, {"text", "note-tint", text}, {"muted", "note-tint", text},
			{"edge", "page", shape}, {"action", "page", shape}, {"focus", "page", shape}, {"focus", "focus-glow", shape},
		} {
			front, back := c[pair.front], c[pair.back]
			if front == "" || back == "" {
				t.Errorf("%s: %s or %s is no colour", scheme, pair.front, pair.back)
				continue
			}
			if got := contrast(front, back); got < pair.least {
				t.Errorf("%s: %s on %s has a contrast of %.2f, less than %.1f", scheme, pair.front, pair.back, got, pair.least)
			}
		}
	}
}
