package fleet

import (
	"context"
	"errors"
	"fmt"

	"plexus"
	"plexus/encode"
	"plexus/models/llama"
	"plexus/tokenizer"
	"plexus/weights"
	"plexus/weights/gguf"
	"plexus/weights/packed"
)

// decoderContext is the tokens of a text that a decoder embeds, at most: those
// that the service takes.
const decoderContext = 8192

// decoderFiles are what a decoder is made of, from either layout.
type decoderFiles struct {
	meta   gguf.Metadata
	tok    *tokenizer.Tokenizer
	source weights.Source
	pack   func() (*packed.Weights, error)
	close  func() error
}

// decoderFile opens a GGUF file.
func (f *Fleet) decoderFile(ctx context.Context, m plexus.Model) (*decoderFiles, error) {
	file, dir, err := f.openFile(m.Weights)
	if err != nil {
		return nil, err
	}
	tok, _, err := readTokenizer(file.Meta)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	pack := func() (*packed.Weights, error) { return packed.Open(ctx, dir, file, f.progress(m)) }
	return &decoderFiles{file.Meta, tok, file, pack, file.Close}, nil
}

// decoderFolder opens a folder in Hugging Face's layout.
func (f *Fleet) decoderFolder(ctx context.Context, m plexus.Model, d folder) (*decoderFiles, error) {
	data, err := d.read("config.json", maxConfig)
	if err != nil {
		return nil, err
	}
	meta, err := llama.ConfigMetadata(data)
	if err != nil {
		return nil, err
	}
	tok, err := d.tokenizer("")
	if err != nil {
		return nil, err
	}
	file, err := d.weights("")
	if err != nil {
		return nil, err
	}
	source := weights.Rename(file, llama.TensorName)
	pack := func() (*packed.Weights, error) { return f.pack(ctx, m, d, source) }
	return &decoderFiles{meta, tok, source, pack, file.Close}, nil
}

// loadDecoder loads a text model that embeds, as Qwen3-Embedding.
func (f *Fleet) loadDecoder(files *decoderFiles, reserve func(int64) error) (_ Engine, err error) {
	e := &encoder{}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	config, err := llama.ReadConfig(files.meta)
	if err != nil {
		return nil, err
	}
	context := min(config.Context, decoderContext)
	o := llama.Options{Rows: rows, Blocks: blocksOf(context), Context: context}
	work := config.WorkBytes(o, f.pool.Threads(), rows*config.Hidden)
	if err := reserve(weights.Size(files.source) + work); err != nil {
		return nil, err
	}
	w, err := files.pack()
	if err != nil {
		return nil, err
	}
	e.keep(w.Close)
	if err := reserve(w.Bytes() + work); err != nil {
		return nil, err
	}
	network, err := llama.New(files.meta, w, f.pool, o)
	if err != nil {
		return nil, err
	}
	e.keep(func() error { network.Close(); return nil })
	if files.tok.Size() > network.Vocab() {
		return nil, fmt.Errorf("the tokenizer has %d tokens, the network %d", files.tok.Size(), network.Vocab())
	}
	e.Engine = encode.New(encode.Decoder(network), files.tok, encode.Options{Pooling: encode.Last, Queue: f.config.Text.Queue})
	return e, nil
}
