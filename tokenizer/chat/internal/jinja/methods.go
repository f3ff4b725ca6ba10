package jinja

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// method returns a method of a value, or nil.
func method(x any, name string) any {
	switch x := x.(type) {
	case string:
		if f := stringMethods[name]; f != nil {
			return callable(func(m *machine, a *args) (any, error) { return f(m, x, a) })
		}
	case *Dict:
		if f := dictMethods[name]; f != nil {
			return callable(func(m *machine, a *args) (any, error) { return f(m, x, a) })
		}
	case List:
		if slices.Contains([]string{"append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse"}, name) {
			return callable(func(*machine, *args) (any, error) {
				return nil, fmt.Errorf("access to attribute '%s' of 'list' object is unsafe", name)
			})
		}
	}
	return nil
}

var dictMethods = map[string]func(m *machine, d *Dict, a *args) (any, error){
	"get": func(_ *machine, d *Dict, a *args) (any, error) {
		if key, ok := a.get(0, "", nil).(string); ok {
			if v, ok := d.Get(key); ok {
				return v, nil
			}
		}
		return a.get(1, "", nil), nil
	},
	"items": func(m *machine, d *Dict, _ *args) (any, error) { return pairs(m, d) },
	"keys":  func(m *machine, d *Dict, _ *args) (any, error) { return keys(m, d) },
	"values": func(m *machine, d *Dict, _ *args) (any, error) {
		list, err := keys(m, d)
		for i, k := range list {
			list[i] = d.values[k.(string)]
		}
		return list, err
	},
}

var stringMethods = map[string]func(m *machine, s string, a *args) (any, error){
	"strip":      func(m *machine, s string, a *args) (any, error) { return strip(m, s, a, true, true) },
	"lstrip":     func(m *machine, s string, a *args) (any, error) { return strip(m, s, a, true, false) },
	"rstrip":     func(m *machine, s string, a *args) (any, error) { return strip(m, s, a, false, true) },
	"startswith": func(_ *machine, s string, a *args) (any, error) { return affix(s, a, strings.HasPrefix) },
	"endswith":   func(_ *machine, s string, a *args) (any, error) { return affix(s, a, strings.HasSuffix) },
	"removeprefix": func(_ *machine, s string, a *args) (any, error) {
		return strings.TrimPrefix(s, a.text(0, "", "")), nil
	},
	"removesuffix": func(_ *machine, s string, a *args) (any, error) {
		return strings.TrimSuffix(s, a.text(0, "", "")), nil
	},
	"split":      func(m *machine, s string, a *args) (any, error) { return split(m, s, a, false) },
	"rsplit":     func(m *machine, s string, a *args) (any, error) { return split(m, s, a, true) },
	"splitlines": splitLines,
	"upper":      func(m *machine, s string, _ *args) (any, error) { return changed(m, s, strings.ToUpper) },
	"lower":      func(m *machine, s string, _ *args) (any, error) { return changed(m, s, strings.ToLower) },
	"capitalize": func(m *machine, s string, _ *args) (any, error) { return changed(m, s, capitalize) },
	"title":      func(m *machine, s string, _ *args) (any, error) { return changed(m, s, title) },
	"replace": func(m *machine, s string, a *args) (any, error) {
		return replace(m, s, a.text(0, "old", ""), a.text(1, "new", ""), a.int(2, "count", -1))
	},
	"find":  func(m *machine, s string, a *args) (any, error) { return find(m, s, a, strings.Index) },
	"rfind": func(m *machine, s string, a *args) (any, error) { return find(m, s, a, strings.LastIndex) },
	"count": func(m *machine, s string, a *args) (any, error) {
		return int64(strings.Count(s, a.text(0, "", ""))), m.spend(len(s))
	},
	"join": func(m *machine, s string, a *args) (any, error) {
		list, err := items(m, a.get(0, "", nil))
		if err != nil {
			return nil, err
		}
		for _, v := range list {
			if !is[string](v) {
				return nil, fmt.Errorf("sequence item: expected str instance, %s found", typeName(v))
			}
		}
		return concat(m, list, s)
	},
	"isdigit": func(m *machine, s string, _ *args) (any, error) {
		return s != "" && strings.TrimFunc(s, unicode.IsDigit) == "", m.spend(len(s))
	},
}

func strip(m *machine, s string, a *args, left, right bool) (any, error) {
	if err := m.spend(len(s)); err != nil {
		return nil, err
	}
	drop := unicode.IsSpace
	if set, ok := a.get(0, "chars", nil).(string); ok {
		if len(set) > 100 {
			return nil, ErrLimit
		}
		drop = func(r rune) bool { return strings.ContainsRune(set, r) }
	}
	if left {
		s = strings.TrimLeftFunc(s, drop)
	}
	if right {
		s = strings.TrimRightFunc(s, drop)
	}
	return s, nil
}

func affix(s string, a *args, has func(s, affix string) bool) (any, error) {
	switch x := a.get(0, "", nil).(type) {
	case string:
		return has(s, x), nil
	case List:
		return slices.ContainsFunc(x, func(v any) bool { t, ok := v.(string); return ok && has(s, t) }), nil
	default:
		return nil, fmt.Errorf("first arg must be str or a tuple of str, not %s", typeName(x))
	}
}

func split(m *machine, s string, a *args, fromRight bool) (any, error) {
	separator, ok := a.get(0, "sep", nil).(string)
	limit := a.int(1, "maxsplit", -1)
	if ok && separator == "" {
		return nil, fmt.Errorf("empty separator")
	}
	n := strings.Count(s, separator)
	if !ok {
		n = len(strings.Fields(s))
	}
	if err := m.spend(len(s) + valueSize*n); err != nil {
		return nil, err
	}
	var parts []string
	switch {
	case !ok && limit < 0:
		parts = strings.Fields(s)
	case !ok:
		return nil, fmt.Errorf("split by white space with a limit is not supported")
	case limit < 0 || limit >= int64(n):
		parts = strings.Split(s, separator)
	case fromRight:
		for ; limit > 0; limit-- {
			i := strings.LastIndex(s, separator)
			parts = append(parts, s[i+len(separator):])
			s = s[:i]
		}
		parts = append(parts, s)
		slices.Reverse(parts)
	default:
		parts = strings.SplitN(s, separator, int(limit)+1)
	}
	return texts(parts), nil
}

func texts(parts []string) List {
	list := make(List, len(parts))
	for i, p := range parts {
		list[i] = p
	}
	return list
}

func splitLines(m *machine, s string, _ *args) (any, error) {
	if err := m.spend(len(s) + valueSize*(1+strings.Count(s, "\n"))); err != nil {
		return nil, err
	}
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return texts(lines), nil
}

func find(m *machine, s string, a *args, index func(s, sub string) int) (any, error) {
	if err := m.spend(2 * len(s)); err != nil {
		return nil, err
	}
	i := index(s, a.text(0, "", ""))
	if i > 0 {
		i = utf8.RuneCountInString(s[:i])
	}
	return int64(i), nil
}

// changed is f(s), paid for.
func changed(m *machine, s string, f func(string) string) (any, error) {
	if err := m.spend(2 * len(s)); err != nil {
		return nil, err
	}
	return f(s), nil
}

func capitalize(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToTitle(s[:n]) + strings.ToLower(s[n:])
}

// title makes the first letter of every word a capital one.
func title(s string) string {
	inWord := false
	return strings.Map(func(r rune) rune {
		was := inWord
		inWord = unicode.IsLetter(r)
		if inWord && !was {
			return unicode.ToTitle(r)
		}
		return unicode.ToLower(r)
	}, s)
}

// replace is Python's s.replace(old, new, count).
func replace(m *machine, s, old, new string, count int64) (any, error) {
	n := strings.Count(s, old)
	if old == "" {
		n = utf8.RuneCountInString(s) + 1
	}
	if count >= 0 {
		n = min(n, int(min(count, math.MaxInt32)))
	}
	if len(new) > 0 && n > (1<<40)/len(new) {
		return nil, ErrLimit
	}
	if err := m.spend(2*len(s) + n*len(new)); err != nil {
		return nil, err
	}
	return strings.Replace(s, old, new, n), nil
}
