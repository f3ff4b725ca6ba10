package main

import (
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// graph writes a model in ONNX's format, by the field numbers of
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. The operators are
// those that onnxruntime's own optimiser makes of a BERT (its documentation
// calls them contrib operators), so that it runs at its best.
type graph struct {
	nodes, initializers []byte // encoded fields of GraphProto
}

const contrib = "com.microsoft"

func bytesField(b []byte, number protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), v)
}

func intField(b []byte, number protowire.Number, v int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, number, protowire.VarintType), uint64(v))
}

// Element types of tensors.
const (
	typeFloat = 1
	typeInt8  = 3
	typeInt64 = 7
)

// constant adds a tensor.
func (g *graph) constant(name string, kind int, data []byte, shape ...int) string {
	var t []byte
	for _, d := range shape {
		t = intField(t, 1, d)
	}
	t = intField(t, 2, kind)
	t = bytesField(t, 8, []byte(name))
	t = bytesField(t, 9, data)
	g.initializers = bytesField(g.initializers, 5, t)
	return name
}

func (g *graph) floats(name string, x []float32, shape ...int) string {
	return g.constant(name, typeFloat, bytesOf(x), shape...)
}

// node adds an operator of the given domain and returns its outputs' names.
func (g *graph) node(domain, op, name string, outputs int, attributes map[string]any, inputs ...string) []string {
	var n []byte
	for _, in := range inputs {
		n = bytesField(n, 1, []byte(in))
	}
	var names []string
	for i := range outputs {
		names = append(names, fmt.Sprintf("%s:%d", name, i))
		n = bytesField(n, 2, []byte(names[i]))
	}
	n = bytesField(n, 4, []byte(op))
	for key, value := range attributes {
		a := bytesField(nil, 1, []byte(key))
		switch v := value.(type) {
		case int:
			a = intField(intField(a, 3, v), 20, 2)
		case float32:
			a = protowire.AppendFixed32(protowire.AppendTag(a, 2, protowire.Fixed32Type), math.Float32bits(v))
			a = intField(a, 20, 1)
		}
		n = bytesField(n, 5, a)
	}
	n = bytesField(n, 7, []byte(domain))
	g.nodes = bytesField(g.nodes, 1, n)
	return names
}

func (g *graph) op(op, name string, attributes map[string]any, inputs ...string) string {
	return g.node("", op, name, 1, attributes, inputs...)[0]
}

func (g *graph) msop(op, name string, attributes map[string]any, inputs ...string) string {
	return g.node(contrib, op, name, 1, attributes, inputs...)[0]
}

// model is the whole file: input "ids" and "positions", [texts, tokens] of
// int64, and the output.
func (g *graph) model(output string) []byte {
	b := append(append([]byte(nil), g.nodes...), g.initializers...)
	b = bytesField(b, 2, []byte("bert"))
	for _, in := range []string{"ids", "positions"} {
		b = bytesField(b, 11, value(in, typeInt64, "texts", "tokens"))
	}
	b = bytesField(b, 12, value(output, typeFloat, "texts", "tokens", "hidden"))
	m := intField(nil, 1, 8)
	for domain, version := range map[string]int{"": 17, contrib: 1} {
		m = bytesField(m, 8, intField(bytesField(nil, 1, []byte(domain)), 2, version))
	}
	return bytesField(m, 7, b)
}

// value is the ValueInfoProto of a tensor with named dimensions.
func value(name string, kind int, dims ...string) []byte {
	var shape []byte
	for _, d := range dims {
		shape = bytesField(shape, 1, bytesField(nil, 2, []byte(d)))
	}
	tensor := bytesField(intField(nil, 1, kind), 2, shape)
	return bytesField(bytesField(nil, 1, []byte(name)), 2, bytesField(nil, 1, tensor))
}
