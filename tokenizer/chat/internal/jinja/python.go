package jinja

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

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
