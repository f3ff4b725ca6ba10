package jinja

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
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
type callable func(m *machine, a *args) (any, error)

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
