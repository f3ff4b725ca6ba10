package jinja

import (
	"cmp"
	"fmt"
	"math"
	"strings"
)

// equal is Python's a == b.
func equal(m *machine, a, b any) (bool, error) {
	if err := m.enter(); err != nil {
		return false, err
	}
	defer m.leave()
	if x, y, ok := floats(a, b); ok {
		if i, j, ok := ints(a, b); ok {
			return i == j, nil
		}
		return x == y, nil
	}
	switch a := a.(type) {
	case nil:
		return b == nil, nil
	case string:
		b, ok := b.(string)
		if !ok || len(a) != len(b) {
			return false, nil
		}
		return a == b, m.spend(len(a))
	case Undefined:
		_, ok := b.(Undefined)
		return ok, nil
	case List:
		b, ok := b.(List)
		if !ok || len(a) != len(b) {
			return false, nil
		}
		for i := range a {
			if same, err := equal(m, a[i], b[i]); !same || err != nil {
				return false, err
			}
		}
		return true, nil
	case *Dict:
		b, ok := b.(*Dict)
		if !ok || len(a.keys) != len(b.keys) {
			return false, nil
		}
		for _, k := range a.keys {
			v, ok := b.values[k]
			if !ok {
				return false, nil
			}
			if same, err := equal(m, a.values[k], v); !same || err != nil {
				return false, err
			}
		}
		return true, nil
	case *namespace:
		return any(a) == b, nil
	}
	return false, nil // functions
}

// floats returns a and b as floats if both are numbers; a bool is one.
func floats(a, b any) (x, y float64, ok bool) {
	x, okX := float(a)
	y, okY := float(b)
	return x, y, okX && okY
}

func float(v any) (float64, bool) {
	switch v := v.(type) {
	case bool:
		return float64(btoi(v)), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// ints returns a and b if both are integers; a bool is one.
func ints(a, b any) (x, y int64, ok bool) {
	x, okX := integer(a)
	y, okY := integer(b)
	return x, y, okX && okY
}

func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case bool:
		return int64(btoi(v)), true
	case int64:
		return v, true
	}
	return 0, false
}

// compare is negative, zero or positive as a is less than, equal to or more
// than b.
func compare(m *machine, a, b any) (int, error) {
	if err := m.enter(); err != nil {
		return 0, err
	}
	defer m.leave()
	if x, y, ok := ints(a, b); ok {
		return cmp.Compare(x, y), nil
	}
	if x, y, ok := floats(a, b); ok {
		return cmp.Compare(x, y), nil
	}
	if x, ok := a.(string); ok {
		if y, ok := b.(string); ok {
			return strings.Compare(x, y), m.spend(min(len(x), len(y)))
		}
	}
	if x, ok := a.(List); ok {
		if y, ok := b.(List); ok {
			for i := range min(len(x), len(y)) {
				if c, err := compare(m, x[i], y[i]); c != 0 || err != nil {
					return c, err
				}
			}
			return cmp.Compare(len(x), len(y)), nil
		}
	}
	return 0, fmt.Errorf("'<' not supported between instances of '%s' and '%s'", typeName(a), typeName(b))
}

// contains is Python's x in container.
func contains(m *machine, container, x any) (bool, error) {
	switch c := container.(type) {
	case string:
		s, ok := x.(string)
		if !ok {
			return false, fmt.Errorf("'in <string>' requires string as left operand, not %s", typeName(x))
		}
		return strings.Contains(c, s), m.spend(len(c))
	case List:
		for _, y := range c {
			if same, err := equal(m, x, y); same || err != nil {
				return same, err
			}
		}
		return false, nil
	case *Dict:
		k, ok := x.(string)
		if ok {
			_, ok = c.values[k]
		}
		return ok, nil
	case Undefined:
		return false, nil
	}
	return false, fmt.Errorf("argument of type '%s' is not iterable", typeName(container))
}

// arithmetic is a op b of Python.
func arithmetic(m *machine, op string, a, b any) (any, error) {
	for _, v := range []any{a, b} {
		if u, ok := v.(Undefined); ok {
			return nil, u.err()
		}
	}
	if x, y, ok := ints(a, b); ok && op != "/" {
		return integers(op, x, y)
	}
	if x, y, ok := floats(a, b); ok {
		return reals(op, x, y)
	}
	switch x := a.(type) {
	case string:
		switch y := b.(type) {
		case string:
			if op == "+" {
				return join(m, x, y)
			}
		case int64:
			if op == "*" {
				return repeat(m, len(x), y, func(n int) any { return strings.Repeat(x, n) })
			}
		}
	case List:
		switch y := b.(type) {
		case List:
			if op == "+" {
				if err := m.spend(valueSize * (len(x) + len(y))); err != nil {
					return nil, err
				}
				return append(append(make(List, 0, len(x)+len(y)), x...), y...), nil
			}
		case int64:
			if op == "*" {
				return repeat(m, valueSize*len(x), y, func(n int) any {
					list := make(List, 0, n*len(x))
					for range n {
						list = append(list, x...)
					}
					return list
				})
			}
		}
	}
	if op == "+" {
		if _, ok := a.(string); ok {
			return nil, fmt.Errorf(`can only concatenate str (not "%s") to str`, typeName(b))
		}
	}
	return nil, fmt.Errorf("unsupported operand type(s) for %s: '%s' and '%s'", op, typeName(a), typeName(b))
}

// join is a followed by b.
func join(m *machine, a, b string) (string, error) {
	if err := m.spend(len(a) + len(b)); err != nil {
		return "", err
	}
	return a + b, nil
}

// repeat makes something of size bytes n times.
func repeat(m *machine, size int, n int64, make func(int) any) (any, error) {
	if n <= 0 || size == 0 {
		return make(0), nil
	}
	if n > math.MaxInt32 {
		return nil, ErrLimit
	}
	if err := m.spend(size * int(n)); err != nil {
		return nil, err
	}
	return make(int(n)), nil
}

func integers(op string, x, y int64) (any, error) {
	big := func(f float64) bool { return math.Abs(f) > math.MaxInt64/2 }
	switch op {
	case "+":
		if !big(float64(x) + float64(y)) {
			return x + y, nil
		}
	case "-":
		if !big(float64(x) - float64(y)) {
			return x - y, nil
		}
	case "*":
		if !big(float64(x) * float64(y)) {
			return x * y, nil
		}
	case "//", "%":
		if y == 0 {
			return nil, fmt.Errorf("integer division or modulo by zero")
		}
		if y == -1 {
			x, y = -x, 1 // the least integer has no opposite
		}
		q, r := x/y, x%y
		if r != 0 && (r < 0) != (y < 0) {
			q, r = q-1, r+y
		}
		if op == "%" {
			return r, nil
		}
		return q, nil
	case "**":
		if p := math.Pow(float64(x), float64(y)); y < 0 || p == math.Trunc(p) && math.Abs(p) < 1<<53 {
			if y < 0 {
				return p, nil
			}
			return int64(p), nil
		}
	}
	return nil, fmt.Errorf("%d %s %d is too large", x, op, y)
}

func reals(op string, x, y float64) (any, error) {
	switch op {
	case "+":
		return x + y, nil
	case "-":
		return x - y, nil
	case "*":
		return x * y, nil
	case "**":
		return math.Pow(x, y), nil
	}
	if y == 0 {
		return nil, fmt.Errorf("division by zero")
	}
	switch op {
	case "/":
		return x / y, nil
	case "//":
		return math.Floor(x / y), nil
	}
	r := math.Mod(x, y)
	if r != 0 && (r < 0) != (y < 0) {
		r += y
	}
	return r, nil
}
