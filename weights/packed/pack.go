package packed

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"

	"plexus/kernel"
	"plexus/tensor"
)

// chunkSize is about how many packed bytes are made at a time: few enough to stay in a core's cache on
// their way to the file.
const chunkSize = 1 << 20

// chunk is a run of an entry's panels, or a whole vector.
type chunk struct {
	*entry
	panel, rows  int
	offset, size int
}

// chunks cuts every tensor into runs of panels.
func (l *layout) chunks() []chunk {
	var list []chunk
	for i := range l.entries {
		e := &l.entries[i]
		if e.format == 0 {
			list = append(list, chunk{e, 0, 1, e.offset, e.size})
			continue
		}
		rows := e.tensor.Rows()
		panels := (rows + kernel.Panel - 1) / kernel.Panel
		size := e.size / panels
		step := max(1, chunkSize/max(size, 1))
		for p := 0; p < panels; p += step {
			n := min(step, panels-p)
			list = append(list, chunk{e, p, min(n*kernel.Panel, rows-p*kernel.Panel), e.offset + p*size, n * size})
		}
	}
	return list
}

// pack writes the chunk to data, which is zero.
func (c *chunk) pack(data []byte) error {
	if c.format == 0 {
		return c.tensor.Floats(tensor.Floats(data))
	}
	m, err := kernel.NewMatrix(c.format, c.rows, c.tensor.Cols(), data)
	if err != nil {
		return err
	}
	return c.tensor.Pack(m, c.panel)
}

// packInMemory packs into memory of its own.
func (l *layout) packInMemory(ctx context.Context, progress Progress) (*tensor.Memory, error) {
	memory, err := tensor.Alloc(l.size)
	if err != nil {
		return nil, err
	}
	err = l.pack(ctx, progress, func(c *chunk, _ []byte) error {
		return c.pack(memory.Bytes()[c.offset:][:c.size])
	})
	if err != nil {
		memory.Free()
		return nil, err
	}
	return memory, nil
}

// packTo packs into a file. Chunks are made in a buffer and written, rather than made in a mapping of the
// file, because a full disk is an error of a write and a fatal signal to a mapping.
func (l *layout) packTo(ctx context.Context, w io.WriterAt, progress Progress) error {
	return l.pack(ctx, progress, func(c *chunk, buffer []byte) error {
		data := buffer[:c.size]
		clear(data)
		if err := c.pack(data); err != nil {
			return err
		}
		_, err := w.WriteAt(data, int64(c.offset))
		return err
	})
}

// pack calls do for every chunk, on all processors, with a buffer of each worker's own. It stops at the
// first error or when ctx ends.
func (l *layout) pack(ctx context.Context, progress Progress, do func(c *chunk, buffer []byte) error) error {
	chunks := l.chunks()
	total, largest := 0, 0
	for _, c := range chunks {
		total, largest = total+c.size, max(largest, c.size)
	}
	var (
		mu      sync.Mutex // guards next, done and failed
		next    int
		done    int
		failed  error
		workers sync.WaitGroup
	)
	take := func() *chunk {
		mu.Lock()
		defer mu.Unlock()
		if failed == nil {
			failed = ctx.Err()
		}
		if failed != nil || next == len(chunks) {
			return nil
		}
		next++
		return &chunks[next-1]
	}
	finish := func(c *chunk, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil && failed == nil {
			failed = err
		}
		done += c.size
		if progress != nil && failed == nil {
			progress(int64(done), int64(total))
		}
	}
	for range min(runtime.GOMAXPROCS(0), len(chunks)) {
		buffer, err := tensor.Alloc(largest)
		if err != nil {
			finish(&chunk{}, err)
			break
		}
		workers.Go(func() {
			defer buffer.Free()
			for c := take(); c != nil; c = take() {
				finish(c, do(c, buffer.Bytes()))
			}
		})
	}
	workers.Wait()
	if failed != nil {
		return fmt.Errorf("pack: %w", failed)
	}
	return nil
}
