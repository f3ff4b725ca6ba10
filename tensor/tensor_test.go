package tensor

import (
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
	"unsafe"
)

func TestF16RoundTrip(t *testing.T) {
	for h := range 1 << 16 {
		x := FromF16(uint16(h))
		if math.IsNaN(float64(x)) {
			if back := F16(x); back&0x7fff <= 0x7c00 {
				t.Fatalf("%#04x: NaN became %#04x", h, back)
			}
			continue
		}
		if back := F16(x); back != uint16(h) {
			t.Fatalf("%#04x widens to %g and comes back as %#04x", h, x, back)
		}
	}
}

// Between two neighbours a value goes to the nearer, at the midpoint to the even one.
func TestF16Rounding(t *testing.T) {
	for h := range uint16(0x7c00) {
		low, high := float64(FromF16(h)), float64(FromF16(h+1))
		if h == 0x7bff {
			high = 65536 // as if the exponent went on: from the midpoint on it overflows
		}
		even := h + h&1
		mid := float32((low + high) / 2)
		for _, c := range []struct {
			x    float32
			want uint16
		}{
			{math.Nextafter32(mid, 0), h}, {mid, even}, {math.Nextafter32(mid, 1e9), h + 1},
			{-math.Nextafter32(mid, 0), h | 0x8000}, {-mid, even | 0x8000}, {-math.Nextafter32(mid, 1e9), h + 1 | 0x8000},
		} {
			if got := F16(c.x); got != c.want {
				t.Fatalf("F16(%g) = %#04x, want %#04x", c.x, got, c.want)
			}
		}
	}
}

func TestF16Extremes(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		x    float32
		want uint16
	}{
		{inf, 0x7c00}, {-inf, 0xfc00}, {math.MaxFloat32, 0x7c00}, {65504, 0x7bff}, {65519.9, 0x7bff}, {65520, 0x7c00},
		{math.SmallestNonzeroFloat32, 0}, {0x1p-25, 0}, {0x1.8p-25, 1}, {float32(math.Copysign(0, -1)), 0x8000},
	} {
		if got := F16(c.x); got != c.want {
			t.Errorf("F16(%g) = %#04x, want %#04x", c.x, got, c.want)
		}
	}
}

func TestBF16(t *testing.T) {
	for h := range 1 << 16 {
		x := FromBF16(uint16(h))
		back := BF16(x)
		if math.IsNaN(float64(x)) {
			if !math.IsNaN(float64(FromBF16(back))) {
				t.Fatalf("%#04x: NaN became %#04x", h, back)
			}
		} else if back != uint16(h) {
			t.Fatalf("%#04x comes back as %#04x", h, back)
		}
	}
	for _, c := range []struct {
		bits uint32
		want uint16
	}{
		{0x3f808000, 0x3f80}, {0x3f818000, 0x3f82}, {0x3f808001, 0x3f81}, {0x7f7fffff, 0x7f80},
		{0x7fffffff, 0x7fff}, {0x7f800001, 0x7fc0}, {0x00008000, 0}, {0x00018000, 2},
	} {
		if got := BF16(math.Float32frombits(c.bits)); got != c.want {
			t.Errorf("BF16(%#08x) = %#04x, want %#04x", c.bits, got, c.want)
		}
	}
}

func TestAlloc(t *testing.T) {
	m, err := Alloc(10000)
	if err != nil {
		t.Fatal(err)
	}
	b := m.Bytes()
	if len(b) != 10000 || uintptr(unsafe.Pointer(&b[0]))%4096 != 0 {
		t.Errorf("%d bytes at %p", len(b), &b[0])
	}
	for i, v := range b {
		if v != 0 {
			t.Fatalf("byte %d is %d", i, v)
		}
	}
	Floats(b)[2499] = 1
	if Halves(b)[4999] != 0x3f80 {
		t.Error("the views do not share the memory")
	}
	m.Free()
	m.Free()
	if m.Bytes() != nil {
		t.Error("bytes after Free")
	}
	if _, err := Alloc(-1); err == nil {
		t.Error("a negative size was allocated")
	}
	if m, err := Alloc(0); err != nil || len(m.Bytes()) != 0 {
		t.Errorf("Alloc(0) = %v, %v", m, err)
	}
}

func TestMap(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, want := range []string{"0123456789", "012", ""} {
		m, err := Map(file, len(want))
		m.Prefetch()
		if err != nil || string(m.Bytes()) != want {
			t.Fatalf("Map(%d) = %q, %v", len(want), m.Bytes(), err)
		}
		m.Free()
	}
}

func TestCatchFault(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.Truncate(1 << 16); err != nil {
		t.Fatal(err)
	}
	m, err := Map(file, 1<<16)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Free()
	if err := file.Truncate(0); err != nil {
		t.Fatal(err)
	}
	sum := 0
	err = CatchFault(func() error {
		for _, b := range m.Bytes() {
			sum += int(b)
		}
		return nil
	})
	if !errors.Is(err, ErrFault) || sum != 0 {
		t.Errorf("reading a file that is gone: %v", err)
	}
	if err := CatchFault(func() error { return io.EOF }); err != io.EOF {
		t.Errorf("an error came back as %v", err)
	}
	defer func() {
		if recover() != "mine" {
			t.Error("another panic was swallowed")
		}
	}()
	CatchFault(func() error { panic("mine") })
}

func TestUnalignedViewPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	Floats(make([]byte, 64)[1:])
}
