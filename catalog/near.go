package catalog

import (
	"slices"
	"strings"
)

// Near returns up to three names of models that id may have meant, best first.
func (c *Catalog) Near(id string) []string {
	type guess struct {
		id   string
		cost int
	}
	var guesses []guess
	want := strings.ToLower(id)
	for _, m := range c.models {
		have := strings.ToLower(m.ID)
		tail := have[strings.LastIndexByte(have, '/')+1:]
		cost := min(edits(want, have), edits(want, tail))
		if strings.Contains(have, want) && len(want) >= 3 {
			cost = 1
		}
		if cost <= max(2, len(want)/4) {
			guesses = append(guesses, guess{m.ID, cost})
		}
	}
	slices.SortStableFunc(guesses, func(a, b guess) int { return a.cost - b.cost })
	var ids []string
	for _, g := range guesses[:min(3, len(guesses))] {
		ids = append(ids, g.id)
	}
	return ids
}

// edits is the Levenshtein distance in bytes, a row at a time.
func edits(a, b string) int {
	if len(a) > 200 { // longer than any name
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
