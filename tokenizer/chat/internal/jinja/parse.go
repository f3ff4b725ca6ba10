package jinja

import (
	"fmt"
	"slices"
)

// parser turns tokens into a tree by recursive descent, after jinja2/parser.py's
// grammar.
type parser struct {
	tokens []token
	at     int
	depth  int
	loops  int // for statements around the current one, within a macro
}

// parse reads a whole template.
func parse(src string) (body, error) {
	tokens, err := lex(src)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	b, _, err := p.body()
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", p.peek().line, err)
	}
	return b, nil
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != tokEOF {
		p.at++
	}
	return t
}

// is reports whether the next token is an operator or a name.
func (p *parser) is(k kind, text string) bool {
	t := p.peek()
	return t.kind == k && t.text == text
}

// accept skips a token if it is the next one.
func (p *parser) accept(k kind, text string) bool {
	if p.is(k, text) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(k kind, text string) error {
	if !p.accept(k, text) {
		return p.unexpected(text)
	}
	return nil
}

func (p *parser) name() (string, error) {
	if p.peek().kind != tokName {
		return "", p.unexpected("a name")
	}
	return p.next().text, nil
}

func (p *parser) unexpected(want string) error {
	t := p.peek()
	if t.kind == tokEOF {
		return fmt.Errorf("the template ends where %s should be", want)
	}
	return fmt.Errorf("%q where %s should be", t.text, want)
}

func (p *parser) enter() error {
	if p.depth++; p.depth > maxNesting {
		return fmt.Errorf("nested too deeply: %w", ErrLimit)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

// body reads statements up to one of the tags in ends, whose name is returned
// with the tag read up to behind its name; or to the end of the template, if
// there are no ends.
func (p *parser) body(ends ...string) (body, string, error) {
	if err := p.enter(); err != nil {
		return nil, "", err
	}
	defer p.leave()
	var b body
	for {
		switch t := p.next(); t.kind {
		case tokEOF:
			if len(ends) > 0 {
				return nil, "", fmt.Errorf("the template ends where %s should be", ends[0])
			}
			return b, "", nil
		case tokText:
			b = append(b, text(t.text))
		case tokOutput:
			x, err := p.tuple(true)
			if err == nil {
				err = p.expect(tokEnd, "}}")
			}
			if err != nil {
				return nil, "", err
			}
			b = append(b, &output{x, t.line})
		case tokBlock:
			tag, err := p.name()
			if err != nil {
				return nil, "", err
			}
			if slices.Contains(ends, tag) {
				return b, tag, nil
			}
			s, err := p.statement(tag, t.line)
			if err != nil {
				return nil, "", err
			}
			b = append(b, s)
		}
	}
}

// block reads statements up to the tag end and its %}.
func (p *parser) block(end string) (body, error) {
	if err := p.end(); err != nil {
		return nil, err
	}
	b, _, err := p.body(end)
	if err != nil {
		return nil, err
	}
	return b, p.end()
}

func (p *parser) end() error { return p.expect(tokEnd, "%}") }

func (p *parser) statement(tag string, line int) (stmt, error) {
	switch tag {
	case "if":
		return p.ifStatement(line)
	case "for":
		return p.forStatement(line)
	case "set":
		return p.setStatement(line)
	case "macro":
		return p.macroStatement()
	case "break", "continue":
		if p.loops == 0 {
			return nil, fmt.Errorf("%s outside of a loop", tag)
		}
		return jump(tag), p.end()
	case "generation": // marks what a model said, for training
		b, err := p.block("endgeneration")
		return b, err
	}
	return nil, fmt.Errorf("unknown tag %q", tag)
}

func (p *parser) ifStatement(line int) (stmt, error) {
	s := &ifStmt{line: line}
	for tag := "if"; tag == "if" || tag == "elif"; {
		test, err := p.expression()
		if err != nil {
			return nil, err
		}
		if err := p.end(); err != nil {
			return nil, err
		}
		var b body
		if b, tag, err = p.body("elif", "else", "endif"); err != nil {
			return nil, err
		}
		s.branches = append(s.branches, branch{test, b})
		if tag == "else" {
			s.otherwise, err = p.block("endif")
			return s, err
		}
	}
	return s, p.end()
}

func (p *parser) forStatement(line int) (stmt, error) {
	s := &forStmt{line: line}
	var err error
	if s.names, err = p.targets(); err != nil {
		return nil, err
	}
	if err := p.expect(tokName, "in"); err != nil {
		return nil, err
	}
	if s.over, err = p.tuple(false); err != nil {
		return nil, err
	}
	if p.accept(tokName, "if") {
		if s.filter, err = p.expression(); err != nil {
			return nil, err
		}
	}
	if err := p.end(); err != nil {
		return nil, err
	}
	var tag string
	p.loops++
	s.body, tag, err = p.body("else", "endfor")
	p.loops--
	if err != nil {
		return nil, err
	}
	if tag == "else" {
		s.otherwise, err = p.block("endfor")
		return s, err
	}
	return s, p.end()
}

// targets reads "a" or "a, b".
func (p *parser) targets() ([]string, error) {
	paren := p.accept(tokOp, "(")
	var names []string
	for {
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		names = append(names, name)
		if !p.accept(tokOp, ",") {
			break
		}
	}
	if paren {
		return names, p.expect(tokOp, ")")
	}
	return names, nil
}

func (p *parser) setStatement(line int) (stmt, error) {
	names, err := p.targets()
	if err != nil {
		return nil, err
	}
	s := &setStmt{names: names, line: line}
	if len(names) == 1 && p.accept(tokOp, ".") {
		if s.field, err = p.name(); err != nil {
			return nil, err
		}
	}
	if p.accept(tokOp, "=") {
		if s.value, err = p.tuple(true); err != nil {
			return nil, err
		}
		return s, p.end()
	}
	if len(names) != 1 || s.field != "" {
		return nil, p.unexpected("=")
	}
	// {% set name | filter %} ... {% endset %}
	captured := expr(&capture{})
	s.value = captured
	if s.value, err = p.filters(captured); err != nil {
		return nil, err
	}
	captured.(*capture).body, err = p.block("endset")
	return s, err
}

func (p *parser) macroStatement() (stmt, error) {
	m := &macroStmt{}
	var err error
	if m.name, err = p.name(); err != nil {
		return nil, err
	}
	if err := p.expect(tokOp, "("); err != nil {
		return nil, err
	}
	for !p.is(tokOp, ")") {
		var a parameter
		if a.name, err = p.name(); err != nil {
			return nil, err
		}
		if p.accept(tokOp, "=") {
			if a.value, err = p.expression(); err != nil {
				return nil, err
			}
		}
		m.params = append(m.params, a)
		if !p.accept(tokOp, ",") {
			break
		}
	}
	if err := p.expect(tokOp, ")"); err != nil {
		return nil, err
	}
	loops := p.loops
	p.loops = 0
	m.body, err = p.block("endmacro")
	p.loops = loops
	return m, err
}
