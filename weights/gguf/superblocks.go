package gguf

import "plexus/kernel"

// Super-blocks of 256 weights ("K-quants") quantise the scales of their 8 blocks of 32, too.

// scaleMin returns the 6-bit scale and minimum of block j, from the 12 bytes that hold all eight: the
// first four scales and minima are the low six bits of bytes 0-3 and 4-7; those of blocks 4-7 have their
// low nibbles in bytes 8-11 (scale low, minimum high) and their upper two bits above the first four.
func scaleMin(s []byte, j int) (scale, minimum uint8) {
	if j < 4 {
		return s[j] & 63, s[j+4] & 63
	}
	return s[j+4]&15 | s[j-4]>>6<<4, s[j+4]>>4 | s[j]>>6<<4
}

// scaleMins sets the scales and minima of 8 blocks from d f16, dmin f16 and 12 packed bytes.
func scaleMins(b *[8]kernel.Block, src []byte) {
	d, dmin := half(src), half(src[2:])
	for j := range b {
		scale, minimum := scaleMin(src[4:16], j)
		b[j].Scale[0], b[j].Min[0] = d*float32(scale), dmin*float32(minimum)
	}
}

// decodeQ4_K: d f16, dmin f16, 12 bytes of scales and minima, 128 bytes of which each 32 hold two blocks,
// in their low and high nibbles: w = d*scale*q - dmin*min.
func decodeQ4_K(src []byte, b *[8]kernel.Block) {
	scaleMins(b, src)
	q := src[16:144]
	for j := 0; j < 8; j += 2 {
		for i := 0; i < 32; i += 8 {
			x := le.Uint64(q[16*j+i:])
			le.PutUint64(b[j].Q[i:], x&low)
			le.PutUint64(b[j+1].Q[i:], x>>4&low)
		}
	}
}

// decodeQ5_K: as Q4_K, with 32 bytes of fifth bits before the nibbles: bit j of byte i is that of weight i
// of block j.
func decodeQ5_K(src []byte, b *[8]kernel.Block) {
	scaleMins(b, src)
	high, q := src[16:48], src[48:176]
	for i := 0; i < 32; i += 8 {
		h := le.Uint64(high[i:])
		for j := 0; j < 8; j += 2 {
			x := le.Uint64(q[16*j+i:])
			le.PutUint64(b[j].Q[i:], x&low|h>>j&ones<<4)
			le.PutUint64(b[j+1].Q[i:], x>>4&low|h>>(j+1)&ones<<4)
		}
	}
}

// decodeQ6_K: 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 scales int8, d f16:
// w = d*scale*(q-32), one scale for 16 weights. Each half of 128 weights takes 64 bytes of nibbles, in
// whose first and last 32 the low nibbles are blocks 0 and 1 and the high ones blocks 2 and 3, and 32
// bytes of pairs, block j's in bits 2j and 2j+1.
func decodeQ6_K(src []byte, b *[8]kernel.Block) {
	scales, d := src[192:208], half(src[208:])
	for n := range 2 {
		ql, qh, b := src[64*n:64*n+64], src[128+32*n:160+32*n], b[4*n:4*n+4]
		for i := 0; i < 32; i += 8 {
			x, y, h := le.Uint64(ql[i:]), le.Uint64(ql[32+i:]), le.Uint64(qh[i:])
			le.PutUint64(b[0].Q[i:], x&low|h<<4&(0x30*ones))
			le.PutUint64(b[1].Q[i:], y&low|h<<2&(0x30*ones))
			le.PutUint64(b[2].Q[i:], x>>4&low|h&(0x30*ones))
			le.PutUint64(b[3].Q[i:], y>>4&low|h>>2&(0x30*ones))
		}
		for j := range b {
			b[j].Scale[0] = d * float32(int8(scales[8*n+2*j]))
			b[j].Scale[1] = d * float32(int8(scales[8*n+2*j+1]))
		}
	}
}
