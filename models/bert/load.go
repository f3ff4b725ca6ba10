package bert

import (
	"fmt"

	"plexus/kernel"
	"plexus/nn"
	"plexus/tensor"
	"plexus/weights/packed"
)

// New makes a model of its configuration and its packed weights, which must
// stay open as long as the model is used. Rows is the most rows of a pass.
func New(c Config, w *packed.Weights, pool *kernel.Pool, rows int) (*Model, error) {
	m := &Model{Config: c, pool: pool}
	l := &nn.Loader{Weights: w}
	if err := tensor.CatchFault(func() error { m.load(l); return l.Err }); err != nil {
		return nil, fmt.Errorf("bert: %w", err)
	}
	m.limits = nn.EncoderLimits{Rows: rows, Context: c.Context(), Vocab: m.words.Rows, Types: c.Types}
	if err := m.allocate(); err != nil {
		m.Close()
		return nil, fmt.Errorf("bert: %w", err)
	}
	m.job = m.forward
	return m, nil
}

// names are what a family calls the tensors of a layer.
type names struct {
	prefix, layer        string
	q, k, v, o, attnNorm string
	up, down, ffNorm     string
	dense, out           string // of the head
}

var bertNames = names{
	prefix: "bert.", layer: "encoder.layer.%d.",
	q: "attention.self.query", k: "attention.self.key", v: "attention.self.value",
	o: "attention.output.dense", attnNorm: "attention.output.LayerNorm",
	up: "intermediate.dense", down: "output.dense", ffNorm: "output.LayerNorm",
	dense: "bert.pooler.dense", out: "classifier",
}

var familyNames = map[Family]names{
	BERT:       bertNames,
	XLMRoBERTa: robertaNames(),
	DistilBERT: {
		prefix: "distilbert.", layer: "transformer.layer.%d.",
		q: "attention.q_lin", k: "attention.k_lin", v: "attention.v_lin",
		o: "attention.out_lin", attnNorm: "sa_layer_norm",
		up: "ffn.lin1", down: "ffn.lin2", ffNorm: "output_layer_norm",
		dense: "pre_classifier", out: "classifier",
	},
}

func robertaNames() names {
	n := bertNames
	n.prefix, n.dense, n.out = "roberta.", "classifier.dense", "classifier.out_proj"
	return n
}

// load finds every tensor by the names of Hugging Face's transformers. Files
// of a network without a head leave out the family's prefix.
func (m *Model) load(l *nn.Loader) {
	n, h := familyNames[m.Family], m.Hidden
	at := ""
	if l.Weights.Has(n.prefix + "embeddings.word_embeddings.weight") {
		at = n.prefix
	}
	norm := func(name string) norm { return norm{l.Vector(name+".weight", h), l.Vector(name+".bias", h)} }
	linear := func(name string, rows, cols int) nn.Linear {
		return nn.Linear{Weight: l.Matrix(name+".weight", rows, cols), Bias: l.Vector(name+".bias", rows)}
	}
	m.words = l.Matrix(at+"embeddings.word_embeddings.weight", 0, h)
	m.positions = table(l.Matrix(at+"embeddings.position_embeddings.weight", m.Positions, h))
	if m.Types > 0 {
		m.types = table(l.Matrix(at+"embeddings.token_type_embeddings.weight", m.Types, h))
	}
	m.embedNorm = norm(at + "embeddings.LayerNorm")
	for i := 0; i < m.Layers && l.Err == nil; i++ {
		in := at + fmt.Sprintf(n.layer, i)
		m.layers = append(m.layers, layer{
			q: linear(in+n.q, h, h), k: linear(in+n.k, h, h), v: linear(in+n.v, h, h),
			o: linear(in+n.o, h, h), attnNorm: norm(in + n.attnNorm),
			up: linear(in+n.up, m.FF, h), down: linear(in+n.down, h, m.FF), ffNorm: norm(in + n.ffNorm),
		})
	}
	if l.Err != nil || !l.Weights.Has(n.out+".weight") {
		m.Labels = nil
		return
	}
	m.head = &head{dense: l.Linear(n.dense, h, h), out: l.Linear(n.out, 0, h), relu: m.Family == DistilBERT}
	if l.Err != nil {
		return
	}
	// A classifier of two labels need not name them.
	for i := len(m.Labels); i < m.head.out.Weight.Rows; i++ {
		m.Labels = append(m.Labels, fmt.Sprintf("LABEL_%d", i))
	}
	m.Labels = m.Labels[:m.head.out.Weight.Rows]
}

// table is m unpacked: small, and read a row at a time.
func table(m *kernel.Matrix) []float32 {
	if m == nil {
		return nil
	}
	x := make([]float32, m.Rows*m.Cols)
	for r := range m.Rows {
		m.Row(x[r*m.Cols:], r)
	}
	return x
}

// allocate makes every buffer of a pass.
func (m *Model) allocate() (err error) {
	rows, h, workers := m.limits.Rows, m.Hidden, m.pool.Threads()
	m.attend = nn.NewEncoderAttention(m.Heads, h/m.Heads, m.limits.Context, workers)
	a := &m.activity
	a.memory, err = nn.Allocate(rows,
		nn.Buffer{To: &a.x, Width: h}, nn.Buffer{To: &a.delta, Width: h},
		nn.Buffer{To: &a.q, Width: h}, nn.Buffer{To: &a.k, Width: h}, nn.Buffer{To: &a.v, Width: h},
		nn.Buffer{To: &a.mix, Width: h}, nn.Buffer{To: &a.ff, Width: m.FF})
	if err != nil {
		return err
	}
	var hidden, mixed, acted []nn.Linear
	for i := range m.layers {
		l := &m.layers[i]
		hidden = append(hidden, l.q, l.k, l.v, l.up)
		mixed, acted = append(mixed, l.o), append(acted, l.down)
	}
	a.hidden = nn.NewInput(rows, h, hidden...)
	a.mixed = nn.NewInput(rows, h, mixed...)
	a.acted = nn.NewInput(rows, m.FF, acted...)
	if d := m.head; d != nil {
		d.hidden, d.acted = nn.NewInput(rows, h, d.dense), nn.NewInput(rows, h, d.out)
		d.memory, err = nn.Allocate(rows, nn.Buffer{To: &d.state, Width: h}, nn.Buffer{To: &d.logits, Width: len(m.Labels)})
	}
	return err
}

// Close frees the memory that the model allocated itself, not its weights.
func (m *Model) Close() {
	if m.activity.memory != nil {
		m.activity.memory.Free()
	}
	if m.head != nil && m.head.memory != nil {
		m.head.memory.Free()
	}
	*m = Model{}
}
