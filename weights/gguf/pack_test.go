package gguf_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"plexus/kernel"
	"plexus/tensor"
	"plexus/weights/gguf"
)

// types lists every type with the offsets of the f16 values in its blocks and the elements of one.
var types = []struct {
	kind     gguf.Type
	elements int
	halves   []int
}{
	{gguf.F32, 1, nil},
	{gguf.F16, 1, []int{0}},
	{gguf.BF16, 1, nil},
	{gguf.Q8_0, 32, []int{0}},
	{gguf.Q4_0, 32, []int{0}},
	{gguf.Q4_1, 32, []int{0, 2}},
	{gguf.Q5_0, 32, []int{0}},
	{gguf.Q5_1, 32, []int{0, 2}},
	{gguf.Q4_K, 256, []int{0, 2}},
	{gguf.Q5_K, 256, []int{0, 2}},
	{gguf.Q6_K, 256, []int{208}},
}

// random returns a tensor of random bits whose f16 values, the scales, come from halves in turn.
func random(t testing.TB, kind gguf.Type, cols, rows int, halves ...uint16) *gguf.Tensor {
	t.Helper()
	row, err := kind.RowSize(cols)
	if err != nil {
		t.Fatal(err)
	}
	w := &gguf.Tensor{Name: "w", Shape: []int{cols, rows}, Type: kind, Data: make([]byte, row*rows)}
	rand.NewChaCha8([32]byte{byte(kind), byte(cols), byte(rows)}).Read(w.Data)
	n := 0
	for _, l := range types {
		size := row / (cols / l.elements)
		for at := 0; l.kind == kind && at < len(w.Data); at += size {
			for _, offset := range l.halves {
				binary.LittleEndian.PutUint16(w.Data[at+offset:], halves[n%len(halves)])
				n++
			}
		}
	}
	return w
}

// The scales to test with: zero, the smallest subnormal, a subnormal, the smallest normal, common ones and
// the largest that no 6-bit or 8-bit factor carries out of the range of f16; both signs.
var scales = []uint16{0x0000, 0x0001, 0x8001, 0x03ff, 0x0400, 0x2345, 0xa345, 0x2e66, 0x3c00, 0xbc00, 0x5c00, 0x5bff, 0xdc00, 0x8000}

func pack(t testing.TB, w *gguf.Tensor) (*kernel.Matrix, error) {
	t.Helper()
	format, err := w.Format()
	if err != nil {
		t.Fatal(err)
	}
	size, err := kernel.Size(format, w.Rows(), w.Cols())
	if err != nil {
		t.Fatal(err)
	}
	memory, err := tensor.Alloc(size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(memory.Free)
	m, err := kernel.NewMatrix(format, w.Rows(), w.Cols(), memory.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return m, w.Pack(m, 0)
}

// A packed row holds what the reference dequantisation gives, but for the rounding of K-quant scales, which
// are products, to f16.
func TestPackEqualsFloats(t *testing.T) {
	for _, tt := range types {
		t.Run(tt.kind.String(), func(t *testing.T) {
			for _, shape := range [][2]int{{256, 1}, {768, 33}, {512, 64}} {
				w := random(t, tt.kind, shape[0], shape[1], scales...)
				m, err := pack(t, w)
				if err != nil {
					t.Fatal(err)
				}
				want, got := make([]float32, w.Rows()*w.Cols()), make([]float32, w.Cols())
				if err := w.Floats(want); err != nil {
					t.Fatal(err)
				}
				for row := range w.Rows() {
					m.Row(got, row)
					for i, x := range want[row*w.Cols():][:w.Cols()] {
						if !same(got[i], x, bound(tt.kind, w, row, i)) {
							t.Fatalf("%v, row %d, column %d: packed %g, floats %g", shape, row, i, got[i], x)
						}
					}
				}
			}
		})
	}
}

// bound is how far a packed weight may be off: nothing, or in the K-quants half a unit in the last place of
// an 11-bit significand for either term of d*u - m, whose sizes a block's data give.
func bound(kind gguf.Type, w *gguf.Tensor, row, col int) float64 {
	if kind != gguf.Q4_K && kind != gguf.Q5_K && kind != gguf.Q6_K {
		return 0
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	x := make([]float32, 256)
	size, _ := kind.RowSize(256)
	block := gguf.Tensor{Shape: []int{256}, Type: kind, Data: w.Data[(row*w.Cols()+col)/256*size:][:size]}
	block.Floats(x)
	for _, v := range x {
		lo, hi = min(lo, float64(v)), max(hi, float64(v))
	}
	return (hi - lo + max(hi, -lo)) * 0x1p-11
}

func same(a, b float32, bound float64) bool {
	if a != a || b != b {
		return a != a && b != b
	}
	return a == b || math.Abs(float64(a)-float64(b)) <= bound
}

// A run of panels packs as it does in the whole matrix.
func TestPackPanels(t *testing.T) {
	w := random(t, gguf.Q4_K, 256, 100, 0x2345)
	whole, err := pack(t, w)
	if err != nil {
		t.Fatal(err)
	}
	size, _ := kernel.Size(whole.Format, kernel.Panel, 256)
	for panel := range whole.Panels() {
		rows := min(kernel.Panel, 100-panel*kernel.Panel)
		memory, _ := tensor.Alloc(size)
		defer memory.Free()
		m, err := kernel.NewMatrix(whole.Format, rows, 256, memory.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Pack(m, panel); err != nil {
			t.Fatal(err)
		}
		if string(m.Data) != string(whole.Data[panel*size:][:size]) {
			t.Errorf("panel %d differs", panel)
		}
	}
	if err := w.Pack(whole, 1); err == nil {
		t.Error("100 rows from row 32 on were packed")
	}
}

func TestPackRefusesScales(t *testing.T) {
	const inf, nan, max = 0x7c00, 0x7e00, 0x7bff
	for _, tt := range types[3:] {
		for name, half := range map[string]uint16{"inf": inf, "nan": nan, "max": max} {
			w := random(t, tt.kind, 256, 32, 0x2345, 0x2345, half)
			_, err := pack(t, w)
			if fits := half == max && tt.elements == 32; fits != (err == nil) {
				t.Errorf("%v with a scale of %s: error %v", tt.kind, name, err)
			} else if err != nil && !strings.Contains(err.Error(), `tensor "w"`) {
				t.Errorf("%v with a scale of %s: error %v does not name the tensor", tt.kind, name, err)
			}
		}
	}
}

// Known blocks, dequantised by hand from the published layouts.
func TestFloats(t *testing.T) {
	tests := []struct {
		kind gguf.Type
		edit func(b []byte)
		want map[int]float32 // of the elements that are not rest
		rest float32
	}{
		{gguf.Q8_0, func(b []byte) { f16(b, 0.5); b[2], b[33] = 3, 0x80 }, map[int]float32{0: 1.5, 31: -64}, 0},
		{gguf.Q4_0, func(b []byte) { f16(b, 0.5); b[2], b[17] = 0x1f, 0xf8 }, map[int]float32{0: 3.5, 16: -3.5, 15: 0, 31: 3.5}, -4},
		{gguf.Q4_1, func(b []byte) { f16(b, 0.5); f16(b[2:], -1); b[4] = 0x2f }, map[int]float32{0: 6.5, 16: 0}, -1},
		{gguf.Q5_0, func(b []byte) { f16(b, 0.5); b[2], b[5] = 0x01, 0x80; b[6], b[21] = 0x1f, 0x20 },
			map[int]float32{0: 7.5, 16: -7.5, 31: 1}, -8},
		{gguf.Q5_1, func(b []byte) { f16(b, 0.5); f16(b[2:], 2); b[5] = 0x02; b[8] = 0x01 }, map[int]float32{0: 2.5, 9: 10}, 2},
		{gguf.Q4_K, func(b []byte) {
			f16(b, 0.5)
			f16(b[2:], 0.25)
			b[4], b[8] = 3, 2               // block 0: scale 3, minimum 2
			b[4+1], b[8+1] = 0xc0, 0x40     // block 5: upper bits 3 and 1 ...
			b[12+1] = 0x21                  // ... lower bits 1 and 2: scale 49, minimum 18
			b[16], b[16+64+31] = 0x02, 0x10 // block 0 element 0: 2; block 5 element 31: 1
		}, map[int]float32{0: 3 - 0.5, 191: 24.5 - 4.5}, 0},
		{gguf.Q5_K, func(b []byte) {
			f16(b, 1)
			b[4], b[12+3] = 1, 0x02         // block 0: scale 1; block 7: scale 2
			b[16], b[16+31] = 0x01, 0x80    // fifth bits of block 0 element 0 and block 7 element 31
			b[48], b[48+96+31] = 0x03, 0x40 // low bits 3 and 4
		}, map[int]float32{0: 19, 255: 40}, 0},
		{gguf.Q6_K, func(b []byte) {
			f16(b[208:], 0.5)
			b[192], b[192+15] = 2, 0xff    // weights 0-15: 2; weights 240-255: -1
			b[0], b[64+63] = 0x05, 0x70    // low nibbles of weights 0 and 255
			b[128], b[128+63] = 0x03, 0x40 // upper bits 3 and 1
		}, map[int]float32{0: 53 - 32, 255: -0.5 * (23 - 32)}, 0},
	}
	for _, tt := range tests {
		n := 32
		if tt.kind == gguf.Q4_K || tt.kind == gguf.Q5_K || tt.kind == gguf.Q6_K {
			n = 256
		}
		size, _ := tt.kind.RowSize(n)
		w := gguf.Tensor{Name: "w", Shape: []int{n}, Type: tt.kind, Data: make([]byte, size)}
		tt.edit(w.Data)
		x := make([]float32, n)
		if err := w.Floats(x); err != nil {
			t.Fatal(err)
		}
		for i, got := range x {
			want, ok := tt.want[i]
			if !ok && n == 256 {
				continue
			} else if !ok {
				want = tt.rest
			}
			if got != want {
				t.Errorf("%v, element %d: got %g, want %g", tt.kind, i, got, want)
			}
		}
	}
}

func f16(b []byte, x float32) { binary.LittleEndian.PutUint16(b, tensor.F16(x)) }

func BenchmarkPack(b *testing.B) {
	for _, tt := range types {
		b.Run(tt.kind.String(), func(b *testing.B) {
			w := random(b, tt.kind, 4096, 256, 0x2345)
			m, err := pack(b, w)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(w.Data)))
			for b.Loop() {
				if err := w.Pack(m, 0); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*float64(w.Rows()*w.Cols())/b.Elapsed().Seconds()/1e9, "Gweights/s")
		})
	}
}
