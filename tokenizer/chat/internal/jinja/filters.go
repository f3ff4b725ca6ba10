package jinja

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// filter is what stands behind a "|".
type filter func(m *machine, x any, a *args) (any, error)

// args are the arguments of a filter, a test, a method or a global. Each is
// asked for by its place and name.
type args struct {
	list  []any
	named *Dict
}

func newArgs(list []any, named *Dict) *args { return &args{list, named} }

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
		"abs": filterAbs, "capitalize": method0("capitalize"), "count": filterLength, "d": filterDefault,
		"default": filterDefault, "dictsort": filterDictsort, "first": filterFirst, "float": filterFloat,
		"indent": filterIndent, "int": filterInt, "items": filterItems, "join": filterJoin,
		"last": filterLast, "length": filterLength, "list": filterList, "lower": method0("lower"),
		"map": filterMap, "max": extreme(1), "min": extreme(-1), "reject": chosen(false, false),
		"rejectattr": chosen(false, true), "replace": filterReplace, "reverse": filterReverse,
		"round": filterRound, "safe": filterString, "select": chosen(true, false),
		"selectattr": chosen(true, true), "sort": filterSort, "string": filterString, "sum": filterSum,
		"title": method0("title"), "tojson": filterJSON, "trim": filterTrim, "unique": filterUnique,
		"upper": method0("upper"),
	}
}

// method0 is a filter that is a string method of the text of its value.
func method0(name string) filter {
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

func filterTrim(m *machine, x any, a *args) (any, error) {
	s, err := str(m, x)
	if err != nil {
		return nil, err
	}
	return stringMethods["strip"](m, s, a)
}

func filterReplace(m *machine, x any, a *args) (any, error) {
	s, err := str(m, x)
	if err != nil {
		return nil, err
	}
	return replace(m, s, a.text(0, "old", ""), a.text(1, "new", ""), a.int(2, "count", -1))
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

func filterAbs(_ *machine, x any, _ *args) (any, error) {
	switch x := x.(type) {
	case int64:
		return max(x, -x), nil
	case float64:
		return math.Abs(x), nil
	}
	return nil, fmt.Errorf("bad operand type: '%s'", typeName(x))
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

func filterFloat(_ *machine, x any, a *args) (any, error) {
	if f, ok := float(x); ok {
		return f, nil
	}
	if s, ok := x.(string); ok {
		if f, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil {
			return f, nil
		}
	}
	return a.get(0, "default", 0.0), nil
}

func filterRound(_ *machine, x any, a *args) (any, error) {
	f, ok := float(x)
	if !ok {
		return nil, fmt.Errorf("'%s' is no number", typeName(x))
	}
	scale := math.Pow(10, float64(a.int(0, "precision", 0)))
	switch a.text(1, "method", "common") {
	case "ceil":
		return math.Ceil(f*scale) / scale, nil
	case "floor":
		return math.Floor(f*scale) / scale, nil
	}
	return math.RoundToEven(f*scale) / scale, nil
}

func filterFirst(m *machine, x any, _ *args) (any, error) { return end(m, x, false) }
func filterLast(m *machine, x any, _ *args) (any, error)  { return end(m, x, true) }

// end is the first or last item of x.
func end(m *machine, x any, last bool) (any, error) {
	list, err := items(m, x)
	if err != nil {
		return nil, err
	}
	switch {
	case len(list) == 0:
		return Undefined{"No item: the sequence was empty."}, nil
	case last:
		return list[len(list)-1], nil
	}
	return list[0], nil
}

func filterList(m *machine, x any, _ *args) (any, error) {
	list, err := items(m, x)
	if list == nil {
		list = List{}
	}
	return list, err
}

func filterItems(m *machine, x any, _ *args) (any, error) {
	switch x := x.(type) {
	case *Dict:
		return pairs(m, x)
	case Undefined:
		return List{}, nil
	}
	return nil, fmt.Errorf("can only get item pairs from a mapping")
}

// pairs are the keys and values of a dict.
func pairs(m *machine, d *Dict) (List, error) {
	if err := m.spend(4 * valueSize * len(d.keys)); err != nil {
		return nil, err
	}
	list := make(List, len(d.keys))
	for i, k := range d.keys {
		list[i] = List{k, d.values[k]}
	}
	return list, nil
}

func filterDictsort(m *machine, x any, a *args) (any, error) {
	d, ok := x.(*Dict)
	if !ok {
		return nil, fmt.Errorf("'%s' is no mapping", typeName(x))
	}
	list, err := pairs(m, d)
	if err != nil {
		return nil, err
	}
	by := int64(btoi(a.text(1, "by", "key") == "value"))
	return sorted(m, list, func(v any) (any, error) { return v.(List)[by], nil },
		truth(a.get(0, "case_sensitive", false)), truth(a.get(2, "reverse", false)))
}

func filterSort(m *machine, x any, a *args) (any, error) {
	list, err := items(m, x)
	if err != nil {
		return nil, err
	}
	return sorted(m, list, attributeOf(m, a.get(2, "attribute", nil)),
		truth(a.get(1, "case_sensitive", false)), truth(a.get(0, "reverse", false)))
}

// sorted sorts by key, stably.
func sorted(m *machine, list List, key func(any) (any, error), caseSensitive, reverse bool) (any, error) {
	if err := m.spend(3 * valueSize * len(list)); err != nil {
		return nil, err
	}
	type keyed struct{ key, value any }
	all := make([]keyed, len(list))
	for i, v := range list {
		k, err := key(v)
		if err != nil {
			return nil, err
		}
		if s, ok := k.(string); ok && !caseSensitive {
			k = strings.ToLower(s)
		}
		all[i] = keyed{k, v}
	}
	var failed error
	slices.SortStableFunc(all, func(x, y keyed) int {
		if failed != nil {
			return 0
		}
		c, err := compare(m, x.key, y.key)
		failed = err
		if reverse {
			c = -c
		}
		return c
	})
	out := make(List, len(all))
	for i, k := range all {
		out[i] = k.value
	}
	return out, failed
}

// attributeOf returns a function that follows a path of attributes, "a.b.0".
func attributeOf(m *machine, path any) func(any) (any, error) {
	var names []string
	switch p := path.(type) {
	case string:
		names = strings.Split(p, ".")
	case int64:
		names = []string{strconv.FormatInt(p, 10)}
	}
	return func(v any) (any, error) {
		for _, name := range names {
			if err := m.step(); err != nil {
				return nil, err
			}
			i, err := strconv.Atoi(name)
			if list, ok := v.(List); ok && err == nil && i >= 0 && i < len(list) {
				v = list[i]
				continue
			}
			if v, err = item(v, name); err != nil {
				return nil, err
			}
		}
		return v, nil
	}
}

func filterJoin(m *machine, x any, a *args) (any, error) {
	list, err := items(m, x)
	if err != nil {
		return nil, err
	}
	if path := a.get(1, "attribute", nil); path != nil {
		if list, err = mapped(m, list, attributeOf(m, path)); err != nil {
			return nil, err
		}
	}
	return concat(m, list, a.text(0, "d", ""))
}

// concat is the texts of the values with a separator between them.
func concat(m *machine, list List, separator string) (string, error) {
	var b strings.Builder
	for i, v := range list {
		s, err := str(m, v)
		if err != nil {
			return "", err
		}
		if err := m.spend(len(s) + len(separator)); err != nil {
			return "", err
		}
		if i > 0 {
			b.WriteString(separator)
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

func mapped(m *machine, list List, f func(any) (any, error)) (List, error) {
	if err := m.spend(valueSize * len(list)); err != nil {
		return nil, err
	}
	out := make(List, len(list))
	for i, v := range list {
		if err := m.step(); err != nil {
			return nil, err
		}
		var err error
		if out[i], err = f(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func filterMap(m *machine, x any, a *args) (any, error) {
	list, err := items(m, x)
	if err != nil {
		return nil, err
	}
	if path, ok := a.named.Get("attribute"); ok {
		get := attributeOf(m, path)
		otherwise, hasDefault := a.named.Get("default")
		return mapped(m, list, func(v any) (any, error) {
			v, err := get(v)
			if _, missing := v.(Undefined); missing && hasDefault {
				v = otherwise
			}
			return v, err
		})
	}
	name := a.text(0, "", "")
	f := filters[name]
	if f == nil {
		return nil, fmt.Errorf("no filter named %q", name)
	}
	rest := newArgs(a.list[1:], a.named)
	return mapped(m, list, func(v any) (any, error) { return f(m, v, rest) })
}

// chosen is select, reject, selectattr and rejectattr.
func chosen(want, attribute bool) filter {
	return func(m *machine, x any, a *args) (any, error) {
		list, err := items(m, x)
		if err != nil {
			return nil, err
		}
		key, rest := attributeOf(m, nil), a.list
		if attribute {
			if len(rest) == 0 {
				return nil, errors.New("needs an attribute")
			}
			key, rest = attributeOf(m, rest[0]), rest[1:]
		}
		check := func(v any) (bool, error) { return truth(v), nil }
		if len(rest) > 0 {
			name, _ := rest[0].(string)
			t := tests[name]
			if t == nil {
				return nil, fmt.Errorf("no test named %q", name)
			}
			testArgs := newArgs(rest[1:], a.named)
			check = func(v any) (bool, error) { return t(m, v, testArgs) }
		}
		if err := m.spend(valueSize * len(list)); err != nil {
			return nil, err
		}
		kept := List{}
		for _, v := range list {
			if err := m.step(); err != nil {
				return nil, err
			}
			k, err := key(v)
			if err != nil {
				return nil, err
			}
			ok, err := check(k)
			if err != nil {
				return nil, err
			}
			if ok == want {
				kept = append(kept, v)
			}
		}
		return kept, nil
	}
}

func filterReverse(m *machine, x any, _ *args) (any, error) {
	list, err := items(m, x)
	if err != nil {
		return nil, err
	}
	if err := m.spend(valueSize * len(list)); err != nil {
		return nil, err
	}
	list = slices.Clone(list)
	slices.Reverse(list)
	if _, ok := x.(string); ok {
		return concat(m, list, "")
	}
	return list, nil
}

// extreme is max, or min with sign -1.
func extreme(sign int) filter {
	return func(m *machine, x any, a *args) (any, error) {
		list, err := items(m, x)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return Undefined{"No item: the sequence was empty."}, nil
		}
		key := attributeOf(m, a.get(1, "attribute", nil))
		best := list[0]
		for _, v := range list[1:] {
			k, err := key(v)
			if err != nil {
				return nil, err
			}
			b, err := key(best)
			if err != nil {
				return nil, err
			}
			c, err := compare(m, k, b)
			if err != nil {
				return nil, err
			}
			if cmp.Compare(c, 0) == sign {
				best = v
			}
		}
		return best, nil
	}
}

func filterSum(m *machine, x any, a *args) (any, error) {
	list, err := items(m, x)
	if err != nil {
		return nil, err
	}
	key, sum := attributeOf(m, a.get(0, "attribute", nil)), a.get(1, "start", int64(0))
	for _, v := range list {
		if err := m.step(); err != nil {
			return nil, err
		}
		k, err := key(v)
		if err != nil {
			return nil, err
		}
		if sum, err = arithmetic(m, "+", sum, k); err != nil {
			return nil, err
		}
	}
	return sum, nil
}

func filterUnique(m *machine, x any, a *args) (any, error) {
	list, err := items(m, x)
	if err != nil {
		return nil, err
	}
	key := attributeOf(m, a.get(1, "attribute", nil))
	seen, kept := List{}, List{}
	for _, v := range list {
		k, err := key(v)
		if err != nil {
			return nil, err
		}
		if s, ok := k.(string); ok && !truth(a.get(0, "case_sensitive", false)) {
			k = strings.ToLower(s)
		}
		in, err := contains(m, seen, k)
		if err != nil {
			return nil, err
		}
		if !in {
			seen, kept = append(seen, k), append(kept, v)
		}
	}
	return kept, m.spend(2 * valueSize * len(kept))
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
