package weights

import "iter"

// Rename is s with other names of its tensors. A name that becomes empty is
// left out.
func Rename(s Source, name func(string) string) Source { return renamed{s, name} }

type renamed struct {
	Source
	name func(string) string
}

func (r renamed) All() iter.Seq2[string, Tensor] {
	return func(yield func(string, Tensor) bool) {
		for name, t := range r.Source.All() {
			if name = r.name(name); name != "" && !yield(name, t) {
				return
			}
		}
	}
}
