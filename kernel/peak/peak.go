// Package peak measures what one core of this machine can do at most, as the
// yardstick of benchmarks. It may hold nothing else.
package peak

import "time"

const window = 20 * time.Millisecond

// best is the highest rate, in units a second, of several runs of step, which
// does work units each.
func best(work float64, step func()) float64 {
	rate := 0.0
	for begin := time.Now(); time.Since(begin) < window; {
		start := time.Now()
		step()
		rate = max(rate, work/time.Since(start).Seconds())
	}
	return rate
}
