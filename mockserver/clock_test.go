package mockserver_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestClockGoesWithTheRealOneAndCanBeMoved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clock := start(t).Clock()
		at := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
		began := time.Now()
		for _, step := range []struct {
			name string
			do   func()
			want time.Time
		}{
			{"as it is", func() {}, began},
			{"a second later", func() { time.Sleep(time.Second) }, began.Add(time.Second)},
			{"advanced", func() { clock.Advance(time.Hour) }, began.Add(time.Hour + time.Second)},
			{"put back", func() { clock.Advance(-2 * time.Hour) }, began.Add(-time.Hour + time.Second)},
			{"set", func() { clock.Set(at) }, at},
			{"set, and going", func() { time.Sleep(time.Minute) }, at.Add(time.Minute)},
			{"fixed", func() { clock.Fix(at); time.Sleep(time.Minute) }, at},
			{"fixed, and advanced", func() { clock.Advance(time.Hour); time.Sleep(time.Minute) }, at.Add(time.Hour)},
			{"set again", func() { clock.Set(at); time.Sleep(time.Second) }, at.Add(time.Second)},
			{"reset", func() { clock.Reset() }, began.Add(3*time.Minute + 2*time.Second)},
		} {
			if step.do(); !clock.Now().Equal(step.want) {
				t.Errorf("%s: %v, want %v", step.name, clock.Now(), step.want)
			}
		}
	})
}

func TestClockGoesByTheTimeItIsGiven(t *testing.T) {
	t.Parallel()
	at := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	srv := start(t, mockserver.WithTime(func() time.Time { return at }))
	srv.Clock().Advance(time.Second)
	if got := srv.Clock().Now(); !got.Equal(at.Add(time.Second)) {
		t.Errorf("got %v", got)
	}
}

func TestServersHaveClocksOfTheirOwn(t *testing.T) {
	t.Parallel()
	first, second := start(t), start(t)
	first.Clock().Advance(time.Hour)
	if off := time.Until(second.Clock().Now()); off > time.Minute {
		t.Errorf("the other clock is %v ahead", off)
	}
}
