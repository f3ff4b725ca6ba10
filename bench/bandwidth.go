package main

import (
	"bytes"
	"sync"
	"time"
)

// readBandwidth returns the GB/s at which threads together read memory far
// larger than the caches: the limit of decoding one sequence.
func readBandwidth(threads int) float64 {
	const share = 256 << 20
	buf := make([]byte, threads*share)
	for i := 0; i < len(buf); i += 4096 {
		buf[i] = 1 // a page of its own, not the shared zero page
	}
	best := 0.0
	for range 5 {
		start := time.Now()
		var wg sync.WaitGroup
		for t := range threads {
			wg.Go(func() { bytes.IndexByte(buf[t*share:][:share], 2) }) // not there, sought with vector loads
		}
		wg.Wait()
		best = max(best, float64(len(buf))/time.Since(start).Seconds()/1e9)
	}
	return best
}
