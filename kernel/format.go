package kernel

import (
	"errors"
	"fmt"
	"math"
	"unsafe"
)

// Panel is the number of rows packed side by side; Group is the number of
// columns that share a scale in the quantised formats.
const (
	Panel = 32
	Group = 32
)

// Format is a packed weight layout. A matrix is a sequence of panels of 32 rows.
// Within a panel the float formats run along the columns; the quantised ones
// along blocks of 32 columns, each holding its quants and then its scales
// (and minima), one f16 per row.
//
// Quants are laid out for dot products of 4 bytes: four columns of row 0, the
// same four of row 1, and so on to row 31, then the next four columns. The
// 4-bit formats keep columns 8i..8i+3 in the low and 8i+4..8i+7 in the high
// nibbles of the same bytes; quants of 5 and 6 bits take a byte each.
//
// The narrow formats read activations that are rounded about a third more coarsely,
// so that AVX2 can add up their products in 16 bits: two thirds of the work of
// Q8Exact.
type Format uint8

const (
	F32     Format = iota + 1 // [cols][32] float32
	F16                       // [cols][32] f16, widened on load
	BF16                      // [cols/2][32][2] bf16; activations are rounded to bf16
	Q8                        // w = d*(u-128); narrow
	Q8Exact                   // w = d*(u-128)
	Q5Min                     // w = d*u - m; narrow
	Q6Half                    // w = d*(u-32), one d for each half of the 32 columns; narrow
	Q4                        // w = d*(u-8)
	Q4Min                     // w = d*u - m
)

var formatNames = [...]string{F32: "F32", F16: "F16", BF16: "BF16", Q8: "Q8", Q8Exact: "Q8Exact", Q5Min: "Q5Min", Q6Half: "Q6Half", Q4: "Q4", Q4Min: "Q4Min"}

func (f Format) String() string {
	if f.valid() {
		return formatNames[f]
	}
	return fmt.Sprintf("Format(%d)", uint8(f))
}

func (f Format) valid() bool     { return F32 <= f && f <= Q4Min }
func (f Format) quantised() bool { return Q8 <= f && f <= Q4Min }
func (f Format) narrow() bool    { return f == Q8 || f == Q5Min || f == Q6Half }

// step is the number of columns that a panel's layout advances by at once.
func (f Format) step() int {
	switch {
	case f == BF16:
		return 2
	case f.quantised():
		return Group
	}
	return 1
}

// stride is the bytes that one step takes in a panel.
func (f Format) stride() int {
	switch f {
	case F32, BF16:
		return Panel * 4
	case F16:
		return Panel * 2
	}
	return f.quants() + f.scales()*Panel*2
}

// inputStride is the bytes that one step takes in a row of activations.
func (f Format) inputStride() int {
	switch {
	case f.quantised():
		return int(unsafe.Sizeof(quants{}))
	case f == BF16:
		return 8
	}
	return 4
}

// quants is the bytes of a block before its scales.
func (f Format) quants() int {
	if f == Q4 || f == Q4Min {
		return Panel * Group / 2
	}
	return Panel * Group
}

// scales is the number of f16 values each row has in a block.
func (f Format) scales() int {
	if f == Q8 || f == Q8Exact || f == Q4 {
		return 1
	}
	return 2
}

// ErrShape reports a matrix that its format cannot hold.
var ErrShape = errors.New("kernel: bad matrix shape")

// Size is the bytes of a packed matrix. Rows are padded to a multiple of 32;
// the quantised formats want cols to be one.
func Size(f Format, rows, cols int) (int, error) {
	if !f.valid() {
		return 0, fmt.Errorf("kernel: no format %d", uint8(f))
	}
	if rows < 0 || cols < 0 || f.quantised() && cols%Group != 0 {
		return 0, fmt.Errorf("%w: %d x %d %s", ErrShape, rows, cols, f)
	}
	panels, steps := ceil(rows, Panel), ceil(cols, f.step())
	if steps > 0 && panels > math.MaxInt/f.stride()/steps {
		return 0, fmt.Errorf("%w: %d x %d is too large", ErrShape, rows, cols)
	}
	return panels * steps * f.stride(), nil
}

func ceil(n, unit int) int { return n/unit + min(n%unit, 1) }
