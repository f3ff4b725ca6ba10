package tokenizer

// pieces holds the bytes of every token, one after the other.
type pieces struct {
	bytes []byte
	ends  []uint32 // by id
}

func (p *pieces) add(text []byte) {
	p.bytes = append(p.bytes, text...)
	p.ends = append(p.ends, uint32(len(p.bytes)))
}

// at returns the bytes of a token.
func (p *pieces) at(id int32) []byte {
	start := uint32(0)
	if id > 0 {
		start = p.ends[id-1]
	}
	return p.bytes[start:p.ends[id]:p.ends[id]]
}
