package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/flagnames"
)

// keyFacts is what was seen of a key.
type keyFacts struct {
	source  string // the file, or how people call where it is from
	isFile  bool
	mode    fs.FileMode
	problem string // why it could not be read
	remedy  string

	report maskinporten.KeyReport
	err    error // of LoadKey
	key    *maskinporten.Key
}

// maxKey is more than any key file has.
const maxKey = 1 << 20

func (x *examination) lookAtKey() {
	x.Doing("the key")
	x.key = inspect(x.Client)
}

// inspect reads a key, from its file if it is in one.
func inspect(c Credentials) keyFacts {
	facts := keyFacts{source: c.KeyFile, isFile: c.Key == nil}
	data := c.Key
	if facts.isFile {
		if data = facts.read(); facts.problem != "" {
			return facts
		}
	}
	if facts.report, facts.err = maskinporten.InspectKey(data, c.Options); facts.err == nil {
		facts.key, facts.err = maskinporten.LoadKey(data, c.Options)
	}
	return facts
}

// read reads the file, or says why it can't be.
func (f *keyFacts) read() []byte {
	if f.source == "" {
		f.problem, f.remedy = "no key is given", "give the file with --key, MASKINPORTEN_KEY_FILE or client.key in a profile"
		return nil
	}
	info, err := os.Stat(f.source)
	if err == nil {
		f.mode = info.Mode()
	}
	var data []byte
	switch {
	case errors.Is(err, fs.ErrNotExist) && isLink(f.source):
		f.problem, f.remedy = "it is a link to a file that isn't there", "look where it leads (ls -l), and whether that is mounted"
	case errors.Is(err, fs.ErrNotExist):
		f.problem, f.remedy = "there is no such file", "check the name; one without a folder is looked for where the program was started"
	case err == nil && info.IsDir():
		f.problem, f.remedy = "this is a folder", "name the file in it"
	case err == nil && !info.Mode().IsRegular():
		f.problem, f.remedy = "this is no regular file", "give standard input as -"
	case err == nil && info.Size() > maxKey:
		f.problem, f.remedy = fmt.Sprintf("this file has %d MiB: it can't be a key", info.Size()>>20), "name the file with the key"
	case err == nil:
		data, err = os.ReadFile(f.source)
	}
	switch {
	case f.problem != "":
	case errors.Is(err, fs.ErrPermission):
		f.problem, f.remedy = "the user of this program may not read it", "let it (chown, chmod 600), or run the program as the user who may"
	case err != nil:
		f.problem, f.remedy = "it can't be read: "+plain(err), "look at the file and its disk"
	}
	return data
}

func isLink(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// plain is an error without the name of a file, which stands beside it.
func plain(err error) string {
	if failure, ok := errors.AsType[*fs.PathError](err); ok {
		return failure.Err.Error()
	}
	return err.Error()
}

// holdsPrivateKey reports whether a private key was found, be it one that is of no
// use.
func (f *keyFacts) holdsPrivateKey() bool {
	switch f.report.Format {
	case "", "JSON", "PEM", "DER":
		return false
	case "PKCS#12":
		return f.err == nil || f.report.Bits > 0
	}
	return true
}

// keyFile: can the key be read?
func (x *examination) keyFile() *Step {
	const name = "key file"
	f := &x.key
	switch {
	case f.problem != "":
		return fail(name, joined(f.source, f.problem), f.remedy, usedKey)
	case f.err != nil && !f.holdsPrivateKey():
		problem, remedy := f.refusal()
		return fail(name, joined(f.source, problem), remedy, usedKey)
	case f.isFile && f.mode.Perm()&0o007 != 0 && runtime.GOOS != "windows":
		return warn(name, fmt.Sprintf("%s: %s; everybody on this machine may read it (%04o)", f.source, f.report, f.mode.Perm()), "chmod 600 "+f.source, usedKey)
	}
	return ok(name, joined(f.source, f.report.String()), usedKey)
}

// refusal is what LoadKey says, and what it says to do.
func (f *keyFacts) refusal() (problem, remedy string) {
	problem = strings.TrimPrefix(f.err.Error(), "maskinporten: ")
	if wrong, ok := errors.AsType[*maskinporten.ArgumentError](f.err); ok {
		problem = wrong.Problem
	}
	if strings.HasPrefix(problem, "password file") {
		return problem, "check the file that --password-file names"
	}
	problem, remedy, _ = strings.Cut(problem, ": ")
	if saysMore.MatchString(remedy) {
		problem, remedy = problem+": "+remedy, ""
	}
	if strings.HasPrefix(problem, "is ") || strings.HasPrefix(problem, "has ") {
		problem = "it " + problem
	}
	switch {
	case strings.HasSuffix(problem, "needs a password"):
		remedy = "put the password in a file, and give that with --password-file"
	case strings.HasSuffix(problem, "password is wrong"):
		remedy = "check the file that --password-file names; the issuer sends password and file apart"
	case remedy == "":
		remedy = "get the key anew from where it was made, or make a new one with maskinporten keys new"
	}
	return problem, flagnames.In(remedy)
}

// saysMore is what follows a problem and says more of it, and not what to do.
var saysMore = regexp.MustCompile(`(is missing|is damaged|not base64|no JSON object|no list of objects)$`)

// keyItself: is it one that Maskinporten takes?
func (x *examination) keyItself() *Step {
	const name = "key"
	f := &x.key
	if !f.holdsPrivateKey() {
		return skipped(name, "there is none to look at: see key file")
	}
	what := fmt.Sprintf("RSA, %d bits, %s", f.report.Bits, f.report.Algorithm)
	if f.err != nil && f.certificateIsAnothers() {
		return ok(name, what, usedKey)
	}
	if f.err != nil {
		problem, remedy := f.refusal()
		return fail(name, problem, remedy, usedKey)
	}
	goesBy := "goes by its certificate"
	if f.report.KeyID != "" {
		goesBy = "kid " + f.report.KeyID
	}
	if left := f.report.Expires.Sub(x.serverNow()); !f.report.Expires.IsZero() && f.report.KeyID != "" && len(f.report.Chain) == 0 && left < soon {
		return warn(name, fmt.Sprintf("%s, %s; by its own word it expires on %s", what, goesBy, day(f.report.Expires)), "make and register a new one: maskinporten keys rotate", usedKey)
	}
	return ok(name, what+", "+goesBy, usedKey)
}

// certificateIsAnothers reports whether the file holds certificates, and none for
// the key.
func (f *keyFacts) certificateIsAnothers() bool {
	return len(f.report.Certificates) > 0 && len(f.report.Chain) == 0
}

// soon is when something that expires is worth a warning.
const soon = 30 * 24 * time.Hour

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// joined is a text with what it is about before it, if that has a name.
func joined(about, text string) string {
	if about == "" {
		return text
	}
	return about + ": " + text
}
