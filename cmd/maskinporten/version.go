package main

import (
	"cmp"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// build is what is known of how the program was built.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitzero"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func thisBuild() build {
	b := build{Version: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version = cmp.Or(info.Main.Version, b.Version)
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			b.Revision = setting.Value
		}
	}
	return b
}

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Tell which version this is", Example: "  maskinporten version --json", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			if p.json {
				return p.writeJSON(b)
			}
			p.out.Printf("maskinporten %s", b.Version)
			if b.Revision != "" {
				p.out.Printf(" %s", b.Revision)
			}
			p.out.Printf(" %s %s\n", b.Go, b.Platform)
			return nil
		},
	}
}
