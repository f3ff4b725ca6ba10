package gguf

import (
	"fmt"
	"path/filepath"
	"strings"
)

const maxShards = 1000

// openShards adds the tensors of shards 2 to n to f, the first one. Their names end in -0000i-of-0000n.gguf
// and their metadata give split.no, counted from 0, and split.count.
func (f *File) openShards(n int) error {
	name := filepath.Base(f.Path)
	suffix := func(i int) string { return fmt.Sprintf("-%05d-of-%05d.gguf", i, n) }
	prefix, ok := strings.CutSuffix(f.Path, suffix(1))
	if n > maxShards || !ok || !f.isShard(0, n) {
		return fmt.Errorf("gguf: %s: one shard of a split model: open the first, which is named …-00001-of-0000N.gguf", name)
	}
	for i := 2; i <= n; i++ {
		shard, err := openOne(prefix + suffix(i))
		if err != nil {
			return fmt.Errorf("gguf: shard %d of %s: %w", i, name, err)
		}
		f.Parts = append(f.Parts, shard.Parts...)
		if !shard.isShard(i-1, n) {
			return fmt.Errorf("gguf: %s is not shard %d of %s", filepath.Base(shard.Path), i, name)
		}
		for _, t := range shard.Tensors {
			if _, twice := f.index[t.Name]; twice {
				return fmt.Errorf("gguf: shard %d of %s: tensor %q appears twice", i, name, t.Name)
			}
			f.index[t.Name] = len(f.Tensors)
			f.Tensors = append(f.Tensors, t)
		}
	}
	return nil
}

// isShard reports whether f says that it is shard i, counted from 0, of n.
func (f *File) isShard(i, n int) bool {
	no, ok := f.Meta.Uint("split.no")
	count, _ := f.Meta.Uint("split.count")
	return ok && no == uint64(i) && count == uint64(n)
}
