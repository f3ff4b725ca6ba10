// Package pocket holds the small trained models that are part of the binary, so that every feature runs without a
// download, and in train/ the programs that made them. It may hold weights and how they came to be; it may not hold
// code that runs them.
package pocket

import (
	"embed"
	"io/fs"
)

//go:embed chat.gguf
var chat []byte

//go:embed embed
var folders embed.FS

// Chat returns the GGUF file of @pocket/chat: a Llama of four million parameters in Q8_0 with its tokenizer and chat
// template. Callers must not change the bytes.
func Chat() []byte { return chat }

// Embed returns the folder of @pocket/embed, in Hugging Face's layout: a BERT of F16 weights, the map to its
// embeddings, and in sentiment.safetensors the classifier of @pocket/sentiment.
func Embed() fs.FS {
	f, err := fs.Sub(folders, "embed")
	if err != nil {
		panic(err) // the name is valid
	}
	return f
}
