package textgen

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"plexus"
	"plexus/nn"
)

// standing returns an engine whose loop the test is.
func standing(t testing.TB, f *fake, o Options) *Engine {
	t.Helper()
	e := New(f, bytesTokenizer(t), nil, workers(t), o)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e.closed = false
	e.mu.Lock() // as the loop holds it
	t.Cleanup(e.mu.Unlock)
	return e
}

// enqueue puts a prompt of n tokens in the queue, of an account of its own.
func enqueue(t testing.TB, e *Engine, n, maxTokens int) *sequence {
	t.Helper()
	q := request(plexus.Native, map[string]any{"prompt": strings.Repeat("p", n), "seed": 1})
	in, err := decode(q.Form, q.Inputs)
	if err != nil {
		t.Fatal(err)
	}
	prompt, err := e.prompt(in)
	if err != nil {
		t.Fatal(err)
	}
	s := newSequences(newJob(t.Context(), fmt.Sprint(rand.Int()), 1), in, prompt, n+maxTokens)
	e.waiting = append(e.waiting, s)
	return s
}

func step(e *Engine) {
	e.sweep()
	e.admit()
	e.turn()
}

func TestPromptsAreCutToFit(t *testing.T) {
	f := newFake(babble, 100, 1000, 100)
	var sizes []int
	f.fail = func(b *nn.Batch) error {
		sizes = append(sizes, len(b.Tokens))
		return nil
	}
	e := standing(t, f, Options{Chunk: 40})
	enqueue(t, e, 150, 100)
	step(e) // alone: as many rows as the network takes
	step(e)
	enqueue(t, e, 90, 100)
	for range 4 { // beside another text: a chunk at a time
		step(e)
	}
	want := []int{100, 50, 41, 41, 11, 2}
	for i := range want {
		if sizes[i] != want[i] {
			t.Fatalf("batches of %v rows, want %v", sizes, want)
		}
	}
}

func TestShortPromptsDoNotWaitForLongOnes(t *testing.T) {
	f := newFake(babble, 100, 10000, 400)
	e := standing(t, f, Options{})
	long := enqueue(t, e, 5000, 10)
	step(e)
	short := enqueue(t, e, 60, 10)
	step(e)
	step(e)
	if len(short.tokens) == 60 || long.done < 150 {
		t.Errorf("after three turns the short text has %d new tokens, the long prompt %d computed", len(short.tokens)-60, long.done)
	}
}

// A block that runs out sends the youngest back, to the head of the queue, and
// the eldest never.
func TestPreemption(t *testing.T) {
	f := newFake(babble, 64, 320, 10)
	e := standing(t, f, Options{})
	first, second, third := enqueue(t, e, 90, 200), enqueue(t, e, 90, 200), enqueue(t, e, 90, 200)
	other := enqueue(t, e, 33, 1)
	step(e)
	if len(e.active) != 2 { // the third would leave no block to go on with
		t.Fatalf("%d sequences run", len(e.active))
	}
	for e.stats.Preempted == 0 {
		step(e)
	}
	if len(e.active) != 1 || e.active[0] != first || len(e.waiting) != 3 || e.waiting[0] != second || e.waiting[1] != third {
		t.Errorf("%d active, %d waiting, in another order than they came", len(e.active), len(e.waiting))
	}
	for len(other.tokens) == 33 {
		step(e)
	}
	if len(first.tokens) != 290 {
		t.Errorf("the eldest has %d tokens", len(first.tokens))
	}
}

// Between two blocks, and but for the growth of token lists now and then.
func TestTurnsAllocateNothing(t *testing.T) {
	f := newFake(func(_ []int32, logits []float32) { logits['a'] = 5 }, 512, 1000, 200)
	e := standing(t, f, Options{})
	for range 20 {
		s := enqueue(t, e, 10, 200)
		s.job.outputs[0].text, s.job.outputs[0].ends = make([]byte, 0, 200), make([]int, 0, 200)
	}
	for range 40 {
		step(e)
	}
	if n := testing.AllocsPerRun(10, func() { step(e) }); n > 0 || e.active[19].done != 60 {
		t.Errorf("%v allocations per turn, at %d tokens", n, e.active[19].done)
	}
}
