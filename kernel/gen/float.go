package main

// The products with float panels. A tile of rows times 32 columns stays in
// registers; each step along the columns loads 32 weights and broadcasts one
// activation (or pair) of every row.

const unroll = 2 // steps in one round of the loop

// floatProduct describes one: element sizes in bytes, and how to take a step.
type floatProduct struct {
	name, doc    string
	input        string // Go type of the activations
	weight       string // Go type of the weights
	size         int    // bytes of an activation element
	step, stride int    // bytes that a step takes in a row and in the panel
	setup        func(a *asm)
	emit         func(a *asm, n int, r rows, u int) // step u of an unrolled loop, for n rows
}

func (p *floatProduct) begin(a *asm) {
	a.function(p.name, p.doc, "",
		param{"y", "[]float32"}, param{"ldy", "int"}, param{"a", p.input}, param{"lda", "int"},
		param{"w", p.weight}, param{"rows", "int"}, param{"steps", "int"}, param{"more", "bool"})
	a.op("MOVQ", a.arg("y_base"), "DX")
	a.op("MOVQ", a.arg("ldy"), "R8")
	a.op("SHLQ", 2, "R8")
	a.op("MOVQ", a.arg("a_base"), "SI")
	a.op("MOVQ", a.arg("lda"), "BX")
	a.op("IMULQ", p.size, "BX")
	a.op("MOVQ", a.arg("w_base"), "DI")
	if p.setup != nil {
		p.setup(a)
	}
}

// loop emits the steps: unrolled, then one by one.
func (p *floatProduct) loop(a *asm, n int, r rows) {
	many, few, one, done := a.newLabel("many"), a.newLabel("few"), a.newLabel("one"), a.newLabel("done")
	a.op("MOVQ", a.arg("steps"), "CX")
	a.op("SUBQ", unroll, "CX")
	a.op("JLT", few)
	a.label(many)
	for u := range unroll {
		for line := u * p.stride; line < (u+1)*p.stride; line += 64 {
			a.op("PREFETCHT0", at(line+prefetch, "DI"))
		}
		p.emit(a, n, r, u)
	}
	r.advance(a, unroll*p.step)
	a.op("ADDQ", unroll*p.stride, "DI")
	a.op("SUBQ", unroll, "CX")
	a.op("JGE", many)
	a.label(few)
	a.op("ADDQ", unroll, "CX")
	a.op("JZ", done)
	a.label(one)
	p.emit(a, n, r, 0)
	r.advance(a, p.step)
	a.op("ADDQ", p.stride, "DI")
	a.op("DECQ", "CX")
	a.op("JNZ", one)
	a.label(done)
}

// sums loads the sums of n rows from y if more is set and clears them if not:
// row i's columns are the registers of its list, reg bytes each.
func (a *asm) sums(n, reg int, registers func(row int) []string) {
	clear, ready := a.newLabel("clear"), a.newLabel("ready")
	a.op("CMPB", a.arg("more"), "$0")
	a.op("JEQ", clear)
	a.eachRow(n, reg, registers, func(memory, register string) { a.op("VMOVUPS", memory, register) })
	a.op("JMP", ready)
	a.label(clear)
	for i := range n {
		for _, r := range registers(i) {
			a.op("VXORPS", r, r, r)
		}
	}
	a.label(ready)
}

// store writes the sums of n rows to y.
func (a *asm) store(n, reg int, registers func(row int) []string) {
	a.eachRow(n, reg, registers, func(memory, register string) { a.op("VMOVUPS", register, memory) })
}

func (a *asm) eachRow(n, reg int, registers func(row int) []string, f func(memory, register string)) {
	a.op("MOVQ", "DX", "R12")
	for i := range n {
		for j, r := range registers(i) {
			f(at(j*reg, "R12"), r)
		}
		if i < n-1 {
			a.op("ADDQ", "R8", "R12")
		}
	}
}

// sums512 are the registers of a row's 32 columns.
func sums512(row int) []string { return []string{z(2 * row), z(2*row + 1)} }

const floatRows512 = 12

func floatProducts512(a *asm) {
	load := func(name string, stride, second int) func(a *asm, n int, r rows, u int) {
		return func(a *asm, n int, r rows, u int) {
			a.op(name, at(u*stride, "DI"), z(24))
			a.op(name, at(u*stride+second, "DI"), z(25))
			for i := range n {
				b := z(26 + i%6)
				a.op("VBROADCASTSS", r.at(i, u*4), b)
				a.op("VFMADD231PS", z(24), b, z(2*i))
				a.op("VFMADD231PS", z(25), b, z(2*i+1))
			}
		}
	}
	for _, p := range []floatProduct{
		{
			name: "f32AVX512", doc: "f32AVX512 is f32Generic.", input: "[]float32", weight: "[]float32",
			size: 4, step: 4, stride: 128, emit: load("VMOVUPS", 128, 64),
		},
		{
			name: "f16AVX512", doc: "f16AVX512 is f16Generic.", input: "[]float32", weight: "[]uint16",
			size: 4, step: 4, stride: 64, emit: load("VCVTPH2PS", 64, 32),
		},
		{
			name: "bf16DotAVX512", doc: "bf16DotAVX512 is bf16Generic with pairs of bf16 for activations.", input: "[]uint16", weight: "[]uint16",
			size: 2, step: 4, stride: 128, emit: dotBF16Step,
		},
		{
			name: "bf16AVX512", doc: "bf16AVX512 is bf16Generic.", input: "[]float32", weight: "[]uint16",
			size: 4, step: 8, stride: 128, setup: highMask512, emit: wideBF16Step,
		},
	} {
		p.begin(a)
		a.dispatch(floatRows512, func(n int) {
			a.sums(n, 64, sums512)
			p.loop(a, n, a.newRows(n))
			a.store(n, 64, sums512)
			a.end()
		})
	}
}

func dotBF16Step(a *asm, n int, r rows, u int) {
	a.op("VMOVUPS", at(u*128, "DI"), z(24))
	a.op("VMOVUPS", at(u*128+64, "DI"), z(25))
	for i := range n {
		a.op("VPBROADCASTD", r.at(i, u*4), z(26+i%6))
		a.dotBF16(26+i%6, 24, 2*i)
		a.dotBF16(26+i%6, 25, 2*i+1)
	}
}

// highMask512 makes Z28 keep the upper halves: odd columns of a bf16 pair.
func highMask512(a *asm) {
	a.op("MOVL", "$0xffff0000", "AX")
	a.op("VPBROADCASTD", "AX", z(28))
}

// wideBF16Step widens pairs of bf16 weights to two floats each: the even column
// shifted up, the odd one masked.
func wideBF16Step(a *asm, n int, r rows, u int) {
	for g := range 2 {
		a.op("VMOVUPS", at(u*128+64*g, "DI"), z(26+g))
		a.op("VPSLLD", 16, z(26+g), z(24+g))
		a.op("VPANDD", z(28), z(26+g), z(26+g))
	}
	for odd := range 2 {
		for i := range n {
			b := z(29 + i%3)
			a.op("VBROADCASTSS", r.at(i, u*8+4*odd), b)
			a.op("VFMADD231PS", z(24+2*odd), b, z(2*i))
			a.op("VFMADD231PS", z(25+2*odd), b, z(2*i+1))
		}
	}
}

const floatRows2 = 6

// floatProducts2 has 16 registers of 8 columns: it takes the panel in two halves
// of 16 columns.
func floatProducts2(a *asm) {
	load := func(name string, stride, second int) func(a *asm, n int, r rows, u int) {
		return func(a *asm, n int, r rows, u int) {
			a.op(name, at(u*stride, "DI"), y(12))
			a.op(name, at(u*stride+second, "DI"), y(13))
			for i := range n {
				b := y(14 + i%2)
				a.op("VBROADCASTSS", r.at(i, u*4), b)
				a.op("VFMADD231PS", y(12), b, y(2*i))
				a.op("VFMADD231PS", y(13), b, y(2*i+1))
			}
		}
	}
	for _, p := range []floatProduct{
		{
			name: "f32AVX2", doc: "f32AVX2 is f32Generic.", input: "[]float32", weight: "[]float32",
			size: 4, step: 4, stride: 128, emit: load("VMOVUPS", 128, 32),
		},
		{
			name: "f16AVX2", doc: "f16AVX2 is f16Generic.", input: "[]float32", weight: "[]uint16",
			size: 4, step: 4, stride: 64, emit: load("VCVTPH2PS", 64, 16),
		},
		{
			name: "bf16AVX2", doc: "bf16AVX2 is bf16Generic.", input: "[]float32", weight: "[]uint16",
			size: 4, step: 8, stride: 128, setup: highMask2, emit: wideBF16Step2,
		},
	} {
		p.begin(a)
		sums := func(row int) []string { return []string{y(2 * row), y(2*row + 1)} }
		half := p.stride / 2
		a.op("MOVQ", 2, "R13")
		again := a.newLabel("half")
		a.label(again)
		next := a.newLabel("next")
		a.dispatch(floatRows2, func(n int) {
			a.sums(n, 32, sums)
			p.loop(a, n, a.newRows(n))
			a.store(n, 32, sums)
			a.op("JMP", next)
		})
		a.label(next)
		a.op("DECQ", "R13")
		a.op("JZ", next+"end")
		a.op("MOVQ", a.arg("a_base"), "SI")
		a.op("MOVQ", a.arg("w_base"), "DI")
		a.op("ADDQ", half, "DI")
		a.op("ADDQ", 64, "DX")
		a.op("JMP", again)
		a.label(next + "end")
		a.end()
	}
}

// highMask2 is highMask512 in Y15.
func highMask2(a *asm) {
	a.op("VPCMPEQD", y(15), y(15), y(15))
	a.op("VPSLLD", 16, y(15), y(15))
}

// wideBF16Step2 is wideBF16Step in fewer registers: first the even columns, then
// the odd ones.
func wideBF16Step2(a *asm, n int, r rows, u int) {
	for odd := range 2 {
		for v := range 2 {
			a.op("VMOVUPS", at(u*128+32*v, "DI"), y(12+v))
			if odd == 0 {
				a.op("VPSLLD", 16, y(12+v), y(12+v))
			} else {
				a.op("VPAND", y(15), y(12+v), y(12+v))
			}
		}
		for i := range n {
			a.op("VBROADCASTSS", r.at(i, u*8+4*odd), y(14))
			a.op("VFMADD231PS", y(12), y(14), y(2*i))
			a.op("VFMADD231PS", y(13), y(14), y(2*i+1))
		}
	}
}
