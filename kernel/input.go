package kernel

// Input is a forward's activations, prepared once and read by every product
// that shares them. It keeps the rows in each form that its formats read:
// float32, rounded to bf16, or 8-bit blocks that serve all quantised formats.
type Input struct {
	rows, cols int
	floats     lines[float32] // F32, F16
	rounded    lines[float32] // BF16: float32 rounded to bf16, an even number of columns
	pairs      lines[uint16]  // BF16 where the set has a product of pairs
	blocks     lines[quants]  // quantised formats: a block for each 32 columns
	narrow     lines[quants]  // the narrow ones
}

// quants is 32 columns of a row as the 8-bit products read them: one cache
// line. The column x is close to scale*q. What an integer product starts from folds
// in the weights' offset z, sum((u-z)*q) = sum(u*q) - z*sum(q), and a bias.
//
// For the narrow formats two neighbours q add up to at most 128 in magnitude, so
// that their products with unsigned bytes add up within 16 bits, and for the AVX2
// products every other four is negated.
type quants struct {
	q       [Group]int8
	scale   float32
	sum     float32  // sum(q), for the formats with a minimum
	zero8   int32    // bias - 8*sum(q)
	zero128 int32    // bias - 128*sum(q)
	halves  [2]int32 // bias - 32*sum of the first and the last 16
	eighth  eighth
}

// eighth is what the products need whose sums of 8-bit weights are divided by 8.
type eighth struct {
	zero  int32   // bias - 128/8*sum(q)
	scale float32 // 8*scale
}

// bias makes an integer product I a float without a conversion: the bits of
// bias+I are those of the float32 biasFloat+I, if I is within 2^22 (it is: at most
// 32*255*128). A scale d has 11 bits and biasFloat has 2, so that d*biasFloat is exact
// and one fused operation, d*(biasFloat+I) - d*biasFloat, rounds as d*I does.
const (
	bias      = 0x4b400000
	biasFloat = 3 << 22
)

// lines is a buffer of rows whose distance is an odd number of cache lines, so
// that the same column of neighbouring rows falls into different cache sets.
type lines[T any] struct {
	data   []T
	stride int // elements from row to row
}

func newLines[T any](rows, n, size int) lines[T] {
	count := (n*size+63)/64 | 1
	stride := count * 64 / size
	return lines[T]{make([]T, rows*stride), stride}
}

func (l *lines[T]) row(r int) []T { return l.data[r*l.stride:][:l.stride] }

// NewInput makes room for maxRows rows of cols columns in the forms that
// products with weights of the given formats read. cols is a multiple of 32 if
// one of them is quantised.
func NewInput(maxRows, cols int, formats ...Format) *Input {
	in := &Input{rows: maxRows, cols: cols}
	for _, f := range formats {
		switch {
		case f == F32 || f == F16:
			in.floats = newLines[float32](maxRows, cols, 4)
		case f == BF16 && active.bf16Dot != nil:
			in.pairs = newLines[uint16](maxRows, cols, 2)
		case f == BF16:
			in.rounded = newLines[float32](maxRows, cols, 4)
		case cols%Group != 0:
			panic("kernel: a quantised product's columns come in blocks of 32")
		case f.narrow():
			in.narrow = newLines[quants](maxRows, cols/Group, 64)
		default:
			in.blocks = newLines[quants](maxRows, cols/Group, 64)
		}
	}
	return in
}

// Resize sets the number of rows of the coming forward, at most maxRows. One
// worker calls it, before a barrier.
func (in *Input) Resize(rows int) { in.rows = rows }

// Rows is the number of rows that Mul reads.
func (in *Input) Rows() int { return in.rows }

// Tile is a good number of rows to hand to a worker at once.
func (in *Input) Tile() int { return 4 }

// Set prepares n rows from row on: row i is x[i*ldx:][:cols]. Different rows
// may be set at the same time.
func (in *Input) Set(row int, x []float32, ldx, n int) {
	for i := range n {
		src := x[i*ldx:][:in.cols]
		if in.floats.data != nil {
			copy(in.floats.row(row+i), src)
		}
		if in.rounded.data != nil {
			active.roundBF16(in.rounded.row(row + i)[:in.cols], src)
		}
		if in.pairs.data != nil {
			active.toBF16(in.pairs.row(row + i)[:in.cols], src)
		}
		if in.blocks.data != nil {
			active.quantize(in.blocks.row(row + i)[:in.cols/Group], src)
		}
		if in.narrow.data != nil {
			active.quantizeNarrow(in.narrow.row(row + i)[:in.cols/Group], src)
		}
	}
}
