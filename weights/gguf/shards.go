package gguf

import (
	"fmt"
	"path/filepath"
	"strings"
)

const maxShards = 1000

// openShards adds the tensors of shards 2 to n to f, the first one. Their names end in -0000i-of-0000n.gguf
// and their metadata give split.no, counted from 0, and split.count.
func (f *File) openShards(n uint64) error {
	if n > maxShards {
		return fmt.Errorf("a model of %d shards: at most %d are allowed", n, maxShards)
	}
	suffix := func(i uint64) string { return fmt.Sprintf("-%05d-of-%05d.gguf", i, n) }
	prefix, ok := strings.CutSuffix(f.Path, suffix(1))
	if !ok || !f.isShard(0, n) {
		return fmt.Errorf("a shard of a split model: open the first one, whose name ends in %s", suffix(1))
	}
	for i := uint64(2); i <= n; i++ {
		shard, err := openOne(prefix + suffix(i))
		if err != nil {
			return fmt.Errorf("shard %d: %w", i, err)
		}
		f.Parts = append(f.Parts, shard.Parts...)
		if !shard.isShard(i-1, n) {
			return fmt.Errorf("%s is not its shard %d", filepath.Base(shard.Path), i)
		}
		for _, t := range shard.Tensors {
			if _, twice := f.index[t.Name]; twice {
				return fmt.Errorf("shard %d: tensor %q appears twice", i, t.Name)
			}
			f.index[t.Name] = len(f.Tensors)
			f.Tensors = append(f.Tensors, t)
		}
	}
	return nil
}

// isShard reports whether f says that it is shard i, counted from 0, of n.
func (f *File) isShard(i, n uint64) bool {
	no, ok := f.Meta.Uint("split.no")
	count, _ := f.Meta.Uint("split.count")
	return ok && no == i && count == n
}
