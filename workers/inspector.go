package workers

import (
	"context"
	"encoding/json"
	"maps"
	"strings"

	"github.com/coder/websocket"
)

// watchExceptions reports the exceptions that a Worker does not catch, as the
// inspector of its workerd at url tells of them, until done. The runtime's own log
// has no stack for them.
// See https://chromedevtools.github.io/devtools-protocol/v8/Runtime/.
func watchExceptions(url string, done <-chan struct{}, log *workerLog) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-done:
			cancel()
		case <-ctx.Done():
		}
	}()
	conn, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	conn.SetReadLimit(-1) // it is our own process, and console values can be large
	if err := conn.Write(ctx, websocket.MessageText, []byte(`{"id":1,"method":"Runtime.enable"}`)); err != nil {
		return err
	}
	echoes := echoes{}
	for {
		_, data, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		if e, ok := thrown(data); ok && !echoes.holds(e) {
			log.exception(e.text, e.frames)
		}
	}
}

// exception is one that a Worker did not catch.
type exception struct {
	text   string
	frames []frame // none where the runtime knows no place
	time   float64 // in milliseconds
}

// echoes counts the exceptions that the runtime may report a second time: first
// where they are thrown, then without a place as they leave the handler. Those of
// requests at once arrive in any order.
type echoes map[string]echo

type echo struct {
	due  int
	time float64
}

// echoWithin is how many milliseconds lie between the two at most.
const echoWithin = 100

// hung begins what the runtime throws itself, outside of a handler: it is
// reported once.
const hung = "The Workers runtime canceled this request"

func (s echoes) holds(e exception) bool {
	maps.DeleteFunc(s, func(_ string, due echo) bool { return e.time-due.time > echoWithin })
	// What is no Error becomes one on its way out.
	key := strings.TrimPrefix(strings.TrimPrefix(e.text, "Uncaught "), "Error: ")
	if strings.HasPrefix(key, hung) {
		return false
	}
	due := s[key].due
	if due > 0 && e.frames == nil {
		s[key] = echo{due - 1, e.time}
		return true
	}
	s[key] = echo{due + 1, e.time}
	return false
}

// thrown decodes a Runtime.exceptionThrown event.
func thrown(data []byte) (e exception, ok bool) {
	type place struct {
		Function string `json:"functionName"`
		URL      string `json:"url"`
		Line     int    `json:"lineNumber"` // from 0
		Column   int    `json:"columnNumber"`
	}
	var event struct {
		Method string `json:"method"`
		Params struct {
			Time    float64 `json:"timestamp"`
			Details struct {
				place
				Text  string `json:"text"`
				Stack struct {
					Frames []place `json:"callFrames"`
				} `json:"stackTrace"`
			} `json:"exceptionDetails"`
		} `json:"params"`
	}
	if json.Unmarshal(data, &event) != nil || event.Method != "Runtime.exceptionThrown" {
		return e, false
	}
	details := event.Params.Details
	places := details.Stack.Frames
	if len(places) == 0 && details.Line > 0 { // else the place is "undefined"
		places = []place{details.place}
	}
	e.text, e.time = details.Text, event.Params.Time
	for _, p := range places {
		e.frames = append(e.frames, frame{p.Function, p.URL, p.Line + 1, p.Column + 1})
	}
	return e, true
}
