package pocket_test

import (
	"cmp"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"plexus"
	"plexus/fleet"
)

var (
	embedModel     = plexus.Model{ID: "@pocket/embed", Task: plexus.TextEmbeddings, Weights: "embedded:embed"}
	sentimentModel = plexus.Model{ID: "@pocket/sentiment", Task: plexus.TextClassification, Weights: "embedded:sentiment"}
)

// prefixes are the sizes at which the vectors are embeddings: those of
// bge-small, bge-base and bge-large.
var prefixes = []int{384, 768, 1024}

// embed returns the whole vector of each text.
func embed(t *testing.T, f *fleet.Fleet, texts []string) [][]float32 {
	t.Helper()
	var vectors [][]float32
	for batch := range slices.Chunk(texts, 100) {
		result, err := run(f, embedModel, map[string]any{"text": batch})
		if err != nil {
			t.Fatal(err)
		}
		vectors = append(vectors, result.Value.(*plexus.Embeddings).Data...)
	}
	return vectors
}

// cosine is that of the first n numbers.
func cosine(a, b []float32, n int) float64 {
	var dot, aa, bb float64
	for i := range n {
		x, y := float64(a[i]), float64(b[i])
		dot, aa, bb = dot+x*y, aa+x*x, bb+y*y
	}
	return dot / math.Sqrt(aa*bb)
}

// TestEmbedTriples wants a paraphrase to be nearer than an unrelated text.
func TestEmbedTriples(t *testing.T) {
	triples := readLines[struct{ Anchor, Paraphrase, Unrelated string }](t, "embed_triples.jsonl")
	if len(triples) < 200 {
		t.Fatalf("%d triples, want 200", len(triples))
	}
	var texts []string
	for _, triple := range triples {
		texts = append(texts, triple.Anchor, triple.Paraphrase, triple.Unrelated)
	}
	vectors := embed(t, openFleet(t), texts)
	for _, n := range prefixes {
		won := 0
		for i := range triples {
			anchor, paraphrase, unrelated := vectors[3*i], vectors[3*i+1], vectors[3*i+2]
			if cosine(anchor, paraphrase, n) > cosine(anchor, unrelated, n) {
				won++
			}
		}
		t.Logf("%d numbers: %d of %d", n, won, len(triples))
		if 10*won < 9*len(triples) {
			t.Errorf("%d numbers: the paraphrase wins %d of %d times, want 90 %%", n, won, len(triples))
		}
	}
}

// TestEmbedQuestions looks for the paragraph of our own documents that answers
// a question among the three nearest.
func TestEmbedQuestions(t *testing.T) {
	questions := readLines[struct{ Question, Phrase string }](t, "embed_questions.jsonl")
	texts := paragraphs(t)
	f := openFleet(t)
	told := embed(t, f, texts)
	var asked []string
	for _, q := range questions {
		asked = append(asked, q.Question)
		if !slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, q.Phrase) }) {
			t.Errorf("no paragraph says %q", q.Phrase)
		}
	}
	vectors := embed(t, f, asked)
	for _, n := range prefixes {
		found := 0
		for i, q := range questions {
			order := make([]int, len(texts))
			for j := range order {
				order[j] = j
			}
			slices.SortFunc(order, func(a, b int) int {
				return cmp.Compare(cosine(vectors[i], told[b], n), cosine(vectors[i], told[a], n))
			})
			if slices.ContainsFunc(order[:3], func(j int) bool { return strings.Contains(texts[j], q.Phrase) }) {
				found++
			}
		}
		t.Logf("%d numbers: %d of %d, over %d paragraphs", n, found, len(questions), len(texts))
		if 4*found < 3*len(questions) {
			t.Errorf("%d numbers: the right paragraph is in the top 3 for %d of %d questions, want 15 of 20", n, found, len(questions))
		}
	}
}

// paragraphs are those of our documents, as testdata/README.md defines them.
func paragraphs(t *testing.T) (all []string) {
	t.Helper()
	code := regexp.MustCompile("(?ms)^```.*?^```$")
	list := regexp.MustCompile(`\n- `)
	for _, name := range []string{"README.md", "ARCHITECTURE.md", "docs/api.md"} {
		data, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		text := list.ReplaceAllString(code.ReplaceAllString(string(data), ""), "\n\n- ")
		for _, block := range regexp.MustCompile(`\n\s*\n`).Split(text, -1) {
			block = strings.Join(strings.Fields(block), " ")
			if block != "" && block[0] != '#' && block[0] != '|' {
				all = append(all, block)
			}
		}
	}
	return all
}

func TestSentiment(t *testing.T) {
	cases := readLines[struct{ Text, Label string }](t, "sentiment.jsonl")
	f := openFleet(t)
	right := 0
	for _, c := range cases {
		result, err := run(f, sentimentModel, map[string]any{"text": c.Text})
		if err != nil {
			t.Fatal(err)
		}
		best := slices.MaxFunc(result.Value.([]plexus.Label), func(a, b plexus.Label) int { return cmp.Compare(a.Score, b.Score) })
		if best.Label == c.Label {
			right++
		} else {
			t.Logf("wrong: %q", c.Text)
		}
	}
	t.Logf("%d of %d", right, len(cases))
	if 100*right < 85*len(cases) {
		t.Errorf("%d of %d labels are right, want 85 %%", right, len(cases))
	}
}
