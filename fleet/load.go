package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"plexus"
	"plexus/kernel"
	"plexus/models/llama"
	"plexus/pocket"
	"plexus/textgen"
	"plexus/tokenizer"
	"plexus/tokenizer/chat"
	"plexus/weights"
	"plexus/weights/gguf"
	"plexus/weights/packed"
)

// rows is the largest forward pass: room for a token of every text in
// progress and a good piece of prompt.
const rows = 512

// textModel is a loaded text model: an engine, and what it stands on.
type textModel struct {
	*textgen.Engine
	network *llama.Model
	weights *packed.Weights
}

// Close stops the engine and frees the model.
func (t *textModel) Close() error {
	err := t.Engine.Close()
	t.network.Close()
	return errors.Join(err, t.weights.Close())
}

// loadModel makes the engine of a model's task.
func (f *Fleet) loadModel(ctx context.Context, m plexus.Model, reserve func(int64) error) (Engine, error) {
	if m.Task != plexus.TextEmbeddings && m.Task != plexus.TextClassification {
		return f.loadText(ctx, m, reserve)
	}
	if m.Weights == "embedded:embed" || m.Weights == "embedded:sentiment" { // one network, two uses
		return f.loadEncoder(ctx, m, folder{pocket.Embed(), ""}, reserve)
	}
	var files *decoderFiles
	info, err := os.Stat(m.Weights)
	if err == nil && info.IsDir() {
		d := folderAt(m.Weights)
		decodes, err := d.decodes()
		if err != nil {
			return nil, err
		}
		if !decodes {
			return f.loadEncoder(ctx, m, d, reserve)
		}
		files, err = f.decoderFolder(ctx, m, d)
		if err != nil {
			return nil, err
		}
	} else if files, err = f.decoderFile(ctx, m); err != nil {
		return nil, err
	}
	defer files.close()
	return f.loadDecoder(files, reserve)
}

// loadText loads a text model from its GGUF file.
func (f *Fleet) loadText(ctx context.Context, m plexus.Model, reserve func(int64) error) (Engine, error) {
	file, dir, err := f.openFile(m.Weights)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	config, err := llama.ReadConfig(file.Meta)
	if err != nil {
		return nil, err
	}
	tok, template, err := readTokenizer(file.Meta)
	if err != nil {
		return nil, err
	}
	sequences := cmp.Or(f.config.Text.MaxSequences, textgen.DefaultSequences)
	work := func(blocks int) int64 {
		return config.WorkBytes(llama.Options{Rows: rows, Blocks: blocks}, f.pool.Threads(), sequences*tok.Size())
	}
	if err := reserve(weights.Size(file) + work(0)); err != nil { // too large is better known before packing
		return nil, err
	}
	weights, err := packed.Open(ctx, dir, file, f.progress(m))
	if err != nil {
		return nil, err
	}
	blocks := 0
	for range 2 { // the second time beside the attention scores of as many positions
		taken := weights.Bytes() + work(blocks) - int64(blocks)*config.BlockBytes()
		blocks = cacheBlocks(config, sequences, f.config.Memory, taken)
	}
	if err := reserve(weights.Bytes() + work(blocks)); err != nil {
		return nil, errors.Join(err, weights.Close())
	}
	pool := f.poolFor(weights.Bytes())
	network, err := llama.New(file.Meta, weights, pool, llama.Options{Rows: rows, Blocks: blocks})
	if err != nil {
		return nil, errors.Join(err, weights.Close())
	}
	return &textModel{textgen.New(network, tok, template, pool, f.config.Text), network, weights}, nil
}

// alone is the size of weights that one worker runs through in less time than
// several take to meet at a pass's barriers, above all on a busy machine.
const alone = 32 << 20

// poolFor returns the fleet's pool, or for small weights one without threads of
// its own, so that their passes wait for nobody.
func (f *Fleet) poolFor(weights int64) *kernel.Pool {
	if weights < alone {
		return kernel.NewPool(1)
	}
	return f.pool
}

// openFile opens weights by their place in a plexus.Model. It also returns the
// folder for their packed form; none for those that are small and embedded.
func (f *Fleet) openFile(weights string) (file *gguf.File, dir string, err error) {
	if name, ok := strings.CutPrefix(weights, "embedded:"); ok {
		if name != "chat" {
			return nil, "", fmt.Errorf("no embedded model %q", name)
		}
		file, err = gguf.Parse(pocket.Chat())
		return file, "", err
	}
	file, err = gguf.Open(weights)
	return file, f.packedDir(), err
}

// packedDir is the folder for packed weights; empty: they are kept in memory.
func (f *Fleet) packedDir() string {
	if f.config.DataDir == "" {
		return ""
	}
	return filepath.Join(f.config.DataDir, "packed")
}

// readTokenizer returns the file's tokenizer and chat template, or a plain one
// if it has none.
func readTokenizer(meta gguf.Metadata) (*tokenizer.Tokenizer, *chat.Template, error) {
	tok, err := tokenizer.FromGGUF(meta)
	if err != nil {
		return nil, nil, err
	}
	bos, eos := tok.Text(tok.BOS()), tok.Text(tok.EOS())
	var template *chat.Template
	if source, ok := meta.String("tokenizer.chat_template"); ok {
		template, err = chat.Parse(source, bos, eos)
	} else {
		has := func(token string) bool { _, ok := tok.Special(token); return ok }
		template, err = chat.Default(has, bos, eos)
	}
	return tok, template, err
}

// progress tells of the packing of m.
func (f *Fleet) progress(m plexus.Model) packed.Progress {
	if f.config.Progress == nil {
		return nil
	}
	return func(done, total int64) { f.config.Progress(m.ID, done, total) }
}

// typical is how many positions a text in progress has, more or less, and least
// how many the KV cache must have room for.
const (
	typical = 2048
	least   = 512
)

// cacheBlocks is the size of the KV cache: room for one sequence of the whole
// context and for typical ones of all that may run at once, in a quarter of
// the memory and beside what is taken of it.
func cacheBlocks(c llama.Config, sequences int, memory, taken int64) int {
	bytes := min(memory/4, memory-taken)
	blocks := min(blocksOf(max(c.Context, sequences*min(c.Context, typical))), int(bytes/c.BlockBytes()))
	return max(blocks, blocksOf(min(c.Context, least)))
}

func blocksOf(positions int) int {
	return (positions + kernel.KVPositions - 1) / kernel.KVPositions
}
