package main

import (
	"sync"

	"plexus/kernel/peak"
)

// readBandwidth returns the GB/s at which threads together read memory far
// larger than the caches, the limit of decoding one sequence; 0 if this CPU has
// no measurement of it.
func readBandwidth(threads int) (sum float64) {
	const share = 256 << 20
	buf := make([]byte, threads*share)
	for i := 0; i < len(buf); i += 4096 {
		buf[i] = 1 // a page of its own, not the shared zero page
	}
	var group sync.WaitGroup
	var mu sync.Mutex
	for t := range threads {
		group.Go(func() {
			rate := peak.Read(buf[t*share:][:share])
			mu.Lock()
			defer mu.Unlock()
			sum += rate / 1e9
		})
	}
	group.Wait()
	return sum
}
