package textgen

import (
	"bytes"
	"unicode/utf8"
)

// writer turns the bytes of tokens into text that may be shown: whole UTF-8
// sequences, nothing of a stop string, nothing that may yet become one.
type writer struct {
	stops [][]byte
	held  []byte // not shown yet
	text  []byte // what write returns
}

// write adds a token's bytes and returns what may be shown now, valid until
// the next call. final says that the text ends here. It reports whether a stop
// string has completed, which ends the text just before it.
func (w *writer) write(piece []byte, final bool) (text []byte, stopped bool) {
	w.held = append(w.held, piece...)
	w.text = w.text[:0]
	end := w.stop()
	switch {
	case end >= 0:
		w.show(end, true)
	case final:
		w.show(len(w.held), true)
	default:
		w.show(len(w.held)-w.partial(), false)
	}
	return w.text, end >= 0
}

// stop returns where the first stop string begins, or -1.
func (w *writer) stop() int {
	first := -1
	for _, s := range w.stops {
		if i := bytes.Index(w.held, s); i >= 0 && (first < 0 || i < first) {
			first = i
		}
	}
	return first
}

// partial returns the length of the longest end of held that begins a stop
// string.
func (w *writer) partial() int {
	longest := 0
	for _, s := range w.stops {
		for n := min(len(s)-1, len(w.held)); n > longest; n-- {
			if bytes.HasSuffix(w.held, s[:n]) {
				longest = n
			}
		}
	}
	return longest
}

// show moves the first n held bytes to the text. Bytes that are not UTF-8
// become U+FFFD each; a sequence that is cut off at n stays held, unless final.
func (w *writer) show(n int, final bool) {
	b := w.held[:n]
	for len(b) > 0 && (final || utf8.FullRune(b)) {
		r, size := utf8.DecodeRune(b)
		w.text = utf8.AppendRune(w.text, r)
		b = b[size:]
	}
	w.held = append(w.held[:0], w.held[n-len(b):]...)
}
