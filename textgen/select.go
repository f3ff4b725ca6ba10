package textgen

// candidate is a token that may be drawn.
type candidate struct {
	id int32
	p  float32 // its probability
}

// before orders candidates from the likeliest down; of equals, the one with
// the lower id comes first.
func before(a, b candidate) bool {
	return a.p > b.p || a.p == b.p && a.id < b.id
}

func one(candidate) float64           { return 1 }
func probability(c candidate) float64 { return float64(c.p) }

// cut zeroes all probabilities but those of the fewest likeliest tokens whose
// measures sum to limit, of those not below least; one token remains at least.
func (buf *scratch) cut(least float32, limit float64, measure func(candidate) float64) {
	buf.order = buf.order[:0]
	for id, p := range buf.p {
		if p > 0 && p >= least {
			buf.order = append(buf.order, candidate{int32(id), p})
		}
	}
	last := boundary(buf.order, limit, measure)
	for id, p := range buf.p {
		if before(last, candidate{int32(id), p}) {
			buf.p[id] = 0
		}
	}
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
