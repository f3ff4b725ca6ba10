//go:build !linux && !darwin

package fleet

func physicalMemory() (int64, bool) { return 0, false }
