package fleet

import "golang.org/x/sys/unix"

func physicalMemory() (int64, bool) {
	n, err := unix.SysctlUint64("hw.memsize")
	return int64(n), err == nil
}
