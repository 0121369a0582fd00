package settings

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/yamlerror"
)

// defaultProfile is used, if it is there, when none is named.
const defaultProfile = "default"

// Folder is where profiles are: maskinporten in the folder that the system has
// for the settings of programs. Empty where there is none.
func Folder(env func(string) string) string {
	if folder := env("XDG_CONFIG_HOME"); filepath.IsAbs(folder) {
		return filepath.Join(folder, "maskinporten")
	}
	home, below := env("HOME"), ".config"
	switch runtime.GOOS {
	case "windows":
		home, below = env("AppData"), ""
	case "darwin":
		below = filepath.Join("Library", "Application Support")
	}
	if home == "" {
		return ""
	}
	return filepath.Join(home, below, "maskinporten")
}

// ProfileFile is the file of a profile.
func ProfileFile(name string, env func(string) string) (string, error) {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return "", fmt.Errorf("%.40q can't be the name of a profile: letters, digits, - and _ can", name)
	}
	folder := Folder(env)
	if folder == "" {
		return "", errors.New("there is no folder for profiles: set HOME or XDG_CONFIG_HOME")
	}
	return filepath.Join(folder, name+".yaml"), nil
}

// readProfile reads a profile. One that is named must be there.
func readProfile(name string, env func(string) string) (Values, error) {
	if name == "" && Folder(env) == "" {
		return Values{}, nil
	}
	wanted := cmp.Or(name, defaultProfile)
	file, err := ProfileFile(wanted, env)
	if err != nil {
		return Values{}, err
	}
	data, err := os.ReadFile(file) //nolint:gosec // the user's own
	switch {
	case errors.Is(err, fs.ErrNotExist) && name == "":
		return Values{}, nil
	case errors.Is(err, fs.ErrNotExist) && name == "mock":
		return Values{}, fmt.Errorf("there is no profile mock: start a mock with `maskinporten mock`, which writes it (%s)", file)
	case errors.Is(err, fs.ErrNotExist):
		return Values{}, fmt.Errorf("there is no profile %s: it would be the file %s%s", name, file, others(filepath.Dir(file)))
	case err != nil:
		return Values{}, fmt.Errorf("profile %s: %w", wanted, err)
	}
	var v Values
	if err := yaml.Load(data, &v, yaml.WithKnownFields()); err != nil && !errors.Is(err, io.EOF) {
		return Values{}, fmt.Errorf("profile %s: %s: %s", wanted, file, yamlerror.Text(err))
	}
	for _, name := range []*string{&v.Client.Key, &v.Client.PasswordFile, &v.Admin.Key, &v.Admin.PasswordFile, &v.CAFile} {
		*name = resolved(*name, filepath.Dir(file), env("HOME"))
	}
	return v, nil
}

// others names the profiles that there are.
func others(folder string) string {
	files, _ := filepath.Glob(filepath.Join(folder, "*.yaml")) // a folder that can't be read has none
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(filepath.Base(file), ".yaml")
	}
	if len(names) == 0 {
		return ""
	}
	return "; there are " + strings.Join(names, ", ")
}

// resolved is the name of a file, which may be relative to the profile, or to the
// user's folder.
func resolved(name, folder, home string) string {
	switch {
	case name == "" || name == stdinName || filepath.IsAbs(name):
		return name
	case strings.HasPrefix(name, "~/") && home != "":
		return filepath.Join(home, name[2:])
	}
	return filepath.Join(folder, name)
}
