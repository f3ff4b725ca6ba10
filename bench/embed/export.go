package main

import (
	"fmt"
	"math"
	"slices"
)

// onnx is the network for onnxruntime: in float32, or as its dynamic
// quantisation makes it, with 8-bit weights that have one scale each matrix.
func (n *network) onnx(int8Weights bool) []byte {
	g := &graph{}
	norm := func(name string) []string {
		return []string{
			g.floats(name+".weight", n.find(name+".weight"), n.Hidden),
			g.floats(name+".bias", n.find(name+".bias"), n.Hidden),
		}
	}
	bias := func(name string, size int) string { return g.floats(name+".bias", n.find(name+".bias"), size) }
	product := func(x, name string, out, in int) string {
		w := transposed(n.find(name+".weight"), out, in)
		if !int8Weights {
			return g.op("MatMul", name+"/product", nil, x, g.floats(name+".weight", w, in, out))
		}
		q, scale := quantized(w)
		return g.msop("DynamicQuantizeMatMul", name+"/product", nil, x,
			g.constant(name+".weight", typeInt8, bytesOf(q), in, out), g.floats(name+".scale", []float32{scale}),
			g.constant(name+".zero", typeInt8, []byte{0}))
	}
	epsilon := map[string]any{"epsilon": float32(n.Eps)}
	words := g.op("Gather", "words", nil, g.floats("word", n.find("embeddings.word_embeddings.weight"), vocabulary, n.Hidden), "ids")
	places := g.op("Gather", "places", nil, g.floats("place", n.find("embeddings.position_embeddings.weight"), n.Positions, n.Hidden), "positions")
	x := g.op("Add", "embed", nil, words, places)
	first := norm("embeddings.LayerNorm")
	x = g.op("LayerNormalization", "embeddings", map[string]any{"axis": 2, "epsilon": float32(n.Eps)}, x, first[0], first[1])
	for i := range n.Layers {
		at := fmt.Sprintf("encoder.layer.%d.", i)
		mix := n.attention(g, at+"attention.self.", x, int8Weights)
		o := product(mix, at+"attention.output.dense", n.Hidden, n.Hidden)
		ln := norm(at + "attention.output.LayerNorm")
		x = g.msop("SkipLayerNormalization", at+"attended", epsilon, o, x, ln[0], ln[1], bias(at+"attention.output.dense", n.Hidden))
		up := product(x, at+"intermediate.dense", n.FF, n.Hidden)
		up = g.msop("BiasGelu", at+"gelu", nil, up, bias(at+"intermediate.dense", n.FF))
		down := product(up, at+"output.dense", n.Hidden, n.FF)
		ln = norm(at + "output.LayerNorm")
		x = g.msop("SkipLayerNormalization", at+"out", epsilon, down, x, ln[0], ln[1], bias(at+"output.dense", n.Hidden))
	}
	return g.model(x)
}

// attention adds the operator that takes all three products and the rest.
func (n *network) attention(g *graph, at, x string, int8Weights bool) string {
	h := n.Hidden
	w, b := make([]float32, 3*h*h), []float32(nil)
	for i, part := range []string{"query", "key", "value"} {
		t := transposed(n.find(at+part+".weight"), h, h)
		for row := range h {
			copy(w[row*3*h+i*h:][:h], t[row*h:])
		}
		b = slices.Concat(b, n.find(at+part+".bias"))
	}
	heads, biases := map[string]any{"num_heads": n.Heads}, g.floats(at+"bias", b, 3*h)
	if !int8Weights {
		return g.msop("Attention", at+"mix", heads, x, g.floats(at+"weight", w, h, 3*h), biases)
	}
	q, scale := quantized(w)
	in := g.node("", "DynamicQuantizeLinear", at+"quantize", 3, nil, x)
	return g.msop("QAttention", at+"mix", heads, in[0], g.constant(at+"weight", typeInt8, bytesOf(q), h, 3*h), biases,
		in[1], g.floats(at+"scale", []float32{scale}), "", in[2], g.constant(at+"zero", typeInt8, []byte{0}))
}

// transposed is w, out x in, as in x out.
func transposed(w []float32, out, in int) []float32 {
	t := make([]float32, len(w))
	for o := range out {
		for i := range in {
			t[i*out+o] = w[o*in+i]
		}
	}
	return t
}

// quantized rounds w to 8 bits with one scale.
func quantized(w []float32) (q []int8, scale float32) {
	for _, v := range w {
		scale = max(scale, v/127, -v/127)
	}
	q = make([]int8, len(w))
	for i, v := range w {
		q[i] = int8(math.RoundToEven(float64(v / scale)))
	}
	return q, scale
}
