package kernel

import "golang.org/x/sys/cpu"

//go:generate go run ./gen

var (
	avx512 = set{
		name:            "avx512",
		floatTile:       12,
		quantTile:       6,
		f32:             f32AVX512,
		f16:             f16AVX512,
		bf16:            bf16AVX512,
		blocks:          [...]blockProduct{Q8: q8AVX512, Q8Exact: q8AVX512, Q5Min: q5minAVX512, Q6Half: q6halfAVX512, Q4: q4AVX512, Q4Min: q4minAVX512},
		quantize:        quantizeAVX2,
		quantizeNarrow:  quantizeAVX2, // it sums all formats exactly
		roundBF16:       roundBF16Vector,
		toBF16:          toBF16Vector,
		toF16:           toF16Vector,
		add:             addAVX512,
		mul:             mulAVX512,
		times:           timesAVX512,
		largest:         largestAVX512,
		sum:             sumAVX512,
		squares:         squaresAVX512,
		scale:           scaleAVX512,
		normalize:       normalizeAVX512,
		expSum:          expSumAVX512,
		siluMul:         siluMulAVX512,
		gelu:            geluAVX512,
		geluTanh:        geluTanhAVX512,
		ropeInterleaved: ropeInterleavedVector,
		ropeHalf:        ropeHalfVector,
	}
	avx2 = set{
		name:            "avx2",
		floatTile:       6,
		quantTile:       4,
		f32:             f32AVX2,
		f16:             f16AVX2,
		bf16:            bf16AVX2,
		blocks:          [...]blockProduct{Q8: q8AVX2, Q8Exact: q8exactAVX2, Q5Min: q5minAVX2, Q6Half: q6halfAVX2, Q4: q4AVX2, Q4Min: q4minAVX2},
		quantize:        quantizeAVX2,
		quantizeNarrow:  quantizeNarrowAVX2,
		roundBF16:       roundBF16Vector,
		toBF16:          toBF16Vector,
		toF16:           toF16Vector,
		add:             addAVX2,
		mul:             mulAVX2,
		times:           timesAVX2,
		largest:         largestAVX2,
		sum:             sumAVX2,
		squares:         squaresAVX2,
		scale:           scaleAVX2,
		normalize:       normalizeAVX2,
		expSum:          expSumAVX2,
		siluMul:         siluMulAVX2,
		gelu:            geluAVX2,
		geluTanh:        geluTanhAVX2,
		ropeInterleaved: ropeInterleavedVector,
		ropeHalf:        ropeHalfVector,
	}
)

// native lists the sets of assembly that this processor runs. VDPBF16PS is twice
// the rate of float32 on AMD's cores but half of it on Intel's, where AMX took
// its place: there widening the weights is the faster way.
func native() []*set {
	var sets []*set
	x86 := &cpu.X86
	if x86.HasAVX512F && x86.HasAVX512BW && x86.HasAVX512DQ && x86.HasAVX512VL && x86.HasAVX512VNNI {
		best := avx512
		if x86.HasAVX512BF16 && amd() {
			best.bf16Dot = bf16DotAVX512
		}
		sets = append(sets, &best)
	}
	if x86.HasAVX2 && x86.HasFMA && x86.HasF16C {
		sets = append(sets, &avx2)
	}
	return sets
}

// The loops below do whole vectors; the reference does what is left.

func toF16Vector(dst []uint16, x []float32) {
	n := len(x) &^ 7
	toF16AVX2(dst[:n], x[:n])
	toF16Generic(dst[n:], x[n:])
}

func toBF16Vector(dst []uint16, x []float32) {
	n := len(x) &^ 15
	toBF16AVX2(dst[:n], x[:n])
	toBF16Generic(dst[n:], x[n:])
}

func roundBF16Vector(dst, x []float32) {
	n := len(x) &^ 7
	roundBF16AVX2(dst[:n], x[:n])
	roundBF16Generic(dst[n:], x[n:])
}

func ropeInterleavedVector(x, cs []float32) {
	n := len(cs) &^ 7
	ropeInterleavedAVX2(x[:n], cs[:n])
	ropeInterleavedGeneric(x[n:], cs[n:])
}

func ropeHalfVector(low, high, cs []float32) {
	n := len(low) &^ 7
	ropeHalfAVX2(low[:n], high[:n], cs[:2*n])
	ropeHalfGeneric(low[n:], high[n:], cs[2*n:])
}

// pause tells the processor that the caller spins.
func pause()

// amd reports whether AMD made the processor.
func amd() bool
