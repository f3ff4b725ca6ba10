package bert_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"plexus/models/bert"
)

func TestReadConfig(t *testing.T) {
	for name, want := range map[string]bert.Config{
		"bert":        {Family: bert.BERT, Hidden: 64, Layers: 2, Heads: 4, FF: 128, Positions: 512, Types: 2, Eps: 1e-12},
		"xlm_roberta": {Family: bert.XLMRoBERTa, Hidden: 64, Layers: 2, Heads: 4, FF: 128, Positions: 514, First: 2, Types: 1, Eps: 1e-5, Labels: []string{"LABEL_0"}},
		"distilbert":  {Family: bert.DistilBERT, Hidden: 64, Layers: 2, Heads: 4, FF: 128, Positions: 512, Eps: 1e-12, Labels: []string{"NEGATIVE", "POSITIVE"}},
	} {
		data, err := os.ReadFile(filepath.Join("testdata", name, "config.json"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := bert.ReadConfig(data)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, want)
		}
		if got.Context() != 512 {
			t.Errorf("%s: a context of %d", name, got.Context())
		}
	}
}

const good = `{"model_type":"bert","hidden_size":64,"num_hidden_layers":2,"num_attention_heads":4,"intermediate_size":128,
	"max_position_embeddings":512,"type_vocab_size":2,"layer_norm_eps":1e-12,"hidden_act":"gelu","id2label":{"0":"A","1":"B"}}`

func TestReadConfigRefuses(t *testing.T) {
	for _, tt := range []struct{ old, new, want string }{
		{`{`, `[`, "config.json"},
		{`"bert"`, `"llama"`, "model_type"},
		{`"bert"`, `null`, "model_type"},
		{`"num_attention_heads":4`, `"num_attention_heads":0`, "number of heads"},
		{`"num_attention_heads":4`, `"num_attention_heads":5`, "evenly"},
		{`"hidden_size":64`, `"hidden_size":-64`, "hidden size"},
		{`"hidden_size":64`, `"hidden_size":1e3`, "config.json"},
		{`"hidden_size":64`, `"hidden_size":99999999999999999999`, "config.json"},
		{`"num_hidden_layers":2`, `"num_hidden_layers":2000`, "number of layers"},
		{`"intermediate_size":128,`, ``, "feed-forward"},
		{`512`, `0`, "number of positions"},
		{`512`, `1073741824`, "number of positions"},
		{`"type_vocab_size":2`, `"type_vocab_size":-1`, "token types"},
		{`1e-12`, `-1`, "layer_norm_eps"},
		{`"gelu"`, `"relu"`, `activation "relu"`},
		{`"gelu"`, `"gelu","position_embedding_type":"relative_key"`, "position_embedding_type"},
		{`"bert"`, `"xlm-roberta","pad_token_id":600`, "number of positions"},
		{`"bert"`, `"xlm-roberta","pad_token_id":-5`, "pad token"},
		{`"1":"B"`, `"2":"B"`, "id2label"},
	} {
		_, err := bert.ReadConfig([]byte(strings.Replace(good, tt.old, tt.new, 1)))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s for %s: got %v, want an error with %q", tt.new, tt.old, err, tt.want)
		}
	}
}

// What a file may leave out is as in transformers.
func TestReadConfigDefaults(t *testing.T) {
	want, err := bert.ReadConfig([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	got, err := bert.ReadConfig([]byte(strings.Replace(good, `"type_vocab_size":2,"layer_norm_eps":1e-12,`, "", 1)))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(`{"model_type":"distilbert","dim":8,"n_layers":1,"n_heads":2,"hidden_dim":8,"max_position_embeddings":8,"activation":"gelu"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := bert.ReadConfig(data)
		if err == nil && (c.Context() < 1 || c.Heads < 1 || c.Hidden/c.Heads*c.Heads != c.Hidden) {
			t.Errorf("accepted %+v", c)
		}
	})
}
