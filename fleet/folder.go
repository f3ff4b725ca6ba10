package fleet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"plexus/encode"
	"plexus/models/bert"
	"plexus/tokenizer"
	"plexus/weights/safetensors"
)

// folder is a model in Hugging Face's layout, as a model of
// transformers or sentence-transformers is published:
//
//	config.json, model.safetensors or its shards and their index,
//	tokenizer.json, sentencepiece.bpe.model or vocab.txt,
//	1_Pooling/config.json, 2_Dense/config.json and model.safetensors
type folder struct {
	fs.FS
	path string // on the disk; empty for one in the binary
}

func folderAt(path string) folder { return folder{os.DirFS(path), path} }

// Stat does not open what it looks at, as fs.Stat would without it: a pipe
// would be waited for.
func (d folder) Stat(name string) (fs.FileInfo, error) { return fs.Stat(d.FS, name) }

const (
	maxConfig    = 4 << 20
	maxTokenizer = 256 << 20
)

// read returns a file of limit bytes at most.
func (d folder) read(name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(d, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%s: not a file of %d bytes at most", name, limit)
	}
	file, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limit))
}

// config decodes a JSON file into v; one that is absent leaves v as it is.
func (d folder) config(name string, v any) error {
	data, err := d.read(name, maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// has reports whether there is a file or a folder of the name.
func (d folder) has(name string) bool {
	_, err := fs.Stat(d, name)
	return err == nil
}

// decodes reports whether the network is a decoder.
func (d folder) decodes() (bool, error) {
	var c struct {
		ModelType string `json:"model_type"`
	}
	err := d.config("config.json", &c)
	return c.ModelType == "qwen2" || c.ModelType == "qwen3", err
}

// weights opens the tensors in a part of the folder.
func (d folder) weights(part string) (*safetensors.File, error) {
	name := path.Join(part, "model.safetensors")
	if !d.has(name) && d.has(name+".index.json") {
		name += ".index.json"
	}
	return d.tensors(name)
}

// tensors opens a file of tensors, or the index of its shards.
func (d folder) tensors(name string) (*safetensors.File, error) {
	if d.path != "" {
		return safetensors.Open(filepath.Join(d.path, filepath.FromSlash(name)))
	}
	data, err := fs.ReadFile(d, name)
	if err != nil {
		return nil, err
	}
	return safetensors.Parse(data)
}

// tokenizer reads the first file that there is of those that hold one.
func (d folder) tokenizer(family bert.Family) (*tokenizer.Tokenizer, error) {
	settings := struct {
		Lower bool `json:"do_lower_case"`
	}{true}
	if err := d.config("tokenizer_config.json", &settings); err != nil {
		return nil, err
	}
	for _, reader := range []struct {
		name string
		read func([]byte) (tokenizer.Vocab, error)
	}{
		{"tokenizer.json", tokenizer.ReadTokenizerJSON},
		{"sentencepiece.bpe.model", func(data []byte) (tokenizer.Vocab, error) {
			v, err := tokenizer.ReadSentencePiece(data)
			if err != nil || family != bert.XLMRoBERTa {
				return v, err
			}
			return tokenizer.XLMRobertaVocab(v)
		}},
		{"vocab.txt", func(data []byte) (tokenizer.Vocab, error) { return tokenizer.ReadVocabTxt(data, settings.Lower) }},
	} {
		data, err := d.read(reader.name, maxTokenizer)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		v, err := reader.read(data)
		if err != nil {
			return nil, err
		}
		return tokenizer.New(v)
	}
	return nil, errors.New("the folder has no tokenizer.json, sentencepiece.bpe.model or vocab.txt")
}

// pooling is what sentence-transformers' 1_Pooling says, or its default.
func (d folder) pooling() (encode.Pooling, error) {
	var c struct {
		CLS  bool `json:"pooling_mode_cls_token"`
		Last bool `json:"pooling_mode_lasttoken"`
	}
	if err := d.config("1_Pooling/config.json", &c); err != nil {
		return "", err
	}
	switch {
	case c.CLS:
		return encode.CLS, nil
	case c.Last:
		return encode.Last, nil
	}
	return encode.Mean, nil
}

// dense is sentence-transformers' 2_Dense, a linear map after pooling: its
// weights, or nil.
func (d folder) dense() (*safetensors.File, error) {
	const part = "2_Dense"
	if !d.has(part) {
		return nil, nil
	}
	c := struct {
		Activation string `json:"activation_function"`
	}{}
	if err := d.config(part+"/config.json", &c); err != nil {
		return nil, err
	}
	if c.Activation != "torch.nn.modules.linear.Identity" {
		return nil, fmt.Errorf("%s: activation %.60q is not supported", part, c.Activation)
	}
	return d.weights(part)
}
