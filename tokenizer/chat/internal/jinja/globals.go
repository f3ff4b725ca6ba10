package jinja

import (
	"fmt"
	"time"
)

// globals are the functions of Jinja and those that apply_chat_template adds.
func globals(now time.Time) map[string]any {
	return map[string]any{
		"range":     callable(rangeOf),
		"namespace": callable(newNamespace),
		"dict":      callable(func(_ *machine, a *args) (any, error) { return a.named, nil }),
		"raise_exception": callable(func(m *machine, a *args) (any, error) {
			message, err := str(m, a.get(0, "message", nil))
			if err != nil {
				return nil, err
			}
			return nil, &Error{message}
		}),
		"strftime_now": callable(func(_ *machine, a *args) (any, error) {
			format, ok := a.get(0, "format", nil).(string)
			if !ok || len(format) > 1000 {
				return nil, fmt.Errorf("strftime_now needs a format")
			}
			return strftime(now, format), nil
		}),
	}
}

func newNamespace(_ *machine, a *args) (any, error) {
	ns := &namespace{}
	for _, d := range []any{a.get(0, "", nil), a.named} {
		if d, ok := d.(*Dict); ok {
			for _, k := range d.keys {
				ns.Set(k, d.values[k])
			}
		}
	}
	return ns, nil
}

func rangeOf(m *machine, a *args) (any, error) {
	var n [3]int64
	for i, v := range a.list {
		x, ok := integer(v)
		if !ok || i > 2 {
			return nil, fmt.Errorf("range needs one to three integers")
		}
		n[i] = x
	}
	from, to, step := n[0], n[1], n[2]
	switch len(a.list) {
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
