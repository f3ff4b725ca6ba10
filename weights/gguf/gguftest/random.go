package gguftest

import (
	"bytes"
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"

	"plexus/tensor"
	"plexus/weights/gguf"
)

// Random returns a tensor of random weights, about uniform around 0 with the given standard deviation. Its
// bytes depend on nothing but the arguments. The data are made as they are read.
func Random(seed uint64, name string, kind gguf.Type, deviation float64, shape ...int) Tensor {
	h := fnv.New64a()
	h.Write([]byte(name))
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	binary.LittleEndian.PutUint64(key[8:], h.Sum64())
	return Tensor{Name: name, Shape: shape, Type: kind, Data: &source{rand.NewChaCha8(key), kind, deviation, nil, nil}}
}

// source makes blocks of random bits and sets their scales.
type source struct {
	random    *rand.ChaCha8
	kind      gguf.Type
	deviation float64
	buffer    []byte
	left      []byte // of buffer
}

const blocksAtOnce = 256

func (s *source) Read(p []byte) (int, error) {
	if len(s.left) == 0 {
		s.fill()
	}
	n := copy(p, s.left)
	s.left = s.left[n:]
	return n, nil
}

func (s *source) fill() {
	cols := 32
	if s.kind == gguf.Q4_K || s.kind == gguf.Q5_K || s.kind == gguf.Q6_K {
		cols = 256
	}
	size, err := s.kind.RowSize(cols)
	if err != nil {
		panic(err) // Write has asked the same
	}
	if s.buffer == nil {
		s.buffer = make([]byte, size*blocksAtOnce)
	}
	s.random.Read(s.buffer)
	for at := 0; at < len(s.buffer); at += size {
		s.scale(s.buffer[at : at+size])
	}
	s.left = s.buffer
}

// levels is the standard deviation of n equally likely whole numbers.
func levels(n float64) float64 { return math.Sqrt((n*n - 1) / 12) }

// scale sets the scales of a block of random bits, and its minima so that the weights' mean is near 0.
func (s *source) scale(b []byte) {
	// Scales differ by up to a quarter from block to block.
	d := s.deviation * (0.75 + 0.5*float64(b[0])/255)
	switch s.kind {
	case gguf.F32:
		for i := 0; i < len(b); i += 4 {
			le.PutUint32(b[i:], math.Float32bits(s.uniform(b[i:])))
		}
	case gguf.F16:
		for i := 0; i < len(b); i += 2 {
			le.PutUint16(b[i:], tensor.F16(s.uniform(b[i:])))
		}
	case gguf.BF16:
		for i := 0; i < len(b); i += 2 {
			le.PutUint16(b[i:], tensor.BF16(s.uniform(b[i:])))
		}
	case gguf.Q8_0:
		half(b, d/levels(256))
	case gguf.Q4_0:
		half(b, d/levels(16))
	case gguf.Q4_1:
		half(b, d/levels(16))
		half(b[2:], -7.5*d/levels(16))
	case gguf.Q5_0:
		half(b, d/levels(32))
	case gguf.Q5_1:
		half(b, d/levels(32))
		half(b[2:], -15.5*d/levels(32))
	case gguf.Q4_K:
		superscale(b, d/levels(16), 7.5)
	case gguf.Q5_K:
		superscale(b, d/levels(32), 15.5)
	case gguf.Q6_K:
		for i := range 16 {
			b[192+i] |= 0x40 // away from 0: 64 to 127 or -64 to -1
		}
		half(b[208:], d/levels(64)/74) // 74: the root mean square of such scales
	}
}

// uniform turns 16 random bits into a weight.
func (s *source) uniform(b []byte) float32 {
	return float32((float64(le.Uint16(b))/65535 - 0.5) * math.Sqrt(12) * s.deviation)
}

// superscale sets the scales and minima of a K-quant block whose quants have the given mean: every 6-bit
// scale is 32 to 63 and every minimum equal to it.
func superscale(b []byte, d, mean float64) {
	half(b, d/47.5)
	half(b[2:], mean*d/47.5)
	s := b[4:16]
	for i := range 4 {
		// Scales 0-3 keep the upper two bits of scales 4-7 above their own six.
		s[i] = 0x80 | s[i]&0x5f | 0x20
		s[i+4] = s[i]
		s[i+8] = s[i+8]&15 | s[i+8]<<4
	}
}

func half(b []byte, x float64) { le.PutUint16(b, tensor.F16(float32(x))) }

var le = binary.LittleEndian

// Floats returns an F32 tensor.
func Floats(name string, values []float32, shape ...int) Tensor {
	b, _ := binary.Append(nil, le, values)
	return Tensor{Name: name, Shape: shape, Type: gguf.F32, Data: bytes.NewReader(b)}
}
