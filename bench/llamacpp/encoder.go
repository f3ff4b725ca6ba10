package llamacpp

import (
	"fmt"

	"github.com/hybridgroup/yzma/pkg/llama"

	"plexus/nn"
)

// Encoder runs a BERT over whole texts. It is for one goroutine at a time.
type Encoder struct {
	ctx   llama.Context
	batch llama.Batch
	width int
	pool  uintptr
}

// NewEncoder returns an encoder whose passes have at most so many rows, in at
// most 64 texts.
func (m *Model) NewEncoder(threadCount, rows int) (*Encoder, error) {
	params := llama.ContextDefaultParams()
	params.NCtx, params.NBatch, params.NUbatch = uint32(rows), uint32(rows), uint32(rows)
	params.NSeqMax, params.KVUnified = 64, 1
	params.NThreads, params.NThreadsBatch = int32(threadCount), int32(threadCount)
	params.Embeddings, params.PoolingType = 1, llama.PoolingTypeCLS
	ctx, err := llama.InitFromModel(m.model, params)
	if err != nil || ctx == 0 {
		return nil, fmt.Errorf("llamacpp: new encoder: %v", err)
	}
	pool := threads.start(threadCount)
	llama.AttachThreadpool(ctx, pool, pool)
	return &Encoder{ctx, llama.BatchInit(int32(rows), 0, 1), int(llama.ModelNEmbd(m.model)), pool}, nil
}

// Close frees the encoder.
func (e *Encoder) Close() {
	llama.BatchFree(e.batch)
	llama.Free(e.ctx)
	threads.free(e.pool)
}

// Rest lets the worker threads sleep at once; the next Encode wakes them.
func (e *Encoder) Rest() { threads.pause(e.pool) }

// Encode appends the state of each text's first token to out.
func (e *Encoder) Encode(s *nn.Sequences, out []float32) ([]float32, error) {
	e.batch.Clear()
	row := 0
	for text, length := range s.Lengths {
		for pos := range length {
			if err := e.batch.Add(llama.Token(s.Tokens[row]), llama.Pos(pos), []llama.SeqId{llama.SeqId(text)}, true); err != nil {
				return nil, fmt.Errorf("llamacpp: row %d: %w", row, err)
			}
			row++
		}
	}
	if status, err := llama.Encode(e.ctx, e.batch); err != nil || status != 0 {
		return nil, fmt.Errorf("llamacpp: encode: status %d (%v)", status, err)
	}
	for text := range s.Lengths {
		state, err := llama.GetEmbeddingsSeq(e.ctx, llama.SeqId(text), int32(e.width))
		if err != nil || state == nil {
			return nil, fmt.Errorf("llamacpp: no state of text %d (%v)", text, err)
		}
		out = append(out, state...)
	}
	return out, nil
}
