package kernel

// generic is the reference: plain Go that runs anywhere.
var generic = set{
	name:      "generic",
	floatTile: 12,
	quantTile: 6,
	f32:       f32Generic,
	f16:       f16Generic,
	bf16:      bf16Generic,
	blocks: [...]blockProduct{
		Q8: genericBlocks(Q8), Q8Exact: genericBlocks(Q8Exact), Q5Min: genericBlocks(Q5Min), Q6Half: genericBlocks(Q6Half),
		Q4: genericBlocks(Q4), Q4Min: genericBlocks(Q4Min),
	},
	quantize:        quantizeGeneric,
	quantizeNarrow:  quantizeNarrowGeneric,
	roundBF16:       roundBF16Generic,
	toBF16:          toBF16Generic,
	toF16:           toF16Generic,
	add:             addGeneric,
	mul:             mulGeneric,
	times:           timesGeneric,
	largest:         largestGeneric,
	sum:             sumGeneric,
	squares:         squaresGeneric,
	scale:           scaleGeneric,
	normalize:       normalizeGeneric,
	expSum:          expSumGeneric,
	siluMul:         siluMulGeneric,
	gelu:            geluGeneric,
	geluTanh:        geluTanhGeneric,
	ropeInterleaved: ropeInterleavedGeneric,
	ropeHalf:        ropeHalfGeneric,
}
