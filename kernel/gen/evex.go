package main

import "fmt"

// dotBF16 emits VDPBF16PS, which Go's assembler lacks: dst += the products of the
// pairs of bf16 in registers a and b (Intel SDM volume 2, EVEX.512.F3.0F38.W0
// 52 /r). The prefix's fields R, X, B, R', V' and vvvv hold the inverted high
// bits of the three register numbers.
func (a *asm) dotBF16(b, c, dst int) {
	not := func(n, bit int) int { return ^n >> bit & 1 }
	p0 := not(dst, 3)<<7 | not(c, 4)<<6 | not(c, 3)<<5 | not(dst, 4)<<4 | 0b010 // map 0F38
	p1 := (^b&15)<<3 | 1<<2 | 0b10                                              // W0, prefix F3
	p2 := 0b10<<5 | not(b, 4)<<3                                                // 512 bits, no mask
	modrm := 0b11<<6 | dst&7<<3 | c&7
	a.op(fmt.Sprintf("LONG $0x%02x%02x%02x62; WORD $0x%02x52 // VDPBF16PS Z%d, Z%d, Z%d", p2, p1, p0, modrm, c, b, dst))
}
