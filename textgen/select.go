package textgen

// before orders candidates from the likeliest down; of equals, the one with
// the lower id comes first.
func before(a, b candidate) bool {
	return a.p > b.p || a.p == b.p && a.id < b.id
}

func one(candidate) float64           { return 1 }
func probability(c candidate) float64 { return float64(c.p) }

func sum(c []candidate, measure func(candidate) float64) (total float64) {
	for _, x := range c {
		total += measure(x)
	}
	return total
}

// shortest keeps, in place, the fewest of the likeliest candidates whose
// measures sum to limit, and at least one. Their order does not change.
func shortest(c []candidate, limit float64, measure func(candidate) float64, buf *scratch) []candidate {
	buf.order = append(buf.order[:0], c...)
	last := boundary(buf.order, limit, measure)
	return filter(c, func(x candidate) bool { return !before(last, x) })
}

// boundary returns the last of the fewest likeliest candidates whose measures
// sum to limit. It is a quickselect: it permutes c, and takes time
// proportional to len(c) on average, where a sort would pay for the order of
// a whole vocabulary.
func boundary(c []candidate, limit float64, measure func(candidate) float64) candidate {
	for {
		end := len(c) - 1
		c[end/2], c[end] = c[end], c[end/2]
		pivot := c[end]
		larger, above := 0, 0.0
		for i := range c[:end] {
			if before(c[i], pivot) {
				above += measure(c[i])
				c[larger], c[i] = c[i], c[larger]
				larger++
			}
		}
		c[larger], c[end] = c[end], c[larger]
		switch {
		case larger > 0 && above >= limit:
			c = c[:larger]
		case larger == end || above+measure(pivot) >= limit:
			return pivot
		default:
			limit -= above + measure(pivot)
			c = c[larger+1:]
		}
	}
}

func filter(c []candidate, keep func(candidate) bool) []candidate {
	n := 0
	for _, x := range c {
		if keep(x) {
			c[n] = x
			n++
		}
	}
	return c[:n]
}
