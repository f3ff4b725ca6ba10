package textgen

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"plexus/kernel"
)

// plainDraw is the definition: sort the whole vocabulary, cut it three times,
// walk what is left in the order of ids until u is used up.
func plainDraw(s sampling, logits []float32, u float64) int32 {
	ids := make([]int32, len(logits))
	for i := range ids {
		ids[i] = int32(i)
	}
	slices.SortStableFunc(ids, func(a, b int32) int { return cmp.Compare(logits[b], logits[a]) })
	if s.temperature == 0 {
		return ids[0]
	}
	p := slices.Clone(logits)
	kernel.Softmax(p, float32(1/s.temperature))
	total := func() (t float64) {
		for _, id := range ids {
			t += float64(p[id])
		}
		return t
	}
	least := float32(s.minP) * p[ids[0]]
	ids = slices.DeleteFunc(ids, func(id int32) bool { return p[id] < least })
	if s.topK > 0 {
		ids = ids[:min(s.topK, len(ids))]
	}
	limit, reached := s.topP*total(), 0.0
	for i, id := range ids {
		if reached += float64(p[id]); reached >= limit && s.topP < 1 {
			ids = ids[:i+1]
			break
		}
	}
	left := u * total()
	slices.Sort(ids)
	for _, id := range ids {
		if left -= float64(p[id]); left < 0 {
			return id
		}
	}
	return ids[len(ids)-1]
}

func TestSamplerAgreesWithDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...float64) float64 { return from[r.IntN(len(from))] }
	var buf scratch
	for trial := range 4000 {
		logits := make([]float32, 1+r.IntN(300))
		for i := range logits {
			logits[i] = float32(r.NormFloat64() * pick(0.1, 2, 8))
			if trial%3 == 0 { // many ties
				logits[i] = float32(math.Round(float64(logits[i])))
			}
		}
		s := sampling{
			temperature: pick(0, 0.3, 1, 5),
			topK:        int(pick(0, 1, 5, 40, 1000)),
			topP:        pick(0, 0.13, 0.57, 0.91, 0.999, 1),
			minP:        pick(0, 0.05, 0.5, 1),
			penalties:   penalties{repetition: 1},
		}
		got := newSampler(s, uint64(trial), 0, nil)
		u := rand.New(rand.NewPCG(uint64(trial), 0)).Float64()
		want := plainDraw(s, logits, u)
		id, err := got.next(slices.Clone(logits), &buf)
		if err != nil || id != want {
			t.Fatalf("trial %d, %+v: drew %d (%v), want %d", trial, s, id, err, want)
		}
	}
}

func TestSamplerPenalties(t *testing.T) {
	for name, c := range map[string]struct {
		sampling sampling
		logits   []float32
		want     []int32 // drawn one after the other from the same logits, at temperature 0
	}{
		"none":                    {sampling{penalties: penalties{repetition: 1}}, []float32{3, 2, 1}, []int32{0, 0, 0}},
		"repetition, prompt is 0": {sampling{penalties: penalties{repetition: 2}}, []float32{3, 2, 1.1}, []int32{1, 0, 0}},
		"repetition of negatives": {sampling{penalties: penalties{repetition: 2}}, []float32{-1, -1.5, -9}, []int32{1, 0, 0}},
		"repetition below one":    {sampling{penalties: penalties{repetition: 0.5}}, []float32{1, 1.5, 0}, []int32{0, 0, 0}},
		"frequency":               {sampling{penalties: penalties{repetition: 1, frequency: 0.6}}, []float32{3, 2, 0}, []int32{0, 0, 1, 0, 1}},
		"presence":                {sampling{penalties: penalties{repetition: 1, presence: 1.5}}, []float32{3, 2, 1.9}, []int32{0, 1, 2, 0, 0}},
		"bias":                    {sampling{bias: map[int32]float64{2: 5}, penalties: penalties{repetition: 1}}, []float32{3, 2, 1}, []int32{2, 2}},
		"huge repetition":         {sampling{penalties: penalties{repetition: 1e-300}}, []float32{1, 2, 0}, []int32{0, 0}},
	} {
		s := newSampler(c.sampling, 0, 0, []int32{0})
		for i, want := range c.want {
			if got, err := s.next(slices.Clone(c.logits), &scratch{}); err != nil || got != want {
				t.Errorf("%s: draw %d is %d (%v), want %d", name, i, got, err, want)
			}
		}
	}
}

func TestSamplerRefusesWhatIsNotFinite(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, bad := range []float32{inf, -inf, float32(math.NaN())} {
		for _, s := range []sampling{
			{penalties: penalties{repetition: 1}},
			{temperature: 1, topP: 1, penalties: penalties{repetition: 1}},
			{bias: map[int32]float64{1: -100}, penalties: penalties{repetition: 1}},
			{penalties: penalties{repetition: 1.5}},
		} {
			if _, err := newSampler(s, 0, 0, []int32{1}).next([]float32{0, bad, 1}, &scratch{}); err == nil {
				t.Errorf("%+v accepts %v", s, bad)
			}
		}
	}
}

func BenchmarkSampler(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	logits := make([]float32, 128256)
	for i := range logits {
		logits[i] = float32(r.NormFloat64() * 3)
	}
	for name, s := range map[string]sampling{
		"greedy":      {topP: 1},
		"temperature": {temperature: 0.6, topP: 1},
		"flat":        {temperature: 5, topP: 1},
		"top_k":       {temperature: 0.6, topP: 1, topK: 40},
		"top_p":       {temperature: 0.6, topP: 0.95},
		"flat top_p":  {temperature: 5, topP: 0.95},
	} {
		s.penalties.repetition = 1
		b.Run(name, func(b *testing.B) {
			sampler, buf := newSampler(s, 1, 0, nil), scratch{}
			for b.Loop() {
				if _, err := sampler.next(logits, &buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
