package kernel

import (
	"fmt"
	"math"
	"testing"
	"time"

	"plexus/kernel/peak"
)

// limit is the arithmetic that one core does at most with a format, or 0.
func limit(f Format) float64 {
	switch {
	case active.name != "avx512":
		return 0 // the yardsticks are of the widest instructions
	case f == BF16 && active.bf16Dot != nil:
		return peak.BF16()
	case !f.quantised():
		return peak.FMA()
	}
	return peak.VNNI()
}

// benchMatrices are matrices to use in turn, together larger than a core's
// caches, and their memory. The weights are plausible: scales of about 2^-7.
func benchMatrices(b *testing.B, f Format, rows, cols int) ([]*Matrix, []byte) {
	size, err := Size(f, rows, cols)
	if err != nil {
		b.Fatal(err)
	}
	data := allocate(b, ceil(64<<20, size)*size)
	for i := range data {
		data[i] = 0x20
	}
	var ms []*Matrix
	for i := 0; i < len(data); i += size {
		ms = append(ms, &Matrix{f, rows, cols, data[i:][:size]})
	}
	return ms, data
}

// BenchmarkMul is a product of M rows on one core, the activations prepared in
// it. The weights come from memory, so for one row the share is of the rate at
// which a core reads.
func BenchmarkMul(b *testing.B) {
	const rows, cols = 2048, 2048
	for _, f := range formats {
		ms, data := benchMatrices(b, f, rows, cols)
		for _, m := range []int{1, 2, 4, 8, 16, 64, 512} {
			b.Run(fmt.Sprintf("%s/M=%d", f, m), func(b *testing.B) {
				x, y := normals(random(1), m*cols), make([]float32, m*rows)
				in := NewInput(m, cols, f)
				top, read := limit(f), peak.Read(data)
				i := 0
				seconds := fastest(b, func() {
					in.Set(0, x, cols, m)
					ms[i%len(ms)].Mul(y, rows, in, 0, rows/Panel)
					i++
				})
				rate := 2 * float64(m) * rows * cols / seconds
				b.ReportMetric(rate/1e9, "GFLOP/s")
				if m == 1 {
					bytes := float64(len(ms[0].Data)) / seconds
					b.ReportMetric(bytes/1e9, "GB/s")
					b.ReportMetric(100*bytes/read, "%read")
				} else if top > 0 {
					b.ReportMetric(100*rate/top, "%peak")
				}
			})
		}
	}
}

// BenchmarkMulPool is the same on every core.
func BenchmarkMulPool(b *testing.B) {
	const rows, cols = 2048, 2048
	p := NewPool(0)
	defer p.Close()
	for _, f := range []Format{F32, Q4, Q4Min} {
		ms, _ := benchMatrices(b, f, rows, cols)
		for _, m := range []int{1, 8, 512} {
			b.Run(fmt.Sprintf("%s/M=%d", f, m), func(b *testing.B) {
				x, y := normals(random(1), m*cols), make([]float32, m*rows)
				in := NewInput(m, cols, f)
				i := 0
				seconds := fastest(b, func() {
					p.Run(func(w *Worker) {
						w.Each(m, in.Tile(), func(lo, hi int) { in.Set(lo, x[lo*cols:], cols, hi-lo) })
						w.Barrier()
						w.Each(rows/Panel, 4, func(lo, hi int) { ms[i%len(ms)].Mul(y, rows, in, lo, hi) })
					})
					i++
				})
				b.ReportMetric(2*float64(m)*rows*cols/seconds/1e9, "GFLOP/s")
				b.ReportMetric(float64(len(ms[0].Data))/seconds/1e9, "GB/s")
			})
		}
	}
}

// fastest is the shortest time of a step, which other processes disturb least.
func fastest(b *testing.B, step func()) (seconds float64) {
	seconds = math.Inf(1)
	for b.Loop() {
		start := time.Now()
		step()
		seconds = min(seconds, time.Since(start).Seconds())
	}
	return seconds
}

// BenchmarkInputSet prepares activations.
func BenchmarkInputSet(b *testing.B) {
	const cols = 2048
	x := normals(random(1), cols)
	for _, f := range []Format{F32, BF16, Q8, Q8Exact} {
		b.Run(f.String(), func(b *testing.B) {
			in := NewInput(1, cols, f)
			seconds := fastest(b, func() { in.Set(0, x, cols, 1) })
			b.ReportMetric(4*cols/seconds/1e9, "GB/s")
		})
	}
}

func BenchmarkVectors(b *testing.B) {
	const n = 4096
	rng := random(1)
	x, y, z := normals(rng, n), normals(rng, n), normals(rng, n)
	halves, angles := make([]uint16, n), make([]float32, n)
	for i := 0; i < n; i += 2 {
		sin, cos := math.Sincos(float64(i))
		angles[i], angles[i+1] = float32(cos), float32(sin)
	}
	for _, c := range []struct {
		name  string
		bytes int // read and written for each element
		step  func()
	}{
		{"Add", 12, func() { Add(x, y) }},
		{"RMSNorm", 12, func() { RMSNorm(x, y, z, 1e-5) }},
		{"LayerNorm", 16, func() { LayerNorm(x, y, z, y, 1e-5) }},
		{"Softmax", 8, func() { Softmax(x, 1) }},
		{"SiLUMul", 12, func() { copy(x, y); SiLUMul(x, z) }},
		{"GELU", 8, func() { copy(x, y); GELU(x) }},
		{"GELUTanh", 8, func() { copy(x, y); GELUTanh(x) }},
		{"RopeInterleaved", 12, func() { copy(x, y); RopeInterleaved(x, angles) }},
		{"RopeHalf", 12, func() { copy(x, y); RopeHalf(x, angles) }},
		{"toF16", 6, func() { active.toF16(halves, y) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			seconds := fastest(b, func() {
				for range 10 {
					c.step()
				}
			})
			b.ReportMetric(10*float64(n*c.bytes)/seconds/1e9, "GB/s")
			b.ReportMetric(seconds*1e9/10/n, "ns/element")
		})
	}
}

// BenchmarkAttention is one head over its cache: a row that decodes and a tile
// of a prefill.
func BenchmarkAttention(b *testing.B) {
	const dim = 64
	for _, positions := range []int{128, 1024, 8192} {
		for _, rows := range []int{1, 4, AttentionRows} {
			b.Run(fmt.Sprintf("positions=%d/rows=%d", positions, rows), func(b *testing.B) {
				rng := random(1)
				c := newCache(rng, dim, positions)
				a := NewAttention(dim, positions)
				q, out := normals(rng, rows*dim), make([]float32, rows*dim)
				limits := make([]int32, rows)
				for i := range limits {
					limits[i] = int32(positions)
				}
				top := limit(F16)
				seconds := fastest(b, func() { a.Run(out, dim, q, dim, limits, c.kv, c.table, c.stride, 0.125) })
				rate := 4 * float64(rows*positions*dim) / seconds
				b.ReportMetric(rate/1e9, "GFLOP/s")
				if top > 0 {
					b.ReportMetric(100*rate/top, "%peak")
				}
			})
		}
	}
}
