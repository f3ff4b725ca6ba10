package packed

import (
	"fmt"
	"math"

	"plexus/kernel"
	"plexus/weights"
)

// page is what every tensor is aligned to: enough for the kernels, for mapping, and for huge files' I/O.
const page = 4096

// layout says where each tensor lies. It follows from the names, shapes and types in the model's own
// header and from the formats they are packed in, so a cache file need not hold a table that could be wrong.
type layout struct {
	entries []entry
	size    int // of the whole, including a first page for a file's seal
}

type entry struct {
	name         string
	tensor       weights.Tensor
	format       kernel.Format // 0 for a vector, kept as float32
	offset, size int
}

func newLayout(s weights.Source) (*layout, error) {
	l := &layout{size: page}
	for name, t := range s.All() {
		e := entry{name: name, tensor: t, offset: l.size, size: 4 * t.Cols()}
		if t.Dims() > 1 {
			var err error
			if e.format, err = t.Format(); err != nil {
				return nil, err
			}
			if e.size, err = kernel.Size(e.format, t.Rows(), t.Cols()); err != nil {
				return nil, fmt.Errorf("tensor %q: %w", name, err)
			}
		}
		if e.size > math.MaxInt-l.size-page {
			return nil, fmt.Errorf("tensor %q: the model is too large for this machine", name)
		}
		l.size = (e.offset + e.size + page - 1) &^ (page - 1)
		l.entries = append(l.entries, e)
	}
	return l, nil
}
