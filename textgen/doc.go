// Package textgen turns one loaded text model into a service: requests in,
// sampled text out.
//
// It may hold what text generation is besides the network: decoding of the
// task's inputs, prompts, sampling, the continuous batch, the paged KV cache's
// bookkeeping, stop strings and streams. It may not hold networks, weights
// I/O or HTTP.
package textgen
