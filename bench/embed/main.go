// Command embed measures Plexus's BERT beside onnxruntime and libllama on the
// same random weights, in turns in one run, on the same number of threads. It
// prints texts per second, and the cosine of each engine's embeddings to those
// of Plexus in float32.
//
// It may hold the measurement, the network as a file for each engine, and the
// report.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"plexus/kernel"
	"plexus/models/bert"
	"plexus/nn"
	"plexus/weights/gguf"
)

func main() {
	only := flag.String("shapes", "small,base", "shapes of networks")
	threads := flag.Int("threads", 2, "threads of either engine")
	rounds := flag.Int("rounds", 5, "turns of each engine; the median counts")
	lasting := flag.Duration("server", 0, "measure a server instead, for so long each way")
	flag.Parse()
	for _, shape := range strings.Split(*only, ",") {
		n := newNetwork(shapes[shape])
		run := func() error { return measure(n, shape, *threads, *rounds) }
		if *lasting > 0 {
			run = func() error { return serve(n, shape, *threads, *lasting) }
		}
		if err := run(); err != nil {
			fmt.Fprintln(os.Stderr, "embed:", err)
			os.Exit(1)
		}
	}
}

// batches are texts and tokens of each.
var batches = [][2]int{{1, 16}, {1, 128}, {1, 512}, {32, 16}, {32, 128}, {32, 512}}

// engine runs a batch some times and returns the seconds of each, and the
// embeddings of the last.
type engine struct {
	name string
	run  func(texts int, tokens []int32, times int) ([]float64, []float32, error)
}

func measure(n *network, shape string, threads, rounds int) error {
	dir, err := os.MkdirTemp("", "plexus-embed")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	pool := kernel.NewPool(threads)
	defer pool.Close()
	var engines []engine
	for _, format := range []kernel.Format{kernel.F32, kernel.BF16, kernel.Q8} {
		m, done, err := n.load(format, pool, passRows)
		if err != nil {
			return err
		}
		defer done()
		engines = append(engines, engine{"plexus " + strings.ToLower(format.String()), ours(m)})
	}
	for _, name := range []string{"f32", "int8"} {
		p, err := newPeer(filepath.Join(dir, name+".onnx"), n.onnx(name == "int8"), threads)
		if err != nil {
			return err
		}
		defer p.close()
		engines = append(engines, engine{"onnxruntime " + name, p.run})
	}
	for _, kind := range []gguf.Type{gguf.F32, gguf.Q8_0} {
		e, done, err := n.libllama(filepath.Join(dir, kind.String()+".gguf"), kind, threads)
		if err != nil {
			return err
		}
		defer done()
		engines = append(engines, e)
	}
	fmt.Printf("%s (%d x %d), %d threads, %s\n%-10s", shape, n.Layers, n.Hidden, threads, kernel.Using(), "texts x tokens")
	for _, e := range engines {
		fmt.Printf("%24s", e.name)
	}
	fmt.Println("\n                texts/s (cosine to float32)")
	for _, b := range batches {
		if err := compare(n, engines, b[0], b[1], rounds); err != nil {
			return err
		}
	}
	return nil
}

// compare prints the line of a batch.
func compare(n *network, engines []engine, texts, length, rounds int) error {
	rng := rand.New(rand.NewPCG(3, 4))
	tokens := make([]int32, texts*length)
	for i := range tokens {
		tokens[i] = rng.Int32N(vocabulary)
	}
	took, states := make([][]float64, len(engines)), make([][]float32, len(engines))
	for round := range rounds + 1 {
		for i, e := range engines {
			times := max(1, 256/len(tokens))
			t, s, err := e.run(texts, tokens, times)
			if err != nil {
				return fmt.Errorf("%s: %w", e.name, err)
			}
			if states[i] = s; round > 0 { // the first is to warm up
				took[i] = append(took[i], slices.Min(t))
			}
		}
	}
	fmt.Printf("%3d x %-8d", texts, length)
	for i := range engines {
		slices.Sort(took[i])
		rate := float64(texts) / took[i][len(took[i])/2]
		fmt.Printf("%15.1f (%.4f)", rate, worst(states[i], states[0], n.Hidden))
	}
	fmt.Println()
	return nil
}

// worst is the smallest cosine of vectors of h numbers.
func worst(a, b []float32, h int) float64 {
	least := 1.0
	for at := 0; at < len(a); at += h {
		ab, aa, bb := 0.0, 0.0, 0.0
		for i := range h {
			x, y := float64(a[at+i]), float64(b[at+i])
			ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
		}
		least = min(least, ab/math.Sqrt(aa*bb))
	}
	return least
}

// passRows is how many tokens a pass of Plexus's server has, and of libllama's.
const passRows = 512

// inPasses runs a batch in passes of whole texts. encode appends the state of
// each text's first token.
func inPasses(encode func(*nn.Sequences, []float32) ([]float32, error)) func(int, []int32, int) ([]float64, []float32, error) {
	return func(texts int, tokens []int32, times int) (took []float64, first []float32, err error) {
		length := len(tokens) / texts
		for range times {
			first = first[:0]
			begin := time.Now()
			for at := 0; at < len(tokens); {
				s := &nn.Sequences{}
				for ; at < len(tokens) && len(s.Tokens)+length <= passRows; at += length {
					s.Tokens = append(s.Tokens, tokens[at:at+length]...)
					s.Lengths = append(s.Lengths, int32(length))
				}
				if first, err = encode(s, first); err != nil {
					return nil, nil, err
				}
			}
			took = append(took, time.Since(begin).Seconds())
		}
		return took, first, nil
	}
}

func ours(m *bert.Model) func(int, []int32, int) ([]float64, []float32, error) {
	return inPasses(func(s *nn.Sequences, first []float32) ([]float32, error) {
		x, err := m.Forward(s)
		if err != nil {
			return nil, err
		}
		row := 0
		for _, length := range s.Lengths {
			first = append(first, x[row*m.Hidden:][:m.Hidden]...)
			row += int(length)
		}
		return first, nil
	})
}

// peer is an onnxruntime in a process of its own.
type peer struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func newPeer(path string, model []byte, threads int) (*peer, error) {
	if err := os.WriteFile(path, model, 0o600); err != nil {
		return nil, err
	}
	p := &peer{cmd: exec.Command("node", "embed/peer.js")}
	p.cmd.Stderr = os.Stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.in, p.out = in, bufio.NewReaderSize(out, 1<<20)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	return p, p.ask(map[string]any{"model": path, "threads": threads}, &struct{}{})
}

func (p *peer) ask(request, answer any) error {
	if err := json.NewEncoder(p.in).Encode(request); err != nil {
		return err
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("onnxruntime ended: %w", err)
	}
	return json.Unmarshal(line, answer)
}

func (p *peer) run(texts int, tokens []int32, times int) ([]float64, []float32, error) {
	var a struct {
		Took  []float64
		First []float32
	}
	err := p.ask(map[string]any{"texts": texts, "tokens": tokens, "times": times}, &a)
	for i := range a.Took {
		a.Took[i] /= 1000
	}
	return a.Took, a.First, err
}

func (p *peer) close() {
	p.in.Close()
	_ = p.cmd.Wait() // what it had to say, it has said
}
