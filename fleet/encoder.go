package fleet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"plexus"
	"plexus/encode"
	"plexus/kernel"
	"plexus/models/bert"
	"plexus/models/llama"
	"plexus/nn"
	"plexus/weights"
	"plexus/weights/gguf"
	"plexus/weights/packed"
)

// encoder is a loaded model that encodes texts: an engine, and what it stands
// on.
type encoder struct {
	*encode.Engine
	parts []func() error // closed in this order
}

// Close stops the engine and frees the model.
func (e *encoder) Close() error {
	var err error
	if e.Engine != nil {
		err = e.Engine.Close()
	}
	for _, free := range e.parts {
		err = errors.Join(err, free())
	}
	return err
}

// keep has the encoder free a part before those that it stands on.
func (e *encoder) keep(free func() error) {
	e.parts = append([]func() error{free}, e.parts...)
}

// loadEncoder loads a network of the BERT family from a folder.
func (f *Fleet) loadEncoder(ctx context.Context, m plexus.Model, reserve func(int64) error) (_ Engine, err error) {
	e := &encoder{}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	d := folder{m.Weights}
	data, err := d.read("config.json", maxConfig)
	if err != nil {
		return nil, err
	}
	config, err := bert.ReadConfig(data)
	if err != nil {
		return nil, err
	}
	tok, err := d.tokenizer(config.Family)
	if err != nil {
		return nil, err
	}
	file, err := d.weights("")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows := max(config.Context(), rows)
	work := config.WorkBytes(rows)
	if err := reserve(weights.Size(file) + work); err != nil {
		return nil, err
	}
	w, err := f.pack(ctx, m, file)
	if err != nil {
		return nil, err
	}
	e.keep(w.Close)
	if err := reserve(w.Bytes() + work); err != nil {
		return nil, err
	}
	network, err := bert.New(config, w, f.pool, rows)
	if err != nil {
		return nil, err
	}
	e.keep(func() error { network.Close(); return nil })
	if tok.Size() > network.Vocab() {
		return nil, fmt.Errorf("the tokenizer has %d tokens, the network %d", tok.Size(), network.Vocab())
	}
	o := encode.Options{RoBERTa: config.Family == bert.XLMRoBERTa}
	var n encode.Network
	if m.Task == plexus.TextClassification {
		n, err = encode.Classifier(network)
		o.Labels = network.Labels
	} else {
		n, err = f.embedder(ctx, e, m, d, network)
		o.Pooling = encode.Pooling(m.Pooling)
		if o.Pooling == "" && err == nil {
			o.Pooling, err = d.pooling()
		}
	}
	if err != nil {
		return nil, err
	}
	e.Engine = encode.New(n, tok, o)
	return e, nil
}

// embedder is a network that embeds, with the folder's dense map if it has one.
func (f *Fleet) embedder(ctx context.Context, e *encoder, m plexus.Model, d folder, network *bert.Model) (encode.Network, error) {
	file, err := d.dense()
	if err != nil {
		return nil, err
	}
	if file == nil {
		return encode.Embedder(network, nil, f.pool)
	}
	defer file.Close()
	w, err := packed.Open(ctx, "", weights.As(file, kernel.F32), nil) // small
	if err != nil {
		return nil, err
	}
	e.keep(w.Close)
	l := &nn.Loader{Weights: w}
	dense := l.Linear("linear", 0, network.Hidden)
	if l.Err != nil {
		return nil, l.Err
	}
	return encode.Embedder(network, &dense, f.pool)
}

// pack opens the packed weights of a model in floats, in the precision that
// the fleet is configured for.
func (f *Fleet) pack(ctx context.Context, m plexus.Model, s weights.Source) (*packed.Weights, error) {
	if f.config.Quant != 0 {
		s = weights.As(s, f.config.Quant)
	}
	return packed.Open(ctx, f.packedDir(), s, f.progress(m))
}

// loadDecoder loads a text model that embeds, as Qwen3-Embedding, from its
// GGUF file.
func (f *Fleet) loadDecoder(ctx context.Context, m plexus.Model, reserve func(int64) error) (_ Engine, err error) {
	e := &encoder{}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	file, dir, err := f.openFile(m.Weights)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	config, err := llama.ReadConfig(file.Meta)
	if err != nil {
		return nil, err
	}
	tok, _, err := readTokenizer(file.Meta)
	if err != nil {
		return nil, err
	}
	context := min(config.Context, decoderContext)
	blocks := (context + kernel.KVPositions - 1) / kernel.KVPositions
	cache := int64(blocks) * config.BlockBytes()
	if err := reserve(weights.Size(file) + cache); err != nil {
		return nil, err
	}
	w, err := packed.Open(ctx, dir, file, f.progress(m))
	if err != nil {
		return nil, err
	}
	e.keep(w.Close)
	if err := reserve(w.Bytes() + cache); err != nil {
		return nil, err
	}
	network, err := llama.New(file.Meta, w, f.pool, llama.Options{Rows: rows, Blocks: blocks, Context: context})
	if err != nil {
		return nil, err
	}
	e.keep(func() error { network.Close(); return nil })
	e.Engine = encode.New(encode.Decoder(network), tok, encode.Options{Pooling: encode.Last})
	return e, nil
}

// decoderContext is the tokens of a text that a decoder embeds, at most: those
// that the service takes.
const decoderContext = 8192

// Inspect says what weights are good for: those in a folder by its config, those
// in a GGUF file by its metadata.
func Inspect(path string) (plexus.Task, plexus.Form, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", "", err
	}
	if !info.IsDir() {
		file, err := gguf.Open(path)
		if err != nil {
			return "", "", err
		}
		defer file.Close()
		arch, _ := file.Meta.String("general.architecture")
		if _, embeds := file.Meta.Uint(arch + ".pooling_type"); embeds {
			return plexus.TextEmbeddings, plexus.Instructed, nil
		}
		return plexus.TextGeneration, plexus.Native, nil
	}
	var c struct {
		Architectures []string
		Labels        map[string]string `json:"id2label"`
	}
	if err := (folder{path}).config("config.json", &c); err != nil {
		return "", "", err
	}
	switch {
	case len(c.Architectures) != 1:
		return "", "", fmt.Errorf("%s: no config.json that names an architecture", path)
	case !strings.HasSuffix(c.Architectures[0], "ForSequenceClassification"):
		return plexus.TextEmbeddings, "", nil
	case len(c.Labels) == 1:
		return plexus.TextClassification, plexus.Rerank, nil
	}
	return plexus.TextClassification, "", nil
}
