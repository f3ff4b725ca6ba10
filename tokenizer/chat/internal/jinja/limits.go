package jinja

import "errors"

// Bounds of a template and of one rendering. A long conversation through the
// longest templates in use takes a hundredth of them.
const (
	maxSource  = 1 << 20  // bytes of a template
	maxNesting = 200      // of expressions and statements in the source
	maxDepth   = 100      // of macro calls, and of nested values that are compared or printed
	maxSteps   = 4 << 20  // nodes evaluated
	maxBytes   = 64 << 20 // bytes made or looked through, besides freeBytes
	freeBytes  = 64       // times the size of the input
	maxRange   = 100_000  // numbers of range(), as Jinja's own sandbox
)

// ErrLimit is in the chain of the error of a template that does too much.
var ErrLimit = errors.New("template exceeds the limits of a rendering")

// budget is what a rendering may still use.
type budget struct {
	steps, bytes, depth int
}

func newBudget(input int) *budget {
	return &budget{steps: maxSteps, bytes: maxBytes + freeBytes*input, depth: maxDepth}
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
