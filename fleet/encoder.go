package fleet

import (
	"context"
	"errors"
	"fmt"

	"plexus"
	"plexus/encode"
	"plexus/kernel"
	"plexus/models/bert"
	"plexus/nn"
	"plexus/weights"
	"plexus/weights/packed"
	"plexus/weights/safetensors"
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
func (f *Fleet) loadEncoder(ctx context.Context, m plexus.Model, d folder, reserve func(int64) error) (_ Engine, err error) {
	e := &encoder{}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
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
	w, err := f.pack(ctx, m, d, file)
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
	n, o, err := f.use(ctx, e, m, d, network)
	if err != nil {
		return nil, err
	}
	o.Queue = f.config.Text.Queue
	o.RoBERTa = config.Family == bert.XLMRoBERTa
	e.Engine = encode.New(n, tok, o)
	return e, nil
}

// sentiment is a linear classifier of pooled states, which a pocket model has
// beside its embeddings.
const sentiment = "sentiment.safetensors"

// use makes of a network what the model's task needs.
func (f *Fleet) use(ctx context.Context, e *encoder, m plexus.Model, d folder, network *bert.Model) (n encode.Network, o encode.Options, err error) {
	switch {
	case m.Task == plexus.TextEmbeddings:
		o.Pooling = encode.Pooling(m.Pooling)
		if o.Pooling == "" {
			if o.Pooling, err = d.pooling(); err != nil {
				return nil, o, err
			}
		}
		file, err := d.dense()
		if err != nil {
			return nil, o, err
		}
		if file == nil {
			n, err = encode.Embedder(network, nil, f.pool)
			return n, o, err
		}
		n, err = f.mapped(ctx, e, file, "linear", network)
		return n, o, err
	case !network.Classifies() && d.has(sentiment):
		o.Labels = []string{"NEGATIVE", "POSITIVE"}
		file, err := d.tensors(sentiment)
		if err != nil {
			return nil, o, err
		}
		n, err = f.mapped(ctx, e, file, "classifier", network)
		return n, o, err
	}
	o.Labels = network.Labels
	n, err = encode.Classifier(network)
	return n, o, err
}

// mapped is a network whose pooled states go through the linear map called
// name in file, which it closes.
func (f *Fleet) mapped(ctx context.Context, e *encoder, file *safetensors.File, name string, network *bert.Model) (encode.Network, error) {
	defer file.Close()
	w, err := packed.Open(ctx, "", weights.As(file, kernel.F32), nil) // small
	if err != nil {
		return nil, err
	}
	e.keep(w.Close)
	l := &nn.Loader{Weights: w}
	dense := l.Linear(name, 0, network.Hidden)
	if l.Err != nil {
		return nil, l.Err
	}
	return encode.Embedder(network, &dense, f.pool)
}

// pack opens the packed weights of a folder, in the precision that the fleet is
// configured for.
func (f *Fleet) pack(ctx context.Context, m plexus.Model, d folder, s weights.Source) (*packed.Weights, error) {
	if f.config.Quant != 0 {
		s = weights.As(s, f.config.Quant)
	}
	dir := f.packedDir()
	if d.path == "" {
		dir = "" // small
	}
	return packed.Open(ctx, dir, s, f.progress(m))
}
