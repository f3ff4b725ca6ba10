package gguf

import (
	"fmt"

	"plexus/kernel"
)

// Type is the element type of a tensor, numbered as in the file.
type Type uint32

// The types that can be read.
const (
	F32  Type = 0
	F16  Type = 1
	Q4_0 Type = 2
	Q4_1 Type = 3
	Q5_0 Type = 6
	Q5_1 Type = 7
	Q8_0 Type = 8
	Q4_K Type = 12
	Q5_K Type = 13
	Q6_K Type = 14
	BF16 Type = 30
)

// layout describes how a type stores a row: in blocks of so many elements and bytes.
type layout struct {
	elements, bytes int
	format          kernel.Format                        // that holds the same weights, packed
	decode          func(src []byte, b *[8]kernel.Block) // one block, as elements/32 kernel blocks; nil for floats
}

var layouts = map[Type]layout{
	F32:  {1, 4, kernel.F32, nil},
	F16:  {1, 2, kernel.F16, nil},
	BF16: {1, 2, kernel.BF16, nil},
	Q8_0: {32, 34, kernel.Q8Exact, decodeQ8_0},
	Q4_0: {32, 18, kernel.Q4, decodeQ4_0},
	Q4_1: {32, 20, kernel.Q4Min, decodeQ4_1},
	Q5_0: {32, 22, kernel.Q8Exact, decodeQ5_0},
	Q5_1: {32, 24, kernel.Q5Min, decodeQ5_1},
	Q4_K: {256, 144, kernel.Q4Min, decodeQ4_K},
	Q5_K: {256, 176, kernel.Q5Min, decodeQ5_K},
	Q6_K: {256, 210, kernel.Q6Half, decodeQ6_K},
}

var typeNames = map[Type]string{
	F32: "F32", F16: "F16", BF16: "BF16", Q8_0: "Q8_0", Q4_0: "Q4_0", Q4_1: "Q4_1", Q5_0: "Q5_0", Q5_1: "Q5_1",
	Q4_K: "Q4_K", Q5_K: "Q5_K", Q6_K: "Q6_K",
	// Known, not supported: named in errors only.
	9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
	20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64",
	29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
}

// String returns the name that the GGUF specification gives the type.
func (t Type) String() string {
	if name, ok := typeNames[t]; ok {
		return name
	}
	return fmt.Sprintf("type %d", uint32(t))
}

// RowSize returns the bytes of a row of cols elements, or an error where the type is not supported or its
// blocks do not divide cols.
func (t Type) RowSize(cols int) (int, error) {
	l, ok := layouts[t]
	if !ok {
		return 0, fmt.Errorf("%v is not supported", t)
	}
	if cols%l.elements != 0 {
		return 0, fmt.Errorf("rows of %d elements do not divide into %v blocks of %d", cols, t, l.elements)
	}
	return cols / l.elements * l.bytes, nil
}
