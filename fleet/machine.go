package fleet

import (
	"bytes"
	"math"
	"os"
	"strconv"
)

// machineMemory is how much memory this process may hope for, in bytes: the
// machine's, or less if its control group says so. Where the system does not
// tell, it is 8 GiB.
func machineMemory() int64 {
	limit := int64(8 << 30)
	if total, ok := physicalMemory(); ok {
		limit = total
	}
	for _, name := range []string{
		"/sys/fs/cgroup/memory.max",                   // version 2
		"/sys/fs/cgroup/memory/memory.limit_in_bytes", // version 1
	} {
		data, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		// "max", and version 1's number for it, are no limit.
		if n, err := strconv.ParseInt(string(bytes.TrimSpace(data)), 10, 64); err == nil && n > 0 && n < math.MaxInt64/2 {
			limit = min(limit, n)
		}
	}
	return limit
}
