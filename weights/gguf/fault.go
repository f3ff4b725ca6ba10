package gguf

import (
	"errors"
	"runtime/debug"
)

// errFault reports that mapped bytes could not be read.
var errFault = errors.New("the file was truncated, or its disk failed, while it was being read")

// catchFault runs f and turns a memory fault into errFault. Reading a mapped file that another program
// truncates raises SIGBUS, which would otherwise end the process.
func catchFault(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch p := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }: // what the runtime panics with on a fault
			err = errFault
		default:
			panic(p)
		}
	}()
	return f()
}
