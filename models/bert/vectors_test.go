package bert_test

import (
	"context"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"plexus/kernel"
	"plexus/models/bert"
	"plexus/nn"
	"plexus/weights"
	"plexus/weights/packed"
	"plexus/weights/safetensors"
)

// The tiny networks in testdata and what Hugging Face's transformers compute
// with them, f32, are the reference. See the README there.

// load makes the network in testdata/name, its matrices packed as format.
func load(t testing.TB, name string, format kernel.Format, threads int) *bert.Model {
	t.Helper()
	dir := filepath.Join("testdata", name)
	data, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := bert.ReadConfig(data)
	if err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Open(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := packed.Open(context.Background(), "", weights.As(f, format), nil)
	if err != nil {
		t.Fatal(err)
	}
	pool := kernel.NewPool(threads)
	m, err := bert.New(c, w, pool, 600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		m.Close()
		pool.Close()
		w.Close()
	})
	return m
}

// cases are the inputs and expected outputs of a network.
type cases struct {
	t testing.TB
	f *safetensors.File
}

func open(t testing.TB, name string) cases {
	t.Helper()
	f, err := safetensors.Open(filepath.Join("testdata", name, "cases.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return cases{t, f}
}

func (c cases) tensor(name string) *safetensors.Tensor {
	c.t.Helper()
	x, ok := c.f.Tensor(name)
	if !ok {
		c.t.Fatalf("no case %q", name)
	}
	return x
}

func (c cases) floats(name string) []float32 {
	c.t.Helper()
	x := c.tensor(name)
	out := make([]float32, x.Rows()*x.Cols())
	if err := x.Floats(out); err != nil {
		c.t.Fatal(err)
	}
	return out
}

func (c cases) ints(name string) (x []int32, cols int) {
	c.t.Helper()
	w := c.tensor(name)
	for i := range w.Rows() * w.Cols() {
		x = append(x, int32(binary.LittleEndian.Uint64(w.Data[8*i:])))
	}
	return x, w.Cols()
}

// sequences are padded rows of ids without their padding: as many of each row
// as mask has ones, or all without a mask.
func (c cases) sequences(ids, mask, types string) (s *nn.Sequences) {
	c.t.Helper()
	s = &nn.Sequences{}
	tokens, cols := c.ints(ids)
	kinds := make([]int32, len(tokens))
	keep := slices.Repeat([]int32{1}, len(tokens))
	if mask != "" {
		keep, _ = c.ints(mask)
	}
	if types != "" {
		kinds, _ = c.ints(types)
	}
	for i := range tokens {
		if i%cols == 0 {
			s.Lengths = append(s.Lengths, 0)
		}
		if keep[i] == 1 {
			s.Tokens, s.Types = append(s.Tokens, tokens[i]), append(s.Types, kinds[i])
			s.Lengths[len(s.Lengths)-1]++
		}
	}
	return s
}

// checkStates compares the states of all rows with padded ones.
func checkStates(t *testing.T, what string, s *nn.Sequences, got, padded []float32, hidden int) {
	t.Helper()
	cols := len(padded) / hidden / len(s.Lengths)
	row := 0
	for i, n := range s.Lengths {
		checkClose(t, what, got[row*hidden:][:int(n)*hidden], padded[i*cols*hidden:], 1e-4)
		row += int(n)
	}
}

func checkClose(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	for i, x := range got {
		if !(math.Abs(float64(x-want[i])) <= tolerance) {
			t.Fatalf("%s: number %d is %v, want %v", what, i, x, want[i])
		}
	}
}

func eachSet(t *testing.T, test func(t *testing.T)) {
	before := kernel.Using()
	defer kernel.Use(before)
	for _, name := range kernel.Available() {
		if err := kernel.Use(name); err != nil {
			t.Fatal(err)
		}
		t.Run(name, test)
	}
}

func TestHiddenStates(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		for _, tt := range []struct{ net, ids, mask, types, want string }{
			{"bert", "input_ids", "attention_mask", "", "last_hidden_state"},
			{"bert", "input_ids", "attention_mask", "token_type_ids", "last_hidden_state_tt"},
			{"xlm_roberta", "input_ids", "attention_mask", "", "last_hidden_state"},
			{"distilbert", "input_ids", "attention_mask", "", "last_hidden_state"},
		} {
			m, c := load(t, tt.net, kernel.F32, 2), open(t, tt.net)
			s := c.sequences(tt.ids, tt.mask, tt.types)
			got, err := m.Forward(s)
			if err != nil {
				t.Fatal(err)
			}
			checkStates(t, tt.net+" "+tt.want, s, got, c.floats(tt.want), m.Hidden)
		}
	})
}

func TestLongSequence(t *testing.T) {
	m, c := load(t, "bert", kernel.F32, 2), open(t, "bert")
	s := &nn.Sequences{}
	s.Tokens, _ = c.ints("long_input_ids")
	s.Lengths = []int32{int32(len(s.Tokens))}
	x, err := m.Forward(s)
	if err != nil {
		t.Fatal(err)
	}
	first, norm := x[:m.Hidden], 0.0
	for _, v := range first {
		norm += float64(v) * float64(v)
	}
	for i := range first {
		first[i] /= float32(math.Sqrt(norm))
	}
	checkClose(t, "embedding", first, c.floats("long_cls_normalized"), 1e-5)
}

func TestLogits(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		for _, tt := range []struct{ net, ids, mask, want string }{
			{"xlm_roberta", "input_ids", "attention_mask", "logits"},
			{"distilbert", "input_ids", "attention_mask", "logits"},
		} {
			m, c := load(t, tt.net, kernel.F32, 2), open(t, tt.net)
			got, err := m.Classify(c.sequences(tt.ids, tt.mask, ""))
			if err != nil {
				t.Fatal(err)
			}
			checkClose(t, tt.net, got, c.floats(tt.want), 1e-4)
		}
	})
}

func TestLabels(t *testing.T) {
	for net, want := range map[string][]string{
		"bert": nil, "xlm_roberta": {"LABEL_0"}, "distilbert": {"NEGATIVE", "POSITIVE"},
	} {
		if m := load(t, net, kernel.F32, 1); !slices.Equal(m.Labels, want) || m.Classifies() != (want != nil) {
			t.Errorf("%s: labels %q, want %q", net, m.Labels, want)
		}
	}
}

// A text has the same bits alone and among others, whatever the number of
// threads, and in every format.
func TestBatchInvariance(t *testing.T) {
	for _, format := range []kernel.Format{kernel.F32, kernel.BF16, kernel.Q8} {
		m, one := load(t, "xlm_roberta", format, 2), load(t, "xlm_roberta", format, 1)
		s := open(t, "xlm_roberta").sequences("input_ids", "attention_mask", "")
		states, err := m.Forward(s)
		if err != nil {
			t.Fatal(err)
		}
		states = slices.Clone(states)
		logits, err := m.Classify(s)
		if err != nil {
			t.Fatal(err)
		}
		logits = slices.Clone(logits)
		row := 0
		for i, n := range s.Lengths {
			alone := &nn.Sequences{Tokens: s.Tokens[row:][:n], Lengths: []int32{n}}
			for _, m := range []*bert.Model{m, one} {
				x, err := m.Forward(alone)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(x, states[row*m.Hidden:][:int(n)*m.Hidden]) {
					t.Errorf("%v: sequence %d has other states alone", format, i)
				}
				y, err := m.Classify(alone)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(y, logits[i:i+1]) {
					t.Errorf("%v: sequence %d has other logits alone: %v, %v", format, i, y, logits[i])
				}
			}
			row += int(n)
		}
	}
}

func TestForwardDoesNotAllocate(t *testing.T) {
	m := load(t, "distilbert", kernel.F32, 2)
	s := open(t, "distilbert").sequences("input_ids", "attention_mask", "")
	if n := testing.AllocsPerRun(10, func() {
		if _, err := m.Classify(s); err != nil {
			t.Error(err)
		}
	}); n > 0 {
		t.Errorf("%g allocations", n)
	}
}
