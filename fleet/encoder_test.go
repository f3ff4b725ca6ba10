package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"plexus"
	"plexus/kernel"
	"plexus/textgen"
	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
	"plexus/weights/safetensors"
)

const testdata = "../models/bert/testdata"

// encodeOn runs a request on a fresh model.
func encodeOn(t *testing.T, f *Fleet, m plexus.Model, inputs string) (*plexus.Result, error) {
	t.Helper()
	return f.Run(t.Context(), m, &plexus.Request{Form: m.Form, Inputs: json.RawMessage(inputs)})
}

func encoderFleet(t *testing.T, quant kernel.Format) *Fleet {
	f := New(Config{DataDir: t.TempDir(), Threads: 2, Quant: quant, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { f.Close() })
	return f
}

func published(t *testing.T, name string) plexus.Model {
	t.Helper()
	path := filepath.Join(testdata, name)
	task, form, err := Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	return plexus.Model{ID: name, Weights: path, Task: task, Form: form}
}

// want reads an expected output of a network.
func want(t *testing.T, net, name string) []float32 {
	t.Helper()
	f, err := safetensors.Open(filepath.Join(testdata, net, "cases.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, ok := f.Tensor(name)
	if !ok {
		t.Fatalf("no case %q", name)
	}
	x := make([]float32, w.Rows()*w.Cols())
	if err := w.Floats(x); err != nil {
		t.Fatal(err)
	}
	return x
}

func near(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(float64(got[i]-want[i])) <= tolerance) {
			t.Fatalf("%s: number %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

func texts(t *testing.T, net string) (texts []string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testdata, net, "texts.json"))
	if err != nil {
		t.Fatal(err)
	}
	if json.Unmarshal(data, &texts) == nil {
		return texts
	}
	var file struct{ Texts []string }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Texts
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Texts to embeddings, from a folder as it is published, equal to what
// transformers gives.
func TestEmbeddings(t *testing.T) {
	f, m := encoderFleet(t, 0), published(t, "bert")
	if m.Task != plexus.TextEmbeddings || m.Form != "" {
		t.Fatalf("inspected as %q, %q", m.Task, m.Form)
	}
	all := texts(t, "bert")
	for pooling, name := range map[string]string{"cls": "text_cls_normalized", "mean": "text_mean_normalized"} {
		res, err := encodeOn(t, f, m, marshal(t, map[string]any{"text": all, "pooling": pooling}))
		if err != nil {
			t.Fatal(err)
		}
		v := res.Value.(*plexus.Embeddings)
		if v.Shape != [2]int{len(all), 64} || v.Pooling != pooling || res.Usage.PromptTokens == 0 {
			t.Errorf("shape %v, pooling %q, usage %+v", v.Shape, v.Pooling, res.Usage)
		}
		near(t, name, slices.Concat(v.Data...), want(t, "bert", name), 1e-5)
	}
	res, err := encodeOn(t, f, m, marshal(t, map[string]any{"text": all[0]}))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "default pooling", res.Value.(*plexus.Embeddings).Data[0], want(t, "bert", "text_mean_normalized")[:64], 1e-5)
	m.Pooling = "cls" // of another name for the same folder
	res, err = encodeOn(t, f, m, marshal(t, map[string]any{"text": all[0]}))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the catalog's pooling", res.Value.(*plexus.Embeddings).Data[0], want(t, "bert", "text_cls_normalized")[:64], 1e-5)
}

func TestRerank(t *testing.T) {
	f, m := encoderFleet(t, 0), published(t, "xlm_roberta")
	if m.Task != plexus.TextClassification || m.Form != plexus.Rerank {
		t.Fatalf("inspected as %q, %q", m.Task, m.Form)
	}
	var pairs [][2]string
	data, err := os.ReadFile(filepath.Join(testdata, "xlm_roberta", "pairs.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &pairs); err != nil {
		t.Fatal(err)
	}
	for i, logit := range want(t, "xlm_roberta", "pair_logits") {
		res, err := encodeOn(t, f, m, marshal(t, map[string]any{
			"query": pairs[i][0], "contexts": []any{map[string]string{"text": pairs[i][1]}},
		}))
		if err != nil {
			t.Fatal(err)
		}
		score := res.Value.(*plexus.Ranking).Response[0].Score
		near(t, "score", []float32{score}, []float32{float32(1 / (1 + math.Exp(-float64(logit))))}, 1e-5)
	}
	var contexts []any
	for _, p := range pairs {
		contexts = append(contexts, map[string]string{"text": p[1]})
	}
	res, err := encodeOn(t, f, m, marshal(t, map[string]any{"query": pairs[0][0], "contexts": contexts, "top_k": 2}))
	if err != nil {
		t.Fatal(err)
	}
	r := res.Value.(*plexus.Ranking).Response
	if len(r) != 2 || r[0].Score < r[1].Score {
		t.Errorf("top 2 are %+v", r)
	}
	// Two texts far longer than the context: both are cut, none to nothing.
	long := strings.Repeat("the package manager ", 2000)
	res, err = encodeOn(t, f, m, marshal(t, map[string]any{"query": long, "contexts": []any{map[string]string{"text": long}}}))
	if err != nil {
		t.Fatal(err)
	}
	if res.Usage.PromptTokens != 512 {
		t.Errorf("%d tokens of a pair that was cut", res.Usage.PromptTokens)
	}
}

func TestClassify(t *testing.T) {
	f, m := encoderFleet(t, 0), published(t, "distilbert")
	if m.Task != plexus.TextClassification || m.Form != "" {
		t.Fatalf("inspected as %q, %q", m.Task, m.Form)
	}
	logits := want(t, "distilbert", "text_logits")
	for i, text := range texts(t, "distilbert") {
		res, err := encodeOn(t, f, m, marshal(t, map[string]any{"text": text}))
		if err != nil {
			t.Fatal(err)
		}
		labels := res.Value.([]plexus.Label)
		if len(labels) != 2 || labels[0].Label != "NEGATIVE" || labels[1].Label != "POSITIVE" {
			t.Fatalf("labels %+v", labels)
		}
		a, b := math.Exp(float64(logits[2*i])), math.Exp(float64(logits[2*i+1]))
		near(t, text, []float32{labels[0].Score, labels[1].Score}, []float32{float32(a / (a + b)), float32(b / (a + b))}, 1e-5)
	}
}

// Sentence-transformers' dense map after pooling, and 8 bits.
func TestDenseAndQuant(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"config.json", "model.safetensors", "vocab.txt"} {
		data, err := os.ReadFile(filepath.Join(testdata, "bert", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	// A map that swaps the first two of 64 numbers and leaves out the rest, in BF16.
	data := make([]byte, 2*64*2)
	data[2*1], data[2*1+1] = 0x80, 0x3f
	data[2*64], data[2*64+1] = 0x80, 0x3f
	header := `{"linear.weight":{"dtype":"BF16","shape":[2,64],"data_offsets":[0,256]}}`
	write("2_Dense/model.safetensors", string([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0})+header+string(data))
	write("2_Dense/config.json", `{"in_features":64,"out_features":2,"bias":false,"activation_function":"torch.nn.modules.linear.Identity"}`)
	write("1_Pooling/config.json", `{"word_embedding_dimension":64,"pooling_mode_cls_token":false,"pooling_mode_mean_tokens":true}`)
	all := texts(t, "bert")
	mean := want(t, "bert", "text_mean_normalized")
	a, b := float64(mean[1]), float64(mean[0])
	expected := []float32{float32(a / math.Hypot(a, b)), float32(b / math.Hypot(a, b))}
	for quant, tolerance := range map[kernel.Format]float64{0: 1e-4, kernel.BF16: 0.05, kernel.Q8: 0.05} {
		f := encoderFleet(t, quant)
		res, err := encodeOn(t, f, plexus.Model{ID: "m", Weights: dir, Task: plexus.TextEmbeddings}, marshal(t, map[string]any{"text": all[0]}))
		if err != nil {
			t.Fatal(err)
		}
		near(t, fmt.Sprint(quant), res.Value.(*plexus.Embeddings).Data[0], expected, tolerance)
	}
	write("2_Dense/config.json", `{"activation_function":"torch.nn.modules.activation.Tanh"}`)
	// The same map as a classifier of the pooled states, the folder in the binary.
	write("sentiment.safetensors", strings.ReplaceAll(string([]byte{byte(len(header) + 4), 0, 0, 0, 0, 0, 0, 0})+header+string(data), "linear", "classifier"))
	f := encoderFleet(t, 0)
	engine, err := f.loadEncoder(t.Context(), plexus.Model{Task: plexus.TextClassification}, folder{os.DirFS(dir), ""}, func(int64) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	res, err := engine.Run(t.Context(), &plexus.Request{Inputs: json.RawMessage(marshal(t, map[string]any{"text": all[0]}))})
	if err != nil {
		t.Fatal(err)
	}
	// The logits are pooled states of a length of about sqrt(64), not embeddings.
	labels := res.Value.([]plexus.Label)
	length := math.Log(float64(labels[0].Score/labels[1].Score)) / (a - b)
	if labels[1].Label != "POSITIVE" || length < 4 || length > 12 {
		t.Errorf("labels %+v from states of length %g", labels, length)
	}
	_, err = encodeOn(t, encoderFleet(t, 0), plexus.Model{ID: "m", Weights: dir, Task: plexus.TextEmbeddings}, `{"text":"a"}`)
	if err == nil || !strings.Contains(err.Error(), "Tanh") {
		t.Errorf("an activation that is not supported: %v", err)
	}
}

// Many requests at once give what each gives alone, bit for bit.
func TestEmbeddingsAtOnce(t *testing.T) {
	f, m := encoderFleet(t, kernel.Q8), published(t, "bert")
	embed := func(i int) [][]float32 {
		list := []string{strings.Repeat("the cloud ", i), fmt.Sprint("number ", i), strings.Repeat("x", 3*i)}
		res, err := f.Run(context.Background(), m, &plexus.Request{Inputs: json.RawMessage(marshal(t, map[string]any{"text": list}))})
		if err != nil {
			t.Error(err)
			return nil
		}
		return res.Value.(*plexus.Embeddings).Data
	}
	const n = 40
	together := make([][][]float32, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { together[i] = embed(i + 1) })
	}
	all.Wait()
	for i := range n {
		for j, alone := range embed(i + 1) {
			if !slices.Equal(alone, together[i][j]) {
				t.Errorf("request %d, text %d: other bits among others", i, j)
			}
		}
	}
}

// Requests that find the queue full are refused, whichever kind of network it is
// before.
func TestQueueOfEncoders(t *testing.T) {
	decoder := gguftest.LlamaFile(t, gguftest.Spec{Arch: "qwen3", Tokenizer: "gpt2", Pre: "qwen2", Tied: true, Type: gguf.Q8_0})
	for _, m := range []plexus.Model{published(t, "bert"), {ID: "d", Weights: decoder, Task: plexus.TextEmbeddings, Form: plexus.Instructed}} {
		f := New(Config{Threads: 2, Text: textgen.Options{Queue: 1}, Log: slog.New(slog.DiscardHandler)})
		defer f.Close()
		inputs := json.RawMessage(marshal(t, map[string]any{"text": slices.Repeat([]string{strings.Repeat("the cloud ", 100)}, 20)}))
		var all sync.WaitGroup
		var answered, refused atomic.Int32
		for range 10 { // all before the first is through
			all.Go(func() {
				_, err := f.Run(t.Context(), m, &plexus.Request{Form: m.Form, Inputs: inputs})
				switch {
				case err == nil:
					answered.Add(1)
				case plexus.AsError(err).Code == plexus.CodeNoCapacity:
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if answered.Load() == 0 || refused.Load() == 0 {
			t.Errorf("%s: %d answered, %d refused", m.ID, answered.Load(), refused.Load())
		}
	}
}

func TestFolderRefused(t *testing.T) {
	for name, spoil := range map[string]func(dir string) error{
		"no such file":      func(dir string) error { return os.Remove(filepath.Join(dir, "model.safetensors")) },
		"no tokenizer.json": func(dir string) error { return os.Remove(filepath.Join(dir, "vocab.txt")) },
		"config.json":       func(dir string) error { return os.Remove(filepath.Join(dir, "config.json")) },
		"not a safetensors file": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "model.safetensors"), []byte("hello, world"), 0o600)
		},
		"vocab.txt lacks":     func(dir string) error { return os.WriteFile(filepath.Join(dir, "vocab.txt"), []byte("a\nb\n"), 0o600) },
		"the network":         func(dir string) error { return appendLines(filepath.Join(dir, "vocab.txt"), 100) },
		"classification head": func(dir string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Join(testdata, "bert"))); err != nil {
				t.Fatal(err)
			}
			if err := spoil(dir); err != nil {
				t.Fatal(err)
			}
			_, err := encodeOn(t, encoderFleet(t, 0), plexus.Model{ID: "m", Weights: dir, Task: plexus.TextClassification}, `{"text":"a"}`)
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("got %v, want an error with %q", err, name)
			}
		})
	}
}

func appendLines(path string, n int) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	for i := range n {
		fmt.Fprintf(f, "word%d\n", i)
	}
	return f.Close()
}
