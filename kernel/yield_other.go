//go:build !linux

package kernel

// yield lets another thread have the processor, where that can be asked for.
func yield() {}
