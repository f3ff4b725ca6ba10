package chat

// Default returns a plain template for a file that brings none: that of the
// model family whose tokens the vocabulary has, or else lines of "User: ...".
func Default(has func(token string) bool, bos, eos string) (*Template, error) {
	source := plain
	for _, f := range families {
		if has(f.token) {
			source = f.source
			break
		}
	}
	return Parse(source, bos, eos)
}

// families are the templates of model families, by a token that only their
// vocabularies have.
var families = []struct{ token, source string }{
	{"<|im_start|>", `{% for m in messages %}
{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}`},
	{"<|start_header_id|>", `{{ bos_token }}
{%- for m in messages %}
{{- '<|start_header_id|>' + m.role + '<|end_header_id|>\n\n' + m.content | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}`},
	{"<start_of_turn>", `{{ bos_token }}
{%- for m in messages %}
{{- '<start_of_turn>' + ('model' if m.role == 'assistant' else 'user') + '\n' + m.content | trim + '<end_of_turn>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}`},
	{"[INST]", `{{ bos_token }}
{%- for m in messages %}
{{- (m.content + eos_token) if m.role == 'assistant' else ('[INST]' + m.content + '[/INST]') }}
{%- endfor %}`},
}

const plain = `{{ bos_token }}
{%- for m in messages %}
{{- (m.role | capitalize) + ': ' + m.content | trim + '\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}`
