package llamacpp

import (
	"fmt"

	"github.com/hybridgroup/yzma/pkg/llama"
)

// Model is a GGUF file loaded by libllama.
type Model struct {
	model llama.Model
	vocab llama.Vocab
}

// Load opens the GGUF file at path, weights repacked for this CPU as libllama
// does by default.
func Load(path string) (*Model, error) { return load(path, false) }

// LoadVocab opens only the tokenizer of the GGUF file at path.
func LoadVocab(path string) (*Model, error) { return load(path, true) }

func load(path string, vocabOnly bool) (*Model, error) {
	if err := Open(); err != nil {
		return nil, err
	}
	params := llama.ModelDefaultParams()
	if vocabOnly {
		params.VocabOnly = 1
	}
	model, err := llama.ModelLoadFromFile(path, params)
	if err != nil || model == 0 {
		return nil, fmt.Errorf("llamacpp: cannot load %s (%v)", path, err)
	}
	return &Model{model: model, vocab: llama.ModelGetVocab(model)}, nil
}

// Close frees the model; its contexts must be closed before.
func (m *Model) Close() { llama.ModelFree(m.model) }

// Vocab returns the number of tokens.
func (m *Model) Vocab() int { return int(llama.VocabNTokens(m.vocab)) }

// Encode returns the tokens of text. With addSpecial the file's BOS and EOS
// rules apply; with parseSpecial the text of a special token becomes that token.
func (m *Model) Encode(text string, addSpecial, parseSpecial bool) []int32 {
	tokens := llama.Tokenize(m.vocab, text, addSpecial, parseSpecial)
	ids := make([]int32, len(tokens))
	for i, t := range tokens {
		ids[i] = int32(t)
	}
	return ids
}

// Decode returns the text of ids without special tokens.
func (m *Model) Decode(ids []int32) string {
	tokens := make([]llama.Token, len(ids))
	for i, id := range ids {
		tokens[i] = llama.Token(id)
	}
	return llama.Detokenize(m.vocab, tokens, false, false)
}

// Piece returns the bytes of one token, nil for a special one.
func (m *Model) Piece(id int32) []byte {
	buf := make([]byte, 512)
	n := llama.TokenToPiece(m.vocab, llama.Token(id), buf, 0, false)
	return buf[:max(n, 0)]
}

// IsEnd reports whether id ends a generation.
func (m *Model) IsEnd(id int32) bool { return llama.VocabIsEOG(m.vocab, llama.Token(id)) }
