package textgen

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"plexus"
	"plexus/nn"
)

// gate makes each forward pass wait for a permit.
func gate(f *fake) chan struct{} {
	permits := make(chan struct{})
	f.fail = func(*nn.Batch) error {
		<-permits
		return nil
	}
	return permits
}

func TestQueueIsBounded(t *testing.T) {
	f := newFake(babble, 64, 100, 10)
	permits := gate(f)
	e := start(t, f, Options{MaxSequences: 1, Queue: 2})
	q := request(plexus.Native, map[string]any{"prompt": "p", "max_tokens": 1, "stream": true})
	var results []*plexus.Result
	for range 3 { // one runs, two wait
		r, err := e.Run(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
		for len(results) == 1 && e.Stats().Active == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	if _, err := e.Run(t.Context(), q); plexus.AsError(err).Code != plexus.CodeNoCapacity {
		t.Errorf("full queue: %v", err)
	}
	close(permits)
	for _, r := range results {
		if _, _, err := collect(r); err != nil {
			t.Error(err)
		}
	}
}

// Texts that come while a turn is computed, and will have seats when it ends,
// are not what the queue is bounded for.
func TestSeatsAreNotTheQueue(t *testing.T) {
	f := newFake(babble, 64, 100, 10)
	permits := gate(f)
	e := start(t, f, Options{MaxSequences: 4, Queue: 2})
	q := request(plexus.Native, map[string]any{"prompt": "p", "max_tokens": 1, "stream": true})
	for i := range 7 {
		_, err := e.Run(t.Context(), q)
		if full := i == 6; full != (err != nil) {
			t.Errorf("text %d of 4 that run and 2 that wait: %v", i+1, err)
		}
	}
	close(permits)
}

func TestRejectIfBusy(t *testing.T) {
	f := newFake(babble, 64, 100, 10)
	permits := gate(f)
	e := start(t, f, Options{MaxSequences: 1})
	q := request(plexus.Native, map[string]any{"prompt": "p", "max_tokens": 1, "stream": true})
	q.Options.RejectIfBusy = true
	first, err := e.Run(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Run(t.Context(), q); plexus.AsError(err).Code != plexus.CodeNoCapacity {
		t.Errorf("busy: %v", err)
	}
	close(permits)
	for range 100 { // whoever has seen the end of a stream finds its place free
		if _, _, err := collect(first); err != nil {
			t.Fatal(err)
		}
		if first, err = e.Run(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCancelFreesTheSequenceWithinOneStep(t *testing.T) {
	for name, leave := range map[string]func(r *plexus.Result, cancel func()) error{
		"context": func(r *plexus.Result, cancel func()) error {
			cancel()
			_, usage, err := collect(r)
			if usage == nil || usage.PromptTokens != 1 {
				return errors.New("no usage before the error")
			}
			if plexus.AsError(err).Code != plexus.CodeAborted {
				return err
			}
			return nil
		},
		"reader": func(r *plexus.Result, _ func()) error {
			for range r.Events {
				break
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(babble, 64, 10000, 400)
			permits := gate(f)
			e := start(t, f, Options{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r, err := e.Run(ctx, request(plexus.Native, map[string]any{"prompt": "p", "max_tokens": 9000, "stream": true}))
			if err != nil {
				t.Fatal(err)
			}
			permits <- struct{}{}
			permits <- struct{}{} // the loop is past the first draw
			if err := leave(r, cancel); err != nil {
				t.Error(err)
			}
			close(permits)
			for e.Stats().Active > 0 {
				time.Sleep(time.Millisecond)
			}
			if turns := e.Stats().Turns; turns > 4 {
				t.Errorf("%d turns", turns)
			}
		})
	}
}

func TestDeadline(t *testing.T) {
	f := newFake(babble, 64, 10000, 400)
	permits := gate(f)
	e := start(t, f, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := e.Run(ctx, request(plexus.Native, map[string]any{"prompt": "p"}))
	if plexus.AsError(err).Code != plexus.CodeTimeout {
		t.Error(err)
	}
	close(permits)
}

// A reader that does not read holds nobody up, and finds everything later.
func TestSlowReader(t *testing.T) {
	e := start(t, newFake(babble, 64, 1000, 100), Options{})
	slow := request(plexus.Native, map[string]any{"prompt": "slow", "max_tokens": 500, "stream": true})
	r, err := e.Run(t.Context(), slow)
	if err != nil {
		t.Fatal(err)
	}
	for e.Stats().GeneratedTokens < 500 {
		if _, err := run(e, request(plexus.Native, map[string]any{"prompt": "fast", "max_tokens": 5})); err != nil {
			t.Fatal(err)
		}
	}
	choices, usage, err := collect(r)
	if err != nil || len(choices[0].Text) != 500 || usage.CompletionTokens != 500 {
		t.Errorf("%d bytes, %+v, %v", len(choices[0].Text), usage, err)
	}
}

// Two hundred streams, most of them left at a random moment, and the engine
// closed under the last of them.
func TestCancellationStorm(t *testing.T) {
	f := newFake(babble, 32, 400, 60)
	e := start(t, f, Options{MaxSequences: 16, Queue: 300})
	var all sync.WaitGroup
	for i := range 200 {
		r := rand.New(rand.NewPCG(uint64(i), 0))
		q := randomRequest(r)
		all.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			time.AfterFunc(time.Duration(r.IntN(50))*time.Millisecond, cancel)
			result, err := e.Run(ctx, q)
			if err != nil || result.Events == nil {
				return
			}
			left := r.IntN(40)
			for range result.Events {
				if left--; left < 0 {
					break
				}
			}
		})
	}
	all.Wait()
	for e.Stats().Active > 0 {
		time.Sleep(time.Millisecond)
	}
	if s := e.Stats(); s.Queued != 0 || s.BlocksUsed != 0 {
		t.Errorf("left behind: %+v", s)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	e := New(newFake(babble, 64, 100000, 4000), bytesTokenizer(t), nil, workers(t), Options{MaxSequences: 2})
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			_, err := run(e, request(plexus.Native, map[string]any{"prompt": "p", "max_tokens": 90000}))
			if plexus.AsError(err).Code != plexus.CodeNoCapacity {
				t.Error(err)
			}
		})
	}
	for e.Stats().Active == 0 {
		time.Sleep(time.Millisecond)
	}
	e.Close()
	all.Wait()
	if _, err := run(e, request(plexus.Native, map[string]any{"prompt": "p"})); plexus.AsError(err).Code != plexus.CodeNoCapacity {
		t.Errorf("after Close: %v", err)
	}
}
