package jinja

import "errors"

// Bounds of a template and of one rendering. The longest template in use takes
// some hundred steps for a message.
const (
	maxSource  = 1 << 20  // bytes of a template
	maxNesting = 200      // of expressions and statements in the source, and of input
	maxDepth   = 1000     // of evaluation: expressions, bodies, macro calls, values within values
	maxSteps   = 1 << 20  // nodes evaluated, and one more for every byte of input
	maxBytes   = 64 << 20 // bytes made or looked through, and freeBytes more for every byte of input
	freeBytes  = 64
	maxRange   = 100_000 // numbers of range(), as Jinja's own sandbox
)

// ErrLimit is in the chain of the error of a template that does too much.
var ErrLimit = errors.New("template exceeds the limits of a rendering")

// budget is what a rendering may still use.
type budget struct {
	steps, bytes, depth int
}

func newBudget(input int) *budget {
	return &budget{steps: maxSteps + input, bytes: maxBytes + freeBytes*input, depth: maxDepth}
}

// step pays for one node.
func (b *budget) step() error {
	if b.steps--; b.steps < 0 {
		return ErrLimit
	}
	return nil
}

// spend pays for n bytes that are made or looked through. It is asked before
// they are.
func (b *budget) spend(n int) error {
	if n < 0 || n > b.bytes {
		return ErrLimit
	}
	b.bytes -= n
	return nil
}

// enter pays for a node and for the level of nesting that it is on; leave
// gives the level back.
func (b *budget) enter() error {
	if b.depth == 0 {
		return ErrLimit
	}
	b.depth--
	return b.step()
}

func (b *budget) leave() { b.depth++ }
