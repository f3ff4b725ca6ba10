package llamacpp

import (
	"fmt"
	"unsafe"

	"github.com/ebitengine/purego"

	"plexus/weights/gguf"
)

// dequantizers are ggml's row decoders: void f(const void *x, float *y, int64_t k).
var dequantizers = map[gguf.Type]string{
	gguf.F16:  "ggml_fp16_to_fp32_row",
	gguf.BF16: "ggml_bf16_to_fp32_row",
	gguf.Q8_0: "dequantize_row_q8_0",
	gguf.Q4_0: "dequantize_row_q4_0",
	gguf.Q4_1: "dequantize_row_q4_1",
	gguf.Q5_0: "dequantize_row_q5_0",
	gguf.Q5_1: "dequantize_row_q5_1",
	gguf.Q4_K: "dequantize_row_q4_K",
	gguf.Q5_K: "dequantize_row_q5_K",
	gguf.Q6_K: "dequantize_row_q6_K",
}

// Dequantize decodes len(y) weights of a GGUF tensor as ggml does.
func Dequantize(kind gguf.Type, x []byte, y []float32) error {
	if err := Open(); err != nil {
		return err
	}
	name, ok := dequantizers[kind]
	if !ok {
		return fmt.Errorf("llamacpp: no decoder of %v", kind)
	}
	if size, err := kind.RowSize(len(y)); err != nil || size != len(x) {
		return fmt.Errorf("llamacpp: %d %v weights in %d bytes (%v)", len(y), kind, len(x), err)
	}
	var decode func(x, y unsafe.Pointer, n int64)
	purego.RegisterLibFunc(&decode, ggmlBase, name)
	decode(unsafe.Pointer(unsafe.SliceData(x)), unsafe.Pointer(unsafe.SliceData(y)), int64(len(y)))
	return nil
}
