package parity

import (
	"os"
	"path/filepath"
	"testing"

	"plexus/bench/llamacpp"
	"plexus/pocket"
)

// questions are what the pocket model has learnt to answer.
var questions = []string{
	"What is edge computing?", "Hello!", "Who are you?", "What is 7 plus 5?", "What is a Worker, in one sentence?",
	"Explain serverless as a list.", "What is the capital of France?", "What is inference?",
}

// TestPocket compares the embedded chat model: its tokenizer on every text, its
// logits, and its greedy answers.
func TestPocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chat.gguf")
	if err := os.WriteFile(path, pocket.Chat(), 0o600); err != nil {
		t.Fatal(err)
	}
	theirs, err := llamacpp.LoadVocab(path)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	ours := openTokenizer(t, path)
	compareEncoding(t, ours, theirs, manyTexts(600))
	comparePieces(t, ours, theirs)
	compareLogits(t, path)

	all := openAll(t, path)
	end := theirs.Encode("<|end|>", false, true)[0]
	for _, question := range questions {
		prompt := theirs.Encode("<|start|><|user|>"+question+"<|end|><|assistant|>", false, true)
		answer := compareGreedy(t, all, prompt, 100, end)
		t.Logf("%s %s (%d tokens, %d near ties)", question, ours.Decode(answer.tokens), len(answer.tokens), len(answer.ties))
	}
}
