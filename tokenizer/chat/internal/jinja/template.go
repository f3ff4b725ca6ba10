package jinja

import (
	"fmt"
	"strings"
	"time"
)

// Template is a parsed template. It is safe for concurrent use.
type Template struct{ body body }

// Parse reads a template.
func Parse(source string) (*Template, error) {
	b, err := parse(source)
	if err != nil {
		return nil, err
	}
	return &Template{b}, nil
}

// Render renders the template with variables made by From. size is about how
// many bytes they hold, and now what strftime_now tells.
func (t *Template) Render(vars *Dict, size int, now time.Time) (out string, err error) {
	defer func() {
		// Nothing here panics that we know of. Templates are made by strangers,
		// though, and one must not take the server down.
		if r := recover(); r != nil {
			err = fmt.Errorf("template: %v", r)
		}
	}()
	m := &machine{budget: newBudget(size), out: &strings.Builder{}, globals: globals(now)}
	s := &scope{vars: make(map[string]any)}
	for k, v := range vars.values {
		s.vars[k] = v
	}
	if _, err := t.body.exec(m, s); err != nil {
		return "", err
	}
	return m.out.String(), nil
}

// globals are the functions of Jinja and those that apply_chat_template adds.
func globals(now time.Time) map[string]any {
	return map[string]any{
		"range": callable(rangeOf),
		"namespace": callable(func(_ *machine, list []any, named *Dict) (any, error) {
			ns := &namespace{}
			for _, d := range []any{newArgs(list, nil).first(), named} {
				if d, ok := d.(*Dict); ok {
					for _, k := range d.keys {
						ns.Set(k, d.values[k])
					}
				}
			}
			return ns, nil
		}),
		"dict": callable(func(_ *machine, _ []any, named *Dict) (any, error) { return named, nil }),
		"raise_exception": callable(func(m *machine, list []any, _ *Dict) (any, error) {
			message, err := str(m, newArgs(list, nil).first())
			if err != nil {
				return nil, err
			}
			return nil, &Error{message}
		}),
		"strftime_now": callable(func(_ *machine, list []any, _ *Dict) (any, error) {
			format, ok := newArgs(list, nil).first().(string)
			if !ok || len(format) > 1000 {
				return nil, fmt.Errorf("strftime_now needs a format")
			}
			return strftime(now, format), nil
		}),
	}
}

// first is the first argument, or nil.
func (a *args) first() any {
	if len(a.list) == 0 {
		return nil
	}
	return a.list[0]
}

func rangeOf(m *machine, list []any, _ *Dict) (any, error) {
	var n [3]int64
	for i, v := range list {
		x, ok := integer(v)
		if !ok || i > 2 {
			return nil, fmt.Errorf("range needs one to three integers")
		}
		n[i] = x
	}
	from, to, step := n[0], n[1], n[2]
	switch len(list) {
	case 0:
		return nil, fmt.Errorf("range needs one to three integers")
	case 1:
		from, to, step = 0, n[0], 1
	case 2:
		step = 1
	}
	if step == 0 {
		return nil, fmt.Errorf("range step must not be zero")
	}
	out := List{}
	for i := from; step > 0 && i < to || step < 0 && i > to; i += step {
		if len(out) == maxRange {
			return nil, ErrLimit
		}
		out = append(out, i)
	}
	return out, m.spend(valueSize * len(out))
}

// layouts are the directives of strftime in the C locale, as Go spells them.
var layouts = map[byte]string{
	'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'c': "Mon Jan _2 15:04:05 2006", 'd': "02",
	'D': "01/02/06", 'e': "_2", 'F': "2006-01-02", 'h': "Jan", 'H': "15", 'I': "03", 'j': "002", 'm': "01",
	'M': "04", 'p': "PM", 'S': "05", 'T': "15:04:05", 'x': "01/02/06", 'X': "15:04:05", 'y': "06", 'Y': "2006",
	'z': "-0700", 'Z': "MST",
}

// unpadded are those with a minus before them.
var unpadded = map[byte]string{'d': "2", 'H': "15", 'I': "3", 'm': "1", 'M': "4", 'S': "5"}

// strftime formats as C does. What it does not know stands for itself.
func strftime(t time.Time, format string) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		if layout, ok := layouts[format[i]]; ok {
			b.WriteString(t.Format(layout))
			continue
		}
		if format[i] == '-' && i+1 < len(format) {
			if layout, ok := unpadded[format[i+1]]; ok {
				i++
				b.WriteString(strings.TrimPrefix(t.Format(layout), "0"))
				continue
			}
		}
		if format[i] != '%' {
			b.WriteByte('%')
		}
		b.WriteByte(format[i])
	}
	return b.String()
}
