package weights

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"plexus/tensor"
)

// Part is one file of a model; a split model has several. Its bytes are mapped
// and stay on the disk until they are read.
type Part struct {
	Bytes   []byte    // the whole file
	Header  int       // bytes before the data of tensors
	ModTime time.Time // zero for a model in memory

	file   *os.File       // nil for a model in memory, as is
	memory *tensor.Memory // what Bytes is mapped in
}

// Open maps the file at path, which must be a regular file or a link to one.
// Header is left for the reader of its format to set.
func Open(path string) (*Part, error) {
	// Without O_NONBLOCK opening a FIFO would wait for a writer.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	p, err := mapFile(file)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return p, nil
}

func mapFile(file *os.File) (*Part, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	if info.Size() == 0 {
		return nil, errors.New("empty file")
	}
	memory, err := tensor.Map(file, int(info.Size()))
	if err != nil {
		return nil, err
	}
	return &Part{Bytes: memory.Bytes(), ModTime: info.ModTime(), file: file, memory: memory}, nil
}

// ReadAt reads from the file itself. It suits bytes here and there, around
// which a mapped read would fetch megabytes from the disk.
func (p *Part) ReadAt(b []byte, offset int64) (int, error) {
	if p.file != nil {
		return p.file.ReadAt(b, offset)
	}
	return bytes.NewReader(p.Bytes).ReadAt(b, offset)
}

// Close unmaps the file. Its bytes may not be read after it.
func (p *Part) Close() error {
	if p.file == nil {
		return nil
	}
	p.memory.Free()
	return p.file.Close()
}

// Size is the bytes of a model's files.
func Size(s Source) (n int64) {
	_, parts := s.Files()
	for i := range parts {
		n += int64(len(parts[i].Bytes))
	}
	return n
}
