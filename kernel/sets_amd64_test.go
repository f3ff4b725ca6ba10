package kernel

import "golang.org/x/sys/cpu"

// testSets adds the set of a processor that has AVX-512 but not its BF16 product.
func testSets() []*set {
	sets := available
	if cpu.X86.HasAVX512BF16 && sets[0].name == avx512.name {
		wide := avx512
		wide.name += " without BF16"
		wide.bf16 = bf16WideAVX512
		sets = append([]*set{&wide}, sets...)
	}
	return sets
}
