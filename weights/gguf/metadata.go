package gguf

import "fmt"

// Metadata holds a file's key/value pairs with the types they have in the file: uint8 to int64, float32,
// float64, bool, string, or a slice of one of those. The getters report false where a key is absent or
// its value is of another kind.
type Metadata map[string]any

// String returns a string value. Its bytes are the file's and need not be UTF-8.
func (m Metadata) String(key string) (string, bool) {
	s, ok := m[key].(string)
	return s, ok
}

// Uint returns an integer of any width that is not negative.
func (m Metadata) Uint(key string) (uint64, bool) {
	switch v := m[key].(type) {
	case uint8:
		return uint64(v), true
	case uint16:
		return uint64(v), true
	case uint32:
		return uint64(v), true
	case uint64:
		return v, true
	case int8:
		return uint64(v), v >= 0
	case int16:
		return uint64(v), v >= 0
	case int32:
		return uint64(v), v >= 0
	case int64:
		return uint64(v), v >= 0
	}
	return 0, false
}

// Float returns a float32 or float64 value.
func (m Metadata) Float(key string) (float64, bool) {
	switch v := m[key].(type) {
	case float32:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// Bool returns a boolean value.
func (m Metadata) Bool(key string) (bool, bool) {
	b, ok := m[key].(bool)
	return b, ok
}

// Strings returns an array of strings. Their bytes are the file's and need not be UTF-8.
func (m Metadata) Strings(key string) ([]string, bool) {
	s, ok := m[key].([]string)
	return s, ok
}

// Floats returns an array of floats as float32.
func (m Metadata) Floats(key string) ([]float32, bool) {
	switch v := m[key].(type) {
	case []float32:
		return v, true
	case []float64:
		return convert[float32](v), true
	}
	return nil, false
}

// Ints returns an array of integers of any width. An unsigned 64-bit element above the int64 range makes
// it report false.
func (m Metadata) Ints(key string) ([]int64, bool) {
	switch v := m[key].(type) {
	case []uint8:
		return convert[int64](v), true
	case []uint16:
		return convert[int64](v), true
	case []uint32:
		return convert[int64](v), true
	case []int8:
		return convert[int64](v), true
	case []int16:
		return convert[int64](v), true
	case []int32:
		return convert[int64](v), true
	case []int64:
		return v, true
	case []uint64:
		for _, x := range v {
			if x > 1<<63-1 {
				return nil, false
			}
		}
		return convert[int64](v), true
	}
	return nil, false
}

func convert[To, From int8 | uint8 | int16 | uint16 | int32 | uint32 | int64 | uint64 | float32 | float64](from []From) []To {
	to := make([]To, len(from))
	for i, v := range from {
		to[i] = To(v)
	}
	return to
}

// alignment returns the multiple at which tensor data starts.
func (m Metadata) alignment() (uint64, error) {
	v, ok := m["general.alignment"]
	if !ok {
		return defaultAlignment, nil
	}
	a, ok := v.(uint32)
	if !ok || a == 0 || a&(a-1) != 0 {
		return 0, fmt.Errorf("general.alignment is %v: it must be a 32-bit power of two", v)
	}
	return uint64(a), nil
}
