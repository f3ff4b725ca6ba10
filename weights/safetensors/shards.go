package safetensors

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"plexus/tensor"
	"plexus/weights"
)

const (
	maxIndex  = 100_000_000 // bytes
	maxShards = 1000
)

// openShards opens the files that an index names, as transformers writes it:
//
//	{"weight_map": {"TENSOR": "model-00001-of-00002.safetensors", ...}}
//
// They lie beside the index; each must hold the tensors that are said to be in
// it and no others.
func (f *File) openShards(path string) error {
	shards, err := readIndex(path)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	for _, name := range slices.Sorted(maps.Keys(shards)) {
		added, err := f.add(filepath.Join(filepath.Dir(path), name))
		if err != nil {
			return err
		}
		want := shards[name]
		for _, t := range added {
			if !want[t.Name] {
				return fmt.Errorf("%s: tensor %q is not in the index", name, t.Name)
			}
			delete(want, t.Name)
		}
		for missing := range want {
			return fmt.Errorf("%s: it does not have tensor %q, as the index says", name, missing)
		}
	}
	return nil
}

// readIndex returns the tensors of each file in an index.
func readIndex(path string) (map[string]map[string]bool, error) {
	file, err := weights.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if len(file.Bytes) > maxIndex {
		return nil, fmt.Errorf("an index of more than %d bytes", maxIndex)
	}
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	err = tensor.CatchFault(func() error { return json.Unmarshal(file.Bytes, &index) })
	if err != nil {
		return nil, err
	}
	shards := map[string]map[string]bool{}
	for key, name := range index.WeightMap {
		if filepath.Base(name) != name || !filepath.IsLocal(name) || !strings.HasSuffix(name, ".safetensors") {
			return nil, fmt.Errorf("%q is not the name of a safetensors file beside the index", name)
		}
		if shards[name] == nil {
			shards[name] = map[string]bool{}
		}
		shards[name][key] = true
	}
	if len(shards) == 0 || len(shards) > maxShards {
		return nil, fmt.Errorf("%d shards: 1 to %d are allowed", len(shards), maxShards)
	}
	return shards, nil
}
