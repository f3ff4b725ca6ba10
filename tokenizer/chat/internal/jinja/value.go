package jinja

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// List is a list, or a tuple.
type List []any

// Dict is a mapping that keeps the order of its keys.
type Dict struct {
	keys   []string
	values map[string]any
}

// Get returns the value of a key.
func (d *Dict) Get(key string) (any, bool) {
	v, ok := d.values[key]
	return v, ok
}

// Set adds a key or changes its value.
func (d *Dict) Set(key string, v any) {
	if d.values == nil {
		d.values = make(map[string]any)
	}
	if _, ok := d.values[key]; !ok {
		d.keys = append(d.keys, key)
	}
	d.values[key] = v
}

// Undefined is what an unknown name, attribute or item is. It prints as
// nothing and is false; anything else done with it is an error.
type Undefined struct {
	why string // "'x' is undefined"
}

// namespace is a set of variables that loops can change.
type namespace struct{ Dict }

// callable is a function: a method with its object, a macro or a global.
type callable func(m *machine, args []any, named *Dict) (any, error)

// From makes a value of Go data: nil, booleans, numbers, strings,
// json.RawMessage, and slices and maps of these. Every string, keys included,
// goes through clean if that is not nil. Objects in a json.RawMessage keep the
// order of their keys; those of Go maps are sorted.
func From(v any, clean func(string) string) (any, error) {
	if clean == nil {
		clean = func(s string) string { return s }
	}
	return from(v, clean, maxNesting)
}

func from(v any, clean func(string) string, depth int) (any, error) {
	if depth == 0 {
		return nil, fmt.Errorf("input nested too deeply: %w", ErrLimit)
	}
	switch v := v.(type) {
	case nil, bool, float64, int64:
		return v, nil
	case int:
		return int64(v), nil
	case string:
		return clean(v), nil
	case json.Number:
		return number(v), nil
	case json.RawMessage:
		return fromJSON(v, clean, depth)
	case []any:
		return fromSlice(v, clean, depth)
	case []json.RawMessage:
		return fromSlice(v, clean, depth)
	case []map[string]any:
		return fromSlice(v, clean, depth)
	case map[string]any:
		d := &Dict{}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			x, err := from(v[k], clean, depth-1)
			if err != nil {
				return nil, err
			}
			d.Set(clean(k), x)
		}
		return d, nil
	}
	return nil, fmt.Errorf("a %T is no value of a template", v)
}

func fromSlice[T any](s []T, clean func(string) string, depth int) (any, error) {
	list := make(List, len(s))
	for i, x := range s {
		var err error
		if list[i], err = from(x, clean, depth-1); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func fromJSON(data []byte, clean func(string) string, depth int) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := decode(d, clean, depth)
	if err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("more than one JSON value")
	}
	return v, nil
}

func decode(d *json.Decoder, clean func(string) string, depth int) (any, error) {
	if depth == 0 {
		return nil, fmt.Errorf("input nested too deeply: %w", ErrLimit)
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('['):
		list := List{}
		for d.More() {
			v, err := decode(d, clean, depth-1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	case json.Delim('{'):
		dict := &Dict{}
		for d.More() {
			k, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := decode(d, clean, depth-1)
			if err != nil {
				return nil, err
			}
			dict.Set(clean(k.(string)), v)
		}
		_, err = d.Token()
		return dict, err
	}
	return from(t, clean, depth)
}

// number is an int64 where the number is written as one and fits.
func number(n json.Number) any {
	if i, err := n.Int64(); err == nil {
		return i
	}
	f, _ := n.Float64() // infinite if it is out of range
	return f
}

// typeName is Python's name of a value's type.
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int64:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case List:
		return "list"
	case *Dict:
		return "dict"
	case Undefined:
		return "Undefined"
	case *namespace:
		return "Namespace"
	}
	return "function"
}

// truth is Python's bool(v).
func truth(v any) bool {
	switch v := v.(type) {
	case nil, Undefined:
		return false
	case bool:
		return v
	case int64:
		return v != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	case List:
		return len(v) > 0
	case *Dict:
		return len(v.keys) > 0
	}
	return true
}

// length is Python's len(v).
func length(m *machine, v any) (int, error) {
	switch v := v.(type) {
	case string:
		return utf8.RuneCountInString(v), m.spend(len(v))
	case List:
		return len(v), nil
	case *Dict:
		return len(v.keys), nil
	case Undefined:
		return 0, nil
	}
	return 0, fmt.Errorf("object of type '%s' has no len()", typeName(v))
}

// items are what a loop over v goes through.
func items(m *machine, v any) (List, error) {
	switch v := v.(type) {
	case List:
		return v, nil
	case *Dict:
		return keys(m, v)
	case Undefined:
		return nil, nil
	case string:
		if err := m.spend(valueSize * len(v)); err != nil {
			return nil, err
		}
		list := make(List, 0, len(v))
		for len(v) > 0 {
			_, n := utf8.DecodeRuneInString(v)
			list = append(list, v[:n])
			v = v[n:]
		}
		return list, nil
	}
	return nil, fmt.Errorf("'%s' object is not iterable", typeName(v))
}

// valueSize is about what an element of a list takes.
const valueSize = 16

func keys(m *machine, d *Dict) (List, error) {
	if err := m.spend(valueSize * len(d.keys)); err != nil {
		return nil, err
	}
	list := make(List, len(d.keys))
	for i, k := range d.keys {
		list[i] = k
	}
	return list, nil
}

// str is Python's str(v).
func str(m *machine, v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case Undefined:
		return "", nil
	}
	var b strings.Builder
	err := repr(m, &b, v)
	return b.String(), err
}

// repr writes Python's repr(v).
func repr(m *machine, b *strings.Builder, v any) error {
	if err := m.enter(); err != nil {
		return err
	}
	defer m.leave()
	start := b.Len()
	switch v := v.(type) {
	case nil:
		b.WriteString("None")
	case bool:
		if v {
			b.WriteString("True")
		} else {
			b.WriteString("False")
		}
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case float64:
		b.WriteString(formatFloat(v, "inf", "nan"))
	case string:
		if err := m.spend(len(v)); err != nil {
			return err
		}
		b.WriteString(quote(v))
	case Undefined:
		b.WriteString("Undefined")
	case List:
		b.WriteByte('[')
		for i, x := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			if err := repr(m, b, x); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	case *Dict:
		b.WriteByte('{')
		for i, k := range v.keys {
			if i > 0 {
				b.WriteString(", ")
			}
			if err := repr(m, b, k); err != nil {
				return err
			}
			b.WriteString(": ")
			if err := repr(m, b, v.values[k]); err != nil {
				return err
			}
		}
		b.WriteByte('}')
		return nil
	default:
		b.WriteString("<" + typeName(v) + ">")
	}
	return m.spend(b.Len() - start)
}

// quote is Python's repr of a string: in single quotes unless it holds some
// and no double ones.
func quote(s string) string {
	q := "'"
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		q = `"`
	}
	var b strings.Builder
	b.WriteString(q)
	for _, r := range s {
		switch {
		case r == '\\' || string(r) == q:
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		case strconv.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteString(q)
	return b.String()
}

// formatFloat is Python's repr of a float; JSON has other words for the
// numbers that are none.
func formatFloat(f float64, inf, nan string) string {
	switch {
	case f != f:
		return nan
	case f > 1.7976931348623157e308:
		return inf
	case f < -1.7976931348623157e308:
		return "-" + inf
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	_, exponent, _ := strings.Cut(s, "e")
	if e, _ := strconv.Atoi(exponent); e < -4 || e >= 16 {
		return s
	}
	s = strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
