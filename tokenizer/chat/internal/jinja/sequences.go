package jinja

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Filters of lists and mappings.

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
	rest := &args{a.list[1:], a.named}
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
			testArgs := &args{rest[1:], a.named}
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
