package main

import (
	"fmt"
	"math"
)

// isa is an instruction set for loops over vectors of float32.
type isa struct {
	suffix string
	bytes  int // of a register
}

var (
	avx2   = isa{"AVX2", 32}
	avx512 = isa{"AVX512", 64}
)

// vec emits loops over vectors of any length in either instruction set: whole
// registers first, then what is left under a mask.
type vec struct {
	*asm
	isa
	masked bool // emitting the rest
}

const mask = 15 // the register of AVX2's mask; AVX-512's is K1

func (v *vec) wide() bool { return v.bytes == 64 }

// r is a register's name.
func (v *vec) r(i int) string {
	if v.wide() {
		return z(i)
	}
	return y(i)
}

// do emits an instruction on registers.
func (v *vec) do(name string, registers ...int) {
	var operands []any
	for _, i := range registers {
		operands = append(operands, v.r(i))
	}
	v.op(name, operands...)
}

// with emits an instruction whose first operand is a constant in every lane.
func (v *vec) with(name string, c float64, registers ...int) {
	if v.wide() {
		name += ".BCST"
	}
	operands := []any{v.constant(c)}
	for _, i := range registers {
		operands = append(operands, v.r(i))
	}
	v.op(name, operands...)
}

// constant is the address of eight copies of c.
func (v *vec) constant(c float64) string {
	bits := math.Float32bits(float32(c))
	name := fmt.Sprintf("c%08x%s<>", bits, v.suffix)
	v.table(name, 8, func(int) uint32 { return bits })
	return name + "(SB)"
}

// table declares n words of read-only data, once.
func (a *asm) table(name string, n int, word func(i int) uint32) {
	if a.tables[name] {
		return
	}
	if a.tables == nil {
		a.tables = map[string]bool{}
	}
	a.tables[name] = true
	for i := 0; i < n; i += 2 {
		fmt.Fprintf(&a.data, "DATA %s+%d(SB)/8, $0x%08x%08x\n", name, 4*i, word(i+1), word(i))
	}
	fmt.Fprintf(&a.data, "GLOBL %s(SB), RODATA|NOPTR, $%d\n", name, 4*n)
}

// fill puts a constant into a register.
func (v *vec) fill(c float64, r int) { v.op("VBROADCASTSS", v.constant(c), v.r(r)) }

func (v *vec) zero(r int) { v.do("VXORPS", r, r, r) }

func (v *vec) load(pointer string, r int) {
	switch {
	case !v.masked:
		v.op("VMOVUPS", at(0, pointer), v.r(r))
	case v.wide():
		v.op("VMOVUPS.Z", at(0, pointer), "K1", v.r(r))
	default:
		v.op("VMASKMOVPS", at(0, pointer), v.r(mask), v.r(r))
	}
}

func (v *vec) store(r int, pointer string) {
	switch {
	case !v.masked:
		v.op("VMOVUPS", v.r(r), at(0, pointer))
	case v.wide():
		v.op("VMOVUPS", v.r(r), "K1", at(0, pointer))
	default:
		v.op("VMASKMOVPS", v.r(r), v.r(mask), at(0, pointer))
	}
}

// keep clears the lanes of r that are beyond the end.
func (v *vec) keep(r int) {
	switch {
	case !v.masked:
	case v.wide():
		v.op("VMOVAPS.Z", v.r(r), "K1", v.r(r))
	default:
		v.do("VANDPS", mask, r, r)
	}
}

// loop runs body over CX elements, then steps the pointers.
func (v *vec) loop(body func(), pointers ...string) {
	again, rest, done := v.newLabel("loop"), v.newLabel("rest"), v.newLabel("done")
	lanes := v.bytes / 4
	v.op("SUBQ", lanes, "CX")
	v.op("JLT", rest)
	v.label(again)
	body()
	for _, p := range pointers {
		v.op("ADDQ", v.bytes, p)
	}
	v.op("SUBQ", lanes, "CX")
	v.op("JGE", again)
	v.label(rest)
	v.op("ADDQ", lanes, "CX")
	v.op("JZ", done)
	if v.wide() {
		v.op("MOVL", 1, "AX")
		v.op("SHLL", "CX", "AX")
		v.op("DECL", "AX")
		v.op("KMOVW", "AX", "K1")
	} else {
		// The first CX lanes of the mask are ones.
		v.table("lanes<>", 16, func(i int) uint32 { return uint32(btoi(i < 8)) * 0xffffffff })
		v.op("LEAQ", "lanes<>+32(SB)", "AX")
		v.op("SHLQ", 2, "CX")
		v.op("SUBQ", "CX", "AX")
		v.op("VMOVUPS", at(0, "AX"), v.r(mask))
	}
	v.masked = true
	body()
	v.masked = false
	v.label(done)
}

// reduce folds the lanes of register r with an instruction, into the low lane.
// Register 13 is lost.
func (v *vec) reduce(name string, r int) {
	if v.wide() {
		v.op("VEXTRACTF64X4", 1, z(r), y(13))
		v.op(name, y(13), y(r), y(r))
	}
	v.op("VEXTRACTF128", 1, y(r), x(13))
	v.op(name, x(13), x(r), x(r))
	for _, shuffle := range []int{0x4e, 0xb1} { // halves, then neighbours
		v.op("VPERMILPS", shuffle, x(r), x(13))
		v.op(name, x(13), x(r), x(r))
	}
}

// vectors emits every loop over vectors for one instruction set.
func vectors(set isa) func(*asm) {
	return func(a *asm) {
		v := &vec{asm: a, isa: set}
		v.elementwise("add", "VADDPS")
		v.elementwise("mul", "VMULPS")
		v.times()
		v.scale()
		v.normalize()
		v.sum()
		v.squares()
		v.largest()
		v.expSum()
		v.activation("siluMul", true, v.siluMul)
		v.activation("gelu", false, v.gelu)
		v.activation("geluTanh", false, v.geluTanh)
	}
}

// start begins a function and loads its slices' addresses, and the first one's
// length to CX.
func (v *vec) start(name, result string, params ...param) {
	v.function(name+v.suffix, name+v.suffix+" is "+name+"Generic.", result, params...)
	registers := []string{"DI", "SI", "R8", "R9"}
	for i, p := range params {
		if p.kind == "[]float32" {
			v.op("MOVQ", v.arg(p.name+"_base"), registers[i])
		}
	}
	v.op("MOVQ", v.arg(params[0].name+"_len"), "CX")
}

func (v *vec) elementwise(name, instruction string) {
	v.start(name, "", param{"dst", "[]float32"}, param{"x", "[]float32"})
	v.loop(func() {
		v.load("DI", 0)
		v.load("SI", 1)
		v.do(instruction, 1, 0, 0)
		v.store(0, "DI")
	}, "DI", "SI")
	v.end()
}

func (v *vec) times() {
	v.start("times", "", param{"x", "[]float32"}, param{"s", "float32"})
	v.op("VBROADCASTSS", v.arg("s"), v.r(1))
	v.loop(func() {
		v.load("DI", 0)
		v.do("VMULPS", 1, 0, 0)
		v.store(0, "DI")
	}, "DI")
	v.end()
}

func (v *vec) scale() {
	v.start("scale", "", param{"dst", "[]float32"}, param{"x", "[]float32"}, param{"weight", "[]float32"}, param{"s", "float32"})
	v.op("VBROADCASTSS", v.arg("s"), v.r(2))
	v.loop(func() {
		v.load("SI", 0)
		v.load("R8", 1)
		v.do("VMULPS", 2, 0, 0)
		v.do("VMULPS", 1, 0, 0)
		v.store(0, "DI")
	}, "DI", "SI", "R8")
	v.end()
}

func (v *vec) normalize() {
	v.start("normalize", "", param{"dst", "[]float32"}, param{"x", "[]float32"}, param{"weight", "[]float32"}, param{"bias", "[]float32"},
		param{"mean", "float32"}, param{"s", "float32"})
	v.op("VBROADCASTSS", v.arg("mean"), v.r(3))
	v.op("VBROADCASTSS", v.arg("s"), v.r(4))
	v.loop(func() {
		v.load("SI", 0)
		v.load("R8", 1)
		v.load("R9", 2)
		v.do("VSUBPS", 3, 0, 0)
		v.do("VMULPS", 4, 0, 0)
		v.do("VFMADD213PS", 2, 1, 0)
		v.store(0, "DI")
	}, "DI", "SI", "R8", "R9")
	v.end()
}

func (v *vec) sum() {
	v.start("sum", "float32", param{"x", "[]float32"})
	v.zero(0)
	v.loop(func() {
		v.load("DI", 1)
		v.do("VADDPS", 1, 0, 0)
	}, "DI")
	v.reduce("VADDPS", 0)
	v.op("VMOVSS", x(0), v.arg("ret"))
	v.end()
}

func (v *vec) squares() {
	v.start("squares", "float32", param{"x", "[]float32"}, param{"c", "float32"})
	v.op("VBROADCASTSS", v.arg("c"), v.r(2))
	v.zero(0)
	v.loop(func() {
		v.load("DI", 1)
		v.do("VSUBPS", 2, 1, 1)
		v.keep(1)
		v.do("VFMADD231PS", 1, 1, 0)
	}, "DI")
	v.reduce("VADDPS", 0)
	v.op("VMOVSS", x(0), v.arg("ret"))
	v.end()
}

// largest may lose a NaN: expSum finds it again.
func (v *vec) largest() {
	v.start("largest", "float32", param{"x", "[]float32"})
	v.fill(math.Inf(-1), 0)
	v.loop(func() {
		v.load("DI", 1)
		switch {
		case !v.masked:
			v.do("VMAXPS", 1, 0, 0)
		case v.wide():
			v.op("VMAXPS", v.r(1), v.r(0), "K1", v.r(0))
		default:
			v.do("VMAXPS", 1, 0, 1)
			v.do("VBLENDVPS", mask, 1, 0, 0)
		}
	}, "DI")
	v.reduce("VMAXPS", 0)
	v.op("VMOVSS", x(0), v.arg("ret"))
	v.end()
}
