package textgen

// penalties make tokens that have occurred less likely.
type penalties struct {
	// repetition divides a positive logit and multiplies a negative one, of
	// every token in the prompt or the text so far; 1 is none. It is theta of
	// CTRL, https://arxiv.org/abs/1909.05858, section 4.1.
	repetition float64
	// frequency is subtracted once for each time that the token has been
	// generated, presence once if it has been at all. See
	// https://platform.openai.com/docs/api-reference/chat/create.
	frequency, presence float64
}

func (p penalties) none() bool {
	return p.repetition == 1 && p.frequency == 0 && p.presence == 0
}

// apply returns the logit of a token of the prompt or the text so far, which
// has been generated n times.
func (p penalties) apply(logit float64, n int) float64 {
	if logit > 0 {
		logit /= p.repetition
	} else {
		logit *= p.repetition
	}
	if n > 0 {
		logit -= p.presence + p.frequency*float64(n)
	}
	return logit
}

// occurrences counts how often each token has been generated. Tokens of the
// prompt are in it with zero. It is nil where nobody asks.
type occurrences map[int32]int

func newOccurrences(p penalties, prompt []int32) occurrences {
	if p.none() {
		return nil
	}
	o := make(occurrences)
	if p.repetition != 1 {
		for _, id := range prompt {
			o[id] = 0
		}
	}
	return o
}

func (o occurrences) add(id int32) {
	if o != nil {
		o[id]++
	}
}
