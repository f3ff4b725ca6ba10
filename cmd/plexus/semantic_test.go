package main

import (
	"testing"

	"github.com/chromedp/chromedp"
)

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
