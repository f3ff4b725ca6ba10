package tokenizer

import (
	"slices"
	"testing"
)

// TestTokenizerJSON reads the tokenizer.json of models of every kind.
func TestTokenizerJSON(t *testing.T) {
	for _, dir := range []string{"bert", "distilbert", "t5", "xlm_roberta_tokenizer", "bart", "whisper"} {
		t.Run(dir, func(t *testing.T) {
			v, err := ReadTokenizerJSON(read(t, dir, "tokenizer.json"))
			if err != nil {
				t.Fatal(err)
			}
			tok, err := New(v)
			if err != nil {
				t.Fatal(err)
			}
			if dir == "distilbert" || dir == "whisper" {
				return // no encodings
			}
			var want struct {
				encodedCases
				Strings []string
				IDs     [][]int32
			}
			readJSON(t, &want, dir, "tokens.json")
			for _, c := range want.Cases {
				want.Strings, want.IDs = append(want.Strings, c.Text), append(want.IDs, c.IDs)
			}
			if len(want.Strings) == 0 {
				t.Fatal("no encodings")
			}
			for i, s := range want.Strings {
				if got := tok.Encode(s, EncodeOptions{AddSpecial: true, ParseSpecial: true}); !slices.Equal(got, want.IDs[i]) {
					t.Errorf("%q:\n got %v\nwant %v", s, got, want.IDs[i])
				}
			}
		})
	}
}

// qwen2 is that family's pattern, in JSON.
const qwen2 = `"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"`

func TestTokenizerJSONByteLevel(t *testing.T) {
	const file = `{
		"added_tokens": [{"id": 7, "content": "<|end|>", "special": true}, {"id": 6, "content": "<think>"}],
		"normalizer": {"type": "NFC"},
		"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
			{"type": "Split", "pattern": {"Regex": ` + qwen2 + `}, "behavior": "Isolated"},
			{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]},
		"post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "<|end|>"}}]},
		"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "Ġ": 2, "Ġa": 3, "ab": 4, "Ã": 8, "©": 9}, "merges": [["Ġ", "a"], ["a", "b"]]}
	}`
	v, err := ReadTokenizerJSON([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	tok, err := New(v)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]int32{
		"ab ab":          {4, 3, 1, 7},
		"<think>e\u0301": {6, 8, 9, 7},
		"a<|end|>":       {0, 7, 7},
	} {
		if got := tok.Encode(text, EncodeOptions{AddSpecial: true, ParseSpecial: true}); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
	if !tok.IsEnd(7) || tok.Size() != 10 {
		t.Error("special tokens are wrong")
	}
}

func TestTokenizerJSONErrors(t *testing.T) {
	for _, file := range []string{
		``, `null`, `[]`, `{}`, `{"model": {"type": "Word"}}`,
		`{"model": {"type": "BPE", "vocab": {"a": 0}}}`,
		`{"model": {"type": "BPE", "vocab": {"a": -1}}, "pre_tokenizer": {"type": "ByteLevel"}}`,
		`{"model": {"type": "BPE", "vocab": {"a": 99999999}}, "pre_tokenizer": {"type": "ByteLevel"}}`,
		`{"model": {"type": "BPE", "vocab": {"a": 0}}, "pre_tokenizer": {"type": "ByteLevel"}, "normalizer": {"type": "NFKC"}}`,
		`{"model": {"type": "BPE", "vocab": {"a": 0}}, "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "."}}}`,
		byteLevelWith(`{"type": "ByteLevel", "use_regex": false}`),
		byteLevelWith(`{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": ` + qwen2 + `}}, {"type": "ByteLevel"}]}`),
		`{"model": {"type": "WordPiece", "vocab": {"a": 0}}}`,
		`{"model": {"type": "Unigram", "vocab": [["a"]]}}`,
		`{"model": {"type": "Unigram", "vocab": [["a", 1]]}, "normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAA="}}`,
		unigramWith(`{"type": "Replace", "pattern": {"String": "a"}, "content": "b"}`),
		unigramWith(`{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": ""}`),
		unigramWith(`{"type": "Strip", "strip_left": true, "strip_right": false}`),
		wordPieceWith(`{"type": "BertNormalizer", "clean_text": false, "lowercase": true}`),
		wordPieceWith(`{"type": "BertNormalizer", "handle_chinese_chars": false, "lowercase": true}`),
		`{"model": {"type": "BPE", "byte_fallback": true, "vocab": {"a": 0}}, "post_processor": {"type": "BertProcessing", "cls": ["x", 1], "sep": ["a", 0]}}`,
	} {
		v, err := ReadTokenizerJSON([]byte(file))
		if err == nil {
			_, err = New(v)
		}
		if err == nil {
			t.Errorf("no error for %s", file)
		}
	}
}

// The steps that published models have.
func TestTokenizerJSONSteps(t *testing.T) {
	for _, file := range []string{
		unigramWith(`{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}`),
		unigramWith(`{"type": "Sequence", "normalizers": [{"type": "Strip", "strip_left": false, "strip_right": true},
			{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]}`),
		wordPieceWith(`{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true}`),
		wordPieceWith(`{"type": "BertNormalizer", "lowercase": false}`),
		byteLevelWith(`{"type": "ByteLevel"}`),
		byteLevelWith(`{"type": "ByteLevel", "use_regex": true}`),
		byteLevelWith(`{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": ` + qwen2 + `}}, {"type": "ByteLevel", "use_regex": false}]}`),
	} {
		v, err := ReadTokenizerJSON([]byte(file))
		if err == nil {
			_, err = New(v)
		}
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func unigramWith(normalizer string) string {
	return `{"model": {"type": "Unigram", "unk_id": 0, "vocab": [["a", -1]]}, "normalizer": ` + normalizer + `}`
}

func byteLevelWith(preTokenizer string) string {
	return `{"model": {"type": "BPE", "vocab": {"a": 0}}, "pre_tokenizer": ` + preTokenizer + `}`
}

func wordPieceWith(normalizer string) string {
	return `{"model": {"type": "WordPiece", "unk_token": "a", "vocab": {"a": 0}}, "normalizer": ` + normalizer + `}`
}

// checkReader encodes with whatever vocabulary a reader takes for one.
func checkReader(t *testing.T, v Vocab, err error) {
	if err != nil {
		return
	}
	tok, err := New(v)
	if err != nil {
		return
	}
	for _, s := range []string{prose, "\xff\u3000ﬁ①é", "<s>a"} {
		for _, id := range tok.Encode(s, EncodeOptions{AddSpecial: true, ParseSpecial: true}) {
			if id < 0 || int(id) >= tok.Size() {
				t.Errorf("token %d of %d", id, tok.Size())
			}
		}
	}
}

func FuzzReadTokenizerJSON(f *testing.F) {
	f.Add([]byte(`{"model": {"type": "Unigram", "unk_id": 0, "vocab": [["a", -1], ["▁b", -2.5]]}, "pre_tokenizer": {"type": "Metaspace"}, "normalizer": {"type": "Precompiled", "precompiled_charsmap": "CAAAAAABAAAAAQAAYQA="}}`))
	f.Add([]byte(`{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}, "pre_tokenizer": {"type": "ByteLevel"}, "added_tokens": [{"id": 4, "content": "<s>", "special": true, "lstrip": true}]}`))
	f.Add([]byte(`{"model": {"type": "WordPiece", "unk_token": "a", "vocab": {"a": 0, "##b": 1}}, "normalizer": {"type": "BertNormalizer", "lowercase": true}, "post_processor": {"type": "BertProcessing", "cls": ["a", 0], "sep": ["a", 0]}}`))
	f.Add([]byte(`{"model": {"type": "BPE", "byte_fallback": true, "vocab": {"<0x41>": 0, "▁a": 1}, "merges": [["▁", "a"]]}, "normalizer": {"type": "Prepend"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := ReadTokenizerJSON(data)
		checkReader(t, v, err)
	})
}

func FuzzReadSentencePiece(f *testing.F) {
	f.Add([]byte("\x0a\x0c\x0a\x05<unk>\x15\x00\x00\x00\x00\x18\x02\x0a\x08\x0a\x01a\x15\x00\x00\x80\xbf\x12\x02\x18\x02\x1a\x10\x12\x0e\x08\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00a\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := ReadSentencePiece(data)
		checkReader(t, v, err)
	})
}
