package pocket_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"plexus"
	"plexus/catalog"
	"plexus/gateway"
)

// openGateway is the service's whole catalog, answered by the pocket models.
func openGateway(t *testing.T) *gateway.Gateway {
	t.Helper()
	g, err := gateway.New(catalog.New(), openFleet(t), gateway.StandIn, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

const bge, m3 = "@cf/baai/bge-small-en-v1.5", "@cf/baai/bge-m3"

// array is n texts of a letter.
func array(n int) string { return `["a"` + strings.Repeat(`,"a"`, n-1) + `]` }

// What the service's models take, and how long their embeddings are.
func TestStandInTakes(t *testing.T) {
	g := openGateway(t)
	long := strings.Repeat("word ", 600) // more than @pocket/embed takes
	for _, tt := range []struct {
		name, model, inputs string
		shape               [2]int
	}{
		{"a text", bge, `{"text":"a"}`, [2]int{1, 384}},
		{"100 texts", bge, `{"text":` + array(100) + `}`, [2]int{100, 384}},
		{"a space", bge, `{"text":" "}`, [2]int{1, 384}},
		{"a character that is none", bge, `{"text":"\u0000"}`, [2]int{1, 384}},
		{"a megabyte", bge, `{"text":"` + strings.Repeat("word ", 1<<20/5) + `"}`, [2]int{1, 384}},
		{"a megabyte without a space", bge, `{"text":"` + strings.Repeat("w", 1<<20) + `"}`, [2]int{1, 384}},
		{"cls", bge, `{"text":"a","pooling":"cls"}`, [2]int{1, 384}},
		{"a key of another form", bge, `{"text":"a","contexts":5}`, [2]int{1, 384}},
		{"base", "@cf/baai/bge-base-en-v1.5", `{"text":"a"}`, [2]int{1, 768}},
		{"large", "@cf/baai/bge-large-en-v1.5", `{"text":"a"}`, [2]int{1, 1024}},
		{"gemma", "@cf/google/embeddinggemma-300m", `{"text":"a"}`, [2]int{1, 768}},
		{"a pooling that nobody chooses", "@cf/google/embeddinggemma-300m", `{"text":"a","pooling":5}`, [2]int{1, 768}},
		{"plamo", "@cf/pfnet/plamo-embedding-1b", `{"text":"a"}`, [2]int{1, 1024}},
		{"what m3 takes", m3, `{"text":"` + long + `"}`, [2]int{1, 1024}},
		{"and does not cut", m3, `{"text":"` + long + `","truncate_inputs":false}`, [2]int{1, 1024}},
		{"queries and documents", "@cf/qwen/qwen3-embedding-0.6b", `{"queries":"a","documents":["b","c"]}`, [2]int{3, 1024}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, err := g.Run(t.Context(), &plexus.Request{Model: tt.model, Inputs: json.RawMessage(tt.inputs)})
			if err != nil {
				t.Fatal(err)
			}
			v := res.Value.(*plexus.Embeddings)
			if v.Shape != tt.shape || len(v.Data) != tt.shape[0] || len(v.Data[0]) != tt.shape[1] || res.StandIn != "@pocket/embed" {
				t.Errorf("shape %v by %q, want %v", v.Shape, res.StandIn, tt.shape)
			}
		})
	}
}

// Bad inputs are the client's errors, each its own request's.
func TestStandInRefuses(t *testing.T) {
	g := openGateway(t)
	for _, tt := range []struct {
		name, model, inputs string
		dimensions          int
	}{
		{"no inputs", bge, `{}`, 0},
		{"no object", bge, `[]`, 0},
		{"null", bge, `null`, 0},
		{"no texts", bge, `{"text":[]}`, 0},
		{"an empty text", bge, `{"text":""}`, 0},
		{"an empty text in an array", bge, `{"text":[""]}`, 0},
		{"an empty text behind another", bge, `{"text":["a",""]}`, 0},
		{"101 texts", bge, `{"text":` + array(101) + `}`, 0},
		{"a number", bge, `{"text":5}`, 0},
		{"numbers", bge, `{"text":[1,2]}`, 0},
		{"a number behind a text", bge, `{"text":["a",2]}`, 0},
		{"a null text", bge, `{"text":null}`, 0},
		{"null texts", bge, `{"text":[null]}`, 0},
		{"arrays in an array", bge, `{"text":[["a"]]}`, 0},
		{"unknown pooling", bge, `{"text":"a","pooling":"max"}`, 0},
		{"a number for pooling", bge, `{"text":"a","pooling":1}`, 0},
		{"keys in capitals", bge, `{"TEXT":"a"}`, 0},
		{"inputs of another form", bge, `{"contexts":[{"text":"a"}]}`, 0},
		{"too many dimensions", bge, `{"text":"a"}`, 385},
		{"no contexts", m3, `{"query":"a","contexts":[]}`, 0},
		{"1001 contexts", m3, `{"contexts":[{"text":"a"}` + strings.Repeat(`,{"text":"a"}`, 1000) + `]}`, 0},
		{"an empty context", m3, `{"query":"a","contexts":[{"text":""}]}`, 0},
		{"an empty query", m3, `{"query":"","contexts":[{"text":"a"}]}`, 0},
		{"a rerank without a query", "@cf/baai/bge-reranker-base", `{"contexts":[{"text":"a"}]}`, 0},
		{"top 0", "@cf/baai/bge-reranker-base", `{"query":"a","contexts":[{"text":"a"}],"top_k":0}`, 0},
		{"top 1.5", "@cf/baai/bge-reranker-base", `{"query":"a","contexts":[{"text":"a"}],"top_k":1.5}`, 0},
		{"nothing to classify", "@cf/huggingface/distilbert-sst-2-int8", `{"text":""}`, 0},
		{"texts to classify", "@cf/huggingface/distilbert-sst-2-int8", `{"text":["a","b"]}`, 0},
	} {
		_, err := g.Run(t.Context(), &plexus.Request{Model: tt.model, Inputs: json.RawMessage(tt.inputs), Dimensions: tt.dimensions})
		if err == nil || plexus.AsError(err).Code != plexus.CodeBadInput {
			t.Errorf("%s: %v, want code %d", tt.name, err, plexus.CodeBadInput)
		}
	}
}
