package tokenizer

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// errProto is a file that is not of protocol buffers.
var errProto = errors.New("tokenizer: sentencepiece model is damaged")

// ReadSentencePiece reads a SentencePiece model file (spiece.model,
// sentencepiece.bpe.model), of type unigram or BPE, with SentencePiece's own
// ids. The format is
// https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto.
func ReadSentencePiece(data []byte) (Vocab, error) {
	v := Vocab{Model: Unigram, Unk: 0, BOS: 1, EOS: 2, AddSpacePrefix: true}
	normalizer := protoNormalizer{prefix: true, collapse: true}
	err := fields(data, func(f field) error {
		switch f.number {
		case 1: // pieces
			return v.readPiece(f.bytes)
		case 2: // trainer_spec
			return fields(f.bytes, v.readTrainer)
		case 3: // normalizer_spec
			return fields(f.bytes, normalizer.read)
		}
		return nil
	})
	if err != nil {
		return Vocab{}, err
	}
	for _, id := range []*int32{&v.Unk, &v.BOS, &v.EOS} {
		if int(*id) >= len(v.Tokens) || *id < 0 {
			*id = None
		}
	}
	v.AddSpacePrefix = normalizer.prefix
	v.Normalizer, err = newNormalizer(normalizer.charsmap, normalizer.collapse)
	return v, err
}

// readPiece adds a token: its text, score and type.
func (v *Vocab) readPiece(data []byte) error {
	text, score, kind := "", float32(0), Normal
	err := fields(data, func(f field) error {
		switch f.number {
		case 1:
			text = string(f.bytes)
		case 2:
			score = math.Float32frombits(uint32(f.value))
		case 3:
			if f.value < uint64(Normal) || f.value > uint64(Byte) {
				return fmt.Errorf("tokenizer: sentencepiece has no token type %d", f.value)
			}
			kind = Type(f.value)
		}
		return nil
	})
	if len(v.Tokens) == maxTokens {
		return fmt.Errorf("tokenizer: more than %d tokens", maxTokens)
	}
	v.Tokens, v.Scores, v.Types = append(v.Tokens, text), append(v.Scores, score), append(v.Types, kind)
	return err
}

func (v *Vocab) readTrainer(f field) error {
	switch f.number {
	case 3: // model_type
		switch f.value {
		case 1:
			v.Model = Unigram
		case 2:
			v.Model = SentencePiece
		default:
			return fmt.Errorf("tokenizer: sentencepiece model type %d is neither unigram nor BPE", f.value)
		}
	case 24:
		if f.value != 0 {
			return errors.New("tokenizer: sentencepiece models with spaces as suffixes are not supported")
		}
	case 40:
		v.Unk = int32(f.value)
	case 41:
		v.BOS = int32(f.value)
	case 42:
		v.EOS = int32(f.value)
	}
	return nil
}

type protoNormalizer struct {
	charsmap         []byte
	prefix, collapse bool
}

func (n *protoNormalizer) read(f field) error {
	switch f.number {
	case 2:
		n.charsmap = f.bytes
	case 3:
		n.prefix = f.value != 0
	case 4:
		n.collapse = f.value != 0
	}
	return nil
}

// field is one of a message: bytes, or a number whatever its width.
type field struct {
	number protowire.Number
	bytes  []byte
	value  uint64
}

// fields calls f with the fields of a message, in their order.
func fields(data []byte, f func(field) error) error {
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return errProto
		}
		data = data[n:]
		x := field{number: number}
		switch kind {
		case protowire.VarintType:
			x.value, n = protowire.ConsumeVarint(data)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(data)
			x.value = uint64(v)
		case protowire.BytesType:
			x.bytes, n = protowire.ConsumeBytes(data)
		default:
			n = protowire.ConsumeFieldValue(number, kind, data)
		}
		if n < 0 {
			return errProto
		}
		data = data[n:]
		if err := f(x); err != nil {
			return err
		}
	}
	return nil
}
