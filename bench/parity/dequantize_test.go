package parity

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"plexus/bench/llamacpp"
	"plexus/kernel"
	"plexus/weights/gguf"
)

// TestDequantize decodes random bits, which hold every combination of scales,
// minima and quants, with ggml and with Plexus: its decoder of single tensors and
// its packed matrices.
func TestDequantize(t *testing.T) {
	const rows, cols = 40, 512
	for _, kind := range types[1:] {
		t.Run(kind.String(), func(t *testing.T) {
			data := randomBlocks(t, kind, rows, cols)
			want := make([]float32, rows*cols)
			if err := llamacpp.Dequantize(kind, data, want); err != nil {
				t.Fatal(err)
			}
			tensor := &gguf.Tensor{Name: "x", Shape: []int{cols, rows}, Type: kind, Data: data}
			got := make([]float32, rows*cols)
			if err := tensor.Floats(got); err != nil {
				t.Fatal(err)
			}
			within(t, "Floats", got, want, 1e-6)

			m := pack(t, tensor)
			for r := range rows {
				m.Row(got[r*cols:][:cols], r)
			}
			// Packed scales are f16, and a K-quant's is the product of two.
			within(t, "Pack", got, want, 1.0/1024)
		})
	}
}

// randomBlocks returns random bits of a type, but with floats between 2^-8 and
// 2^-4, of either sign: real files hold no infinities.
func randomBlocks(t *testing.T, kind gguf.Type, rows, cols int) []byte {
	size, err := kind.RowSize(cols)
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, rows*size)
	rand.NewChaCha8([32]byte{byte(kind)}).Read(data)
	tame := func(at int) {
		bits := binary.LittleEndian.Uint16(data[at:])
		exponent := 7 + bits>>10&3
		binary.LittleEndian.PutUint16(data[at:], bits&0x83ff|exponent<<10)
	}
	scales := map[gguf.Type]struct {
		block int
		at    []int
	}{
		gguf.Q8_0: {34, []int{0}}, gguf.Q4_0: {18, []int{0}}, gguf.Q4_1: {20, []int{0, 2}},
		gguf.Q5_0: {22, []int{0}}, gguf.Q5_1: {24, []int{0, 2}},
		gguf.Q4_K: {144, []int{0, 2}}, gguf.Q5_K: {176, []int{0, 2}}, gguf.Q6_K: {210, []int{208}},
		gguf.F16: {2, []int{0}}, gguf.BF16: {2, nil},
	}[kind]
	for block := 0; block < len(data); block += scales.block {
		for _, at := range scales.at {
			tame(block + at)
		}
		if kind == gguf.BF16 {
			data[block+1] = data[block+1]&0x80 | 0x3c
		}
	}
	return data
}

func pack(t *testing.T, tensor *gguf.Tensor) *kernel.Matrix {
	t.Helper()
	format, err := tensor.Format()
	if err != nil {
		t.Fatal(err)
	}
	size, err := kernel.Size(format, tensor.Rows(), tensor.Cols())
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, size+64)
	skip := -int(uintptr(unsafe.Pointer(&buf[0]))) & 63
	m, err := kernel.NewMatrix(format, tensor.Rows(), tensor.Cols(), buf[skip:][:size])
	if err != nil {
		t.Fatal(err)
	}
	if err := tensor.Pack(m, 0); err != nil {
		t.Fatal(err)
	}
	return m
}

// within wants every weight of a block of 256 as near as a share of the block's largest.
func within(t *testing.T, name string, got, want []float32, share float64) {
	t.Helper()
	worst := 0.0
	for b := 0; b < len(want); b += 256 {
		largest := 0.0
		for _, w := range want[b:][:256] {
			largest = max(largest, math.Abs(float64(w)))
		}
		for i, w := range want[b:][:256] {
			d := math.Abs(float64(got[b+i])-float64(w)) / largest
			if !(d <= share) {
				t.Fatalf("%s: weight %d is %v, ggml says %v", name, b+i, got[b+i], w)
			}
			worst = max(worst, d)
		}
	}
	t.Logf("%s: largest difference %.1e of a block's largest weight", name, worst)
}
