package textgen

import (
	"errors"
	"fmt"

	"plexus"
	"plexus/tokenizer"
	"plexus/tokenizer/chat"
)

// prompt returns the tokens that a text is to follow.
func (e *Engine) prompt(in *inputs) ([]int32, error) {
	ids, err := e.encode(in)
	if err != nil {
		return nil, err
	}
	if len(ids) >= e.context {
		return nil, badInput("the prompt has %d tokens; the model's context of %d must hold it and at least one more", len(ids), e.context)
	}
	if len(ids) == 0 {
		return nil, badInput("the prompt is empty")
	}
	vocab := int32(e.net.Vocab())
	for _, id := range ids {
		if id < 0 || id >= vocab {
			return nil, plexus.AsError(fmt.Errorf("textgen: the tokenizer knows token %d, the network has %d", id, vocab))
		}
	}
	for id := range in.sampling.bias {
		if id >= vocab {
			return nil, badInput("logit_bias: token %d is not below %d", id, vocab)
		}
	}
	return ids, nil
}

// encode renders messages with the chat template, or takes the prompt as it
// is. Both may hold special tokens; what clients wrote in messages may not
// become one.
func (e *Engine) encode(in *inputs) ([]int32, error) {
	messages := in.messages
	if messages == nil && !in.raw && e.template != nil {
		messages = []map[string]any{{"role": "user", "content": in.prompt}}
	}
	if messages == nil {
		if err := e.fits(in.prompt); err != nil {
			return nil, err
		}
		ids := e.tok.Encode(in.prompt, tokenizer.EncodeOptions{AddSpecial: true, ParseSpecial: true})
		if len(ids) > 1 && ids[0] == e.tok.BOS() && ids[1] == ids[0] { // the prompt had it too
			ids = ids[1:]
		}
		return ids, nil
	}
	if e.template == nil {
		return nil, badInput("this model has no chat template; send a prompt instead of messages")
	}
	text, err := e.template.Render(chat.Input{
		Messages:            messages,
		AddGenerationPrompt: true,
		Extra:               in.extra,
		Controls:            e.controls,
	})
	// A template is a program of the model's authors, and what it cannot
	// digest is the messages.
	if refused := (*chat.Error)(nil); errors.As(err, &refused) {
		return nil, badInput("the model's chat template refuses the messages: %v", refused)
	}
	if err != nil {
		return nil, badInput("the model's chat template cannot render the messages").Because(err)
	}
	if err := e.fits(text); err != nil {
		return nil, err
	}
	return e.tok.Encode(text, tokenizer.EncodeOptions{ParseSpecial: true}), nil
}

// fits refuses a text that is too long for the context whatever its tokens are,
// before the work of finding them.
func (e *Engine) fits(text string) error {
	if least := len(text) / e.longest; least >= e.context {
		return badInput("the prompt has more than %d tokens; the model's context of %d must hold it and at least one more", least, e.context)
	}
	return nil
}

// longest is how many bytes of text a token may stand for.
func longest(tok *tokenizer.Tokenizer) int {
	n := 1
	for id := range int32(tok.Size()) {
		n = max(n, len(tok.Text(id)))
	}
	return n
}
