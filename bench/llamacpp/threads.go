package llamacpp

import (
	"fmt"
	"unsafe"

	"github.com/ebitengine/purego"
)

// threads binds ggml's persistent worker threads, which the binding leaves out.
// Without them ggml starts new threads for every forward pass; llama.cpp's own
// server and benchmark attach a pool, so a fair comparison does too.
var threads pools

type pools struct {
	init  func(params unsafe.Pointer, n int32) // ggml_threadpool_params_init
	make  func(params unsafe.Pointer) uintptr  // ggml_threadpool_new
	free  func(pool uintptr)                   // ggml_threadpool_free
	pause func(pool uintptr)                   // ggml_threadpool_pause
}

func (p *pools) open() error {
	_, path := Variant()
	cpu, err := purego.Dlopen(path, purego.RTLD_NOW)
	if err != nil {
		return fmt.Errorf("llamacpp: %w", err)
	}
	purego.RegisterLibFunc(&p.init, ggmlBase, "ggml_threadpool_params_init")
	purego.RegisterLibFunc(&p.make, cpu, "ggml_threadpool_new")
	purego.RegisterLibFunc(&p.free, cpu, "ggml_threadpool_free")
	purego.RegisterLibFunc(&p.pause, cpu, "ggml_threadpool_pause")
	return nil
}

// start returns a pool of n threads, the caller's included, with ggml's defaults.
func (p *pools) start(n int) uintptr {
	// ggml_threadpool_params: a mask of 512 CPUs and 18 bytes of settings.
	var params [1024]byte
	p.init(unsafe.Pointer(&params), int32(n))
	return p.make(unsafe.Pointer(&params))
}
