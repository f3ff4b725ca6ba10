package encode

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"plexus"
	"plexus/nn"
)

// fake is a network whose vector of a text is its first token and its length.
// It notes what came in each pass.
type fake struct {
	mu     sync.Mutex
	passes [][]int32     // first tokens
	gate   chan struct{} // if not nil, a pass waits for it
	err    error
	panics bool
}

func (f *fake) Width() int   { return 2 }
func (f *fake) Rows() int    { return 1 << 20 }
func (f *fake) Context() int { return 1 << 20 }

func (f *fake) Encode(s *nn.Sequences, pooling []Pooling) ([]float32, error) {
	if f.gate != nil {
		<-f.gate
	}
	if f.panics {
		panic("the network broke")
	}
	if len(pooling) != len(s.Lengths) || len(s.Types) != len(s.Tokens) {
		return nil, fmt.Errorf("%d poolings of %d texts, %d types of %d tokens", len(pooling), len(s.Lengths), len(s.Types), len(s.Tokens))
	}
	var firsts []int32
	var out []float32
	row := 0
	for _, n := range s.Lengths {
		firsts = append(firsts, s.Tokens[row])
		out = append(out, float32(s.Tokens[row]), float32(n))
		row += int(n)
	}
	f.mu.Lock()
	f.passes = append(f.passes, firsts)
	f.mu.Unlock()
	return out, f.err
}

// of makes n texts of the given length whose first tokens are id, id+1, ...
func of(id int32, n, length int) []*text {
	var list []*text
	for i := range n {
		t := &text{tokens: make([]int32, length), pooling: Mean}
		t.tokens[0] = id + int32(i)
		list = append(list, t)
	}
	return list
}

// Texts of requests that wait together share passes in turn, up to the budget;
// one that is larger than the budget has a pass of its own.
func TestBatchesAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &fake{gate: make(chan struct{})}
		b := newBatcher(net, 100)
		run := func(texts []*text) {
			go func() {
				if err := b.run(t.Context(), texts, plexus.Options{}); err != nil {
					t.Error(err)
				}
				for _, x := range texts {
					if !slices.Equal(x.vector, []float32{float32(x.tokens[0]), float32(len(x.tokens))}) {
						t.Errorf("vector %v of text %d with %d tokens", x.vector, x.tokens[0], len(x.tokens))
					}
				}
			}()
			synctest.Wait() // one after the other
		}
		run(of(1, 1, 1)) // the first pass, which the others wait for
		run(of(10, 3, 200))
		run(of(20, 2, 100))
		run(of(30, 1, budget+1))
		close(net.gate)
		synctest.Wait()
		b.close()
		want := [][]int32{{1}, {10, 20}, {30}, {11, 21, 12}}
		if fmt.Sprint(net.passes) != fmt.Sprint(want) {
			t.Errorf("passes %v, want %v", net.passes, want)
		}
	})
}

func TestBatcherRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &fake{gate: make(chan struct{})}
		b := newBatcher(net, 1)
		var done sync.WaitGroup
		run := func(ctx context.Context, n int, o plexus.Options, want plexus.Code) {
			t.Helper()
			done.Go(func() {
				err := b.run(ctx, of(1, n, 1), o)
				var e *plexus.Error
				if want == 0 && err != nil || want != 0 && (!errors.As(err, &e) || e.Code != want) {
					t.Errorf("%d texts: error %v, want code %d", n, err, want)
				}
			})
			synctest.Wait()
		}
		run(t.Context(), 1, plexus.Options{RejectIfBusy: true}, 0) // is not busy
		cancelled, cancel := context.WithCancel(t.Context())
		run(cancelled, 2, plexus.Options{}, plexus.CodeAborted)
		run(t.Context(), 1, plexus.Options{RejectIfBusy: true}, plexus.CodeNoCapacity)
		run(t.Context(), 2, plexus.Options{}, plexus.CodeNoCapacity) // one waits
		cancel()
		synctest.Wait()
		run(t.Context(), 1, plexus.Options{}, plexus.CodeNoCapacity) // when the batcher is closed, below
		go b.close()
		synctest.Wait()
		close(net.gate)
		done.Wait()
		run(t.Context(), 1, plexus.Options{}, plexus.CodeNoCapacity)
		if len(net.passes) != 1 {
			t.Errorf("passes %v: a cancelled request was computed", net.passes)
		}
	})
}

// A request whose pass failed while more of its texts waited has ended: closing
// does not end it again.
func TestCloseAfterFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &fake{gate: make(chan struct{}), err: errors.New("out of order")}
		b := newBatcher(net, 10)
		go func() {
			if err := b.run(t.Context(), of(1, 3, 400), plexus.Options{}); err == nil {
				t.Error("no error")
			}
		}()
		synctest.Wait()
		go b.close()
		synctest.Wait()
		close(net.gate)
		synctest.Wait()
	})
}

// What a network breaks is an error of the requests in the pass; the next go
// on.
func TestBatcherSurvives(t *testing.T) {
	net := &fake{panics: true}
	b := newBatcher(net, 10)
	defer b.close()
	for _, spoil := range []func(){func() {}, func() { net.panics, net.err = false, errors.New("out of order") }} {
		spoil()
		err := b.run(t.Context(), of(1, 3, 400), plexus.Options{})
		if e := (*plexus.Error)(nil); !errors.As(err, &e) || e.Code != plexus.CodeInternal {
			t.Errorf("error %v, want an internal one", err)
		}
	}
	net.err = nil
	if err := b.run(t.Context(), of(1, 3, 400), plexus.Options{}); err != nil {
		t.Error(err)
	}
}
