package nn

import "plexus/kernel"

// Linear is y = W·x + b. W is packed, Rows outputs by Cols inputs.
type Linear struct {
	Weight *kernel.Matrix
	Bias   []float32 // len Weight.Rows, or nil
}

// Product is one linear map of a Project call: row r of the input gives
// Y[r*Stride:][:Weight.Rows].
type Product struct {
	Linear
	Y      []float32
	Stride int
}

// panelChunk is how many panels of 32 outputs a worker takes at a time. With
// many rows one panel is work enough; with few, larger chunks save trips to the
// shared counter, if there are enough of them to share evenly.
func panelChunk(rows, panels, threads int) int {
	most := 1
	switch {
	case rows <= 16:
		most = 4
	case rows <= 128:
		most = 2
	}
	return max(min(most, panels/(8*threads)), 1)
}

// Project runs maps that read the same input, shared out over the workers by
// panels of outputs. It ends without a barrier.
func Project(w *kernel.Worker, in *kernel.Input, maps ...Product) {
	panels := 0
	for i := range maps {
		panels += maps[i].Weight.Panels()
	}
	w.Each(panels, panelChunk(in.Rows(), panels, w.Threads()), func(lo, hi int) {
		first := 0 // of the map, counted over all maps
		for i := range maps {
			p := &maps[i]
			n := p.Weight.Panels()
			if a, b := max(lo-first, 0), min(hi-first, n); a < b {
				p.run(in, a, b)
			}
			first += n
		}
	})
}

// run computes panels [a, b) for every row of in.
func (p *Product) run(in *kernel.Input, a, b int) {
	p.Weight.Mul(p.Y, p.Stride, in, a, b)
	if p.Bias == nil {
		return
	}
	lo, hi := 32*a, min(32*b, p.Weight.Rows)
	for r := range in.Rows() {
		kernel.Add(p.Y[r*p.Stride+lo:r*p.Stride+hi], p.Bias[lo:hi])
	}
}
