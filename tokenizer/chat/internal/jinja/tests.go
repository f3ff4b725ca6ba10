package jinja

import (
	"fmt"
	"strings"
)

// test is what stands behind an "is".
type test func(m *machine, x any, a *args) (bool, error)

// kindOf makes a test of a question about a value alone.
func kindOf(f func(any) bool) test {
	return func(_ *machine, x any, _ *args) (bool, error) { return f(x), nil }
}

// relationTest makes a test of a comparison with the first argument.
func relationTest(op string) test {
	return func(m *machine, x any, a *args) (bool, error) { return relation(m, op, x, a.get(0, "", nil)) }
}

// remainder makes a test of the remainder by two.
func remainder(want int64) test {
	return func(m *machine, x any, _ *args) (bool, error) {
		r, err := arithmetic(m, "%", x, int64(2))
		return r == want, err
	}
}

func is[T any](x any) bool { _, ok := x.(T); return ok }

func isSequence(x any) bool { return is[string](x) || is[List](x) || is[*Dict](x) || is[Undefined](x) }

var tests = map[string]test{
	"boolean":     kindOf(is[bool]),
	"callable":    kindOf(is[callable]),
	"defined":     kindOf(func(x any) bool { return !is[Undefined](x) }),
	"undefined":   kindOf(is[Undefined]),
	"none":        kindOf(func(x any) bool { return x == nil }),
	"string":      kindOf(is[string]),
	"integer":     kindOf(is[int64]),
	"float":       kindOf(is[float64]),
	"number":      kindOf(func(x any) bool { _, ok := float(x); return ok }),
	"mapping":     kindOf(is[*Dict]),
	"iterable":    kindOf(isSequence),
	"sequence":    kindOf(isSequence),
	"true":        kindOf(func(x any) bool { b, ok := x.(bool); return ok && b }),
	"false":       kindOf(func(x any) bool { b, ok := x.(bool); return ok && !b }),
	"lower":       kindOf(func(x any) bool { s, _ := x.(string); return s == strings.ToLower(s) && s != strings.ToUpper(s) }),
	"upper":       kindOf(func(x any) bool { s, _ := x.(string); return s == strings.ToUpper(s) && s != strings.ToLower(s) }),
	"odd":         remainder(1),
	"even":        remainder(0),
	"divisibleby": testDivisibleBy,
	"sameas":      testSameAs,
	"in":          relationTest("in"),
	"eq":          relationTest("=="), "equalto": relationTest("=="), "==": relationTest("=="),
	"ne": relationTest("!="), "!=": relationTest("!="),
	"lt": relationTest("<"), "lessthan": relationTest("<"), "<": relationTest("<"),
	"le": relationTest("<="), "<=": relationTest("<="),
	"gt": relationTest(">"), "greaterthan": relationTest(">"), ">": relationTest(">"),
	"ge": relationTest(">="), ">=": relationTest(">="),
}

func testDivisibleBy(m *machine, x any, a *args) (bool, error) {
	r, err := arithmetic(m, "%", x, a.get(0, "num", nil))
	return r == int64(0), err
}

func testSameAs(m *machine, x any, a *args) (bool, error) {
	y := a.get(0, "other", nil)
	if typeName(x) != typeName(y) {
		return false, nil
	}
	if is[callable](x) {
		return false, fmt.Errorf("functions cannot be compared")
	}
	return equal(m, x, y)
}
