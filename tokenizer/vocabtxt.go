package tokenizer

import (
	"fmt"
	"strings"
)

// ReadVocabTxt reads BERT's vocab.txt: a token a line. fold says whether the
// model is an uncased one. Encodings are framed by [CLS] and [SEP].
func ReadVocabTxt(data []byte, fold bool) (Vocab, error) {
	v := Vocab{Model: WordPiece, BOS: None, EOS: None, Unk: None, AddBOS: true, AddEOS: true, Fold: fold}
	v.Tokens = strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n"), "\n")
	v.Types = make([]Type, len(v.Tokens))
	for i, text := range v.Tokens {
		v.Types[i] = Control
		switch text {
		case "[CLS]":
			v.BOS = int32(i)
		case "[SEP]":
			v.EOS = int32(i)
		case "[UNK]":
			v.Unk = int32(i)
		case "[PAD]", "[MASK]":
		default:
			v.Types[i] = Normal
		}
	}
	if v.BOS == None || v.EOS == None || v.Unk == None {
		return Vocab{}, fmt.Errorf("tokenizer: vocab.txt lacks [CLS], [SEP] or [UNK]")
	}
	return v, nil
}
