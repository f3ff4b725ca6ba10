package main

const (
	quantRows512 = 6
	prefetch     = 4096 // bytes ahead in the panel
)

// quantTile512 is the state of one tile of the AVX-512 products: VPDPBUSD takes
// four columns of 16 weight rows at a time.
type quantTile512 struct {
	*asm
	quantProduct
	n    int // rows
	r    rows
	temp int // broadcasts so far
}

// Registers: the float sums, the integer sums, four of weights (then scales),
// the nibble mask and three for broadcasts.
func (t *quantTile512) float(row, g int) string   { return z(2*row + g) }
func (t *quantTile512) integer(row, g int) string { return z(2*t.n + 2*row + g) }
func (t *quantTile512) weight(i int) string       { return z(24 + i) }
func (t *quantTile512) broadcast() string         { t.temp++; return z(29 + t.temp%3) }

const mask512 = "Z28"

func quantProducts512(a *asm) {
	for _, p := range quantProducts {
		if p.exact() { // as that of the narrow format, which VPDPBUSD sums exactly too
			continue
		}
		p.begin(a, "AVX512")
		if p.nibbles {
			a.op("MOVL", "$0x0f0f0f0f", "AX")
			a.op("VPBROADCASTD", "AX", mask512)
		}
		a.dispatch(quantRows512, func(n int) {
			t := &quantTile512{asm: a, quantProduct: p, n: n, r: a.newRows(n)}
			registers := func(row int) []string { return []string{t.float(row, 0), t.float(row, 1)} }
			loop, done := a.newLabel("loop"), a.newLabel("done")
			a.sums(n, 64, registers)
			a.op("TESTQ", "CX", "CX")
			a.op("JZ", done)
			a.label(loop)
			t.block()
			t.r.advance(a, blockBytes)
			a.op("ADDQ", p.stride(), "DI")
			a.op("DECQ", "CX")
			a.op("JNZ", loop)
			a.label(done)
			a.store(n, 64, registers)
			a.end()
		})
	}
}

// block emits one block of 32 columns.
func (t *quantTile512) block() {
	for part := range 4 { // eight columns each
		if part == 0 || part == 2 && t.half {
			t.begin(part / 2 * 4)
		}
		t.prefetch(part)
		t.load(part)
		t.dot(part)
		if part == 3 {
			t.finish(64 * btoi(t.half))
		} else if part == 1 && t.half {
			t.finish(0)
		}
	}
}

// begin sets the integer sums to the bias less what the weights' offset takes
// off, so that the products can be of unsigned weights.
func (t *quantTile512) begin(offset int) {
	for i := range t.n {
		first, second := t.integer(i, 0), t.integer(i, 1)
		if t.zero == 0 {
			t.op("VPBROADCASTD", t.bias(), first)
		} else {
			t.op("VPBROADCASTD", t.r.at(i, t.zero+offset), first)
		}
		t.op("VMOVDQA64", first, second)
	}
}

func (t *quantTile512) prefetch(part int) {
	bytes := t.quants() / 4
	for line := 0; line < bytes; line += 64 {
		t.op("PREFETCHT0", at(part*bytes+line+prefetch, "DI"))
	}
	if part == 3 {
		for line := t.quants(); line < t.stride(); line += 64 {
			t.op("PREFETCHT0", at(line+prefetch, "DI"))
		}
	}
}

// load fills the weight registers with columns 8*part..: two of the first four
// columns, two of the next.
func (t *quantTile512) load(part int) {
	if !t.nibbles {
		for i := range 4 {
			t.op("VMOVDQU64", at(256*part+64*i, "DI"), t.weight(i))
		}
		return
	}
	for g := range 2 {
		t.op("VMOVDQU64", at(128*part+64*g, "DI"), t.weight(2+g))
		t.op("VPANDD", mask512, t.weight(2+g), t.weight(g))
		t.op("VPSRLW", 4, t.weight(2+g), t.weight(2+g))
		t.op("VPANDD", mask512, t.weight(2+g), t.weight(2+g))
	}
}

func (t *quantTile512) dot(part int) {
	for four := range 2 {
		for i := range t.n {
			b := t.broadcast()
			t.op("VPBROADCASTD", t.r.at(i, 8*part+4*four), b)
			t.op("VPDPBUSD", b, t.weight(2*four), t.integer(i, 0))
			t.op("VPDPBUSD", b, t.weight(2*four+1), t.integer(i, 1))
		}
	}
}

// finish scales the integer sums with the block's scales, which lie offset bytes
// after the quants, and adds them to the float sums.
func (t *quantTile512) finish(offset int) {
	scales := t.quants() + offset
	for g := range 2 {
		d, biased := t.weight(g), t.weight(2+g)
		t.op("VCVTPH2PS", at(scales+32*g, "DI"), d)
		t.op("VMULPS.BCST", t.bias(), d, biased)
		if t.min {
			t.op("VCVTPH2PS", at(scales+64+32*g, "DI"), z(29+g))
		}
	}
	for i := range t.n {
		for g := range 2 {
			s := t.integer(i, g)
			t.op("VFMSUB213PS", t.weight(2+g), t.weight(g), s)
			if t.min {
				t.op("VFNMADD231PS.BCST", t.r.at(i, sum), z(29+g), s)
			}
			t.op("VFMADD231PS.BCST", t.r.at(i, scale), s, t.float(i, g))
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
