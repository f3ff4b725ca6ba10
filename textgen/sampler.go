package textgen

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"plexus/kernel"
)

// sampling says how the next token is chosen. The steps, in order: logit bias
// and penalties, softmax at the temperature, min_p, top_k, top_p, one draw.
type sampling struct {
	temperature float64 // 0: the likeliest token, always
	minP        float64 // keep those at least this fraction as likely as the likeliest; 0: all
	topK        int     // keep the k likeliest; 0: all
	topP        float64 // keep the fewest likeliest with this share of what is left; 1: all
	bias        map[int32]float64
	penalties   penalties
}

// coldest is the lowest temperature that is not zero. Below it a draw is the
// likeliest token in all but name, and quotients leave the range of float32.
const coldest = 0.01

var errLogits = errors.New("the network returned a number that is not finite")

// sampler draws the tokens of one sequence. Its draws depend on its own
// logits and seed only, never on what else is in the batch.
type sampler struct {
	sampling
	rand *rand.Rand
	seen occurrences
}

func newSampler(s sampling, seed uint64, choice int, prompt []int32) *sampler {
	return &sampler{
		sampling: s,
		rand:     rand.New(rand.NewPCG(seed, uint64(choice))),
		seen:     newOccurrences(s.penalties, prompt),
	}
}

// scratch is memory that the samplers of one loop share.
type scratch struct {
	p     []float32 // probability of each token
	order []candidate
}

// next draws the token that follows. It overwrites logits, which has one entry
// per token of the vocabulary.
func (s *sampler) next(logits []float32, buf *scratch) (int32, error) {
	if err := s.adjust(logits); err != nil {
		return 0, err
	}
	best, err := likeliest(logits)
	if err != nil {
		return 0, err
	}
	id := best
	if s.temperature > 0 {
		id = s.draw(logits, buf)
	}
	s.seen.add(id)
	return id, nil
}

// adjust applies bias and penalties.
func (s *sampler) adjust(logits []float32) error {
	for id, b := range s.bias {
		if err := set(logits, id, float64(logits[id])+b); err != nil {
			return err
		}
	}
	for id, n := range s.seen {
		if err := set(logits, id, s.penalties.apply(float64(logits[id]), n)); err != nil {
			return err
		}
	}
	return nil
}

// set stores an adjusted logit, as large as a float32 can be at most.
func set(logits []float32, id int32, x float64) error {
	if !finite(logits[id]) {
		return errLogits
	}
	logits[id] = float32(min(max(x, -math.MaxFloat32), math.MaxFloat32))
	return nil
}

func finite(x float32) bool { return x >= -math.MaxFloat32 && x <= math.MaxFloat32 }

// likeliest returns the token of the largest logit; of equals, the first.
func likeliest(logits []float32) (int32, error) {
	best := 0
	for i, l := range logits {
		if !finite(l) {
			return 0, errLogits
		}
		if l > logits[best] {
			best = i
		}
	}
	return int32(best), nil
}

// draw picks a token at random, with the probabilities that temperature,
// min_p, top_k and top_p leave. It walks the tokens in the order of their ids.
func (s *sampler) draw(logits []float32, buf *scratch) int32 {
	buf.p = append(buf.p[:0], logits...)
	p := buf.p
	kernel.Softmax(p, float32(1/max(s.temperature, coldest)))
	if s.minP > 0 {
		zeroBelow(p, float32(s.minP)*slices.Max(p))
	}
	if s.topK > 0 && s.topK < len(p) {
		// The largest of each of k or more parts are k tokens: the k likeliest
		// are none below the least of them.
		least := float32(1)
		for part := range slices.Chunk(p, len(p)/s.topK) {
			least = min(least, slices.Max(part))
		}
		buf.cut(least, float64(s.topK), one)
	}
	total := sum(p)
	if s.topP < 1 {
		// Tokens below the least have less than 1-p together: those above
		// reach p without them.
		least := (1 - s.topP) * total / float64(len(p))
		buf.cut(float32(least), s.topP*total, probability)
		total = sum(p)
	}
	left, last := s.rand.Float64()*total, 0
	for id, x := range p {
		if x > 0 {
			last = id
			if left -= float64(x); left < 0 {
				break
			}
		}
	}
	return int32(last)
}

func zeroBelow(p []float32, least float32) {
	for i, x := range p {
		if x < least {
			p[i] = 0
		}
	}
}

func sum(p []float32) (total float64) {
	for _, x := range p {
		total += float64(x)
	}
	return total
}
