package workers

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/go-sourcemap/sourcemap"
)

// frame is one call in a stack; line and column count from 1.
type frame struct {
	Function     string
	File         string
	Line, Column int
}

// stackMapper points the frames of a stack into the sources of a bundle.
type stackMapper struct {
	consumer func() *sourcemap.Consumer // nil if there is no usable map
}

func newStackMapper(sourceMap []byte) *stackMapper {
	return &stackMapper{sync.OnceValue(func() *sourcemap.Consumer {
		c, err := sourcemap.Parse("", sourceMap)
		if err != nil {
			return nil
		}
		return c
	})}
}

// position is file:line:column of the source behind f.
func (m *stackMapper) position(f frame) string {
	if c := m.consumer(); c != nil && f.File == entryName {
		if source, _, line, column, ok := c.Source(f.Line, f.Column-1); ok {
			return fmt.Sprintf("%s:%d:%d", source, line, column+1)
		}
	}
	return fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
}

// frames lists a stack as V8 does.
func (m *stackMapper) frames(frames []frame) string {
	var b strings.Builder
	for _, f := range frames {
		if f.Function != "" {
			fmt.Fprintf(&b, "\n    at %s (%s)", f.Function, m.position(f))
		} else {
			fmt.Fprintf(&b, "\n    at %s", m.position(f))
		}
	}
	return b.String()
}

var place = regexp.MustCompile(`\b` + regexp.QuoteMeta(entryName) + `:(\d+):(\d+)`)

// text replaces the places of the bundle that text mentions.
func (m *stackMapper) text(text string) string {
	if !strings.Contains(text, entryName+":") {
		return text
	}
	return place.ReplaceAllStringFunc(text, func(s string) string {
		parts := place.FindStringSubmatch(s)
		line, _ := strconv.Atoi(parts[1])
		column, _ := strconv.Atoi(parts[2])
		return m.position(frame{File: entryName, Line: line, Column: column})
	})
}
