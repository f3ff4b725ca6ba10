package jinja

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// filterJSON is tojson as Hugging Face defines it: Python's json.dumps with
// ensure_ascii=False and nothing escaped for HTML.
func filterJSON(m *machine, x any, a *args) (any, error) {
	w := &jsonWriter{m: m, item: ", ", colon: ": ", sortKeys: truth(a.get(3, "sort_keys", false))}
	switch indent := a.get(1, "indent", a.get(9, "", nil)).(type) {
	case int64:
		if indent > 100 {
			return nil, ErrLimit
		}
		w.indent, w.pretty, w.item = strings.Repeat(" ", int(max(indent, 0))), true, ","
	case string:
		w.indent, w.pretty, w.item = indent, true, ","
	}
	if separators, ok := a.get(2, "separators", nil).(List); ok && len(separators) == 2 {
		item, okItem := separators[0].(string)
		colon, okColon := separators[1].(string)
		if !okItem || !okColon {
			return nil, fmt.Errorf("separators must be strings")
		}
		w.item, w.colon = item, colon
	}
	if err := w.value(x, "\n"); err != nil {
		return nil, err
	}
	return w.String(), nil
}

type jsonWriter struct {
	strings.Builder
	m           *machine
	item, colon string
	indent      string
	pretty      bool // items on lines of their own
	sortKeys    bool
}

// put writes text, paid for.
func (w *jsonWriter) put(s string) error {
	if err := w.m.spend(len(s)); err != nil {
		return err
	}
	w.WriteString(s)
	return nil
}

// value writes v; newline begins the lines that it goes over.
func (w *jsonWriter) value(v any, newline string) error {
	if err := w.m.enter(); err != nil {
		return err
	}
	defer w.m.leave()
	switch v := v.(type) {
	case nil:
		return w.put("null")
	case bool:
		return w.put(fmt.Sprint(v))
	case int64:
		return w.put(fmt.Sprint(v))
	case float64:
		return w.put(formatFloat(v, "Infinity", "NaN"))
	case string:
		return w.text(v)
	case List:
		return w.items("[", "]", len(v), newline, func(i int, newline string) error {
			return w.value(v[i], newline)
		})
	case *Dict:
		keys := v.keys
		if w.sortKeys {
			keys = slices.Sorted(maps.Keys(v.values))
		}
		return w.items("{", "}", len(keys), newline, func(i int, newline string) error {
			if err := w.text(keys[i]); err != nil {
				return err
			}
			if err := w.put(w.colon); err != nil {
				return err
			}
			return w.value(v.values[keys[i]], newline)
		})
	case Undefined:
		return v.err()
	}
	return fmt.Errorf("object of type %s is not JSON serializable", typeName(v))
}

func (w *jsonWriter) items(open, close string, n int, newline string, item func(i int, newline string) error) error {
	if n == 0 {
		return w.put(open + close)
	}
	if err := w.put(open); err != nil {
		return err
	}
	inner := newline + w.indent
	for i := range n {
		separator := ""
		if i > 0 {
			separator = w.item
		}
		if w.pretty {
			separator += inner
		}
		if err := w.put(separator); err != nil {
			return err
		}
		if err := item(i, inner); err != nil {
			return err
		}
	}
	if w.pretty {
		close = newline + close
	}
	return w.put(close)
}

func (w *jsonWriter) text(s string) error {
	if err := w.put(`"`); err != nil {
		return err
	}
	if err := w.m.spend(len(s)); err != nil {
		return err
	}
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			w.WriteByte('\\')
			w.WriteRune(r)
		case r == '\n':
			w.WriteString(`\n`)
		case r == '\r':
			w.WriteString(`\r`)
		case r == '\t':
			w.WriteString(`\t`)
		case r == '\b':
			w.WriteString(`\b`)
		case r == '\f':
			w.WriteString(`\f`)
		case r < ' ':
			fmt.Fprintf(w, `\u%04x`, r)
		default:
			w.WriteRune(r)
		}
	}
	return w.put(`"`)
}
