// Package parity compares Plexus with libllama on the same GGUF files: logits,
// greedy tokens and tokenizers. It holds tests only.
package parity
