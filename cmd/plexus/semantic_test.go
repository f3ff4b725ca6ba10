package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// match is a text that a search leads to.
type match struct {
	File  string
	Score float64
}

// Questions lead to the texts that they mean, though they share hardly a word;
// a pocket model may miss one.
func TestSemanticSearch(t *testing.T) {
	d := startDev(t, example(t, "semantic-search"))
	missed := 0
	questions := []struct{ question, file string }{
		{"My bike has a hole in the wheel", "bicycle-puncture.txt"},
		{"I can't get any rest at night", "falling-asleep.txt"},
		{"Somebody hacked my computer", "passwords.txt"},
		{"How do I find employment?", "job-interview.txt"},
		{"invest my salary", "saving-money.txt"},
		{"garbage from the garden", "compost.txt"},
		{"learning to make music", "guitar.txt"},
		{"a board game for two", "chess.txt"},
	}
	for _, test := range questions {
		var answer struct{ Results []match }
		body := readAll(t, d.post("/search", fmt.Sprintf(`{"query": %q}`, test.question)))
		if err := json.Unmarshal([]byte(body), &answer); err != nil || len(answer.Results) != 8 {
			t.Fatalf("%q leads to %s (%v)", test.question, body, err)
		}
		if !slices.IsSortedFunc(answer.Results, func(a, b match) int { return cmp.Compare(b.Score, a.Score) }) {
			t.Errorf("%q: the best do not come first: %v", test.question, answer.Results)
		}
		if !slices.ContainsFunc(answer.Results[:3], func(m match) bool { return m.File == test.file }) {
			t.Logf("%q does not lead to %s: %v", test.question, test.file, answer.Results)
			missed++
		}
	}
	if missed > 1 {
		t.Errorf("%d of %d questions do not lead to their texts", missed, len(questions))
	}
	for _, body := range []string{"no JSON", "null", `{"query": " "}`, `{"query": 1}`} {
		if res := d.post("/search", body); res.StatusCode != 400 || !strings.HasPrefix(readAll(t, res), `{"error":"`) {
			t.Errorf("/search answers %d to %s", res.StatusCode, body)
		}
	}
}

// The example's page searches while one types.
func TestSemanticSearchInABrowser(t *testing.T) {
	d := startDev(t, example(t, "semantic-search"))
	ctx := newBrowser(t)
	do(t, ctx,
		chromedp.Navigate(d.url),
		chromedp.SendKeys(chromedp.CSS("input"), "How do I find employment?"),
	)
	untilShown(t, ctx, "#results", "Before a job interview")
	untilShown(t, ctx, "#status", " passages searched in ")
	if n := look(t, ctx, chromedp.Evaluate[int](`document.querySelectorAll("li i[style*=width]").length`)); n != 8 {
		t.Errorf("%d of 8 results have bars", n)
	}
	screenshot(t, ctx, "search.png")
}

// Without a model the page says what is wrong.
func TestSemanticSearchFailsInABrowser(t *testing.T) {
	d := startDev(t, example(t, "semantic-search"), "--missing-weights=error")
	ctx := newBrowser(t)
	do(t, ctx,
		chromedp.Navigate(d.url),
		chromedp.Evaluate[chromedp.Void](`document.querySelector("#examples button").click()`),
	)
	untilShown(t, ctx, "#status.error", "The search failed: ")
	screenshot(t, ctx, "search-error.png")
}

// ai-demo hands on what the service returns for texts.
func TestDevDemoEmbeds(t *testing.T) {
	d := startDev(t, example(t, "ai-demo"))
	for _, test := range []struct {
		text  string
		texts int
	}{
		{`"a cat"`, 1},
		{`["a cat", "a kitten"]`, 2},
	} {
		var answer struct {
			Shape   []int
			Data    [][]float64
			Pooling string
		}
		decoder := json.NewDecoder(d.post("/embed", `{"text": `+test.text+`}`).Body)
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&answer); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(answer.Shape, []int{test.texts, 768}) || len(answer.Data) != test.texts || len(answer.Data[0]) != 768 || answer.Pooling != "mean" {
			t.Errorf("/embed answers %s with the shape %v, %d vectors, pooling %q", test.text, answer.Shape, len(answer.Data), answer.Pooling)
		}
	}
}
