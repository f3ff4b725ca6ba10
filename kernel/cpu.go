package kernel

import (
	"fmt"
	"slices"
)

// set is one implementation of every hot loop. The generic one is the
// reference; the lengths of slices that one call takes together agree, and the
// loops here do not check them again.
type set struct {
	name                 string
	floatTile, quantTile int // rows that a call of a float or quantised product may have, at most

	f32             func(y []float32, ldy int, a []float32, lda int, w []float32, rows, cols int, more bool)
	f16             func(y []float32, ldy int, a []float32, lda int, w []uint16, rows, cols int, more bool)
	bf16            func(y []float32, ldy int, a []float32, lda int, w []uint16, rows, pairs int, more bool)
	bf16Dot         func(y []float32, ldy int, a []uint16, lda int, w []uint16, rows, pairs int, more bool) // in place of bf16, if there
	blocks          [Q4Min + 1]blockProduct                                                                 // of the quantised formats
	quantize        func(dst []quants, x []float32)
	quantizeNarrow  func(dst []quants, x []float32)
	roundBF16       func(dst, x []float32)
	toBF16, toF16   func(dst []uint16, x []float32)
	add, mul        func(dst, x []float32)               // dst += x, dst *= x
	times           func(x []float32, s float32)         // x *= s
	largest         func(x []float32) float32            // -Inf if empty
	sum             func(x []float32) float32            //
	squares         func(x []float32, c float32) float32 // sum of (x-c)^2
	scale           func(dst, x, weight []float32, s float32)
	normalize       func(dst, x, weight, bias []float32, mean, s float32)
	expSum          func(x []float32, scale, top float32) float32 // of x, none above top, and a scale above 0
	siluMul         func(gate, up []float32)
	gelu, geluTanh  func(x []float32)
	ropeInterleaved func(x, cs []float32)
	ropeHalf        func(low, high, cs []float32)
}

// active is the set in use.
var active = available[0]

// available holds the sets that this processor can run, the best first.
var available = append(native(), &generic)

// Using is the name of the set in use.
func Using() string { return active.name }

// Available lists the names that Use takes on this processor, the best first.
func Available() []string {
	var names []string
	for _, s := range available {
		names = append(names, s.name)
	}
	return names
}

// Use switches every kernel to the named set: "generic", "avx2" or "avx512".
// It is for start-up and tests: nothing may be running.
func Use(name string) error {
	i := slices.IndexFunc(available, func(s *set) bool { return s.name == name })
	if i < 0 {
		return fmt.Errorf("kernel: this processor runs %q, not %q", Available(), name)
	}
	active = available[i]
	return nil
}
