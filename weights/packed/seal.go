package packed

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"

	"plexus/tensor"
	"plexus/weights"
)

// version changes with the layouts of package kernel, the order of tensors here, and the seal.
const version = 2

const magic = "plexus packed weights\n"

// The seal is the start of a cache file: a magic line and a hash over everything that makes the file the
// one wanted. A load computes the seal that the model calls for and compares; nothing in the file is
// interpreted, so nothing in it can mislead.
//
// It covers the model's files (size, time of modification, header, samples of the data), the version of
// the layout, the format of every tensor, and samples of the packed data. It does not cover every byte, because that would read 40 GB
// at each start of a large model. What it leaves to chance is small: another model differs in its header
// or, fine-tuned from the same ancestor, in most of its data; an edit in place changes the time; packed
// data are complete on disk before their file gets its name, so damage there is a lost or foreign region,
// which samples meet, or single bits, which are the disk's to detect. Whatever the bytes, they are read as
// numbers only.
func seal(s weights.Source, l *layout, packed io.ReaderAt) ([]byte, error) {
	h := sha256.New()
	number := func(n int64) { binary.Write(h, binary.LittleEndian, n) }
	number(version)
	number(int64(l.size))
	for _, e := range l.entries {
		number(int64(e.format))
	}
	_, parts := s.Files()
	err := tensor.CatchFault(func() error {
		for i := range parts {
			p := &parts[i]
			number(int64(len(p.Bytes)))
			number(p.ModTime.UnixNano())
			h.Write(p.Bytes[:p.Header])
			if err := sample(h, p, p.Header, len(p.Bytes)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the model: %w", err)
	}
	if err := sample(h, packed, page, l.size); err != nil {
		return nil, fmt.Errorf("read the cache file: %w", err)
	}
	return h.Sum([]byte(magic)), nil
}

// sample hashes bytes start to end of r: all of them where they are few, else 64 pages at equal distances
// from the first to the last.
func sample(h hash.Hash, r io.ReaderAt, start, end int) error {
	const samples = 64
	if end-start <= samples*page {
		_, err := io.Copy(h, io.NewSectionReader(r, int64(start), int64(end-start)))
		return err
	}
	buffer := make([]byte, page)
	for i := range samples {
		at := start + (end-start-page)/(samples-1)*i
		if i == samples-1 {
			at = end - page
		}
		if _, err := r.ReadAt(buffer, int64(at)); err != nil {
			return err
		}
		h.Write(buffer)
	}
	return nil
}
