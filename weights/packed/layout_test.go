package packed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
)

// Cache files outlive the program that wrote them. Where this test fails, packed bytes have changed: raise
// version, so that old files are rebuilt, and write the new hash here.
func TestVersion(t *testing.T) {
	const want = "d336425e3dea83b91f5f105386b33881cf775e823795546da6fbd54ba2c83e16" // of version 2
	var tensors []gguftest.Tensor
	for _, kind := range []gguf.Type{gguf.F32, gguf.F16, gguf.BF16, gguf.Q8_0, gguf.Q5_1, gguf.Q6_K, gguf.Q4_0, gguf.Q4_K} {
		data := make([]byte, 1<<16)
		for i := range data {
			data[i] = byte(i*i>>4) & 0x3f // no exponent so large that a float is not a number
		}
		tensors = append(tensors, gguftest.Tensor{Name: kind.String(), Shape: []int{256, 33}, Type: kind, Data: bytes.NewReader(data)})
	}
	var b bytes.Buffer
	if err := gguftest.Write(&b, nil, tensors); err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Parse(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	w, err := Open(context.Background(), "", f, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	sum := sha256.Sum256(w.memory.Bytes())
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("packed bytes hash to %s, not %s", got, want)
	}
}
