package main

const quantRows2 = 4

// quantTile2 is the state of one tile of the AVX2 products, which take the panel
// in two halves of 16 weight rows. The float sums stay in y.
//
// VPMADDUBSW multiplies unsigned by signed bytes and adds two products into 16
// bits. With 4-bit weights eight such sums still fit: 8*2*15*128 < 2^15. An 8-bit
// weight is taken as u-128 = |w|*sign(w), the sign moved to the activation, so
// that one sum fits: 2*128*127 < 2^15.
type quantTile2 struct {
	*asm
	quantProduct
	n int
	r rows
}

// Registers: the integer sums in Y0-Y7, the rest as named where they are used.
func (t *quantTile2) integer(row, v int) string { return y(2*row + v) }

func quantProducts2(a *asm) {
	for _, p := range quantProducts {
		p.begin(a, "AVX2")
		// R13 is the half: 0, then 64 bytes into a vector of 32 weight rows.
		a.op("XORQ", "R13", "R13")
		half, next, last := a.newLabel("half"), a.newLabel("next"), a.newLabel("last")
		a.label(half)
		a.dispatch(quantRows2, func(n int) {
			t := &quantTile2{asm: a, quantProduct: p, n: n, r: a.newRows(n)}
			t.clear()
			loop := a.newLabel("loop")
			a.op("TESTQ", "CX", "CX")
			a.op("JZ", next)
			a.op("LEAQ", at(0, "R8", "R8*2"), "R12") // three rows of y
			a.op("MOVQ", "R13", "R14")
			a.op("SHRQ", 1, "R14")
			a.op("ADDQ", "DI", "R14") // this half's scales, less the quants
			a.op("ADDQ", "R13", "DI")
			a.label(loop)
			for line := 0; line < p.quants(); line += 128 {
				a.op("PREFETCHT0", at(line+prefetch, "DI"))
			}
			t.block()
			t.r.advance(a, blockBytes)
			a.op("ADDQ", p.stride(), "DI")
			a.op("ADDQ", p.stride(), "R14")
			a.op("DECQ", "CX")
			a.op("JNZ", loop)
			a.op("JMP", next)
		})
		a.label(next)
		a.op("TESTQ", "R13", "R13")
		a.op("JNZ", last)
		a.op("MOVQ", 64, "R13")
		a.op("ADDQ", 64, "DX")
		a.op("MOVQ", a.arg("a_base"), "SI")
		a.op("MOVQ", a.arg("w_base"), "DI")
		a.op("MOVQ", a.arg("blocks"), "CX")
		a.op("JMP", half)
		a.label(last)
		a.end()
	}
}

// clear zeroes the half's columns of y unless more is set.
func (t *quantTile2) clear() {
	keep := t.newLabel("keep")
	t.op("CMPB", t.arg("more"), "$0")
	t.op("JNE", keep)
	t.op("VXORPS", y(0), y(0), y(0))
	t.store(t.n, 32, func(int) []string { return []string{y(0), y(0)} })
	t.label(keep)
}

func (t *quantTile2) block() {
	switch {
	case t.nibbles:
		t.dotNibbles()
		t.finish(0)
	case t.half:
		t.dotBytes(0, 4)
		t.finish(0)
		t.dotBytes(4, 8)
		t.finish(64)
	default:
		t.dotBytes(0, 8)
		t.finish(0)
	}
}

// dotNibbles leaves the products of unsigned 4-bit weights as 32-bit sums.
func (t *quantTile2) dotNibbles() {
	low, high, temp, mask := 8, 10, y(13), y(15)
	t.op("VPCMPEQB", mask, mask, mask)
	t.op("VPSRLW", 12, mask, mask)
	t.op("VPACKUSWB", mask, mask, mask) // 15 in every byte
	for part := range 4 {
		for v := range 2 {
			t.op("VMOVDQU", at(128*part+32*v, "DI"), y(high+v))
			t.op("VPAND", mask, y(high+v), y(low+v))
			t.op("VPSRLW", 4, y(high+v), y(high+v))
			t.op("VPAND", mask, y(high+v), y(high+v))
		}
		for four := range 2 {
			for i := range t.n {
				b := y(12 + i%2*2)
				t.op("VPBROADCASTD", t.r.at(i, 8*part+4*four), b)
				for v := range 2 {
					w, s := y(8+2*four+v), t.integer(i, v)
					if part == 0 && four == 0 {
						t.op("VPMADDUBSW", b, w, s)
						continue
					}
					t.op("VPMADDUBSW", b, w, temp)
					t.op("VPADDW", temp, s, s)
				}
			}
		}
	}
	ones := t.ones()
	for i := range 2 * t.n {
		t.op("VPMADDWD", ones, y(i), y(i))
	}
}

// ones makes Y14 hold 1 in each 16 bits.
func (t *quantTile2) ones() string {
	t.op("VPCMPEQW", y(14), y(14), y(14))
	t.op("VPSRLW", 15, y(14), y(14))
	return y(14)
}

// dotBytes leaves the bias plus the products of the weights less 128 with fours
// [from,to) of columns as 32-bit sums.
func (t *quantTile2) dotBytes(from, to int) {
	signed, size, b, temp, top := 8, 10, y(12), y(13), y(15)
	ones := t.ones()
	t.op("VPCMPEQB", top, top, top)
	t.op("VPABSB", top, top)
	t.op("VPSLLW", 7, top, top) // 128 in every byte: 1 shifted, and nothing crosses
	for i := range 2 * t.n {
		t.op("VMOVDQU", t.bias(), y(i))
	}
	for four := from; four < to; four++ {
		for v := range 2 {
			t.op("VPXOR", at(128*four+32*v, "DI"), top, y(signed+v))
			t.op("VPABSB", y(signed+v), y(size+v))
		}
		for i := range t.n {
			t.op("VPBROADCASTD", t.r.at(i, 4*four), b)
			for v := range 2 {
				t.op("VPSIGNB", y(signed+v), b, temp)
				t.op("VPMADDUBSW", temp, y(size+v), temp)
				t.op("VPMADDWD", ones, temp, temp)
				t.op("VPADDD", temp, t.integer(i, v), t.integer(i, v))
			}
		}
	}
}

// finish scales the integer sums and adds them to y; the scales lie offset bytes
// after the quants.
func (t *quantTile2) finish(offset int) {
	scales := t.quants() + offset
	for v := range 2 {
		t.op("VCVTPH2PS", at(scales+16*v, "R14"), y(8+v))
		if t.min {
			t.op("VCVTPH2PS", at(scales+64+16*v, "R14"), y(10+v))
		} else {
			t.op("VMULPS", t.bias(), y(8+v), y(10+v))
		}
	}
	for i := range t.n {
		switch {
		case t.min && t.nibbles:
		case t.min:
			t.op("VPBROADCASTD", t.r.at(i, zero128), y(12)) // takes the bias off and gives back 128*sum
		case t.nibbles:
			t.op("VPBROADCASTD", t.r.at(i, t.zero), y(12))
		}
		t.op("VBROADCASTSS", t.r.at(i, scale), y(13))
		if t.min {
			t.op("VBROADCASTSS", t.r.at(i, sum), y(14))
		}
		for v := range 2 {
			s := t.integer(i, v)
			if t.min {
				if !t.nibbles {
					t.op("VPSUBD", y(12), s, s)
				}
				t.op("VCVTDQ2PS", s, s)
				t.op("VMULPS", y(8+v), s, s)
				t.op("VFNMADD231PS", y(14), y(10+v), s)
			} else {
				if t.nibbles {
					t.op("VPADDD", y(12), s, s)
				}
				t.op("VFMSUB213PS", y(10+v), y(8+v), s)
			}
			memory := at(32*v, "DX", [...]string{"", "R8*1", "R8*2", "R12*1"}[i])
			t.op("VFMADD213PS", memory, y(13), s)
			t.op("VMOVUPS", s, memory)
		}
	}
}
