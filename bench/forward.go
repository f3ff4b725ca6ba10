package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"plexus/bench/engine"
	"plexus/nn"
)

const (
	prompt = 512 // tokens of a prefill
	before = 64  // tokens of each sequence before decoding starts
)

var sequences = []int{1, 4, 8, 16}

// compare measures both engines on one model.
func compare(s settings, name string, bandwidth float64) (rows []row, err error) {
	path, err := modelFile(s.cache, name)
	if err != nil {
		return nil, err
	}
	weights, err := bytesPerToken(path)
	if err != nil {
		return nil, err
	}
	o := engine.Options{
		Threads:   s.threads,
		Context:   prompt + before,
		Sequences: slices.Max(sequences),
		Rows:      prompt,
		Cache:     filepath.Join(s.cache, "packed"),
	}
	plexus, err := engine.Plexus(path, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, plexus.Close()) }()
	libllama, err := engine.Llamacpp(path, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, libllama.Close()) }()

	add := func(part string, measure func(engine.Engine) (float64, error)) error {
		a, b, err := inTurns(s.rounds, plexus, libllama, measure)
		if err != nil {
			return fmt.Errorf("%s %s: %w", name, part, err)
		}
		rows = append(rows, row{Model: name, Part: part, Plexus: a, Libllama: b, Ratio: a / b})
		fmt.Fprintf(os.Stderr, "%s %s done\n", name, part)
		return nil
	}
	if slices.Contains(s.parts, "prefill") {
		if err := add(fmt.Sprintf("prefill %d", prompt), prefill); err != nil {
			return nil, err
		}
	}
	if slices.Contains(s.parts, "decode") {
		if err := errors.Join(begin(plexus), begin(libllama)); err != nil {
			return nil, err
		}
		for _, n := range sequences {
			measure := func(e engine.Engine) (float64, error) { return decode(e, n, s.steps) }
			if err := add(fmt.Sprintf("decode %d", n), measure); err != nil {
				return nil, err
			}
			if n == 1 && bandwidth > 0 {
				last := &rows[len(rows)-1]
				last.Share = last.Plexus * weights / 1e9 / bandwidth
			}
		}
	}
	return rows, nil
}

// inTurns measures a and b alternately, after one turn each to warm up, and
// returns the medians.
func inTurns(rounds int, a, b engine.Engine, measure func(engine.Engine) (float64, error)) (ma, mb float64, err error) {
	var of [2][]float64
	for round := range rounds + 1 {
		for i, e := range []engine.Engine{a, b} {
			rate, err := measure(e)
			e.Rest()
			if err != nil {
				return 0, 0, err
			}
			if round > 0 {
				of[i] = append(of[i], rate)
			}
		}
	}
	return median(of[0]), median(of[1]), nil
}

func median(x []float64) float64 {
	slices.Sort(x)
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

// prefill runs one pass over a prompt and returns tokens per second.
func prefill(e engine.Engine) (float64, error) {
	e.Truncate(0, 0)
	b := &nn.Batch{Out: []int32{prompt - 1}}
	extend(b, 0, 0, prompt)
	start := time.Now()
	_, err := e.Forward(b)
	return prompt / time.Since(start).Seconds(), err
}

// begin gives every sequence a beginning.
func begin(e engine.Engine) error {
	defer e.Rest()
	for seq := range slices.Max(sequences) {
		e.Truncate(seq, 0)
		b := &nn.Batch{}
		extend(b, seq, 0, before)
		if _, err := e.Forward(b); err != nil {
			return err
		}
	}
	return nil
}

// decode runs steps passes over the next token of each of n sequences and
// returns tokens per second.
func decode(e engine.Engine, n, steps int) (float64, error) {
	for seq := range n {
		e.Truncate(seq, before)
	}
	start := time.Now()
	for step := range steps {
		b := &nn.Batch{}
		for seq := range n {
			b.Out = append(b.Out, int32(seq))
			extend(b, seq, before+step, 1)
		}
		if _, err := e.Forward(b); err != nil {
			return 0, err
		}
	}
	return float64(n*steps) / time.Since(start).Seconds(), nil
}

// extend appends n random tokens of a sequence from position pos on.
func extend(b *nn.Batch, seq, pos, n int) {
	for i := range n {
		b.Tokens = append(b.Tokens, 3+rand.Int32N(30000))
		b.Pos = append(b.Pos, int32(pos+i))
		b.Seq = append(b.Seq, int32(seq))
	}
}
