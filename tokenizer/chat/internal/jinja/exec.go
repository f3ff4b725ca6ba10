package jinja

import (
	"errors"
	"fmt"
	"strings"
)

// Error is an error that the template itself raised, or that Jinja words
// itself: its text is for the one who wrote the messages.
type Error struct{ Message string }

func (e *Error) Error() string { return e.Message }

// stmt is a statement. exec returns the jump that ends the surrounding loop's
// turn, if there is one.
type stmt interface {
	exec(m *machine, s *scope) (jump, error)
}

// jump is "break", "continue" or nothing.
type jump string

type (
	body   []stmt
	text   string
	output struct {
		x    expr
		line int
	}
	branch struct {
		test expr
		body body
	}
	ifStmt struct {
		branches  []branch
		otherwise body
		line      int
	}
	forStmt struct {
		names           []string
		over, filter    expr // filter may be nil
		body, otherwise body
		line            int
	}
	setStmt struct {
		names []string
		field string // set name.field
		value expr
		line  int
	}
	macroStmt struct {
		name   string
		params []parameter
		body   body
	}
	parameter struct {
		name  string
		value expr // default, or nil
	}
)

// scope is the variables of the template, of a turn of a loop or of a macro.
type scope struct {
	vars  map[string]any
	outer *scope
}

func (s *scope) set(name string, v any) {
	if s.vars == nil {
		s.vars = make(map[string]any)
	}
	s.vars[name] = v
}

// machine is one rendering.
type machine struct {
	*budget
	out     *strings.Builder
	globals map[string]any
}

func (m *machine) lookup(s *scope, name string) any {
	for ; s != nil; s = s.outer {
		if v, ok := s.vars[name]; ok {
			return v
		}
	}
	if v, ok := m.globals[name]; ok {
		return v
	}
	return Undefined{"'" + name + "' is undefined"}
}

func (m *machine) eval(x expr, s *scope) (any, error) {
	if err := m.enter(); err != nil {
		return nil, err
	}
	defer m.leave()
	return x.eval(m, s)
}

func (m *machine) evalAll(xs []expr, s *scope) (List, error) {
	if err := m.spend(valueSize * len(xs)); err != nil {
		return nil, err
	}
	list := make(List, len(xs))
	for i, x := range xs {
		var err error
		if list[i], err = m.eval(x, s); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (m *machine) arguments(a arguments, s *scope) (*args, error) {
	list, err := m.evalAll(a.list, s)
	if err != nil {
		return nil, err
	}
	named := &Dict{}
	for i, name := range a.names {
		v, err := m.eval(a.named[i], s)
		if err != nil {
			return nil, err
		}
		named.Set(name, v)
	}
	return &args{list, named}, nil
}

// print writes to the output.
func (m *machine) print(s string) error {
	if err := m.spend(len(s)); err != nil {
		return err
	}
	m.out.WriteString(s)
	return nil
}

// capture runs a body and returns what it prints.
func (m *machine) capture(b body, s *scope) (any, error) {
	out := m.out
	m.out = &strings.Builder{}
	defer func() { m.out = out }()
	if _, err := b.exec(m, s); err != nil {
		return nil, err
	}
	return m.out.String(), nil
}

// at adds the line to an error that has none.
func at(line int, err error) error {
	var located *lineError
	if err == nil || errors.As(err, &located) {
		return err
	}
	return &lineError{line, err}
}

type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }
func (e *lineError) Unwrap() error { return e.err }

func (b body) exec(m *machine, s *scope) (jump, error) {
	if err := m.enter(); err != nil {
		return "", err
	}
	defer m.leave()
	for _, st := range b {
		if err := m.step(); err != nil {
			return "", err
		}
		if j, err := st.exec(m, s); j != "" || err != nil {
			return j, err
		}
	}
	return "", nil
}

func (t text) exec(m *machine, _ *scope) (jump, error) { return "", m.print(string(t)) }

func (j jump) exec(*machine, *scope) (jump, error) { return j, nil }

func (o *output) exec(m *machine, s *scope) (jump, error) {
	v, err := m.eval(o.x, s)
	if err != nil {
		return "", at(o.line, err)
	}
	text, err := str(m, v)
	if err != nil {
		return "", at(o.line, err)
	}
	return "", m.print(text)
}

func (i *ifStmt) exec(m *machine, s *scope) (jump, error) {
	for _, b := range i.branches {
		v, err := m.eval(b.test, s)
		if err != nil {
			return "", at(i.line, err)
		}
		if truth(v) {
			return b.body.exec(m, s)
		}
	}
	return i.otherwise.exec(m, s)
}

func (st *setStmt) exec(m *machine, s *scope) (jump, error) {
	v, err := m.eval(st.value, s)
	if err != nil {
		return "", at(st.line, err)
	}
	if st.field != "" {
		ns, ok := m.lookup(s, st.names[0]).(*namespace)
		if !ok {
			return "", at(st.line, fmt.Errorf("cannot assign attribute on non-namespace object"))
		}
		ns.Set(st.field, v)
		return "", nil
	}
	return "", at(st.line, assign(m, s, st.names, v))
}

// assign sets one variable to v, or several to its items.
func assign(m *machine, s *scope, names []string, v any) error {
	if len(names) == 1 {
		s.set(names[0], v)
		return nil
	}
	list, err := items(m, v)
	if err != nil {
		return err
	}
	if len(list) != len(names) {
		return fmt.Errorf("%d values for %d variables", len(list), len(names))
	}
	for i, name := range names {
		s.set(name, list[i])
	}
	return nil
}

func (f *forStmt) exec(m *machine, s *scope) (jump, error) {
	over, err := m.eval(f.over, s)
	if err != nil {
		return "", at(f.line, err)
	}
	list, err := items(m, over)
	if err != nil {
		return "", at(f.line, err)
	}
	if f.filter != nil {
		if list, err = f.filtered(m, s, list); err != nil {
			return "", at(f.line, err)
		}
	}
	if len(list) == 0 {
		return f.otherwise.exec(m, s)
	}
	for i, v := range list {
		turn := &scope{outer: s}
		if err := assign(m, turn, f.names, v); err != nil {
			return "", at(f.line, err)
		}
		turn.set("loop", &loop{list, i})
		j, err := f.body.exec(m, turn)
		if err != nil {
			return "", err
		}
		if j == "break" {
			break
		}
	}
	return "", nil
}

func (f *forStmt) filtered(m *machine, s *scope, list List) (List, error) {
	if err := m.spend(valueSize * len(list)); err != nil {
		return nil, err
	}
	var kept List
	for _, v := range list {
		turn := &scope{outer: s}
		if err := assign(m, turn, f.names, v); err != nil {
			return nil, err
		}
		ok, err := m.eval(f.filter, turn)
		if err != nil {
			return nil, err
		}
		if truth(ok) {
			kept = append(kept, v)
		}
	}
	return kept, nil
}

func (st *macroStmt) exec(m *machine, s *scope) (jump, error) {
	s.set(st.name, callable(func(m *machine, a *args) (any, error) {
		inner := &scope{outer: s}
		if len(a.list) > len(st.params) {
			return nil, fmt.Errorf("macro '%s' takes not more than %d argument(s)", st.name, len(st.params))
		}
		used := len(a.list)
		for i, p := range st.params {
			v, ok := a.named.Get(p.name)
			switch {
			case i < len(a.list):
				v = a.list[i]
			case ok:
				used++
			case p.value != nil:
				var err error
				if v, err = m.eval(p.value, inner); err != nil {
					return nil, err
				}
			default:
				v = Undefined{"parameter '" + p.name + "' was not provided"}
			}
			inner.set(p.name, v)
		}
		if used != len(a.list)+len(a.named.keys) {
			return nil, fmt.Errorf("macro '%s' takes no such named argument", st.name)
		}
		if err := m.enter(); err != nil {
			return nil, err
		}
		defer m.leave()
		return m.capture(st.body, inner)
	}))
	return "", nil
}
