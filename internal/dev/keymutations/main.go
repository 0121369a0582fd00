// Command keymutations damages key files a great many times and loads what
// comes out. None may panic, none may take long, and what is read must be the
// key that was in the file before:
//
//	go run ./internal/dev/keymutations -n 2000000
package main

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/maskinporten-go/maskinporten"
)

// slow is what no load takes, on a machine that does other things as well.
const slow = 20 * time.Second

func main() {
	n := flag.Int("n", 100_000, "how many mutations")
	seed := flag.Uint64("seed", 1, "where the sequence begins")
	workers := flag.Int("workers", 1, "how many at a time")
	folder := flag.String("folder", "testdata/keys", "where the key files are")
	flag.Parse()
	files, known, err := readAll(*folder)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) // to end early, and tell
	tallies := make([]tally, *workers)
	var group sync.WaitGroup
	started := time.Now()
	for w := range tallies {
		group.Go(func() {
			random := rand.New(rand.NewPCG(*seed, uint64(w)))
			for i := w; i < *n && ctx.Err() == nil; i += *workers {
				tallies[w].try(random, files, known)
			}
		})
	}
	group.Wait()
	stop()
	var sum tally
	for _, t := range tallies {
		sum.loads += t.loads
		sum.read += t.read
		sum.problems = append(sum.problems, t.problems...)
	}
	fmt.Printf("%d mutations of %d key files in %v: %d were still read, the rest refused\n", sum.loads, len(files), time.Since(started).Round(time.Second), sum.read)
	for _, problem := range sum.problems {
		fmt.Println(problem)
	}
	if len(sum.problems) > 0 {
		os.Exit(1)
	}
}

// keyFile is a file as it stands in the folder, or in base64.
type keyFile struct {
	name string
	data []byte
	slow bool
}

var passwords = []string{"hush", "hushhush", "", "blåbærsyltetøy"}

// readAll returns the files, and the keys that can be read from them.
func readAll(folder string) (files []keyFile, known []*rsa.PublicKey, err error) {
	err = filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) == ".md" {
			return err
		}
		data, err := os.ReadFile(path)
		began := time.Now()
		_, _ = maskinporten.LoadKey(data, options("hush", ""))
		slow := time.Since(began) > 2*time.Millisecond
		files = append(files, keyFile{path, data, slow}, keyFile{path + " in base64", []byte(base64.StdEncoding.EncodeToString(data)), slow})
		for _, password := range passwords {
			for _, name := range []string{"", "first", "second"} {
				key, err := maskinporten.LoadKey(data, options(password, name))
				if err != nil {
					continue
				}
				known = append(known, key.Public().(*rsa.PublicKey)) //nolint:forcetypeassert // Keys are RSA
				if text, err := key.MarshalJWK(); err == nil {
					files = append(files, keyFile{path + " as a JWK", text, false})
				}
			}
		}
		return err
	})
	if err == nil && len(known) == 0 {
		err = errors.New("no key in " + folder)
	}
	return files, known, err
}

func options(password, name string) maskinporten.KeyOptions {
	return maskinporten.KeyOptions{Password: maskinporten.NewSecret(password), KeyID: "kid", Name: name}
}

// pick passes most of the slow files over, which derive keys from passwords.
func pick(random *rand.Rand, files []keyFile) keyFile {
	for {
		if file := files[random.IntN(len(files))]; !file.slow || random.IntN(50) == 0 {
			return file
		}
	}
}

type tally struct {
	loads, read int
	problems    []string
}

// try damages one file and loads it, as a private and as a public key.
func (t *tally) try(random *rand.Rand, files []keyFile, known []*rsa.PublicKey) {
	file, other := pick(random, files), files[random.IntN(len(files))]
	data := slices.Clone(file.data)
	for range 1 + random.IntN(3) {
		data = mutate(random, data, other.data)
	}
	password := passwords[random.IntN(len(passwords))]
	defer func() {
		if failure := recover(); failure != nil {
			t.problem("panics", file.name, password, data, fmt.Sprintf("%v\n%s", failure, debug.Stack()))
		}
	}()
	t.loads++
	started := time.Now()
	key, err := maskinporten.LoadKey(data, options(password, ""))
	_, publicErr := maskinporten.ParseJSONWebKey(data)
	switch took := time.Since(started); {
	case took > slow:
		t.problem("is slow", file.name, password, data, took)
	case err != nil && !errors.Is(err, maskinporten.ErrInvalidArgument):
		t.problem("is another error", file.name, password, data, err)
	case publicErr != nil && !errors.Is(publicErr, maskinporten.ErrInvalidArgument):
		t.problem("is another error, read as public", file.name, password, data, publicErr)
	case err == nil:
		t.read++
		if !slices.ContainsFunc(known, func(k *rsa.PublicKey) bool { return k.Equal(key.Public()) }) {
			t.problem("gives another key", file.name, password, data, key)
		}
	}
}

func (t *tally) problem(what, name, password string, data []byte, detail any) {
	t.problems = append(t.problems, fmt.Sprintf("%s, password %q, %s: %v\n%q", name, password, what, detail, data))
}

const between = "\n\r\\\"'={}[],-0\x00"

// mutate damages data in one of the ways in which files come to harm, or in
// which somebody harms them.
func mutate(random *rand.Rand, data, other []byte) []byte {
	if len(data) < 2 {
		return slices.Clone(other)
	}
	from := random.IntN(len(data))
	to := from + random.IntN(min(len(data)-from, 64)) + 1
	switch random.IntN(9) {
	case 0: // a bit
		data[from] ^= 1 << random.IntN(8)
	case 1: // a byte
		data[from] = byte(random.Uint32())
	case 2: // cut out
		data = slices.Delete(data, from, to)
	case 3: // twice
		data = slices.Insert(data, from, slices.Clone(data[from:to])...)
	case 4: // cut off
		data = data[:from]
	case 5: // a letter for another, which stays base64
		data[from] = data[random.IntN(len(data))]
	case 6: // a length that isn't true
		data[from] = []byte{0, 0x7f, 0x80, 0x81, 0x84, 0xff}[random.IntN(6)]
	case 7: // the rest of another file
		data = slices.Concat(data[:from], other[min(from, len(other)):])
	default: // something between
		data = slices.Insert(data, from, between[random.IntN(len(between))])
	}
	return data
}
