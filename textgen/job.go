package textgen

import (
	"context"
	"errors"
	"iter"
	"sync"

	"plexus"
)

// job is one request in the engine. The loop writes what its sequences
// generate into it, the one who asked reads it; what is not read in time
// collects, so that a slow reader never holds up the batch.
type job struct {
	ctx     context.Context
	account string
	signal  chan struct{} // something to read

	mu      sync.Mutex
	outputs []output
	running int // outputs that have no reason yet
	usage   plexus.Usage
	err     error // why the job ended early
}

// output is what one choice has to tell that has not been read.
type output struct {
	text   []byte
	ends   []int               // in text, of each token's share of it
	reason plexus.FinishReason // why it ended
	told   bool                // reason has been read
}

var errLeft = errors.New("the reader has left")

func newJob(ctx context.Context, account string, choices int) *job {
	return &job{
		ctx:     ctx,
		account: account,
		signal:  make(chan struct{}, 1),
		outputs: make([]output, choices),
		running: choices,
	}
}

// begin notes what the prompt costs, once for all choices. It reports whether
// this was the time.
func (j *job) begin(prompt, cached int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.usage.PromptTokens > 0 {
		return false
	}
	j.usage.PromptTokens, j.usage.CachedTokens = prompt, cached
	return true
}

// append adds one token's text to a choice, and why the choice ends with it,
// if it does.
func (j *job) append(choice int, text []byte, reason plexus.FinishReason) {
	j.mu.Lock()
	o := &j.outputs[choice]
	if len(text) > 0 {
		o.text = append(o.text, text...)
		o.ends = append(o.ends, len(o.text))
	}
	j.usage.CompletionTokens++
	if reason != "" {
		o.reason = reason
		j.running--
	}
	j.mu.Unlock()
	j.wake()
}

// fail ends the job, unless it has ended.
func (j *job) fail(err error) {
	j.mu.Lock()
	if j.err == nil && j.running > 0 {
		j.err = err
	}
	j.mu.Unlock()
	j.wake()
}

func (j *job) wake() {
	select {
	case j.signal <- struct{}{}:
	default:
	}
}

// over reports whether nobody wants more of the job.
func (j *job) over() bool {
	if err := j.ctx.Err(); err != nil {
		j.fail(err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err != nil || j.running == 0
}

// take moves what can be read to deltas, one a token. done says that it is the
// last of it.
func (j *job) take(deltas []*plexus.Delta) (_ []*plexus.Delta, done bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range j.outputs {
		o := &j.outputs[i]
		if len(o.text) == 0 && (o.reason == "" || o.told) {
			continue
		}
		start := 0
		for _, end := range o.ends {
			deltas = append(deltas, &plexus.Delta{Choice: i, Text: string(o.text[start:end])})
			start = end
		}
		if start == 0 {
			deltas = append(deltas, &plexus.Delta{Choice: i})
		}
		deltas[len(deltas)-1].FinishReason = o.reason
		o.text, o.ends, o.told = o.text[:0], o.ends[:0], o.reason != ""
	}
	done = j.err != nil || j.running == 0
	if done {
		usage := j.usage
		deltas = append(deltas, &plexus.Delta{Usage: &usage})
	}
	return deltas, done, j.err
}

// events is the stream of the job's *plexus.Delta. Its last Delta carries the
// usage, also when an error follows it. Who leaves early ends the job.
func (j *job) events() iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		defer j.fail(errLeft)
		var deltas []*plexus.Delta
		for {
			var done bool
			var err error
			deltas, done, err = j.take(deltas[:0])
			for _, d := range deltas {
				if !yield(d, nil) {
					return
				}
			}
			if err != nil {
				yield(nil, plexus.AsError(err))
			}
			if done {
				return
			}
			select {
			case <-j.signal:
			case <-j.ctx.Done():
				j.fail(j.ctx.Err())
			}
		}
	}
}

// wait returns the whole of what the job generates.
func (j *job) wait() (*plexus.Result, error) {
	g := &plexus.Generation{Choices: make([]plexus.Choice, len(j.outputs))}
	r := &plexus.Result{Value: g}
	texts := make([][]byte, len(j.outputs))
	for event, err := range j.events() {
		if err != nil {
			return nil, err
		}
		d := event.(*plexus.Delta)
		if d.Usage != nil {
			r.Usage = *d.Usage
			continue
		}
		texts[d.Choice] = append(texts[d.Choice], d.Text...)
		if d.FinishReason != "" {
			g.Choices[d.Choice].FinishReason = d.FinishReason
		}
	}
	for i, text := range texts {
		g.Choices[i].Text = string(text)
	}
	return r, nil
}
