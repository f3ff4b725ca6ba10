package peak

import "testing"

func TestRates(t *testing.T) {
	for name, rate := range map[string]float64{"FMA": FMA(), "VNNI": VNNI(), "BF16": BF16(), "Read": Read(make([]byte, 1<<20))} {
		if rate < 0 || rate > 1e15 {
			t.Errorf("%s: %g a second", name, rate)
		}
		t.Logf("%s: %.1f G/s", name, rate/1e9)
	}
}
