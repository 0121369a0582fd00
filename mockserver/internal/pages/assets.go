package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"sync"
	"time"
)

//go:embed assets
var assets embed.FS

// assetsVersion changes whenever the style sheet or the script does.
var assetsVersion = sync.OnceValue(func() string {
	sum := sha256.New()
	for _, name := range []string{"style.css", "script.js"} {
		content, _ := assets.ReadFile("assets/" + name) // it is embedded
		_, _ = sum.Write(content)
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
})

// serveAsset serves the style sheet and the script, which browsers may keep: their
// addresses change with them.
func serveAsset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	content, err := assets.ReadFile("assets/" + name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	if r.URL.Query().Get("v") == assetsVersion() {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}
