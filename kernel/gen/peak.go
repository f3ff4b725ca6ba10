package main

// peaks emits what a core can do at most: independent chains of one instruction,
// and reading memory.
func peaks(a *asm) {
	chains := func(name, doc string, width func(int) string, n int, step func(i int)) {
		a.function(name, doc, "", param{"n", "int"})
		a.op("MOVQ", a.arg("n"), "CX")
		for i := range n + 2 {
			a.op("VXORPS", width(i), width(i), width(i))
		}
		loop := a.newLabel("loop")
		a.label(loop)
		for i := range n {
			step(i)
		}
		a.op("DECQ", "CX")
		a.op("JNZ", loop)
		a.end()
	}
	chains("fma512", "fma512 runs 24*n multiply-adds of 16 float32.", z, 24, func(i int) { a.op("VFMADD231PS", z(24), z(25), z(i)) })
	chains("fma2", "fma2 runs 12*n multiply-adds of 8 float32.", y, 12, func(i int) { a.op("VFMADD231PS", y(12), y(13), y(i)) })
	chains("vnni512", "vnni512 runs 24*n multiply-adds of 64 bytes.", z, 24, func(i int) { a.op("VPDPBUSD", z(24), z(25), z(i)) })
	chains("bf16512", "bf16512 runs 24*n multiply-adds of 32 bf16.", z, 24, func(i int) { a.dotBF16(24, 25, i) })

	a.function("read2", "read2 reads the whole KiB of b.", "", param{"b", "[]byte"})
	a.op("MOVQ", a.arg("b_base"), "SI")
	a.op("MOVQ", a.arg("b_len"), "CX")
	loop, done := a.newLabel("loop"), a.newLabel("done")
	a.label(loop)
	a.op("SUBQ", 1024, "CX")
	a.op("JLT", done)
	for i := range 32 {
		if i%2 == 0 {
			a.op("PREFETCHT0", at(prefetch+32*i, "SI"))
		}
		a.op("VORPS", at(32*i, "SI"), y(i%4), y(i%4))
	}
	a.op("ADDQ", 1024, "SI")
	a.op("JMP", loop)
	a.label(done)
	a.end()
}
