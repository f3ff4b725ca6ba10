// Package pocket holds the small trained models that are part of the binary, so that every feature runs without a
// download, and in train/ the programs that made them. It may hold weights and how they came to be; it may not hold
// code that runs them.
package pocket

import _ "embed"

//go:embed chat.gguf
var chat []byte

// Chat returns the GGUF file of @pocket/chat: a Llama of four million parameters in Q8_0 with its tokenizer and chat
// template. Callers must not change the bytes.
func Chat() []byte { return chat }
