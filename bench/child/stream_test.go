package child

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// A connection that ends in the middle of an event is reported as such, not as
// an event that is no JSON: those who cancel have to recognise it.
func TestCutEvent(t *testing.T) {
	gone := errors.New("gone")
	cut := io.MultiReader(strings.NewReader("data: {\"choices\":[]}\n\ndata: {\"cho"), iotest.ErrReader(gone))
	if _, err := readStream(cut, time.Now()); !errors.Is(err, gone) {
		t.Errorf("%v, want %v", err, gone)
	}
}
