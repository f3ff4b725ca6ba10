package main

import "slices"

const quantRows2 = 4

// quantTile2 is the state of one tile of the AVX2 products. Of each block it
// takes all 32 weight rows at once if there are one or two rows, and 16 and 16 if
// there are more. The float sums stay in y.
//
// VPMADDUBSW multiplies unsigned by signed bytes and adds two products into 16
// bits. With 4-bit weights eight such sums still fit: 8*2*15*128 < 2^15. For an
// exact product an 8-bit weight is taken as u-128 = |w|*sign(w), the sign moved to
// the activation, so that one sum fits: 2*128*127.
//
// Narrow activations side by side are at most 128 together. With them eight sums
// of 5-bit weights fit, 8*31*128, and four of 6-bit weights, 4*63*128. Of 8-bit
// weights one does, 255*128; to let eight fit, each is divided by 8 and rounded
// down. Every other four of activations is negated and its sums are subtracted,
// so that half of all are rounded up. The error has a deviation of 9 at most,
// sqrt(16*63/12); that of 32 activations, half a step each at most, times weights
// of some 50 steps, is 80.
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
			if p.nibbles {
				a.op("VPCMPEQB", y(15), y(15), y(15))
				a.op("VPSRLW", 12, y(15), y(15))
				a.op("VPACKUSWB", y(15), y(15), y(15)) // 15 in every byte
			}
			t.claim()
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

// claim asks for the lines of y that the next tile will write. They are rarely
// in the cache: another core had them last, or this one has read megabytes
// since.
func (t *quantTile2) claim() {
	t.op("MOVQ", "DX", "AX")
	for range t.n {
		t.op("ADDQ", "R8", "AX")
	}
	for range t.n {
		// PREFETCHW (AX) and 64(AX), which Go's assembler does not know.
		t.op("BYTE $0x0f; BYTE $0x0d; BYTE $0x08")
		t.op("BYTE $0x0f; BYTE $0x0d; BYTE $0x48; BYTE $0x40")
		t.op("ADDQ", "R8", "AX")
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
	if t.half {
		t.dot(0, 4)
		t.finish(0)
		t.dot(4, 8)
		t.finish(1)
		return
	}
	if t.exact() {
		t.dotExact()
	} else {
		t.dot(0, 8)
	}
	t.finish(0)
}

// dot leaves the products with fours [from,to) of columns as 32-bit sums.
func (t *quantTile2) dot(from, to int) {
	temp := y(13)
	for four := from; four < to; four += 2 {
		t.pairs(func(first int) {
			t.load(four, first)
			for next := range 2 {
				for i := range t.n {
					b := y(12 + i%2*2)
					t.op("VPBROADCASTD", t.r.at(i, 4*(four+next)), b)
					for v := range 2 {
						w, s := y(8+2*next+v), t.integer(i, first+v)
						into := temp
						if four+next == from {
							into = s
						}
						t.op("VPMADDUBSW", b, w, into)
						if t.eighths() {
							t.op("VPSRAW", 3, into, into)
						}
						switch {
						case into == s:
						case next == 1 && t.narrow:
							t.op("VPSUBW", temp, s, s)
						default:
							t.op("VPADDW", temp, s, s)
						}
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

// dotExact leaves the products of the weights less 128 as 32-bit sums.
func (t *quantTile2) dotExact() {
	signed, size, b, temp, top := 8, 10, y(12), y(13), y(15)
	ones := t.ones()
	t.op("VPCMPEQB", top, top, top)
	t.op("VPABSB", top, top)
	t.op("VPSLLW", 7, top, top) // 128 in every byte: 1 shifted, and nothing crosses
	for four := range 8 {
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
					if four == 0 {
						t.op("VPMADDWD", ones, temp, s)
						continue
					}
					t.op("VPMADDWD", ones, temp, temp)
					t.op("VPADDD", temp, s, s)
				}
			}
		})
	}
}

// ones makes Y14 hold 1 in each 16 bits.
func (t *quantTile2) ones() string {
	t.op("VPCMPEQW", y(14), y(14), y(14))
	t.op("VPSRLW", 15, y(14), y(14))
	return y(14)
}

// load fills Y8 and Y9 with a four of columns of two vectors of weights, Y10 and
// Y11 with the next four.
func (t *quantTile2) load(four, first int) {
	if !t.nibbles {
		for i := range 4 {
			t.op("VMOVDQU", at(128*(four+i/2)+32*(first+i%2), "DI"), y(8+i))
		}
		return
	}
	mask := y(15)
	for v := range 2 {
		low, high := y(8+v), y(10+v)
		t.op("VMOVDQU", at(64*four+32*(first+v), "DI"), high)
		t.op("VPAND", mask, high, low)
		t.op("VPSRLW", 4, high, high)
		t.op("VPAND", mask, high, high)
	}
}

// finish scales the integer sums with the first or second scale of each row and
// adds them to y.
func (t *quantTile2) finish(half int) {
	t.pairs(func(first int) { t.finishTwo(half, first) })
}

// finishTwo does so for two vectors of weight rows.
func (t *quantTile2) finishTwo(half, first int) {
	for v := range 2 {
		scales := t.quants() + 64*half + 16*(first+v)
		t.op("VCVTPH2PS", at(scales, "DI"), y(8+v))
		if t.min {
			t.op("VCVTPH2PS", at(scales+64, "DI"), y(10+v))
		} else {
			t.op("VMULPS", t.bias(), y(8+v), y(10+v))
		}
	}
	zero, scale := t.zero+4*half, scale
	if t.eighths() {
		zero, scale = eighthZero, eighthScale
	}
	for i := range t.n {
		switch {
		case t.min:
		case t.exact(): // 128 is off already
			t.op("VMOVDQU", t.bias(), y(12))
		default:
			t.op("VPBROADCASTD", t.r.at(i, zero), y(12))
		}
		t.op("VBROADCASTSS", t.r.at(i, scale), y(13))
		if t.min {
			t.op("VBROADCASTSS", t.r.at(i, sum), y(14))
		}
		for v := range 2 {
			s := t.integer(i, first+v)
			if t.min {
				t.op("VCVTDQ2PS", s, s)
				t.op("VMULPS", y(8+v), s, s)
				t.op("VFNMADD231PS", y(14), y(10+v), s)
			} else {
				t.op("VPADDD", y(12), s, s)
				t.op("VFMSUB213PS", y(10+v), y(8+v), s)
			}
			memory := at(32*(first+v), "DX", [...]string{"", "R8*1", "R8*2", "R12*1"}[i])
			t.op("VFMADD213PS", memory, y(13), s)
			t.op("VMOVUPS", s, memory)
		}
	}
}
