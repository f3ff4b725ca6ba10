package main

// The products with quantised panels. In each block of 32 columns the integer
// products of a tile of rows with 32 weight rows are summed as integers, then
// scaled and added to float sums.

// quantProduct describes a quantised format.
type quantProduct struct {
	name, twin string
	nibbles    bool // two weights in a byte
	min        bool // w = d*u - m
	zero       int  // offset in an activation block of bias-z*sum(q), 0 if there is no z
	half       bool // a scale for each 16 columns
	narrow     bool // kernel.Format has it
}

var quantProducts = []quantProduct{
	{name: "q8", twin: "Q8", zero: zero128, narrow: true},
	{name: "q8exact", twin: "Q8Exact", zero: zero128},
	{name: "q5min", twin: "Q5Min", min: true, narrow: true},
	{name: "q6half", twin: "Q6Half", zero: halves, half: true, narrow: true},
	{name: "q4", twin: "Q4", nibbles: true, zero: zero8},
	{name: "q4min", twin: "Q4Min", nibbles: true, min: true},
}

// exact reports whether 8-bit weights meet activations that are not narrow.
func (p *quantProduct) exact() bool { return p.zero == zero128 && !p.narrow }

// eighths reports whether AVX2 sums the products of 8-bit weights divided by 8.
func (p *quantProduct) eighths() bool { return p.zero == zero128 && p.narrow }

// The layout of an activation block: type quants.
const (
	scale       = 32
	sum         = 36
	zero8       = 40
	zero128     = 44
	halves      = 48
	eighthZero  = 56
	eighthScale = 60
	blockBytes  = 64
)

// bias is the constant of that name, as bits and as a float, in every lane.
func (a *asm) bias() string {
	a.table("bias<>", 8, func(int) uint32 { return 0x4b400000 })
	return "bias<>(SB)"
}

// quants is the bytes of a weight block before its scales.
func (p *quantProduct) quants() int {
	if p.nibbles {
		return 512
	}
	return 1024
}

// stride is the bytes of a weight block.
func (p *quantProduct) stride() int {
	if p.min || p.half {
		return p.quants() + 128
	}
	return p.quants() + 64
}

func (p *quantProduct) begin(a *asm, suffix string) {
	doc := " is genericBlocks(" + p.twin + ")"
	if p.eighths() && suffix == "AVX2" {
		doc += ", but that it rounds the sum of every two products divided by 8"
	}
	a.function(p.name+suffix, p.name+suffix+doc+".", "",
		param{"y", "[]float32"}, param{"ldy", "int"}, param{"a", "[]quants"}, param{"lda", "int"},
		param{"w", "[]byte"}, param{"rows", "int"}, param{"blocks", "int"}, param{"more", "bool"})
	a.op("MOVQ", a.arg("y_base"), "DX")
	a.op("MOVQ", a.arg("ldy"), "R8")
	a.op("SHLQ", 2, "R8")
	a.op("MOVQ", a.arg("a_base"), "SI")
	a.op("MOVQ", a.arg("lda"), "BX")
	a.op("SHLQ", 6, "BX")
	a.op("MOVQ", a.arg("w_base"), "DI")
	a.op("MOVQ", a.arg("blocks"), "CX")
}
