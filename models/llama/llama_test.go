package llama_test

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"plexus/kernel"
	"plexus/models/llama"
	"plexus/nn"
	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
	"plexus/weights/packed"
)

// load makes the model of spec, with its file for the reference.
func load(t *testing.T, spec gguftest.Spec, pool *kernel.Pool) (*llama.Model, *gguf.File) {
	t.Helper()
	file := open(t, spec)
	weights, err := packed.Open(context.Background(), "", file, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := llama.New(file.Meta, weights, pool, llama.Options{Rows: 96, Blocks: 16})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		m.Close()
		weights.Close()
	})
	return m, file
}

func open(t *testing.T, spec gguftest.Spec) *gguf.File {
	t.Helper()
	file, err := gguf.Open(gguftest.LlamaFile(t, spec))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func randomTokens(n, vocab int, seed uint64) []int32 {
	rng := rand.New(rand.NewPCG(seed, 0))
	tokens := make([]int32, n)
	for i := range tokens {
		tokens[i] = int32(rng.IntN(vocab))
	}
	return tokens
}

// TestAgainstReference runs every architecture and tensor type against the
// plain network. Weights are those of the file in both, so what is left is the
// rounding of activations: none to speak of in f32, and noise in the formats
// that round activations to bf16 or 8 bits.
func TestAgainstReference(t *testing.T) {
	type test struct {
		name  string
		spec  gguftest.Spec
		noise float64 // RMS of the difference over the logits' standard deviation
	}
	var tests []test
	for _, arch := range []string{"llama", "qwen2", "qwen3"} {
		for _, tied := range []bool{false, true} {
			tests = append(tests, test{fmt.Sprintf("%s/tied=%v", arch, tied), gguftest.Spec{Arch: arch, Tied: tied, Type: gguf.F32}, 2e-3})
		}
	}
	tests = append(tests,
		test{"linear rope", gguftest.Spec{Rope: gguftest.RopeLinear, Type: gguf.F32}, 2e-3},
		test{"llama 3.1 rope", gguftest.Spec{Rope: gguftest.RopeLlama3, RopeBase: 500000, Type: gguf.F32}, 2e-3},
		test{"odd heads", gguftest.Spec{Heads: 6, KVHeads: 2, HeadDim: 80, Type: gguf.F32}, 2e-3},
		test{"f16", gguftest.Spec{Type: gguf.F16}, 2e-3},
		test{"bf16", gguftest.Spec{Type: gguf.BF16}, 0.02},
		test{"q4_k_m mix", gguftest.Spec{Mix: true}, 0.05},
	)
	for _, kind := range []gguf.Type{gguf.Q8_0, gguf.Q4_0, gguf.Q4_1, gguf.Q5_0, gguf.Q5_1, gguf.Q4_K, gguf.Q5_K, gguf.Q6_K} {
		tests = append(tests, test{kind.String(), gguftest.Spec{Type: kind}, 0.05})
	}
	pool := kernel.NewPool(2)
	defer pool.Close()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, file := load(t, tt.spec, pool)
			tokens := randomTokens(40, m.Vocab(), 1)
			want := reference{t, file, m.Config}.logits(tokens)
			got, err := m.Forward(rows(tokens, 0, []int32{5, 2}))
			if err != nil {
				t.Fatal(err)
			}
			var diff, sum, square float64
			for pos := range want {
				for i, w := range want[pos] {
					d := float64(got[pos*m.Vocab()+i]) - w
					diff, sum, square = diff+d*d, sum+w, square+w*w
				}
			}
			n := float64(len(got))
			noise := math.Sqrt(diff/n) / math.Sqrt(square/n-sum*sum/n/n)
			t.Logf("noise %.5f", noise)
			if !(noise < tt.noise) {
				t.Fatalf("logits are off by %.4f of their standard deviation, want %.4f", noise, tt.noise)
			}
		})
	}
}

// TestSameBitsHoweverBatched feeds one sequence whole, token by token, and in
// chunks among other sequences, through every kernel set of this machine. The
// logits must not differ in a single bit.
func TestSameBitsHoweverBatched(t *testing.T) {
	before := kernel.Using()
	t.Cleanup(func() { kernel.Use(before) })
	for _, set := range kernel.Available() {
		for name, spec := range map[string]gguftest.Spec{
			"f32": {Type: gguf.F32}, "bf16": {Type: gguf.BF16}, "q4_0": {Type: gguf.Q4_0}, "q4_k_m": {Mix: true},
		} {
			t.Run(set+"/"+name, func(t *testing.T) {
				if err := kernel.Use(set); err != nil {
					t.Fatal(err)
				}
				pool := kernel.NewPool(2)
				defer pool.Close()
				m, _ := load(t, spec, pool)
				tokens := randomTokens(70, m.Vocab(), 7)
				whole := forward(t, m, rows(tokens, 0, []int32{0, 1, 2}))

				var single []float32
				for i := range tokens {
					single = append(single, forward(t, m, rows(tokens[:i+1], i, []int32{8, 4, 6}))...)
				}
				if !slices.Equal(whole, single) {
					t.Error("token by token gives other bits than the whole sequence")
				}

				var mixed []float32
				other := randomTokens(len(tokens)+17, m.Vocab(), 8)
				for from := 0; from < len(tokens); from += 17 {
					b := rows(other[:from+5], from, []int32{10, 11, 12})
					to := min(from+17, len(tokens))
					mine := rows(tokens[:to], from, []int32{13, 3, 7})
					join(b, mine)
					mixed = append(mixed, forward(t, m, b)[5*m.Vocab():]...)
					// The other sequence's remaining rows, so that its history is whole.
					forward(t, m, rows(other[:from+17], from+5, []int32{10, 11, 12}))
				}
				if !slices.Equal(whole, mixed) {
					t.Error("chunks among another sequence give other bits than the whole sequence")
				}
			})
		}
	}
}

func forward(t *testing.T, m *llama.Model, b *nn.Batch) []float32 {
	t.Helper()
	logits, err := m.Forward(b)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(logits)
}

// join appends the rows of a one-sequence batch to b.
func join(b, more *nn.Batch) {
	for i := range more.Tokens {
		b.Out = append(b.Out, int32(len(b.Tokens)))
		b.Tokens = append(b.Tokens, more.Tokens[i])
		b.Pos = append(b.Pos, more.Pos[i])
		b.Seq = append(b.Seq, int32(len(b.Tables)))
	}
	b.Tables = append(b.Tables, more.Tables...)
}

func TestForwardDoesNotAllocate(t *testing.T) {
	pool := kernel.NewPool(2)
	defer pool.Close()
	m, _ := load(t, gguftest.Spec{Mix: true}, pool)
	tokens := randomTokens(20, m.Vocab(), 3)
	table := []int32{1}
	forward(t, m, rows(tokens, 0, table))
	b := rows(tokens, 19, table)
	if n := testing.AllocsPerRun(20, func() {
		if _, err := m.Forward(b); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations in a pass, want none", n)
	}
}

func TestReadConfigRefuses(t *testing.T) {
	file := open(t, gguftest.Spec{})
	good := func() gguf.Metadata {
		return maps.Clone(file.Meta)
	}
	if _, err := llama.ReadConfig(good()); err != nil {
		t.Fatalf("a good file: %v", err)
	}
	tests := []struct {
		key   string
		value any
	}{
		{"general.architecture", "gpt5"},
		{"general.architecture", nil},
		{"llama.block_count", uint32(0)},
		{"llama.block_count", uint32(1 << 31)},
		{"llama.block_count", nil},
		{"llama.attention.head_count", uint32(0)},
		{"llama.attention.head_count_kv", uint32(0)},
		{"llama.attention.head_count_kv", uint32(3)},
		{"llama.attention.value_length", uint32(8)},
		{"llama.attention.layer_norm_rms_epsilon", float32(math.NaN())},
		{"llama.rope.freq_base", float32(math.Inf(1))},
		{"llama.rope.freq_base", float32(-1)},
		{"llama.rope.dimension_count", uint32(33)},
		{"llama.rope.scaling.type", "yarn"},
		{"llama.expert_count", uint32(8)},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.key, "=", tt.value), func(t *testing.T) {
			meta := good()
			meta[tt.key] = tt.value
			if tt.value == nil {
				delete(meta, tt.key)
			}
			if c, err := llama.ReadConfig(meta); err == nil {
				t.Fatalf("accepted as %+v", c)
			}
		})
	}
}
