package main

import (
	"fmt"
	"strings"
)

// asm collects assembly text and the declarations of its functions.
type asm struct {
	data, text, stubs strings.Builder
	args              map[string]int // offset of each argument word in the frame
	labels            int
	tables            map[string]bool
}

// param is a parameter of a function: its name and Go type.
type param struct{ name, kind string }

// function begins a function. result is "" or the type of its one result, "ret".
func (a *asm) function(name, doc, result string, params ...param) {
	a.args = map[string]int{}
	var list []string
	at := 0
	place := func(name string, size int) {
		at = (at + size - 1) / size * size
		a.args[name] = at
		at += size
	}
	for _, p := range params {
		list = append(list, p.name+" "+p.kind)
		switch {
		case strings.HasPrefix(p.kind, "[]"):
			place(p.name+"_base", 8)
			place(p.name+"_len", 8)
			place(p.name+"_cap", 8)
		case p.kind == "int":
			place(p.name, 8)
		case p.kind == "float32":
			place(p.name, 4)
		case p.kind == "bool":
			place(p.name, 1)
		default:
			panic("no such parameter: " + p.kind)
		}
	}
	if result != "" {
		at = (at + 7) / 8 * 8
		place("ret", map[string]int{"float32": 4, "uint64": 8}[result])
	}
	signature := strings.TrimSpace(fmt.Sprintf("func %s(%s) %s", name, strings.Join(list, ", "), result))
	fmt.Fprintf(&a.stubs, "\n// %s\n//\n//go:noescape\n%s\n", doc, signature)
	fmt.Fprintf(&a.text, "\n// %s\n// %s\nTEXT ·%s(SB), NOSPLIT, $0-%d\n", signature, doc, name, at)
}

// arg is the operand of an argument: a parameter's name, a slice's name with
// _base or _len, or "ret".
func (a *asm) arg(name string) string {
	at, ok := a.args[name]
	if !ok {
		panic("no such argument: " + name)
	}
	return fmt.Sprintf("%s+%d(FP)", name, at)
}

// op emits one instruction: the mnemonic and its operands in Go's order, the
// destination last.
func (a *asm) op(name string, operands ...any) {
	var list []string
	for _, o := range operands {
		switch o := o.(type) {
		case int:
			list = append(list, fmt.Sprintf("$%d", o))
		case string:
			list = append(list, o)
		default:
			panic(fmt.Sprintf("bad operand %v", o))
		}
	}
	fmt.Fprintf(&a.text, "\t%s\n", strings.TrimSpace(name+" "+strings.Join(list, ", ")))
}

// newLabel makes a label that no other has.
func (a *asm) newLabel(name string) string {
	a.labels++
	return fmt.Sprintf("%s%d", name, a.labels)
}

func (a *asm) label(name string) { fmt.Fprintf(&a.text, "%s:\n", name) }

// end returns from a function that used the wide registers.
func (a *asm) end() {
	a.op("VZEROUPPER")
	a.op("RET")
}

// at is the memory operand offset(base)(index*scale); no index if it is "".
func at(offset int, base string, index ...string) string {
	s := fmt.Sprintf("%d(%s)", offset, base)
	for _, i := range index {
		if i != "" {
			s += "(" + i + ")"
		}
	}
	return s
}

func x(i int) string { return fmt.Sprintf("X%d", i) }
func y(i int) string { return fmt.Sprintf("Y%d", i) }
func z(i int) string { return fmt.Sprintf("Z%d", i) }

// rows addresses the rows of a matrix whose distance is in BX: three rows share
// a base register.
type rows struct{ bases []string }

var rowBases = []string{"SI", "R9", "R10", "R11"}

// newRows computes the bases for n rows from SI and BX.
func (a *asm) newRows(n int) rows {
	r := rows{rowBases[:(n+2)/3]}
	for i := 1; i < len(r.bases); i++ {
		a.op("LEAQ", at(0, r.bases[i-1], "BX*2"), r.bases[i])
		a.op("ADDQ", "BX", r.bases[i])
	}
	return r
}

// at is the operand offset bytes into a row.
func (r rows) at(row, offset int) string {
	return at(offset, r.bases[row/3], [...]string{"", "BX*1", "BX*2"}[row%3])
}

// advance moves every row on by n bytes.
func (r rows) advance(a *asm, n int) {
	for _, b := range r.bases {
		a.op("ADDQ", n, b)
	}
}

// dispatch jumps to the code for as many rows as the argument says, 1 to most.
func (a *asm) dispatch(most int, tile func(rows int)) {
	a.op("MOVQ", a.arg("rows"), "AX")
	labels := make([]string, most+1)
	for n := most; n > 1; n-- {
		labels[n] = a.newLabel("rows")
		a.op("CMPQ", "AX", fmt.Sprintf("$%d", n))
		a.op("JEQ", labels[n])
	}
	tile(1)
	for n := 2; n <= most; n++ {
		a.label(labels[n])
		tile(n)
	}
}
