package gguf

import (
	"encoding/binary"

	"plexus/kernel"
	"plexus/tensor"
)

// The decoders below turn one block of a file into kernel blocks of 32 weights. The layouts are those of
// https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h; bytes are listed in file order, and
// "nibbles" means that the low nibbles of the bytes hold the first half of the weights and the high
// nibbles the second. Eight bytes are worked on at once in a uint64.

const (
	low     = 0x0f0f0f0f0f0f0f0f // the low nibble of every byte
	ones    = 0x0101010101010101
	select1 = 0x8040201008040201 // bit i of byte i
)

var le = binary.LittleEndian

func half(src []byte) float32 { return tensor.FromF16(le.Uint16(src)) }

// nibbles unpacks 16 bytes.
func nibbles(q *[32]uint8, src []byte) {
	for i := 0; i < 16; i += 8 {
		x := le.Uint64(src[i:])
		le.PutUint64(q[i:], x&low)
		le.PutUint64(q[16+i:], x>>4&low)
	}
}

// spread turns bit i of b into 16 in byte i.
func spread(b byte) uint64 {
	return (uint64(b)*ones&select1 + 0x7f*ones) >> 3 & (0x10 * ones)
}

// fifths unpacks 4 bytes of fifth bits, bit i for weight i, and 16 bytes of nibbles, and adds offset.
func fifths(q *[32]uint8, src []byte, offset uint64) {
	nibbles(q, src[4:])
	for i := 0; i < 32; i += 8 {
		le.PutUint64(q[i:], (le.Uint64(q[i:])|spread(src[i/8]))+offset*ones)
	}
}

// decodeQ8_0: d f16, 32 q int8: w = d*q.
func decodeQ8_0(src []byte, b *[8]kernel.Block) {
	b[0].Scale[0] = half(src)
	for i := 0; i < 32; i += 8 {
		le.PutUint64(b[0].Q[i:], le.Uint64(src[2+i:])^(0x80*ones)) // q+128
	}
}

// decodeQ4_0: d f16, 16 bytes of nibbles: w = d*(q-8).
func decodeQ4_0(src []byte, b *[8]kernel.Block) {
	b[0].Scale[0] = half(src)
	nibbles(&b[0].Q, src[2:])
}

// decodeQ4_1: d f16, m f16, 16 bytes of nibbles: w = d*q + m.
func decodeQ4_1(src []byte, b *[8]kernel.Block) {
	b[0].Scale[0], b[0].Min[0] = half(src), -half(src[2:])
	nibbles(&b[0].Q, src[4:])
}

// decodeQ5_0: d f16, 4 bytes of fifth bits, 16 bytes of nibbles: w = d*(q-16).
func decodeQ5_0(src []byte, b *[8]kernel.Block) {
	b[0].Scale[0] = half(src)
	fifths(&b[0].Q, src[2:], 128-16)
}

// decodeQ5_1: d f16, m f16, 4 bytes of fifth bits, 16 bytes of nibbles: w = d*q + m.
func decodeQ5_1(src []byte, b *[8]kernel.Block) {
	b[0].Scale[0], b[0].Min[0] = half(src), -half(src[2:])
	fifths(&b[0].Q, src[4:], 0)
}
