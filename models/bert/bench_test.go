package bert_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"plexus/kernel"
	"plexus/kernel/peak"
	"plexus/models/bert"
	"plexus/nn"
	"plexus/weights"
	"plexus/weights/packed"
	"plexus/weights/safetensors"
)

// shapes are those of the models that the service runs, with a small
// vocabulary: looking up tokens is not what takes time.
var shapes = map[string]bert.Config{
	"small": {Family: bert.BERT, Hidden: 384, Layers: 12, Heads: 12, FF: 1536, Positions: 512, Types: 2, Eps: 1e-12},
	"base":  {Family: bert.BERT, Hidden: 768, Layers: 12, Heads: 12, FF: 3072, Positions: 512, Types: 2, Eps: 1e-12},
}

const vocabulary = 1000

// random makes a network of random weights.
func random(t testing.TB, c bert.Config, format kernel.Format, pool *kernel.Pool, rows int) *bert.Model {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	header, data := map[string]any{}, []byte(nil)
	add := func(name string, mean, spread float64, shape ...int) {
		n, start := 1, len(data)
		for _, d := range shape {
			n *= d
		}
		for range n {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(mean+spread*rng.NormFloat64())))
		}
		header[name] = map[string]any{"dtype": "F32", "shape": shape, "data_offsets": []int{start, len(data)}}
	}
	linear := func(name string, out, in int) {
		add(name+".weight", 0, 1/math.Sqrt(float64(in)), out, in)
		add(name+".bias", 0, 0.1, out)
	}
	norm := func(name string) {
		add(name+".weight", 1, 0.1, c.Hidden)
		add(name+".bias", 0, 0.1, c.Hidden)
	}
	add("embeddings.word_embeddings.weight", 0, 1, vocabulary, c.Hidden)
	add("embeddings.position_embeddings.weight", 0, 1, c.Positions, c.Hidden)
	add("embeddings.token_type_embeddings.weight", 0, 1, c.Types, c.Hidden)
	norm("embeddings.LayerNorm")
	for i := range c.Layers {
		at := fmt.Sprintf("encoder.layer.%d.", i)
		for _, part := range []string{"self.query", "self.key", "self.value", "output.dense"} {
			linear(at+"attention."+part, c.Hidden, c.Hidden)
		}
		linear(at+"intermediate.dense", c.FF, c.Hidden)
		linear(at+"output.dense", c.Hidden, c.FF)
		norm(at + "attention.output.LayerNorm")
		norm(at + "output.LayerNorm")
	}
	text, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	binary.Write(&file, binary.LittleEndian, uint64(len(text)))
	file.Write(text)
	file.Write(data)
	f, err := safetensors.Parse(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	w, err := packed.Open(context.Background(), "", weights.As(f, format), nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := bert.New(c, w, pool, rows)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		m.Close()
		w.Close()
	})
	return m
}

// texts are n sequences of random tokens.
func texts(n, length int) *nn.Sequences {
	rng, s := rand.New(rand.NewPCG(3, 4)), &nn.Sequences{}
	for range n {
		for range length {
			s.Tokens = append(s.Tokens, rng.Int32N(vocabulary))
		}
		s.Lengths = append(s.Lengths, int32(length))
	}
	return s
}

// operations of a pass: two for each weight of a row's products, and of its
// attention.
func operations(c bert.Config, s *nn.Sequences) (n float64) {
	for _, length := range s.Lengths {
		row := 4*c.Hidden*c.Hidden + 2*c.Hidden*c.FF + 2*c.Hidden*int(length)
		n += 2 * float64(length) * float64(c.Layers) * float64(row)
	}
	return n
}

// BenchmarkForward prints the share of what all cores of the pool together do
// at most with f32 (or 8-bit) products.
func BenchmarkForward(b *testing.B) {
	pool := kernel.NewPool(0)
	defer pool.Close()
	for _, shape := range []string{"small", "base"} {
		for _, format := range []kernel.Format{kernel.F32, kernel.BF16, kernel.Q8} {
			c := shapes[shape]
			m := random(b, c, format, pool, 1024)
			for _, size := range [][2]int{{1, 16}, {32, 16}, {1, 128}, {8, 128}, {1, 512}} {
				s := texts(size[0], size[1])
				b.Run(fmt.Sprintf("%s/%v/%dx%d", shape, format, size[0], size[1]), func(b *testing.B) {
					seconds := math.Inf(1)
					for b.Loop() {
						start := time.Now()
						if _, err := m.Forward(s); err != nil {
							b.Fatal(err)
						}
						seconds = min(seconds, time.Since(start).Seconds())
					}
					rate, top := operations(c, s)/seconds, peak.FMA()
					if format == kernel.Q8 {
						top = peak.VNNI()
					}
					b.ReportMetric(float64(size[0])/seconds, "texts/s")
					b.ReportMetric(rate/1e9, "GFLOP/s")
					if kernel.Using() == "avx512" {
						b.ReportMetric(100*rate/top/float64(pool.Threads()), "%peak")
					}
				})
			}
		}
	}
}

// TestPrecision bounds what each format costs on a network of 12 layers: the
// cosine of the embedding of a text to the one of float32.
func TestPrecision(t *testing.T) {
	if testing.Short() {
		t.Skip("two networks of 12 layers")
	}
	pool := kernel.NewPool(0)
	defer pool.Close()
	s := texts(4, 60)
	exact := random(t, shapes["small"], kernel.F32, pool, 512)
	want, err := exact.Forward(s)
	if err != nil {
		t.Fatal(err)
	}
	for format, least := range map[kernel.Format]float64{kernel.BF16: 0.999, kernel.Q8: 0.999} {
		m := random(t, shapes["small"], format, pool, 512)
		got, err := m.Forward(s)
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Lengths {
			at := i * 60 * m.Hidden
			if c := cosine(got[at:][:m.Hidden], want[at:][:m.Hidden]); c < least {
				t.Errorf("%v: text %d has a cosine of %.6f, want %v at least", format, i, c, least)
			} else {
				t.Logf("%v: text %d has a cosine of %.6f", format, i, c)
			}
		}
	}
}

func cosine(a, b []float32) float64 {
	ab, aa, bb := 0.0, 0.0, 0.0
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab / math.Sqrt(aa*bb)
}
