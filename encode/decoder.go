package encode

import (
	"plexus/kernel"
	"plexus/models/llama"
	"plexus/nn"
)

// decoder is a network of the Llama family that embeds: the state of a text's
// last token has seen all of it.
type decoder struct {
	*llama.Model
	batch   nn.Batch
	vectors []float32 // texts x Hidden
}

// Decoder makes embeddings with m, whatever the pooling asked for. Its cache
// holds the texts of one pass, and has room for one of m's whole context.
func Decoder(m *llama.Model) Network { return &decoder{Model: m} }

func (d *decoder) Width() int { return d.Hidden }

func (d *decoder) Context() int { return min(d.Model.Context(), d.Blocks()*kernel.KVPositions) }

// Rows is more than a pass of the network takes: Encode makes several of them.
func (d *decoder) Rows() int { return max(d.Model.Rows(), d.Context()) }

func (d *decoder) Encode(s *nn.Sequences, _ []Pooling) ([]float32, error) {
	d.vectors = grow(d.vectors, len(s.Lengths)*d.Hidden)
	first, row := 0, 0 // text and row that the batch has still to take
	for first < len(s.Lengths) {
		n, rows := d.some(s.Lengths[first:])
		if err := d.pass(s, first, n, row, rows); err != nil {
			return nil, err
		}
		first, row = first+n, row+rows
	}
	return d.vectors, nil
}

// some is how many texts fit in a pass and in the cache: one at least, which
// may take several passes.
func (d *decoder) some(lengths []int32) (n, rows int) {
	blocks := 0
	for _, length := range lengths {
		rows += int(length)
		blocks += blocksOf(length)
		if n > 0 && (rows > d.Model.Rows() || blocks > d.Blocks()) {
			return n, rows - int(length)
		}
		n++
	}
	return n, rows
}

func blocksOf(length int32) int {
	return (int(length) + kernel.KVPositions - 1) / kernel.KVPositions
}

// pass computes n texts from the first on, whose rows begin at row.
func (d *decoder) pass(s *nn.Sequences, first, n, row, rows int) error {
	b := &d.batch
	b.Reset()
	block := int32(0)
	var last []int32 // row of each text's last token
	for i, length := range s.Lengths[first:][:n] {
		var table []int32
		for range blocksOf(length) {
			table = append(table, block)
			block++
		}
		b.Tables = append(b.Tables, table)
		for pos := range length {
			b.Pos, b.Seq = append(b.Pos, pos), append(b.Seq, int32(i))
		}
		last = append(last, int32(len(b.Pos)-1))
	}
	pos, seq, tokens := b.Pos, b.Seq, s.Tokens[row:][:rows]
	for lo := 0; lo < rows; lo += d.Model.Rows() {
		hi := min(lo+d.Model.Rows(), rows)
		b.Tokens, b.Pos, b.Seq, b.Out = tokens[lo:hi], pos[lo:hi], seq[lo:hi], b.Out[:0]
		for _, r := range last {
			if lo <= int(r) && int(r) < hi {
				b.Out = append(b.Out, r-int32(lo))
			}
		}
		states, err := d.Embed(b)
		if err != nil {
			return err
		}
		copy(d.vectors[first*d.Hidden:], states)
		first += len(b.Out)
	}
	b.Tokens, b.Pos, b.Seq = nil, pos, seq
	return nil
}
