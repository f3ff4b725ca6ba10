// Package tensor holds the memory that numbers live in: allocations outside the
// Go heap, typed views of bytes, and conversions between float32 and the 16-bit
// float formats. Arithmetic lives in package kernel; shapes live with the
// networks that use them.
package tensor

import "unsafe"

// Floats returns b as float32 values in the machine's byte order. A tail
// shorter than one value is left out; b must be aligned to 4 bytes.
func Floats(b []byte) []float32 { return view[float32](b) }

// Halves returns b as 16-bit values (f16 or bf16 bits) in the machine's byte
// order. A tail shorter than one value is left out; b must be aligned to 2 bytes.
func Halves(b []byte) []uint16 { return view[uint16](b) }

func view[T float32 | uint16](b []byte) []T {
	var zero T
	n := len(b) / int(unsafe.Sizeof(zero))
	if n == 0 {
		return nil
	}
	p := unsafe.Pointer(unsafe.SliceData(b))
	if uintptr(p)%unsafe.Alignof(zero) != 0 {
		panic("tensor: unaligned view")
	}
	return unsafe.Slice((*T)(p), n)
}
