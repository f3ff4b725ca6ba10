package jinja

import (
	"fmt"
	"strconv"
)

// tuple reads expressions with commas between them; a single one without a
// comma is itself. ternary says whether "a if b else c" may stand there.
func (p *parser) tuple(ternary bool) (expr, error) {
	one := p.or
	if ternary {
		one = p.expression
	}
	first, err := one()
	if err != nil || !p.is(tokOp, ",") {
		return first, err
	}
	list := listExpr{first}
	for p.accept(tokOp, ",") {
		if p.peek().kind == tokEnd || p.is(tokOp, ")") {
			break
		}
		x, err := one()
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return list, nil
}

// expression reads "a if b else c" and all that binds tighter.
func (p *parser) expression() (expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	x, err := p.or()
	for err == nil && p.accept(tokName, "if") {
		c := &condition{then: x, otherwise: &literal{Undefined{"the inline if-expression evaluated to false and no else section was defined."}}}
		if c.test, err = p.or(); err != nil {
			return nil, err
		}
		if p.accept(tokName, "else") {
			if c.otherwise, err = p.expression(); err != nil {
				return nil, err
			}
		}
		x = c
	}
	return x, err
}

func (p *parser) or() (expr, error) {
	x, err := p.and()
	for err == nil && p.accept(tokName, "or") {
		var y expr
		y, err = p.and()
		x = &logic{false, x, y}
	}
	return x, err
}

func (p *parser) and() (expr, error) {
	x, err := p.not()
	for err == nil && p.accept(tokName, "and") {
		var y expr
		y, err = p.not()
		x = &logic{true, x, y}
	}
	return x, err
}

func (p *parser) not() (expr, error) {
	if !p.accept(tokName, "not") {
		return p.compare()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	x, err := p.not()
	return &unary{"not", x}, err
}

func (p *parser) compare() (expr, error) {
	x, err := p.binary(0)
	var c *comparison
	for err == nil {
		op := ""
		switch t := p.peek(); {
		case t.kind == tokOp:
			switch t.text {
			case "==", "!=", "<", "<=", ">", ">=":
				op = t.text
			}
		case p.is(tokName, "in"):
			op = "in"
		case p.is(tokName, "not") && p.tokens[p.at+1].kind == tokName && p.tokens[p.at+1].text == "in":
			op = "not in"
			p.at++
		}
		if op == "" {
			break
		}
		p.at++
		if c == nil {
			c = &comparison{first: x}
			x = c
		}
		var y expr
		y, err = p.binary(0)
		c.ops = append(c.ops, op)
		c.rest = append(c.rest, y)
	}
	return x, err
}

// levels of binary operators, the loosest first.
var levels = [][]string{{"+", "-"}, {"~"}, {"*", "/", "//", "%"}, {"**"}}

func (p *parser) binary(level int) (expr, error) {
	if level == len(levels) {
		return p.unary(true)
	}
	x, err := p.binary(level + 1)
	for err == nil {
		op := ""
		for _, o := range levels[level] {
			if p.accept(tokOp, o) {
				op = o
			}
		}
		if op == "" {
			break
		}
		var y expr
		y, err = p.binary(level + 1)
		x = &binary{op, x, y}
	}
	return x, err
}

func (p *parser) unary(filters bool) (expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	var x expr
	var err error
	switch {
	case p.accept(tokOp, "-"):
		x, err = p.unary(false)
		x = &unary{"-", x}
	case p.accept(tokOp, "+"):
		x, err = p.unary(false)
		x = &unary{"+", x}
	default:
		x, err = p.primary()
	}
	if err == nil {
		x, err = p.postfix(x)
	}
	if err == nil && filters {
		x, err = p.filters(x)
	}
	return x, err
}

func (p *parser) primary() (expr, error) {
	t := p.next()
	switch t.kind {
	case tokString:
		s := t.text
		for p.peek().kind == tokString {
			s += p.next().text
		}
		return &literal{s}, nil
	case tokInt:
		n, err := strconv.ParseInt(t.text, 10, 64)
		return &literal{n}, err
	case tokFloat:
		f, err := strconv.ParseFloat(t.text, 64)
		return &literal{f}, err
	case tokName:
		switch t.text {
		case "true", "True":
			return &literal{true}, nil
		case "false", "False":
			return &literal{false}, nil
		case "none", "None":
			return &literal{nil}, nil
		}
		return name(t.text), nil
	case tokOp:
		switch t.text {
		case "(":
			if p.accept(tokOp, ")") {
				return listExpr{}, nil
			}
			x, err := p.tuple(true)
			if err != nil {
				return nil, err
			}
			return x, p.expect(tokOp, ")")
		case "[":
			return p.list()
		case "{":
			return p.dict()
		}
	}
	p.at--
	return nil, p.unexpected("an expression")
}

func (p *parser) list() (expr, error) {
	list := listExpr{}
	for !p.accept(tokOp, "]") {
		if len(list) > 0 {
			if err := p.expect(tokOp, ","); err != nil {
				return nil, err
			}
			if p.accept(tokOp, "]") {
				break
			}
		}
		x, err := p.expression()
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return list, nil
}

func (p *parser) dict() (expr, error) {
	d := &dictExpr{}
	for !p.accept(tokOp, "}") {
		if len(d.keys) > 0 {
			if err := p.expect(tokOp, ","); err != nil {
				return nil, err
			}
			if p.accept(tokOp, "}") {
				break
			}
		}
		k, err := p.expression()
		if err != nil {
			return nil, err
		}
		if err := p.expect(tokOp, ":"); err != nil {
			return nil, err
		}
		v, err := p.expression()
		if err != nil {
			return nil, err
		}
		d.keys, d.values = append(d.keys, k), append(d.values, v)
	}
	return d, nil
}

// postfix reads attributes, subscripts and calls.
func (p *parser) postfix(x expr) (expr, error) {
	for {
		switch {
		case p.accept(tokOp, "."):
			t := p.next()
			switch t.kind {
			case tokName:
				x = &attribute{x, t.text}
			case tokInt:
				n, err := strconv.ParseInt(t.text, 10, 64)
				if err != nil {
					return nil, err
				}
				x = &subscript{x, &literal{n}}
			default:
				p.at--
				return nil, p.unexpected("a name")
			}
		case p.accept(tokOp, "["):
			s, err := p.subscript(x)
			if err != nil {
				return nil, err
			}
			x = s
		case p.is(tokOp, "("):
			args, err := p.arguments()
			if err != nil {
				return nil, err
			}
			x = &call{x, args}
		default:
			return x, nil
		}
	}
}

// subscript reads "i]", or a slice "a:b:c]".
func (p *parser) subscript(x expr) (expr, error) {
	var bounds [3]expr
	n := 0
	for {
		if !p.is(tokOp, ":") && !p.is(tokOp, "]") {
			b, err := p.expression()
			if err != nil {
				return nil, err
			}
			bounds[n] = b
		}
		if n < 2 && p.accept(tokOp, ":") {
			n++
			continue
		}
		if err := p.expect(tokOp, "]"); err != nil {
			return nil, err
		}
		switch {
		case n > 0:
			return &slice{x, bounds}, nil
		case bounds[0] == nil:
			return nil, fmt.Errorf("a subscript without an index")
		}
		return &subscript{x, bounds[0]}, nil
	}
}

// arguments reads "(a, b, name=c)".
func (p *parser) arguments() (arguments, error) {
	var args arguments
	if err := p.expect(tokOp, "("); err != nil {
		return args, err
	}
	for !p.is(tokOp, ")") {
		key := ""
		if p.peek().kind == tokName && p.tokens[p.at+1].kind == tokOp && p.tokens[p.at+1].text == "=" {
			key = p.next().text
			p.at++
		}
		x, err := p.expression()
		if err != nil {
			return args, err
		}
		switch {
		case key != "":
			args.names, args.named = append(args.names, key), append(args.named, x)
		case len(args.names) > 0:
			return args, fmt.Errorf("a positional argument behind a named one")
		default:
			args.list = append(args.list, x)
		}
		if !p.accept(tokOp, ",") {
			break
		}
	}
	return args, p.expect(tokOp, ")")
}

// filters reads "| filter(args)" and "is [not] test".
func (p *parser) filters(x expr) (expr, error) {
	for {
		switch {
		case p.accept(tokOp, "|"):
			n, err := p.name()
			if err != nil {
				return nil, err
			}
			f := &filterExpr{x: x, name: n, f: filters[n]}
			if f.f == nil {
				return nil, fmt.Errorf("no filter named %q", n)
			}
			if p.is(tokOp, "(") {
				if f.args, err = p.arguments(); err != nil {
					return nil, err
				}
			}
			x = f
		case p.accept(tokName, "is"):
			negate := p.accept(tokName, "not")
			n, err := p.name()
			if err != nil {
				return nil, err
			}
			t := &testExpr{x: x, name: n, f: tests[n]}
			if t.f == nil {
				return nil, fmt.Errorf("no test named %q", n)
			}
			switch next := p.peek(); {
			case p.is(tokOp, "("):
				t.args, err = p.arguments()
			case next.kind == tokString, next.kind == tokInt, next.kind == tokFloat, p.is(tokOp, "["), p.is(tokOp, "{"),
				next.kind == tokName && !keyword[next.text]:
				var arg expr
				if arg, err = p.primary(); err == nil {
					arg, err = p.postfix(arg)
				}
				t.args.list = []expr{arg}
			}
			if err != nil {
				return nil, err
			}
			x = t
			if negate {
				x = &unary{"not", x}
			}
		default:
			return x, nil
		}
	}
}

// keyword are the names that end a test without arguments.
var keyword = map[string]bool{"else": true, "or": true, "and": true, "is": true, "if": true, "in": true, "not": true}
