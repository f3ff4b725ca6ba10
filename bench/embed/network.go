package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"unsafe"

	"plexus/kernel"
	"plexus/models/bert"
	"plexus/weights"
	"plexus/weights/packed"
	"plexus/weights/safetensors"
)

// shapes are those of bge-small-en-v1.5 and bge-base-en-v1.5, with a small
// vocabulary: looking up tokens is not what takes time.
var shapes = map[string]bert.Config{
	"small": {Family: bert.BERT, Hidden: 384, Layers: 12, Heads: 12, FF: 1536, Positions: 512, Types: 2, Eps: 1e-12},
	"base":  {Family: bert.BERT, Hidden: 768, Layers: 12, Heads: 12, FF: 3072, Positions: 512, Types: 2, Eps: 1e-12},
}

const vocabulary = 1000

// parameter is a tensor of random weights.
type parameter struct {
	name  string
	shape []int
	data  []float32
}

// network is random weights under the names of Hugging Face's transformers.
type network struct {
	bert.Config
	tensors []parameter
	rng     *rand.Rand
}

func newNetwork(c bert.Config) *network {
	n := &network{Config: c, rng: rand.New(rand.NewPCG(1, 2))}
	n.add("embeddings.word_embeddings.weight", 0, 1, vocabulary, c.Hidden)
	n.add("embeddings.position_embeddings.weight", 0, 1, c.Positions, c.Hidden)
	n.add("embeddings.token_type_embeddings.weight", 0, 0, c.Types, c.Hidden)
	n.norm("embeddings.LayerNorm")
	for i := range c.Layers {
		at := fmt.Sprintf("encoder.layer.%d.", i)
		for _, part := range []string{"self.query", "self.key", "self.value", "output.dense"} {
			n.linear(at+"attention."+part, c.Hidden, c.Hidden)
		}
		n.linear(at+"intermediate.dense", c.FF, c.Hidden)
		n.linear(at+"output.dense", c.Hidden, c.FF)
		n.norm(at + "attention.output.LayerNorm")
		n.norm(at + "output.LayerNorm")
	}
	return n
}

func (n *network) linear(name string, out, in int) {
	n.add(name+".weight", 0, 1/math.Sqrt(float64(in)), out, in)
	n.add(name+".bias", 0, 0.1, out)
}

func (n *network) norm(name string) {
	n.add(name+".weight", 1, 0.1, n.Hidden)
	n.add(name+".bias", 0, 0.1, n.Hidden)
}

func (n *network) add(name string, mean, spread float64, shape ...int) {
	t := parameter{name: name, shape: shape, data: make([]float32, 1)}
	for _, d := range shape {
		t.data = make([]float32, len(t.data)*d)
	}
	for i := range t.data {
		t.data[i] = float32(mean + spread*n.rng.NormFloat64())
	}
	n.tensors = append(n.tensors, t)
}

// find returns the numbers of a tensor.
func (n *network) find(name string) []float32 {
	for _, t := range n.tensors {
		if t.name == name {
			return t.data
		}
	}
	panic("no tensor " + name)
}

// safetensors is the network as a file.
func (n *network) safetensors() ([]byte, error) {
	header, data := map[string]any{}, []byte(nil)
	for _, t := range n.tensors {
		start := len(data)
		data = append(data, bytesOf(t.data)...)
		header[t.name] = map[string]any{"dtype": "F32", "shape": t.shape, "data_offsets": []int{start, len(data)}}
	}
	text, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	file := append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...)
	return append(file, data...), nil
}

// load makes the network in Plexus, its matrices packed as format; done frees
// it.
func (n *network) load(format kernel.Format, pool *kernel.Pool, rows int) (m *bert.Model, done func(), err error) {
	file, err := n.safetensors()
	if err != nil {
		return nil, nil, err
	}
	f, err := safetensors.Parse(file)
	if err != nil {
		return nil, nil, err
	}
	w, err := packed.Open(context.Background(), "", weights.As(f, format), nil)
	if err != nil {
		return nil, nil, err
	}
	m, err = bert.New(n.Config, w, pool, rows)
	if err != nil {
		w.Close()
		return nil, nil, err
	}
	return m, func() { m.Close(); w.Close() }, nil
}

// bytesOf are the bytes of x, on the little-endian machines that onnxruntime
// runs on.
func bytesOf[T float32 | int8 | int64](x []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*int(unsafe.Sizeof(x[0])))
}
