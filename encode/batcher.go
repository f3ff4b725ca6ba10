package encode

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"plexus"
	"plexus/nn"
)

// budget is how many tokens share a forward pass, unless a single text has
// more: enough for the products to run at full speed, few enough for other
// models to get their turn soon.
const budget = 512

// text is one sequence to encode.
type text struct {
	tokens  []int32
	types   []int32 // nil: all 0
	pooling Pooling
	vector  []float32 // the result
}

// job is the texts of one request.
type job struct {
	ctx   context.Context
	texts []*text
	next  int // of texts, to be encoded
	done  int // texts that have their vector
	err   error
	over  chan struct{} // closed when all texts are done, or err is set
}

func (j *job) end(err error) {
	j.err = err
	close(j.over)
}

// batcher packs the texts of concurrent requests into shared forward passes:
// one text of each job in turn, as many as the budget allows. No padding is
// computed. Between requests it sleeps.
type batcher struct {
	net     Network
	queued  int           // requests that may wait, at most
	stopped chan struct{} // closed when the loop has ended

	mu      sync.Mutex
	work    sync.Cond
	waiting []*job // those with texts to encode; the first has the next turn
	closed  bool

	// of the loop only
	batch   nn.Sequences
	pooling []Pooling
	taken   []*text
	owners  []*job // of taken
}

func newBatcher(net Network, queue int) *batcher {
	b := &batcher{net: net, queued: queue, stopped: make(chan struct{})}
	b.work.L = &b.mu
	go b.loop()
	return b
}

// run encodes the texts and returns when each has its vector. Errors are
// *plexus.Error.
func (b *batcher) run(ctx context.Context, texts []*text, o plexus.Options) error {
	if len(texts) == 0 {
		return nil
	}
	j := &job{ctx: ctx, texts: texts, over: make(chan struct{})}
	b.mu.Lock()
	if b.closed || len(b.waiting) >= b.queued || o.RejectIfBusy && len(b.waiting) > 0 {
		b.mu.Unlock()
		return plexus.NoCapacity()
	}
	b.waiting = append(b.waiting, j)
	b.work.Signal()
	b.mu.Unlock()
	select {
	case <-j.over:
	case <-ctx.Done():
		b.forget(j)
		return plexus.AsError(context.Cause(ctx))
	}
	if j.err != nil {
		return plexus.AsError(j.err)
	}
	return nil
}

// forget takes a job out of the queue. What of it is in a pass is computed.
func (b *batcher) forget(j *job) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = slices.DeleteFunc(b.waiting, func(w *job) bool { return w == j })
}

// close ends what waits with CodeNoCapacity and stops the loop.
func (b *batcher) close() {
	b.mu.Lock()
	b.closed = true
	b.work.Signal()
	b.mu.Unlock()
	<-b.stopped
}

func (b *batcher) loop() {
	defer close(b.stopped)
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		for !b.closed && !b.plan() {
			b.work.Wait()
		}
		if b.closed {
			for _, j := range b.waiting {
				if j.err == nil { // else its last pass has ended it
					j.end(plexus.NoCapacity())
				}
			}
			return
		}
		b.mu.Unlock()
		err := b.pass()
		b.mu.Lock()
		b.finish(err)
	}
}

// plan takes texts for a pass: one of each job in turn, first come first
// served. It reports whether there are any.
func (b *batcher) plan() bool {
	b.batch.Reset()
	b.batch.Types = b.batch.Types[:0]
	b.pooling, b.taken, b.owners = b.pooling[:0], b.taken[:0], b.owners[:0]
	for len(b.waiting) > 0 {
		j := b.waiting[0]
		if j.err != nil || j.ctx.Err() != nil {
			b.waiting = b.waiting[1:]
			continue
		}
		t := j.texts[j.next]
		if rows := len(b.batch.Tokens); rows > 0 && rows+len(t.tokens) > budget {
			break
		}
		b.take(j, t)
		b.waiting = b.waiting[1:]
		if j.next < len(j.texts) {
			b.waiting = append(b.waiting, j)
		}
	}
	return len(b.taken) > 0
}

func (b *batcher) take(j *job, t *text) {
	j.next++
	b.taken, b.owners, b.pooling = append(b.taken, t), append(b.owners, j), append(b.pooling, t.pooling)
	s := &b.batch
	s.Tokens, s.Lengths = append(s.Tokens, t.tokens...), append(s.Lengths, int32(len(t.tokens)))
	if t.types != nil {
		s.Types = append(s.Types, t.types...)
	} else {
		s.Types = append(s.Types, make([]int32, len(t.tokens))...)
	}
}

// pass encodes what plan took. A panic of the network becomes an error: it
// ends the requests in the pass, not the server.
func (b *batcher) pass() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		if err != nil {
			err = fmt.Errorf("encode: forward pass: %w", err)
		}
	}()
	vectors, err := b.net.Encode(&b.batch, b.pooling)
	if err != nil {
		return err
	}
	width := b.net.Width()
	for i, t := range b.taken {
		t.vector = slices.Clone(vectors[i*width:][:width])
	}
	return nil
}

// finish counts the vectors of a pass, and ends the jobs that have all.
func (b *batcher) finish(err error) {
	for _, j := range b.owners {
		j.done++
		switch {
		case j.err != nil: // another of its texts was in the pass
		case err != nil:
			j.end(err)
		case j.done == len(j.texts):
			j.end(nil)
		}
	}
}
