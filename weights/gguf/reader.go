package gguf

import (
	"encoding/binary"
	"fmt"
	"math"
)

// reader walks over a header. The first error sticks: after it every read gives zero.
type reader struct {
	data []byte
	pos  int
	err  error
}

func (r *reader) failf(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("at byte %d: "+format, append([]any{r.pos}, args...)...)
	}
}

// take returns the next n bytes, or nil where the file has fewer left.
func (r *reader) take(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n < 0 || n > len(r.data)-r.pos {
		r.failf("the file ends where %d more bytes are needed", n)
		return nil
	}
	b := r.data[r.pos : r.pos+n]
	r.pos += n
	return b
}

func (r *reader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *reader) u64() uint64 {
	if b := r.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// bytes reads a string's length and returns its bytes.
func (r *reader) bytes() []byte {
	n := r.u64()
	if n > uint64(len(r.data)) {
		r.failf("a string of %d bytes in a file of %d", n, len(r.data))
		return nil
	}
	return r.take(int(n))
}

// Types of metadata values.
const (
	typeUint8 = iota
	typeInt8
	typeUint16
	typeInt16
	typeUint32
	typeInt32
	typeFloat32
	typeBool
	typeString
	typeArray
	typeUint64
	typeInt64
	typeFloat64
)

// metadata reads one key and its value into m.
func (r *reader) metadata(m Metadata) {
	key := r.name("metadata key")
	if _, twice := m[key]; twice {
		r.failf("metadata key %q appears twice", key)
		return
	}
	var value any
	if kind := r.u32(); kind == typeArray {
		value = r.array(key)
	} else {
		value = r.value(key, kind)
	}
	if r.err == nil {
		m[key] = value
	}
}

func (r *reader) value(key string, kind uint32) any {
	switch kind {
	case typeUint8:
		return one(r, 1, getUint8)
	case typeInt8:
		return one(r, 1, getInt8)
	case typeUint16:
		return one(r, 2, binary.LittleEndian.Uint16)
	case typeInt16:
		return one(r, 2, getInt16)
	case typeUint32:
		return one(r, 4, binary.LittleEndian.Uint32)
	case typeInt32:
		return one(r, 4, getInt32)
	case typeFloat32:
		return one(r, 4, getFloat32)
	case typeBool:
		return one(r, 1, getBool)
	case typeString:
		return string(r.bytes())
	case typeUint64:
		return one(r, 8, binary.LittleEndian.Uint64)
	case typeInt64:
		return one(r, 8, getInt64)
	case typeFloat64:
		return one(r, 8, getFloat64)
	}
	r.failf("metadata key %q has the unknown type %d", key, kind)
	return nil
}

// array reads an array. Arrays of arrays, which the format allows and no model uses, are refused.
func (r *reader) array(key string) any {
	kind, n64 := r.u32(), r.u64()
	if n64 > maxArray {
		r.failf("metadata key %q: an array of %d elements: at most %d are allowed", key, n64, maxArray)
		return nil
	}
	n := int(n64)
	switch kind {
	case typeUint8:
		return many(r, n, 1, getUint8)
	case typeInt8:
		return many(r, n, 1, getInt8)
	case typeUint16:
		return many(r, n, 2, binary.LittleEndian.Uint16)
	case typeInt16:
		return many(r, n, 2, getInt16)
	case typeUint32:
		return many(r, n, 4, binary.LittleEndian.Uint32)
	case typeInt32:
		return many(r, n, 4, getInt32)
	case typeFloat32:
		return many(r, n, 4, getFloat32)
	case typeBool:
		return many(r, n, 1, getBool)
	case typeString:
		return r.strings(n)
	case typeUint64:
		return many(r, n, 8, binary.LittleEndian.Uint64)
	case typeInt64:
		return many(r, n, 8, getInt64)
	case typeFloat64:
		return many(r, n, 8, getFloat64)
	case typeArray:
		r.failf("metadata key %q: nested arrays are not supported", key)
	default:
		r.failf("metadata key %q: array of the unknown type %d", key, kind)
	}
	return nil
}

// strings reads n strings. All of them share one copy of the array: a vocabulary costs two allocations.
func (r *reader) strings(n int) []string {
	start := r.pos
	for i := 0; i < n && r.err == nil; i++ {
		r.bytes()
	}
	if r.err != nil {
		return nil
	}
	text := string(r.data[start:r.pos])
	list := make([]string, n)
	for i, at := 0, 0; i < n; i++ {
		size := int(binary.LittleEndian.Uint64(r.data[start+at:]))
		at += 8
		list[i] = text[at : at+size]
		at += size
	}
	return list
}

func one[T any](r *reader, size int, get func([]byte) T) (v T) {
	if b := r.take(size); b != nil {
		v = get(b)
	}
	return v
}

func many[T any](r *reader, n, size int, get func([]byte) T) []T {
	b := r.take(n * size)
	if r.err != nil {
		return nil
	}
	list := make([]T, n)
	for i := range list {
		list[i] = get(b[i*size:])
	}
	return list
}

func getUint8(b []byte) uint8     { return b[0] }
func getInt8(b []byte) int8       { return int8(b[0]) }
func getBool(b []byte) bool       { return b[0] != 0 }
func getInt16(b []byte) int16     { return int16(binary.LittleEndian.Uint16(b)) }
func getInt32(b []byte) int32     { return int32(binary.LittleEndian.Uint32(b)) }
func getInt64(b []byte) int64     { return int64(binary.LittleEndian.Uint64(b)) }
func getFloat32(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }
func getFloat64(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
