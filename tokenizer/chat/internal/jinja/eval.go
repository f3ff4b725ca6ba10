package jinja

import (
	"fmt"
	"unicode/utf8"
)

// expr is an expression. Its eval goes through machine.eval, which counts.
type expr interface {
	eval(m *machine, s *scope) (any, error)
}

type (
	literal   struct{ v any }
	name      string
	listExpr  []expr
	dictExpr  struct{ keys, values []expr }
	attribute struct {
		x    expr
		name string
	}
	subscript struct{ x, i expr }
	slice     struct {
		x      expr
		bounds [3]expr // nil where left out
	}
	call struct {
		f    expr
		args arguments
	}
	arguments struct {
		list  []expr
		names []string // of named
		named []expr
	}
	filterExpr struct {
		x    expr
		name string
		f    filter
		args arguments
	}
	testExpr struct {
		x    expr
		name string
		f    test
		args arguments
	}
	unary struct {
		op string
		x  expr
	}
	binary struct {
		op   string
		x, y expr
	}
	comparison struct {
		first expr
		ops   []string
		rest  []expr
	}
	logic struct {
		and  bool
		x, y expr
	}
	condition struct{ test, then, otherwise expr }
	capture   struct{ body body } // what the body prints
)

func (u Undefined) err() error { return &Error{u.why} }

func (e *literal) eval(*machine, *scope) (any, error) { return e.v, nil }

func (e name) eval(m *machine, s *scope) (any, error) { return m.lookup(s, string(e)), nil }

func (e listExpr) eval(m *machine, s *scope) (any, error) { return m.evalAll(e, s) }

func (e *dictExpr) eval(m *machine, s *scope) (any, error) {
	d := &Dict{}
	for i := range e.keys {
		k, err := m.eval(e.keys[i], s)
		if err != nil {
			return nil, err
		}
		key, ok := k.(string)
		if !ok {
			return nil, fmt.Errorf("a key of a dict is a %s: only str is supported", typeName(k))
		}
		v, err := m.eval(e.values[i], s)
		if err != nil {
			return nil, err
		}
		d.Set(key, v)
	}
	return d, m.spend(4 * valueSize * len(e.keys))
}

func (e *attribute) eval(m *machine, s *scope) (any, error) {
	x, err := m.eval(e.x, s)
	if err != nil {
		return nil, err
	}
	if f := method(x, e.name); f != nil {
		return f, nil
	}
	return item(x, e.name)
}

func (e *subscript) eval(m *machine, s *scope) (any, error) {
	x, err := m.eval(e.x, s)
	if err != nil {
		return nil, err
	}
	i, err := m.eval(e.i, s)
	if err != nil {
		return nil, err
	}
	if u, ok := x.(Undefined); ok {
		return nil, u.err()
	}
	if list, ok := x.(List); ok {
		if n, ok := integer(i); ok {
			if n < 0 {
				n += int64(len(list))
			}
			if n >= 0 && n < int64(len(list)) {
				return list[n], nil
			}
		}
	}
	if str, ok := x.(string); ok {
		if n, ok := integer(i); ok {
			return character(m, str, n)
		}
	}
	key, ok := i.(string)
	if !ok {
		element, err := str(m, i)
		return Undefined{objectName(x) + " has no element " + element}, err
	}
	v, err := item(x, key)
	if _, missing := v.(Undefined); missing && err == nil {
		if f := method(x, key); f != nil {
			return f, nil
		}
	}
	return v, err
}

// item is x[key], or undefined.
func item(x any, key string) (any, error) {
	switch x := x.(type) {
	case *Dict:
		if v, ok := x.Get(key); ok {
			return v, nil
		}
	case *namespace:
		if v, ok := x.Get(key); ok {
			return v, nil
		}
	case *loop:
		if v, ok := x.get(key); ok {
			return v, nil
		}
	case Undefined:
		return nil, x.err()
	}
	return Undefined{fmt.Sprintf("'%s' has no attribute '%s'", objectName(x), key)}, nil
}

// objectName is how Jinja's messages about undefined values name their owner.
func objectName(v any) string {
	switch v.(type) {
	case nil:
		return "None"
	case *namespace:
		return "jinja2.utils.Namespace object"
	}
	return typeName(v) + " object"
}

// character is the n-th character of s.
func character(m *machine, s string, n int64) (any, error) {
	if err := m.spend(len(s)); err != nil {
		return nil, err
	}
	if n < 0 {
		n += int64(utf8.RuneCountInString(s))
	}
	for i := range s {
		if n == 0 {
			_, size := utf8.DecodeRuneInString(s[i:])
			return s[i : i+size], nil
		}
		n--
	}
	return Undefined{"str object has no such element"}, nil
}

func (e *slice) eval(m *machine, s *scope) (any, error) {
	x, err := m.eval(e.x, s)
	if err != nil {
		return nil, err
	}
	var bounds [3]*int64
	for i, b := range e.bounds {
		if b == nil {
			continue
		}
		v, err := m.eval(b, s)
		if err != nil {
			return nil, err
		}
		if n, ok := integer(v); ok {
			bounds[i] = &n
		} else if v != nil {
			return nil, fmt.Errorf("slice indices must be integers or None")
		}
	}
	list, isList := x.(List)
	str, isString := x.(string)
	if isString {
		if list, err = items(m, str); err != nil {
			return nil, err
		}
	} else if u, ok := x.(Undefined); ok {
		return nil, u.err()
	} else if !isList {
		return nil, fmt.Errorf("'%s' object is not subscriptable", typeName(x))
	}
	if list, err = sliced(m, list, bounds); err != nil || isList {
		return list, err
	}
	return concat(m, list, "")
}

// sliced is Python's list[bounds[0]:bounds[1]:bounds[2]].
func sliced(m *machine, list List, bounds [3]*int64) (List, error) {
	n, step := int64(len(list)), int64(1)
	if bounds[2] != nil {
		step = *bounds[2]
	}
	if step == 0 {
		return nil, fmt.Errorf("slice step cannot be zero")
	}
	least, most, from, to := int64(0), n, int64(0), n
	if step < 0 {
		least, most, from, to = -1, n-1, n-1, -1
	}
	for i, dst := range []*int64{&from, &to} {
		if b := bounds[i]; b != nil {
			at := *b
			if at < 0 {
				at += n
			}
			*dst = min(max(at, least), most)
		}
	}
	if err := m.spend(valueSize * len(list)); err != nil {
		return nil, err
	}
	step = min(max(step, -n-1), n+1)
	out := List{}
	for i := from; step > 0 && i < to || step < 0 && i > to; i += step {
		out = append(out, list[i])
	}
	return out, nil
}

func (e *call) eval(m *machine, s *scope) (any, error) {
	f, err := m.eval(e.f, s)
	if err != nil {
		return nil, err
	}
	a, err := m.arguments(e.args, s)
	if err != nil {
		return nil, err
	}
	switch f := f.(type) {
	case callable:
		return f(m, a)
	case Undefined:
		return nil, f.err()
	}
	return nil, fmt.Errorf("'%s' object is not callable", typeName(f))
}

func (e *filterExpr) eval(m *machine, s *scope) (any, error) {
	x, err := m.eval(e.x, s)
	if err != nil {
		return nil, err
	}
	a, err := m.arguments(e.args, s)
	if err != nil {
		return nil, err
	}
	v, err := e.f(m, x, a)
	if err != nil {
		return nil, fmt.Errorf("filter %s: %w", e.name, err)
	}
	return v, nil
}

func (e *testExpr) eval(m *machine, s *scope) (any, error) {
	x, err := m.eval(e.x, s)
	if err != nil {
		return nil, err
	}
	a, err := m.arguments(e.args, s)
	if err != nil {
		return nil, err
	}
	v, err := e.f(m, x, a)
	if err != nil {
		return nil, fmt.Errorf("test %s: %w", e.name, err)
	}
	return v, nil
}

func (e *unary) eval(m *machine, s *scope) (any, error) {
	x, err := m.eval(e.x, s)
	if err != nil {
		return nil, err
	}
	switch e.op {
	case "not":
		return !truth(x), nil
	case "-":
		return arithmetic(m, "*", int64(-1), x)
	}
	return arithmetic(m, "*", int64(1), x)
}

func (e *binary) eval(m *machine, s *scope) (any, error) {
	xy, err := m.evalAll([]expr{e.x, e.y}, s)
	if err != nil {
		return nil, err
	}
	if e.op == "~" {
		return concat(m, xy, "")
	}
	return arithmetic(m, e.op, xy[0], xy[1])
}

func (e *comparison) eval(m *machine, s *scope) (any, error) {
	x, err := m.eval(e.first, s)
	if err != nil {
		return nil, err
	}
	for i, op := range e.ops {
		y, err := m.eval(e.rest[i], s)
		if err != nil {
			return nil, err
		}
		if ok, err := relation(m, op, x, y); !ok || err != nil {
			return false, err
		}
		x = y
	}
	return true, nil
}

func relation(m *machine, op string, x, y any) (bool, error) {
	switch op {
	case "==":
		return equal(m, x, y)
	case "!=":
		same, err := equal(m, x, y)
		return !same, err
	case "in":
		return contains(m, y, x)
	case "not in":
		in, err := contains(m, y, x)
		return !in, err
	}
	for _, v := range []any{x, y} {
		if u, ok := v.(Undefined); ok {
			return false, u.err()
		}
	}
	c, err := compare(m, x, y)
	if err != nil {
		return false, err
	}
	switch op {
	case "<":
		return c < 0, nil
	case "<=":
		return c <= 0, nil
	case ">":
		return c > 0, nil
	}
	return c >= 0, nil
}

func (e *logic) eval(m *machine, s *scope) (any, error) {
	x, err := m.eval(e.x, s)
	if err != nil || truth(x) != e.and {
		return x, err
	}
	return m.eval(e.y, s)
}

func (e *condition) eval(m *machine, s *scope) (any, error) {
	test, err := m.eval(e.test, s)
	if err != nil {
		return nil, err
	}
	if truth(test) {
		return m.eval(e.then, s)
	}
	return m.eval(e.otherwise, s)
}

func (e *capture) eval(m *machine, s *scope) (any, error) { return m.capture(e.body, s) }
