package main

import "slices"

const quantRows2 = 4

// quantTile2 is the state of one tile of the AVX2 products. Of each block it
// takes all 32 weight rows at once if there are one or two rows, and 16 and 16 if
// there are more. The float sums stay in y.
//
// VPMADDUBSW multiplies unsigned by signed bytes and adds two products into 16
// bits. With 4-bit weights eight such sums still fit: 8*2*15*128 < 2^15. An 8-bit
// weight is taken as u-128 = |w|*sign(w), the sign moved to the activation, so
// that one sum fits: 2*128*127 < 2^15.
type quantTile2 struct {
	*asm
	quantProduct
	n       int
	r       rows
	vectors int // of eight weight rows, that are taken at once
	from    int // the first of them
}

// Registers: the integer sums in Y0-Y7, the rest as named where they are used,
// for two vectors of weights at a time.
func (t *quantTile2) integer(row, v int) string { return y(t.vectors*row + v - t.from) }

// pairs calls f with the first of every two vectors that are taken at once.
func (t *quantTile2) pairs(f func(first int)) {
	for first := t.from; first < t.from+t.vectors; first += 2 {
		f(first)
	}
}

func quantProducts2(a *asm) {
	for _, p := range quantProducts {
		p.begin(a, "AVX2")
		a.dispatch(quantRows2, func(n int) {
			t := &quantTile2{asm: a, quantProduct: p, n: n, r: a.newRows(n), vectors: 2}
			if n <= 2 {
				t.vectors = 4
			}
			t.clear()
			loop, done := a.newLabel("loop"), a.newLabel("done")
			a.op("TESTQ", "CX", "CX")
			a.op("JZ", done)
			a.op("LEAQ", at(0, "R8", "R8*2"), "R12") // three rows of y
			a.label(loop)
			for line := 0; line < p.stride(); line += 64 {
				a.op("PREFETCHT0", at(line+prefetch, "DI"))
			}
			for t.from = 0; t.from < 4; t.from += t.vectors {
				t.block()
			}
			t.r.advance(a, blockBytes)
			a.op("ADDQ", p.stride(), "DI")
			a.op("DECQ", "CX")
			a.op("JNZ", loop)
			a.label(done)
			a.end()
		})
	}
}

// clear zeroes y unless more is set.
func (t *quantTile2) clear() {
	keep := t.newLabel("keep")
	t.op("CMPB", t.arg("more"), "$0")
	t.op("JNE", keep)
	t.op("VXORPS", y(0), y(0), y(0))
	t.store(t.n, 32, func(int) []string { return slices.Repeat([]string{y(0)}, 4) })
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
		t.pairs(func(first int) {
			for v := range 2 {
				t.op("VMOVDQU", at(128*part+32*(first+v), "DI"), y(high+v))
				t.op("VPAND", mask, y(high+v), y(low+v))
				t.op("VPSRLW", 4, y(high+v), y(high+v))
				t.op("VPAND", mask, y(high+v), y(high+v))
			}
			for four := range 2 {
				for i := range t.n {
					b := y(12 + i%2*2)
					t.op("VPBROADCASTD", t.r.at(i, 8*part+4*four), b)
					for v := range 2 {
						w, s := y(8+2*four+v), t.integer(i, first+v)
						if part == 0 && four == 0 {
							t.op("VPMADDUBSW", b, w, s)
							continue
						}
						t.op("VPMADDUBSW", b, w, temp)
						t.op("VPADDW", temp, s, s)
					}
				}
			}
		})
	}
	ones := t.ones()
	for i := range t.vectors * t.n {
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
	for i := range t.vectors * t.n {
		t.op("VMOVDQU", t.bias(), y(i))
	}
	for four := from; four < to; four++ {
		t.pairs(func(first int) {
			for v := range 2 {
				t.op("VPXOR", at(128*four+32*(first+v), "DI"), top, y(signed+v))
				t.op("VPABSB", y(signed+v), y(size+v))
			}
			for i := range t.n {
				t.op("VPBROADCASTD", t.r.at(i, 4*four), b)
				for v := range 2 {
					s := t.integer(i, first+v)
					t.op("VPSIGNB", y(signed+v), b, temp)
					t.op("VPMADDUBSW", temp, y(size+v), temp)
					t.op("VPMADDWD", ones, temp, temp)
					t.op("VPADDD", temp, s, s)
				}
			}
		})
	}
}

// finish scales the integer sums and adds them to y; the scales lie offset bytes
// after the quants.
func (t *quantTile2) finish(offset int) {
	t.pairs(func(first int) { t.finishTwo(t.quants()+offset, first) })
}

// finishTwo does so for two vectors of weight rows; the scales of all lie from scales on.
func (t *quantTile2) finishTwo(scales, first int) {
	for v := range 2 {
		offset := scales + 16*(first+v)
		t.op("VCVTPH2PS", at(offset, "DI"), y(8+v))
		if t.min {
			t.op("VCVTPH2PS", at(offset+64, "DI"), y(10+v))
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
			s := t.integer(i, first+v)
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
			memory := at(32*(first+v), "DX", [...]string{"", "R8*1", "R8*2", "R12*1"}[i])
			t.op("VFMADD213PS", memory, y(13), s)
			t.op("VMOVUPS", s, memory)
		}
	}
}
