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
