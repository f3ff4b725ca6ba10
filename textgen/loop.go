package textgen

import (
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"plexus"
)

// loop takes turns until the engine is closed.
func (e *Engine) loop() {
	defer close(e.stopped)
	e.mu.Lock()
	defer e.mu.Unlock()
	for {
		e.sweep()
		e.admit()
		for !e.closed && len(e.active) == 0 {
			e.work.Wait()
			e.admit()
		}
		if e.closed {
			for _, s := range append(e.waiting, e.active...) {
				s.job.fail(plexus.NoCapacity())
			}
			e.waiting, e.active = nil, nil
			return
		}
		start := time.Now()
		e.turn()
		e.stats.Turns++
		e.stats.Busy += time.Since(start)
	}
}

// sweep drops the sequences that nobody waits for any more.
func (e *Engine) sweep() {
	e.active = slices.DeleteFunc(e.active, func(s *sequence) bool {
		over := s.job.over()
		if over {
			s.release(e.cache)
		}
		return over
	})
	e.waiting = slices.DeleteFunc(e.waiting, func(s *sequence) bool { return s.job.over() })
}

// admit lets the first in the queue run while there is room: for all its
// tokens so far, and a block for each running sequence to go on with.
func (e *Engine) admit() {
	for len(e.waiting) > 0 && len(e.active) < e.options.MaxSequences {
		s := e.waiting[0]
		if !s.job.over() {
			if !s.claim(e.cache, len(e.active)) {
				return
			}
			e.active = append(e.active, s)
			if s.job.begin(len(s.tokens), s.done) {
				e.stats.PromptTokens += uint64(len(s.tokens))
				e.stats.CachedTokens += uint64(s.done)
			}
		}
		e.waiting = slices.Delete(e.waiting, 0, 1)
	}
}

// turn plans a batch, runs it and draws the tokens that follow.
func (e *Engine) turn() {
	e.plan()
	e.mu.Unlock()
	err := e.compute()
	e.mu.Lock()
	for _, s := range e.active {
		if err != nil && s.rows > 0 {
			s.job.fail(plexus.AsError(err))
		} else {
			s.computed(e.cache)
		}
	}
	if err == nil {
		for _, s := range e.outs {
			e.accept(s)
		}
	}
}

// plan fills the batch: one row of each sequence that generates, and the
// prompts in even shares of the rest.
func (e *Engine) plan() {
	e.batch.Reset()
	e.outs = e.outs[:0]
	prompts, budget := 0, e.net.Rows()
	for _, s := range e.active {
		if s.pending() > 1 {
			prompts++
		}
	}
	if decoding := len(e.active) - prompts; decoding > 0 {
		budget = min(budget-decoding, e.options.Chunk)
	}
	for i := 0; i < len(e.active); i++ { // making room shortens it from its end
		s := e.active[i]
		s.rows = 1
		if s.pending() > 1 {
			share := max(budget/prompts, min(budget, blockSize))
			s.rows = min(s.pending(), share)
			budget -= s.rows
			prompts--
		}
		if s.rows > 0 && e.room(s) {
			e.add(s)
		}
	}
}

// room makes sure that s has blocks for all its tokens, if need be at the cost
// of those that began after it. It reports false if there are none left but s,
// which then waits itself.
func (e *Engine) room(s *sequence) bool {
	for !s.grow(e.cache) {
		if e.preempt() == s {
			return false
		}
	}
	return true
}

// preempt takes the blocks of the sequence that began last and sends it back
// to the queue.
func (e *Engine) preempt() *sequence {
	last := len(e.active) - 1
	s := e.active[last]
	s.release(e.cache)
	e.active = e.active[:last]
	e.waiting = slices.Insert(e.waiting, 0, s)
	e.stats.Preempted++
	return s
}

// add puts the sequence's rows into the batch.
func (e *Engine) add(s *sequence) {
	b := &e.batch
	for i := s.done; i < s.done+s.rows; i++ {
		b.Tokens = append(b.Tokens, s.tokens[i])
		b.Pos = append(b.Pos, int32(i))
		b.Seq = append(b.Seq, int32(len(b.Tables)))
	}
	b.Tables = append(b.Tables, s.table)
	if s.rows == s.pending() {
		b.Out = append(b.Out, int32(len(b.Tokens)-1))
		e.outs = append(e.outs, s)
	}
}

// accept hands a sequence's new token to its job. One that ends leaves the
// batch before its reader can know.
func (e *Engine) accept(s *sequence) {
	if s.job.over() {
		return
	}
	text, reason := s.accept(e.tok.Piece(s.drawn), e.tok.IsEnd(s.drawn))
	e.stats.GeneratedTokens++
	if reason != "" {
		e.active = slices.DeleteFunc(e.active, func(a *sequence) bool { return a == s })
		s.release(e.cache)
	}
	e.waiting = slices.Insert(e.waiting, 0, s.siblings...)
	s.siblings = nil
	s.job.append(s.choice, text, reason)
}

// compute runs the batch and draws. A panic on the way becomes an error: it
// ends the requests in the batch, not the server.
func (e *Engine) compute() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("textgen: panic: %v\n%s", p, debug.Stack())
		}
	}()
	e.logits, err = e.net.Forward(&e.batch)
	if err != nil {
		return fmt.Errorf("textgen: forward pass: %w", err)
	}
	if want := len(e.outs) * e.net.Vocab(); len(e.logits) != want {
		return fmt.Errorf("textgen: forward pass returned %d logits, want %d", len(e.logits), want)
	}
	e.draw()
	return nil
}

// draw chooses the next token of each sequence in outs. Large vocabularies make
// that work for all workers.
func (e *Engine) draw() {
	if len(e.outs) > 1 {
		e.pool.Run(e.drawJob)
	} else if len(e.outs) == 1 {
		e.drawOne(0, &e.scratch[0])
	}
}

func (e *Engine) drawOne(i int, buf *scratch) {
	s, vocab := e.outs[i], e.net.Vocab()
	id, err := s.sampler.next(e.logits[i*vocab:][:vocab], buf)
	if err != nil {
		s.job.fail(plexus.AsError(fmt.Errorf("textgen: %w", err)))
	}
	s.drawn = id
}
