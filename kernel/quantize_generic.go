package kernel

import "math"

// quantizeGeneric writes x in blocks of 32 columns as 8-bit integers in
// [-127,127] with the scale max|x|/127, rounded to nearest even. An infinity or
// NaN makes the block's scale infinite or NaN, and so the products with it.
func quantizeGeneric(dst []quants, x []float32) { quantizeBlocks(dst, x, false) }

// quantizeNarrowGeneric is quantizeGeneric with the scale for the narrow formats:
// of the largest magnitude of a column or of the sum of two neighbours.
func quantizeNarrowGeneric(dst []quants, x []float32) { quantizeBlocks(dst, x, true) }

func quantizeBlocks(dst []quants, x []float32, narrow bool) {
	for b := range dst {
		x, out := x[b*Group:][:Group], &dst[b]
		top := math.Float32bits(1e-30) // as integers, so that NaN is above all
		for k := 0; k < Group; k += 2 {
			top = max(top, math.Float32bits(x[k])&0x7fffffff, math.Float32bits(x[k+1])&0x7fffffff)
			if narrow {
				top = max(top, math.Float32bits(x[k]+x[k+1])&0x7fffffff)
			}
		}
		largest := math.Float32frombits(top)
		inverse := 127 / largest
		var sums [2]int32
		for k, v := range x {
			out.q[k] = toInt8(v * inverse)
			sums[k/16] += int32(out.q[k])
		}
		sum := sums[0] + sums[1]
		out.scale, out.sum = largest*(1.0/127), float32(sum)
		out.zero8, out.zero128 = bias-8*sum, bias-128*sum
		out.halves = [2]int32{bias - 32*sums[0], bias - 32*sums[1]}
		out.eighth = eighth{bias - 128/8*sum, 8 * out.scale}
	}
}

// toInt8 rounds to nearest even; NaN gives -128 as the vector instruction does.
func toInt8(x float32) int8 {
	if x != x {
		return -128
	}
	return int8(math.RoundToEven(float64(x)))
}
