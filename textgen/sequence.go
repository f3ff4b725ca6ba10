package textgen

import "plexus"

// sequence is one text in the making: a choice of a job.
type sequence struct {
	job     *job
	choice  int
	tokens  []int32 // the prompt, then what has been generated
	limit   int     // of len(tokens)
	sampler *sampler
	writer  writer

	// siblings are the job's other choices. They join once the prompt is in
	// the cache, and so find it there.
	siblings []*sequence

	done  int // of tokens, those whose keys and values are in the cache
	path  path
	table []int32 // blocks; those of path come first
	rows  int     // of this turn's forward pass
	drawn int32   // the token that this turn drew
}

// newSequences returns the sequence of the job's first choice, with those of
// the others as its siblings.
func newSequences(j *job, in *inputs, prompt []int32, limit int) *sequence {
	first := newSequence(j, 0, in, prompt, limit)
	for i := 1; i < in.choices; i++ {
		first.siblings = append(first.siblings, newSequence(j, i, in, prompt, limit))
	}
	return first
}

func newSequence(j *job, choice int, in *inputs, prompt []int32, limit int) *sequence {
	return &sequence{
		job:     j,
		choice:  choice,
		tokens:  append([]int32(nil), prompt...),
		limit:   limit,
		sampler: newSampler(in.sampling, in.seed, choice, prompt),
		writer:  writer{stops: in.stops},
	}
}

// blocks is the number of KV blocks that hold the given positions.
func blocks(positions int) int { return (positions + blockSize - 1) / blockSize }

// pending is the number of tokens that the network has not seen. One is the
// normal state of a sequence that generates, more is prefill.
func (s *sequence) pending() int { return len(s.tokens) - s.done }

// claim takes blocks for all tokens, of the prefix tree where it knows them,
// if the cache has these and spare more. At least the last token is left to
// compute: its logits are wanted.
func (s *sequence) claim(c *cache, spare int) bool {
	s.path = c.match(s.job.account, s.tokens[:len(s.tokens)-1])
	if blocks(len(s.tokens))-len(s.path)+spare > c.available() {
		c.release(s.path, nil)
		return false
	}
	s.done = len(s.path) * blockSize
	for _, n := range s.path {
		s.table = append(s.table, n.block)
	}
	return s.grow(c)
}

// grow takes blocks until the table has room for all tokens, and reports
// whether there were enough.
func (s *sequence) grow(c *cache) bool {
	for len(s.table) < blocks(len(s.tokens)) {
		block, ok := c.alloc()
		if !ok {
			return false
		}
		s.table = append(s.table, block)
	}
	return true
}

// computed notes that this turn's rows are in the cache, and makes the blocks
// that are now full known to others.
func (s *sequence) computed(c *cache) {
	s.done += s.rows
	for i := len(s.path); (i+1)*blockSize <= s.done; i++ {
		tokens := s.tokens[i*blockSize:]
		s.path, s.table[i] = c.publish(s.job.account, s.path, tokens[:blockSize], s.table[i])
	}
}

// release gives all blocks back. The sequence can claim again: what the cache
// has forgotten by then is computed anew, to the same bits.
func (s *sequence) release(c *cache) {
	c.release(s.path, s.table[len(s.path):])
	s.path, s.table, s.done = s.path[:0], s.table[:0], 0
}

// accept adds the token that was drawn. It returns the text that the token
// completes, valid until the next call, and why the sequence ends, if it does.
func (s *sequence) accept(piece []byte, end bool) (text []byte, reason plexus.FinishReason) {
	s.tokens = append(s.tokens, s.drawn)
	full := len(s.tokens) >= s.limit
	text, stopped := s.writer.write(piece, end || full)
	switch {
	case end, stopped:
		return text, plexus.FinishStop
	case full:
		return text, plexus.FinishLength
	}
	return text, ""
}
