package bert

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Config is the shape of a network of the BERT family.
type Config struct {
	Family Family

	Hidden    int      // width of the residual stream
	Layers    int      //
	Heads     int      // a divisor of Hidden
	FF        int      // width of the feed-forward
	Positions int      // rows of the table of positions
	First     int      // position of a sequence's first token
	Types     int      // token types; 0: none
	Eps       float32  // of every LayerNorm
	TanhGELU  bool     // the activation is GELU's tanh approximation
	Labels    []string // what a classifier tells apart, by the file's names
}

// Family says which of its relatives a network is.
type Family string

// The families, as config.json calls them.
const (
	BERT       Family = "bert"
	XLMRoBERTa Family = "xlm-roberta"
	DistilBERT Family = "distilbert"
)

// Context is the number of tokens that a sequence may have.
func (c *Config) Context() int { return c.Positions - c.First }

// WorkBytes is about the memory that a pass of so many rows works in.
func (c *Config) WorkBytes(rows int) int64 {
	return 4 * int64(rows) * int64(8*c.Hidden+2*c.FF)
}

// file is a config.json; DistilBERT has names of its own.
type file struct {
	ModelType string `json:"model_type"`

	Hidden  int `json:"hidden_size"`
	Layers  int `json:"num_hidden_layers"`
	Heads   int `json:"num_attention_heads"`
	FF      int `json:"intermediate_size"`
	Dim     int `json:"dim"`
	NLayers int `json:"n_layers"`
	NHeads  int `json:"n_heads"`
	FFDim   int `json:"hidden_dim"`

	Positions    int               `json:"max_position_embeddings"`
	PositionType string            `json:"position_embedding_type"`
	PadToken     int               `json:"pad_token_id"`
	Types        int               `json:"type_vocab_size"`
	Eps          float64           `json:"layer_norm_eps"`
	Act          string            `json:"hidden_act"`
	Activation   string            `json:"activation"`
	Labels       map[string]string `json:"id2label"`
}

// ReadConfig reads a config.json of Hugging Face's transformers. Values that
// no network could have are an error, never a later division by zero.
func ReadConfig(data []byte) (Config, error) {
	f := file{Types: 2, Eps: 1e-12} // what transformers takes for what a file leaves out
	if err := json.Unmarshal(data, &f); err != nil {
		return Config{}, fmt.Errorf("bert: config.json: %w", err)
	}
	c := Config{
		Family: Family(f.ModelType), Hidden: f.Hidden, Layers: f.Layers, Heads: f.Heads, FF: f.FF,
		Positions: f.Positions, Types: f.Types, Eps: float32(f.Eps),
	}
	switch c.Family {
	case BERT:
	case XLMRoBERTa, "roberta":
		c.Family, c.First = XLMRoBERTa, f.PadToken+1
	case DistilBERT:
		c.Hidden, c.Layers, c.Heads, c.FF, c.Types = f.Dim, f.NLayers, f.NHeads, f.FFDim, 0
		c.Eps, f.Act = 1e-12, f.Activation
	default:
		return Config{}, fmt.Errorf("bert: model_type %.40q is not one of bert, xlm-roberta, distilbert", f.ModelType)
	}
	switch f.Act {
	case "gelu":
	case "gelu_new", "gelu_pytorch_tanh":
		c.TanhGELU = true
	default:
		return Config{}, fmt.Errorf("bert: activation %.40q is not supported", f.Act)
	}
	if f.PositionType != "" && f.PositionType != "absolute" {
		return Config{}, fmt.Errorf("bert: position_embedding_type %.40q is not supported", f.PositionType)
	}
	for _, v := range []struct {
		name        string
		n, lo, most int
	}{
		{"hidden size", c.Hidden, 1, 1 << 16},
		{"number of layers", c.Layers, 1, 1 << 10},
		{"number of heads", c.Heads, 1, 1 << 10},
		{"feed-forward size", c.FF, 1, 1 << 18},
		{"number of token types", c.Types, 0, 1 << 10},
		{"pad token", f.PadToken, 0, 1 << 10},
		{"number of positions", c.Positions, c.First + 8, 1 << 17},
	} {
		if v.n < v.lo || v.n > v.most {
			return Config{}, fmt.Errorf("bert: the %s is %d, want %d to %d", v.name, v.n, v.lo, v.most)
		}
	}
	if c.Hidden%c.Heads != 0 {
		return Config{}, fmt.Errorf("bert: %d heads do not share %d numbers evenly", c.Heads, c.Hidden)
	}
	if !(c.Eps >= 0 && c.Eps < 1) {
		return Config{}, fmt.Errorf("bert: layer_norm_eps is %v", c.Eps)
	}
	for i := range len(f.Labels) {
		label, ok := f.Labels[strconv.Itoa(i)]
		if !ok {
			return Config{}, fmt.Errorf("bert: id2label has %d labels, but none for %d", len(f.Labels), i)
		}
		c.Labels = append(c.Labels, label)
	}
	return c, nil
}
