package soak

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plexus/bench/child"
	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
)

var (
	duration = flag.Duration("soak.time", 15*time.Second, "how long TestSoak sends waves of streams")
	streams  = flag.Int("soak.streams", 200, "concurrent streams of a wave")
)

var program string

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "plexus-soak")
	if err == nil {
		program, err = child.Build(dir)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// model is a random network, small enough that many waves pass in seconds.
func model(t *testing.T) string {
	return "--model=test/random=" + gguftest.LlamaFile(t, gguftest.Spec{Type: gguf.Q4_0, Context: 1024, Tokenizer: "gpt2", Pre: "llama-bpe"})
}

func start(t *testing.T, data string, args ...string) *child.Server {
	t.Helper()
	s, err := child.Start(program, data, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}

// question returns the n-th question; some share a long beginning, so that
// prefixes are found in the cache.
func question(n int) child.Question {
	text := fmt.Sprintf("hello world number %d", n)
	if n%2 == 0 {
		text = "the word that was in the world and of the one that we all had to use from this have at be " + text
	}
	return child.Question{Model: "test/random", Text: text, MaxTokens: 24 + 8*(n%4)}
}

const questions = 12

// ask returns the answers to all questions, one after the other.
func ask(t *testing.T, s *child.Server) (answers [questions]string) {
	t.Helper()
	for n := range answers {
		a, err := s.Ask(t.Context(), question(n))
		if err != nil {
			t.Fatal(err)
		}
		if a.Tokens == 0 {
			t.Fatalf("no tokens for question %d", n)
		}
		answers[n] = a.Text
	}
	return answers
}

// wave sends streams at once, cancels about half of them at random moments, and
// wants every other answer to be the expected one. It returns how many were cancelled.
func wave(t *testing.T, s *child.Server, want [questions]string) (cancelled int64) {
	t.Helper()
	var group sync.WaitGroup
	var gone, wrong atomic.Int64
	for range *streams {
		group.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if rand.IntN(2) == 0 {
				defer time.AfterFunc(rand.N(400*time.Millisecond), cancel).Stop()
			}
			n := rand.IntN(questions)
			a, err := s.Ask(ctx, question(n))
			switch {
			case errors.Is(err, context.Canceled):
				gone.Add(1)
			case err != nil:
				t.Error(err)
			case a.Text != want[n] && wrong.Add(1) == 1:
				t.Errorf("question %d among others: %q, alone: %q", n, a.Text, want[n])
			}
		})
	}
	group.Wait()
	return gone.Load()
}

// figures are what a server holds when it rests.
type figures struct {
	goroutines, files float64
	resident          int64
}

// rest waits until no stream, no sequence and no KV block is in use any more,
// then until goroutines and open files are down to those of limit.
func rest(t *testing.T, s *child.Server, limit figures) figures {
	t.Helper()
	s.CloseIdle()
	var busy string
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		busy = ""
		for name, most := range map[string]float64{
			"plexus_streams": 0, "plexus_engine_active": 0, "plexus_engine_queued": 0, "plexus_engine_kv_blocks_used": 0,
			"go_goroutines": limit.goroutines, "process_open_fds": limit.files,
		} {
			if x := metric(t, s, name); x > most {
				busy = fmt.Sprintf("%s is %v, want at most %v", name, x, most)
			}
		}
		if busy == "" {
			resident, err := s.Resident()
			if err != nil {
				t.Fatal(err)
			}
			return figures{metric(t, s, "go_goroutines"), metric(t, s, "process_open_fds"), resident}
		}
	}
	t.Fatalf("the server does not come to rest: %s", busy)
	panic("unreachable")
}

func metric(t *testing.T, s *child.Server, name string) float64 {
	t.Helper()
	x, err := s.Metric(name)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestSoak repeats waves of streams with clients that go away. Between waves
// the server must come back to where it was: goroutines, open files, KV blocks,
// and memory.
func TestSoak(t *testing.T) {
	s := start(t, t.TempDir(), model(t))
	want := ask(t, s)
	unlimited := figures{goroutines: 1e9, files: 1e9}
	wave(t, s, want)
	base := rest(t, s, unlimited)
	// A connection or two of the runtime's and the client's own may be there or not.
	limit := figures{goroutines: base.goroutines + 4, files: base.files + 4}

	waves, cancelled := 1, int64(0)
	var now, early figures
	for began := time.Now(); time.Since(began) < *duration && !t.Failed(); waves++ {
		cancelled += wave(t, s, want)
		now = rest(t, s, limit)
		if waves <= 3 {
			early = now
		}
	}
	t.Logf("%d waves of %d streams, %d cancelled: %v goroutines, %v files, %d MiB; after the first wave %v, %v, %d MiB",
		waves, *streams, cancelled, now.goroutines, now.files, now.resident>>20, base.goroutines, base.files, base.resident>>20)
	if most := early.resident + early.resident/10 + 16<<20; now.resident > most {
		t.Errorf("%d MiB resident after %d waves, %d MiB after the first: memory leaks", now.resident>>20, waves, early.resident>>20)
	}
	if got := ask(t, s); got != want {
		t.Errorf("the answers have changed: %q, before %q", got, want)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}
