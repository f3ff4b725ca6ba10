// Package engine opens the same GGUF file in Plexus and in libllama and runs
// the same batches through both. It may hold no measurement and no comparison.
package engine

import (
	"context"
	"errors"
	"fmt"

	"plexus/bench/llamacpp"
	"plexus/kernel"
	"plexus/models/llama"
	"plexus/nn"
	"plexus/weights/gguf"
	"plexus/weights/packed"
)

// Engine runs forward passes over sequences numbered from 0.
type Engine interface {
	// Forward returns len(b.Out) x vocabulary logits, valid until the next
	// call. The engine supplies b.Tables.
	Forward(b *nn.Batch) ([]float32, error)
	// Truncate forgets the positions of a sequence from pos on.
	Truncate(seq, pos int)
	// Rest puts idle threads to sleep, so that the next measurement has the CPU.
	Rest()
	Close() error
}

// Options size an engine.
type Options struct {
	Threads   int
	Context   int    // positions of one sequence
	Sequences int    // sequences that live at once
	Rows      int    // rows of one forward pass
	Cache     string // folder of Plexus's packed weights; "" packs in memory
}

// Plexus opens the model with our engine.
func Plexus(path string, o Options) (Engine, error) {
	p := &plexus{}
	if err := p.open(path, o); err != nil {
		return nil, errors.Join(fmt.Errorf("engine: %w", err), p.Close())
	}
	blocks := (o.Context + kernel.KVPositions - 1) / kernel.KVPositions
	for s := range o.Sequences {
		table := make([]int32, blocks)
		for i := range table {
			table[i] = int32(s*blocks + i)
		}
		p.tables = append(p.tables, table)
	}
	return p, nil
}

// plexus gives every sequence blocks of its own.
type plexus struct {
	file    *gguf.File
	weights *packed.Weights
	pool    *kernel.Pool
	model   *llama.Model
	tables  [][]int32
}

func (p *plexus) open(path string, o Options) (err error) {
	if p.file, err = gguf.Open(path); err != nil {
		return err
	}
	if p.weights, err = packed.Open(context.Background(), o.Cache, p.file, nil); err != nil {
		return err
	}
	p.pool = kernel.NewPool(o.Threads)
	blocks := (o.Context + kernel.KVPositions - 1) / kernel.KVPositions
	p.model, err = llama.New(p.file.Meta, p.weights, p.pool, llama.Options{Rows: o.Rows, Blocks: o.Sequences * blocks})
	return err
}

func (p *plexus) Forward(b *nn.Batch) ([]float32, error) {
	b.Tables = p.tables
	return p.model.Forward(b)
}

func (p *plexus) Truncate(seq, pos int) {} // a block's later positions are never read
func (p *plexus) Rest()                 {} // the pool sleeps by itself

func (p *plexus) Close() error {
	var errs []error
	if p.model != nil {
		p.model.Close()
	}
	if p.pool != nil {
		p.pool.Close()
	}
	if p.weights != nil {
		errs = append(errs, p.weights.Close())
	}
	if p.file != nil {
		errs = append(errs, p.file.Close())
	}
	return errors.Join(errs...)
}

// Llamacpp opens the model with libllama, with its own defaults.
func Llamacpp(path string, o Options) (Engine, error) { return openLlamacpp(path, o, false) }

// Reference opens the model with libllama, with keys, values and attention in f32.
func Reference(path string, o Options) (Engine, error) { return openLlamacpp(path, o, true) }

func openLlamacpp(path string, o Options, float bool) (Engine, error) {
	model, err := llamacpp.Load(path)
	if err != nil {
		return nil, err
	}
	ctx, err := model.NewContext(llamacpp.Options{
		Threads:   o.Threads,
		Context:   o.Context,
		Sequences: o.Sequences,
		Rows:      o.Rows,
		Float:     float,
	})
	if err != nil {
		model.Close()
		return nil, err
	}
	return &peer{ctx, model}, nil
}

type peer struct {
	*llamacpp.Context
	model *llamacpp.Model
}

func (p *peer) Close() error {
	p.Context.Close()
	p.model.Close()
	return nil
}
