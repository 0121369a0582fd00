package wire_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/wire"
)

func TestABodyIsReadToItsEndWhateverLengthIsAnnounced(t *testing.T) {
	t.Parallel()
	const limit = 4000
	for _, size := range []int{0, 1, 511, 512, 513, limit, limit + 1} {
		text := strings.Repeat("x", size)
		for _, announced := range []int64{-1, 0, 1, int64(size), int64(size) - 1, limit, 1 << 60} {
			for what, reader := range map[string]func(io.Reader) io.Reader{
				"at once": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader,
				"by halves": iotest.HalfReader, "with the end in the last part": iotest.DataErrReader,
			} {
				body, err := wire.ReadBody(&http.Response{Body: io.NopCloser(reader(strings.NewReader(text))), ContentLength: announced}, limit)
				if size > limit {
					if !errors.Is(err, errtext.ErrBadAnswer) {
						t.Errorf("%d bytes, %d announced, %s: error %v", size, announced, what, err)
					}
					continue
				}
				if err != nil || string(body) != text {
					t.Errorf("%d bytes, %d announced, %s: %d bytes, error %v", size, announced, what, len(body), err)
				}
			}
		}
	}
}

func TestABodyThatBreaksOffIsAnErrorOfItsOwn(t *testing.T) {
	t.Parallel()
	broken := io.MultiReader(strings.NewReader("{"), iotest.ErrReader(io.ErrUnexpectedEOF))
	if body, err := wire.ReadBody(&http.Response{Body: io.NopCloser(broken), ContentLength: 100}, 100); !errors.Is(err, io.ErrUnexpectedEOF) || body != nil {
		t.Errorf("%q, error %v", body, err)
	}
}
