//go:build !amd64

package kernel

func native() []*set { return nil }

// pause tells the processor that the caller spins, where there is a way to.
func pause() {}
