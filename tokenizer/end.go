package tokenizer

import "slices"

// endTexts are the tokens that end a turn in the model families in use.
// Files name only one of them (the EOS token), while models say another: Llama
// 3 says <|eot_id|> after an answer and <|eom_id|> after a tool call.
var endTexts = []string{
	"<|eot_id|>", "<|eom_id|>", // Llama 3
	"<|im_end|>",             // ChatML: Qwen, SmolLM
	"<|end|>",                // Phi 3
	"<|return|>", "<|call|>", // gpt-oss
	"<end_of_turn>",                    // Gemma
	"<|endoftext|>", "<|end_of_text|>", // GPT-2, Granite
	"</s>",  // Llama 2, Mistral
	"<EOT>", // CodeLlama
	"<\uff5cend\u2581of\u2581sentence\uff5c>", // DeepSeek
}

// endIDs are the tokens that end a generation.
func (v *Vocab) endIDs() map[int32]bool {
	end := make(map[int32]bool)
	for _, id := range append([]int32{v.EOS}, v.End...) {
		if id != None {
			end[id] = true
		}
	}
	ids := make(map[string]int32)
	for id, text := range v.Tokens {
		if text == "</s>" && v.kind(int32(id)) == Normal && len(v.Types) > 0 {
			continue // HTML in a byte-level vocabulary
		}
		if slices.Contains(endTexts, text) {
			ids[text] = int32(id)
			end[int32(id)] = true
		}
	}
	// gpt-oss ends messages with <|end|> and turns with the other two.
	if id, ok := ids["<|end|>"]; ok && id != v.EOS {
		_, hasReturn := ids["<|return|>"]
		_, hasCall := ids["<|call|>"]
		if hasReturn && hasCall {
			delete(end, id)
		}
	}
	return end
}

// correctedTypes returns the types with the tokens that end a generation made
// Control: some converters leave them Normal, and then their text would be
// shown to users.
func (v *Vocab) correctedTypes(end map[int32]bool) []Type {
	types := slices.Clone(v.Types)
	if len(types) == 0 {
		types = slices.Repeat([]Type{Normal}, len(v.Tokens))
	}
	for id := range end {
		types[id] = Control
	}
	return types
}
