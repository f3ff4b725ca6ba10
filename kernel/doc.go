// Package kernel holds the hot loops: matrix products over packed weights,
// norms, activations, rotary embedding, attention over a paged cache, and the
// pool of workers that runs them. It may hold numerics and nothing else: no
// networks, no file formats, no requests.
//
// Every loop exists as plain Go, which is the reference and runs anywhere, and
// as assembly for AVX2 and AVX-512, which a test holds against the reference.
// The processor decides at start-up which set runs.
//
// Results are batch invariant: the bits of an output row depend on its own
// input row and the weights, never on how many rows travel together, where the
// row lies among them, or how the work is split over workers.
package kernel
