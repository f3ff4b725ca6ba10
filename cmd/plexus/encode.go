package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"plexus"
)

// encode asks a model that does not generate text: it prints the embedding of
// text, its labels, or, with text as the query, the lines of stdin by their
// relevance.
func (r *runCmd) encode(ctx context.Context, e *engine, m plexus.Model, text string) error {
	if strings.TrimSpace(text) == "" {
		return fmt.Errorf("%s needs a text", m.ID)
	}
	inputs := map[string]any{"text": text}
	var lines []string
	if m.Form == plexus.Rerank {
		var err error
		if lines, err = readLines(os.Stdin); err != nil {
			return err
		}
		inputs = map[string]any{"query": text, "contexts": contexts(lines)}
	}
	data, err := json.Marshal(inputs)
	if err != nil {
		return err
	}
	begin := time.Now()
	res, err := e.gateway.Run(ctx, &plexus.Request{Account: "terminal", Model: m.ID, Inputs: data})
	if err != nil {
		return err
	}
	if r.JSON {
		return json.NewEncoder(os.Stdout).Encode(res.Value)
	}
	switch v := res.Value.(type) {
	case *plexus.Embeddings:
		err = json.NewEncoder(os.Stdout).Encode(v.Data[0])
	case []plexus.Label:
		slices.SortStableFunc(v, func(a, b plexus.Label) int { return cmp.Compare(b.Score, a.Score) })
		for _, l := range v {
			fmt.Printf("%.4f  %s\n", l.Score, l.Label)
		}
	case *plexus.Ranking:
		for _, s := range v.Response {
			fmt.Printf("%.4f  %s\n", s.Score, lines[s.ID])
		}
	default:
		return fmt.Errorf("%s answers with a %T, which cannot be printed", m.ID, v)
	}
	if err == nil && !r.NoStats {
		fmt.Fprintf(os.Stderr, "%d tokens in %.0f ms, loading included\n", res.Usage.PromptTokens, time.Since(begin).Seconds()*1e3)
	}
	return err
}

// readLines returns the lines of in that are not blank.
func readLines(in io.Reader) (lines []string, err error) {
	data, err := io.ReadAll(in)
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	if err == nil && len(lines) == 0 {
		err = fmt.Errorf("there is nothing to rank: pipe in a line for each context")
	}
	return lines, err
}

func contexts(lines []string) (list []map[string]string) {
	for _, l := range lines {
		list = append(list, map[string]string{"text": l})
	}
	return list
}
