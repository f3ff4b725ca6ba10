package gateway

import (
	"encoding/json"
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// layout is what a schema says of the form of a JSON value: the properties of
// an object, the items of an array. A value without either is taken as it is.
type layout struct {
	fields   map[string]*layout
	items    *layout
	maxItems int // 0: any number
}

// layoutOf merges what s and its alternatives say.
func layoutOf(s *jsonschema.Schema) *layout {
	l := &layout{}
	l.merge(s)
	return l
}

func (l *layout) merge(s *jsonschema.Schema) {
	for name, property := range s.Properties {
		if l.fields == nil {
			l.fields = map[string]*layout{}
		}
		if l.fields[name] == nil {
			l.fields[name] = &layout{}
		}
		l.fields[name].merge(property)
	}
	if s.Items2020 != nil {
		if l.items == nil {
			l.items = &layout{}
		}
		l.items.merge(s.Items2020)
	}
	if s.MaxItems != nil {
		l.maxItems = max(l.maxItems, *s.MaxItems)
	}
	for _, alternatives := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf} {
		for _, a := range alternatives {
			l.merge(a)
		}
	}
}

// tooMany returns the path of an array in a decoded value that is longer than
// it may be. The schema says so too, but its validator looks at every item
// first, and lists what is wrong with each.
func (l *layout) tooMany(value any) (at string, limit int) {
	switch value := value.(type) {
	case map[string]any:
		for name, field := range l.fields {
			if at, limit = field.tooMany(value[name]); limit > 0 {
				return "/" + name + at, limit
			}
		}
	case []any:
		if l.maxItems > 0 && len(value) > l.maxItems {
			return "", l.maxItems
		}
		if !l.items.branches() {
			return "", 0
		}
		for i, item := range value {
			if at, limit = l.items.tooMany(item); limit > 0 {
				return fmt.Sprintf("/%d%s", i, at), limit
			}
		}
	}
	return "", 0
}

// branches reports whether the layout says anything of what is in a value.
func (l *layout) branches() bool { return l != nil && (l.fields != nil || l.items != nil) }

// canonical returns a value of the layout in the one reading that it has for
// everybody: of its objects only the properties that the layout names, spelled
// as there, the last of each. What the layout does not go into stays as the
// client wrote it.
func (l *layout) canonical(value json.RawMessage) (json.RawMessage, error) {
	if l.fields != nil && value[0] == '{' {
		var object, out map[string]json.RawMessage
		if err := json.Unmarshal(value, &object); err != nil {
			return nil, err
		}
		out = make(map[string]json.RawMessage, len(object))
		for name, field := range l.fields {
			v, ok := object[name]
			if !ok {
				continue
			}
			var err error
			if out[name], err = field.canonical(v); err != nil {
				return nil, err
			}
		}
		return json.Marshal(out)
	}
	if l.items.branches() && value[0] == '[' {
		var array []json.RawMessage
		if err := json.Unmarshal(value, &array); err != nil {
			return nil, err
		}
		for i, item := range array {
			var err error
			if array[i], err = l.items.canonical(item); err != nil {
				return nil, err
			}
		}
		return json.Marshal(array)
	}
	return value, nil
}
