package tensor

import (
	"errors"
	"runtime/debug"
)

// ErrFault reports mapped bytes that could not be read.
var ErrFault = errors.New("the file was truncated, or its disk failed, while it was mapped")

// CatchFault runs f, which reads memory that Map returned, and turns a fault
// into ErrFault. Without it the signal that the system raises when a mapped
// file has shrunk would end the process. It sees faults of the calling
// goroutine only.
func CatchFault(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch p := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }: // what the runtime panics with on a fault
			err = ErrFault
		default:
			panic(p)
		}
	}()
	return f()
}
