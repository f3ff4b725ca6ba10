package workers

import (
	"context"
	"encoding/json"

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
	for {
		_, data, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		if text, frames, ok := thrown(data); ok {
			log.exception(text, frames)
		}
	}
}

// thrown decodes a Runtime.exceptionThrown event. Workerd sends a second one,
// without a stack, for what leaves a handler.
func thrown(data []byte) (text string, frames []frame, ok bool) {
	var event struct {
		Method string `json:"method"`
		Params struct {
			Details struct {
				Text  string `json:"text"`
				Stack *struct {
					Frames []struct {
						Function string `json:"functionName"`
						URL      string `json:"url"`
						Line     int    `json:"lineNumber"` // from 0
						Column   int    `json:"columnNumber"`
					} `json:"callFrames"`
				} `json:"stackTrace"`
			} `json:"exceptionDetails"`
		} `json:"params"`
	}
	if json.Unmarshal(data, &event) != nil || event.Method != "Runtime.exceptionThrown" || event.Params.Details.Stack == nil {
		return "", nil, false
	}
	for _, f := range event.Params.Details.Stack.Frames {
		frames = append(frames, frame{f.Function, f.URL, f.Line + 1, f.Column + 1})
	}
	return event.Params.Details.Text, frames, true
}
