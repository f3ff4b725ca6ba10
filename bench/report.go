package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// report is what a run measured.
type report struct {
	Threads   int           `json:"threads"`
	Rounds    int           `json:"rounds"`
	Kernels   string        `json:"kernels"`           // of Plexus
	Peer      string        `json:"peer,omitempty"`    // libllama's instruction set
	Bandwidth float64       `json:"bandwidth_gb_s"`    // read by all threads together
	Rows      []row         `json:"forward,omitempty"` // passes of the engines
	Server    *serverReport `json:"server,omitempty"`
}

// row is one kind of forward pass, in tokens per second.
type row struct {
	Model    string  `json:"model"`
	Part     string  `json:"part"`
	Plexus   float64 `json:"plexus_tokens_s"`
	Libllama float64 `json:"libllama_tokens_s"`
	Ratio    float64 `json:"ratio"`
	Share    float64 `json:"bandwidth_share,omitempty"` // of decoding one sequence, which reads every weight for one token
}

// serverReport is what HTTP, the gateway and the scheduler cost and carry.
type serverReport struct {
	FirstToken time.Duration `json:"first_token_ns"`        // through HTTP
	Engine     time.Duration `json:"engine_first_token_ns"` // the same request in process
	Streams    int           `json:"streams"`
	StreamsS   float64       `json:"streams_s"`
	TokensS    float64       `json:"tokens_s"`
}

func (r *report) print(w io.Writer) {
	if len(r.Rows) > 0 {
		fmt.Fprintf(w, "1.1B Llama, %d threads, median of %d turns. Plexus: %s. libllama 0.5.0: %s. Memory reads: %.1f GB/s.\n\n",
			r.Threads, r.Rounds, r.Kernels, r.Peer, r.Bandwidth)
		t := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
		fmt.Fprintln(t, "weights\tpass\tPlexus tok/s\tlibllama tok/s\tratio\tof bandwidth\t")
		for _, row := range r.Rows {
			share := ""
			if row.Share > 0 {
				share = fmt.Sprintf("%.0f %%", 100*row.Share)
			}
			fmt.Fprintf(t, "%s\t%s\t%.1f\t%.1f\t%.2f\t%s\t\n", row.Model, row.Part, row.Plexus, row.Libllama, row.Ratio, share)
		}
		t.Flush()
	}
	if s := r.Server; s != nil {
		fmt.Fprintf(w, "\nServer, @pocket/chat: first token after %.2f ms, %.2f ms of it in the engine: overhead %.2f ms.\n",
			milliseconds(s.FirstToken), milliseconds(s.Engine), milliseconds(s.FirstToken-s.Engine))
		fmt.Fprintf(w, "%d concurrent streams: %.1f streams/s, %.0f tokens/s.\n", s.Streams, s.StreamsS, s.TokensS)
	}
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }
