package kernel

import "golang.org/x/sys/cpu"

// testSets adds the product of bf16 pairs, or the other one where that is used.
func testSets() []*set {
	if !cpu.X86.HasAVX512BF16 || available[0].name != avx512.name {
		return available
	}
	other := *available[0]
	if other.bf16Dot == nil {
		other.name, other.bf16Dot = "avx512 bf16 pairs", bf16DotAVX512
	} else {
		other.name, other.bf16Dot = "avx512 bf16 floats", nil
	}
	return append([]*set{&other}, available...)
}
