package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"plexus"
	"plexus/textgen"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakes loads engines that count themselves. A model is as large as its
// weights' name is long.
type fakes struct {
	t      *testing.T
	mu     sync.Mutex
	loads  map[string]int
	open   map[*fakeEngine]bool
	fail   map[string]error
	before func(ctx context.Context) // each load
}

type fakeEngine struct {
	fakes *fakes
	name  string
}

func newFleet(t *testing.T, memory int64) (*Fleet, *fakes) {
	t.Helper()
	s := &fakes{t: t, loads: make(map[string]int), open: make(map[*fakeEngine]bool), fail: make(map[string]error)}
	f := New(Config{Memory: memory, Threads: 1, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	f.load = s.load
	t.Cleanup(func() { f.Close() })
	return f, s
}

func (s *fakes) load(ctx context.Context, m plexus.Model, reserve func(int64) error) (Engine, error) {
	if s.before != nil {
		s.before(ctx)
	}
	if err := reserve(int64(len(m.Weights))); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads[m.Weights]++
	if err := s.fail[m.Weights]; err != nil {
		return nil, err
	}
	e := &fakeEngine{fakes: s, name: m.Weights}
	s.open[e] = true
	return e, nil
}

func (s *fakes) loaded() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for e := range s.open {
		names = append(names, e.name)
	}
	slices.Sort(names)
	return names
}

func (e *fakeEngine) Run(ctx context.Context, r *plexus.Request) (*plexus.Result, error) {
	e.fakes.mu.Lock()
	defer e.fakes.mu.Unlock()
	if !e.fakes.open[e] {
		return nil, errors.New("run after close")
	}
	switch string(r.Inputs) {
	case "panic":
		panic("the engine broke")
	case "stream":
		return &plexus.Result{Events: func(yield func(any, error) bool) {
			_ = yield(1, nil) && yield(2, nil)
		}}, nil
	}
	return &plexus.Result{Value: e.name}, nil
}

func (e *fakeEngine) Stats() textgen.Stats { return textgen.Stats{} }

func (e *fakeEngine) Close() error {
	e.fakes.mu.Lock()
	defer e.fakes.mu.Unlock()
	if !e.fakes.open[e] {
		e.fakes.t.Errorf("%s is closed twice", e.name)
	}
	delete(e.fakes.open, e)
	return nil
}

func model(weights string) plexus.Model { return plexus.Model{ID: "@" + weights, Weights: weights} }

func ask(f *Fleet, weights string) error {
	r, err := f.Run(context.Background(), model(weights), &plexus.Request{})
	if err == nil && r.Value != weights {
		err = fmt.Errorf("%s was answered by %v", weights, r.Value)
	}
	return err
}

func TestConcurrentFirstRequestsLoadOnce(t *testing.T) {
	f, s := newFleet(t, 100)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if err := ask(f, "a"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if s.loads["a"] != 1 {
		t.Errorf("%d loads", s.loads["a"])
	}
}

func TestFailedLoadIsToldToAllAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, s := newFleet(t, 100)
		defer f.Close()
		s.fail["a"] = errors.New("bad file")
		s.before = func(context.Context) { time.Sleep(time.Second) }
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if err := ask(f, "a"); !errors.Is(err, s.fail["a"]) || plexus.AsError(err).Code != plexus.CodeInternal {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if s.loads["a"] != 1 || f.used != 0 {
			t.Errorf("%d loads, %d bytes still reserved", s.loads["a"], f.used)
		}
		s.fail = nil
		if err := ask(f, "a"); err != nil {
			t.Errorf("after the file is repaired: %v", err)
		}
	})
}

func TestPanicInALoadIsAnError(t *testing.T) {
	f, s := newFleet(t, 100)
	s.before = func(context.Context) { panic("hostile file") }
	if err := ask(f, "a"); plexus.AsError(err).Code != plexus.CodeInternal {
		t.Error(err)
	}
}

func TestLeavingDoesNotAbortALoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, s := newFleet(t, 100)
		defer f.Close()
		s.before = func(ctx context.Context) {
			select {
			case <-time.After(time.Minute):
			case <-ctx.Done():
				t.Error("the load was cancelled")
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := f.Run(ctx, model("a"), &plexus.Request{}); plexus.AsError(err).Code != plexus.CodeTimeout {
			t.Error(err)
		}
		if err := ask(f, "a"); err != nil || s.loads["a"] != 1 {
			t.Errorf("%v, %d loads", err, s.loads["a"])
		}
	})
}

func TestIdleModelsAreUnloaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, s := newFleet(t, 100)
		defer f.Close()
		for range 3 { // use keeps it
			if err := ask(f, "a"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(9 * time.Minute)
		}
		if s.loads["a"] != 1 {
			t.Errorf("%d loads", s.loads["a"])
		}
		time.Sleep(2 * time.Minute)
		if len(s.loaded()) != 0 || f.used != 0 || len(f.Loaded()) != 0 {
			t.Errorf("%v loaded, %d bytes", s.loaded(), f.used)
		}
	})
}

func TestStreamsKeepTheirModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, s := newFleet(t, 3)
		defer f.Close()
		ctx, cancel := context.WithCancel(t.Context())
		stream := func() *plexus.Result {
			r, err := f.Run(ctx, model("aaa"), &plexus.Request{Inputs: []byte("stream")})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		r := stream()
		time.Sleep(time.Hour)
		if err := ask(f, "b"); plexus.AsError(err).Code != plexus.CodeNoCapacity {
			t.Errorf("in the middle of a stream: %v", err)
		}
		for range r.Events {
			break
		}
		stream() // never read
		if err := ask(f, "b"); plexus.AsError(err).Code != plexus.CodeNoCapacity {
			t.Errorf("before a stream: %v", err)
		}
		cancel()
		synctest.Wait()
		if err := ask(f, "b"); err != nil {
			t.Errorf("after the streams: %v", err)
		}
		synctest.Wait()
		if got := s.loaded(); !slices.Equal(got, []string{"b"}) {
			t.Errorf("%v loaded", got)
		}
	})
}

// A request that panics is no user any more.
func TestPanicReleases(t *testing.T) {
	f, _ := newFleet(t, 100)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_, _ = f.Run(t.Context(), model("a"), &plexus.Request{Inputs: []byte("panic")})
	}()
	if s := f.Loaded(); len(s) != 1 || s[0].Users != 0 {
		t.Errorf("%+v", s)
	}
}

func TestMemoryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, s := newFleet(t, 10)
		defer f.Close()
		for _, c := range []struct {
			ask  string
			want []string
		}{
			{"aaaa", []string{"aaaa"}},
			{"bbb", []string{"aaaa", "bbb"}},
			{"cc", []string{"aaaa", "bbb", "cc"}},
			{"aaaa", []string{"aaaa", "bbb", "cc"}},
			{"dd", []string{"aaaa", "cc", "dd"}}, // bbb was unused for longest
			{"too large!!", []string{"aaaa", "cc", "dd"}},
			{"eeeeeee", []string{"dd", "eeeeeee"}},
			{"ffffffffff", []string{"ffffffffff"}},
		} {
			err := ask(f, c.ask)
			if large := len(c.ask) > 10; (err != nil) != large || large && plexus.AsError(err).Code != plexus.CodeNoCapacity {
				t.Errorf("%s: %v", c.ask, err)
			}
			synctest.Wait()
			if got := s.loaded(); !slices.Equal(got, c.want) {
				t.Errorf("after %s: %v loaded, want %v", c.ask, got, c.want)
			}
			time.Sleep(time.Second)
		}
	})
}

// Many requests for more models than fit: memory is never exceeded, no engine
// is used after its end, and everybody is answered or refused for capacity.
func TestCrowd(t *testing.T) {
	f, s := newFleet(t, 10)
	var all sync.WaitGroup
	for i := range 300 {
		all.Go(func() {
			err := ask(f, []string{"aaaa", "bbbbb", "ccc", "dddddd"}[i%4])
			if err != nil && plexus.AsError(err).Code != plexus.CodeNoCapacity {
				t.Error(err)
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			if f.used > 10 {
				t.Errorf("%d bytes reserved", f.used)
			}
		})
	}
	all.Wait()
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if f.used != 0 || len(s.loaded()) != 0 {
		t.Errorf("after Close: %d bytes, %v", f.used, s.loaded())
	}
	if err := ask(f, "aaaa"); plexus.AsError(err).Code != plexus.CodeNoCapacity {
		t.Errorf("after Close: %v", err)
	}
}
