package jinja

import (
	"math"
	"strconv"
	"strings"
	"unicode"
)

// filter is what stands behind a "|".
type filter func(m *machine, x any, a *args) (any, error)

// args are the arguments of a filter, a test, a method or a global. Each is
// asked for by its place and name.
type args struct {
	list  []any
	named *Dict
}

// get returns the i-th argument, or the one of a name, or otherwise.
func (a *args) get(i int, name string, otherwise any) any {
	if i < len(a.list) {
		return a.list[i]
	}
	if v, ok := a.named.Get(name); ok {
		return v
	}
	return otherwise
}

func (a *args) text(i int, name, otherwise string) string {
	if s, ok := a.get(i, name, otherwise).(string); ok {
		return s
	}
	return otherwise
}

func (a *args) int(i int, name string, otherwise int64) int64 {
	if n, ok := integer(a.get(i, name, otherwise)); ok {
		return n
	}
	return otherwise
}

var filters map[string]filter

func init() { // not a literal: the filters map, select and reject look names up
	filters = map[string]filter{
		"capitalize": fromMethod("capitalize"), "count": filterLength, "d": filterDefault, "default": filterDefault,
		"dictsort": filterDictsort, "first": filterFirst, "indent": filterIndent, "int": filterInt,
		"items": filterItems, "join": filterJoin, "last": filterLast, "length": filterLength, "list": filterList,
		"lower": fromMethod("lower"), "map": filterMap, "reject": chosen(false, false),
		"rejectattr": chosen(false, true), "replace": fromMethod("replace"), "reverse": filterReverse,
		"safe": filterString, "select": chosen(true, false), "selectattr": chosen(true, true), "sort": filterSort,
		"string": filterString, "title": filterTitle, "tojson": filterJSON, "trim": fromMethod("strip"),
		"upper": fromMethod("upper"),
	}
}

// fromMethod is a filter that is a string method of the text of its value.
func fromMethod(name string) filter {
	return func(m *machine, x any, a *args) (any, error) {
		s, err := str(m, x)
		if err != nil {
			return nil, err
		}
		return stringMethods[name](m, s, a)
	}
}

func filterString(m *machine, x any, _ *args) (any, error) { return str(m, x) }

func filterLength(m *machine, x any, _ *args) (any, error) {
	n, err := length(m, x)
	return int64(n), err
}

func filterDefault(_ *machine, x any, a *args) (any, error) {
	_, undefined := x.(Undefined)
	if undefined || truth(a.get(1, "boolean", false)) && !truth(x) {
		return a.get(0, "default_value", ""), nil
	}
	return x, nil
}

func filterIndent(m *machine, x any, a *args) (any, error) {
	s, err := str(m, x)
	if err != nil {
		return nil, err
	}
	width := a.text(0, "width", "")
	if width == "" {
		n := a.int(0, "width", 4)
		if n > 1000 {
			return nil, ErrLimit
		}
		width = strings.Repeat(" ", int(max(n, 0)))
	}
	first, blank := truth(a.get(1, "first", false)), truth(a.get(2, "blank", false))
	if err := m.spend(len(s) + len(width)*(1+strings.Count(s, "\n"))); err != nil {
		return nil, err
	}
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if i == 0 && !first || line == "" && !blank && i > 0 {
			continue
		}
		lines[i] = width + line
	}
	return strings.Join(lines, "\n"), nil
}

func filterInt(_ *machine, x any, a *args) (any, error) {
	switch x := x.(type) {
	case bool, int64:
		n, _ := integer(x)
		return n, nil
	case float64:
		if math.Abs(x) < 1<<62 {
			return int64(x), nil
		}
	case string:
		s := strings.TrimSpace(x)
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n, nil
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(f) < 1<<62 {
			return int64(f), nil
		}
	}
	return a.get(0, "default", int64(0)), nil
}

// filterTitle differs from the method: words begin behind white space, hyphens
// and opening brackets only.
func filterTitle(m *machine, x any, _ *args) (any, error) {
	s, err := str(m, x)
	if err != nil {
		return nil, err
	}
	start := true
	return changed(m, s, func(s string) string {
		return strings.Map(func(r rune) rune {
			was := start
			start = unicode.IsSpace(r) || strings.ContainsRune("-({[<", r)
			if was {
				return unicode.ToTitle(r)
			}
			return unicode.ToLower(r)
		}, s)
	})
}
