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
	p           []float32
	keep, order []candidate
}

// candidate is a token that may be drawn.
type candidate struct {
	id int32
	p  float32 // its probability
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
	kernel.Softmax(buf.p, float32(1/max(s.temperature, coldest)))
	keep := s.candidates(buf)
	left := s.rand.Float64() * sum(keep, probability)
	for _, c := range keep {
		if left -= float64(c.p); left < 0 {
			return c.id
		}
	}
	return keep[len(keep)-1].id // rounding
}

// candidates returns the tokens that min_p, top_k and top_p leave, in the order
// of their ids.
func (s *sampler) candidates(buf *scratch) []candidate {
	floor := float32(s.minP) * slices.Max(buf.p)
	keep := buf.keep[:0]
	for id, p := range buf.p {
		if p > 0 && p >= floor {
			keep = append(keep, candidate{int32(id), p})
		}
	}
	buf.keep = keep
	if s.topK > 0 && s.topK < len(keep) {
		keep = shortest(keep, float64(s.topK), one, buf)
	}
	if s.topP < 1 {
		total := sum(keep, probability)
		// Tokens below the least have less than 1-p together, so that those
		// above reach p without them.
		least := (1 - s.topP) * total / float64(len(keep))
		keep = filter(keep, func(c candidate) bool { return float64(c.p) >= least })
		keep = shortest(keep, s.topP*total, probability, buf)
	}
	return keep
}
