package main

// Conversions and rotations: 256 bits serve both sets, their loops wait for
// memory or shuffles.

// quantize takes a block of 32 values at a time.
func quantize(a *asm, narrow bool) {
	name, doc := "quantizeAVX2", " is quantizeGeneric."
	if narrow {
		name, doc = "quantizeNarrowAVX2", " is quantizeNarrowGeneric with every other four of q negated."
	}
	a.function(name, name+doc, "", param{"dst", "[]quants"}, param{"x", "[]float32"})
	a.op("MOVQ", a.arg("dst_base"), "DI")
	a.op("MOVQ", a.arg("dst_len"), "CX")
	a.op("MOVQ", a.arg("x_base"), "SI")
	a.op("VPCMPEQD", y(15), y(15), y(15))
	a.op("VPSRLD", 1, y(15), y(15)) // all but the sign
	a.op("VPCMPEQW", y(14), y(14), y(14))
	a.op("VPSRLW", 15, y(14), y(14)) // 1 in 16 bits
	a.op("VPCMPEQB", y(13), y(13), y(13))
	a.op("VPABSB", y(13), y(13)) // 1 in 8 bits
	a.table("order<>", 8, func(i int) uint32 { return uint32(i/2 + i%2*4) })
	a.op("VMOVDQU", "order<>(SB)", y(12))
	for i, bits := range []string{"$0x41000000", "$0x4b400000", "$0x0da24260", "$0x3c010204", "$0x42fe0000"} { // 8, bias, 1e-30, 1/127, 127
		a.op("MOVL", bits, "AX")
		a.op("VMOVD", "AX", x(7+i))
	}
	a.op("VPBROADCASTD", x(8), x(8))
	loop, done := a.newLabel("loop"), a.newLabel("done")
	a.op("TESTQ", "CX", "CX")
	a.op("JZ", done)
	largest(a, "SI", narrow)
	a.label(loop)
	a.op("VDIVSS", x(6), x(11), x(5))
	a.op("VMULSS", x(10), x(6), x(4))
	a.op("VMOVSS", x(4), at(scale, "DI"))
	a.op("VMULSS", x(7), x(4), x(4))
	a.op("VMOVSS", x(4), at(eighthScale, "DI"))
	// While that is divided, the next block's; of the last, its own again.
	a.op("LEAQ", at(128, "SI"), "AX")
	a.op("CMPQ", "CX", "$1")
	a.op("CMOVQEQ", "SI", "AX")
	largest(a, "AX", narrow)
	a.op("VBROADCASTSS", x(5), y(5))
	for i := range 4 {
		a.op("VMULPS", at(32*i, "SI"), y(5), y(i))
		a.op("VCVTPS2DQ", y(i), y(i))
	}
	// The packs work within 128 bits; the permutation brings fours in order.
	a.op("VPACKSSDW", y(1), y(0), y(0))
	a.op("VPACKSSDW", y(3), y(2), y(2))
	a.op("VPACKSSWB", y(2), y(0), y(0))
	a.op("VPERMD", y(0), y(12), y(0))
	if narrow {
		a.table("signs<>", 8, func(i int) uint32 { return 0x01010101 + uint32(i%2)*0xfefefefe })
		a.op("VPSIGNB", "signs<>(SB)", y(0), y(1))
		a.op("VMOVDQU", y(1), at(0, "DI"))
	} else {
		a.op("VMOVDQU", y(0), at(0, "DI"))
	}
	// In all of X0 and X1 the sums of the first and of the last 16, in X2 of all.
	a.op("VPMADDUBSW", y(0), y(13), y(0))
	a.op("VPMADDWD", y(14), y(0), y(0))
	a.op("VPHADDD", y(0), y(0), y(0))
	a.op("VPHADDD", y(0), y(0), y(0))
	a.op("VEXTRACTI128", 1, y(0), x(1))
	a.op("VPADDD", x(1), x(0), x(2))
	a.op("VCVTDQ2PS", x(2), x(3))
	a.op("VMOVSS", x(3), at(sum, "DI"))
	a.op("VPUNPCKLDQ", x(1), x(0), x(0))
	a.op("VPUNPCKLQDQ", x(0), x(2), x(0)) // for zero8, zero128 and the halves
	a.table("shifts<>", 4, func(i int) uint32 { return []uint32{3, 7, 5, 5}[i] })
	a.op("VPSLLVD", "shifts<>(SB)", x(0), x(0))
	a.op("VPSUBD", x(0), x(8), x(0))
	a.op("VMOVDQU", x(0), at(zero8, "DI"))
	a.op("VPSLLD", 4, x(2), x(2))
	a.op("VPSUBD", x(2), x(8), x(2))
	a.op("VMOVD", x(2), at(eighthZero, "DI"))
	a.op("ADDQ", 128, "SI")
	a.op("ADDQ", blockBytes, "DI")
	a.op("DECQ", "CX")
	a.op("JNZ", loop)
	a.label(done)
	a.end()
}

// largest leaves in X6 the largest magnitude of a column, and of the sum of two
// neighbours if pairs is set, as an integer so that NaN is above all, and 1e-30 at
// least (X9).
func largest(a *asm, pointer string, pairs bool) {
	a.op("VMOVDQA", y(9), y(6))
	for i := range 4 {
		a.op("VMOVUPS", at(32*i, pointer), y(0))
		values := []string{y(0)}
		if pairs {
			a.op("VPERMILPS", 0xb1, y(0), y(1))
			a.op("VADDPS", y(0), y(1), y(1))
			values = append(values, y(1))
		}
		for _, v := range values {
			a.op("VPAND", y(15), v, v)
			a.op("VPMAXUD", v, y(6), y(6))
		}
	}
	a.op("VEXTRACTI128", 1, y(6), x(0))
	a.op("VPMAXUD", x(0), x(6), x(6))
	for _, shuffle := range []int{0x4e, 0xb1} {
		a.op("VPSHUFD", shuffle, x(6), x(0))
		a.op("VPMAXUD", x(0), x(6), x(6))
	}
}

func quantizePlain(a *asm)  { quantize(a, false) }
func quantizeNarrow(a *asm) { quantize(a, true) }

// simple emits a loop over dst and x in steps of lanes elements; the length is a
// multiple of them.
func simple(a *asm, name, doc, dst string, lanes int, body func()) {
	a.function(name, doc, "", param{"dst", dst}, param{"x", "[]float32"})
	a.op("MOVQ", a.arg("dst_base"), "DI")
	a.op("MOVQ", a.arg("x_base"), "SI")
	a.op("MOVQ", a.arg("x_len"), "CX")
	loop, done := a.newLabel("loop"), a.newLabel("done")
	a.label(loop)
	a.op("SUBQ", lanes, "CX")
	a.op("JLT", done)
	body()
	a.op("ADDQ", map[string]int{"[]uint16": 2, "[]float32": 4}[dst]*lanes, "DI")
	a.op("ADDQ", 4*lanes, "SI")
	a.op("JMP", loop)
	a.label(done)
	a.end()
}

func toF16(a *asm) {
	simple(a, "toF16AVX2", "toF16AVX2 is toF16Generic of the whole 8s of x.", "[]uint16", 8, func() {
		a.op("VMOVUPS", at(0, "SI"), y(0))
		a.op("VCVTPS2PH", 0, y(0), x(0)) // to nearest even
		a.op("VMOVDQU", x(0), at(0, "DI"))
	})
}

func toBF16(a *asm) {
	simple(a, "toBF16AVX2", "toBF16AVX2 is toBF16Generic of the whole 16s of x.", "[]uint16", 16, func() {
		bf16Constants(a)
		for i := range 2 {
			bf16Bits(a, 32*i, i)
			a.op("VPSRLD", 16, y(i), y(i))
		}
		a.op("VPACKUSDW", y(1), y(0), y(0))
		a.op("VPERMQ", 0xd8, y(0), y(0))
		a.op("VMOVDQU", y(0), at(0, "DI"))
	})
}

func roundBF16(a *asm) {
	simple(a, "roundBF16AVX2", "roundBF16AVX2 is roundBF16Generic of the whole 8s of x.", "[]float32", 8, func() {
		bf16Constants(a)
		bf16Bits(a, 0, 0)
		a.op("VPSRLD", 16, y(0), y(0))
		a.op("VPSLLD", 16, y(0), y(0))
		a.op("VMOVDQU", y(0), at(0, "DI"))
	})
}

func bf16Constants(a *asm) {
	a.op("VPCMPEQD", y(5), y(5), y(5))
	a.op("VPSRLD", 31, y(5), y(6)) // 1
	a.op("VPSRLD", 17, y(5), y(7)) // 0x7fff
	a.op("VPSLLD", 22, y(6), y(8)) // what makes a NaN quiet
}

// bf16Bits loads eight floats into register r with the bf16 nearest to each, the
// even one of two, in the upper half.
func bf16Bits(a *asm, offset, r int) {
	odd, nan, quiet := y(2), y(3), y(4)
	a.op("VMOVUPS", at(offset, "SI"), y(r))
	a.op("VCMPPS", 3, y(r), y(r), nan) // unordered
	a.op("VPOR", y(8), y(r), quiet)
	a.op("VPSRLD", 16, y(r), odd)
	a.op("VPAND", y(6), odd, odd)
	a.op("VPADDD", y(7), y(r), y(r))
	a.op("VPADDD", odd, y(r), y(r))
	a.op("VBLENDVPS", nan, quiet, y(r), y(r))
}

// ropeInterleaved: four pairs (a,b) at a time become (a*cos-b*sin, b*cos+a*sin).
func ropeInterleaved(a *asm) {
	a.function("ropeInterleavedAVX2", "ropeInterleavedAVX2 is ropeInterleavedGeneric of the whole 8s of cs.", "",
		param{"x", "[]float32"}, param{"cs", "[]float32"})
	a.op("MOVQ", a.arg("x_base"), "DI")
	a.op("MOVQ", a.arg("cs_base"), "SI")
	a.op("MOVQ", a.arg("cs_len"), "CX")
	loop, done := a.newLabel("loop"), a.newLabel("done")
	a.label(loop)
	a.op("SUBQ", 8, "CX")
	a.op("JLT", done)
	a.op("VMOVUPS", at(0, "DI"), y(0))
	a.op("VMOVSLDUP", at(0, "SI"), y(1)) // cosines
	a.op("VMOVSHDUP", at(0, "SI"), y(2)) // sines
	a.op("VPERMILPS", 0xb1, y(0), y(3))  // (b,a)
	a.op("VMULPS", y(2), y(3), y(3))
	a.op("VFMADDSUB213PS", y(3), y(1), y(0))
	a.op("VMOVUPS", y(0), at(0, "DI"))
	a.op("ADDQ", 32, "DI")
	a.op("ADDQ", 32, "SI")
	a.op("JMP", loop)
	a.label(done)
	a.end()
}

func ropeHalf(a *asm) {
	a.function("ropeHalfAVX2", "ropeHalfAVX2 is ropeHalfGeneric of the whole 8s of low.", "",
		param{"low", "[]float32"}, param{"high", "[]float32"}, param{"cs", "[]float32"})
	a.op("MOVQ", a.arg("low_base"), "DI")
	a.op("MOVQ", a.arg("low_len"), "CX")
	a.op("MOVQ", a.arg("high_base"), "SI")
	a.op("MOVQ", a.arg("cs_base"), "DX")
	loop, done := a.newLabel("loop"), a.newLabel("done")
	a.label(loop)
	a.op("SUBQ", 8, "CX")
	a.op("JLT", done)
	a.op("VMOVUPS", at(0, "DX"), y(4))
	a.op("VMOVUPS", at(32, "DX"), y(5))
	for i, shuffle := range []int{0x88, 0xdd} { // cosines, sines; the quarters come in order 0 2 1 3
		a.op("VSHUFPS", shuffle, y(5), y(4), y(2+i))
		a.op("VPERMPD", 0xd8, y(2+i), y(2+i))
	}
	a.op("VMOVUPS", at(0, "DI"), y(0))
	a.op("VMOVUPS", at(0, "SI"), y(1))
	a.op("VMULPS", y(1), y(3), y(4))
	a.op("VMULPS", y(0), y(3), y(5))
	a.op("VFMSUB213PS", y(4), y(2), y(0))
	a.op("VFMADD213PS", y(5), y(2), y(1))
	a.op("VMOVUPS", y(0), at(0, "DI"))
	a.op("VMOVUPS", y(1), at(0, "SI"))
	a.op("ADDQ", 32, "DI")
	a.op("ADDQ", 32, "SI")
	a.op("ADDQ", 64, "DX")
	a.op("JMP", loop)
	a.label(done)
	a.end()
}
