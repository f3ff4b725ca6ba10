package jinja

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

// TestLimits renders what hostile model files might hold.
func TestLimits(t *testing.T) {
	vars := variables(t, json.RawMessage(`{"s": "0123456789"}`))
	for name, source := range map[string]string{
		"endless loops":      strings.Repeat("{% for i in range(99999) %}", 5) + "x" + strings.Repeat("{% endfor %}", 5),
		"endless macro":      "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
		"forking macro":      "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(64) }}",
		"long string":        "{{ s * 9999999999 }}",
		"longer string":      "{{ 's' * 99999999999999999999 }}",
		"long list":          "{{ [1] * 999999999 }}",
		"long range":         "{{ range(10**9) }}",
		"doubling string":    "{% set ns = namespace(x=s) %}{% for i in range(64) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
		"doubling list":      "{% set ns = namespace(x=[1]) %}{% for i in range(64) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
		"nested list":        "{% set ns = namespace(x=[1]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
		"forking list":       "{% set ns = namespace(x=[1]) %}{% for i in range(64) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|tojson }}",
		"forking comparison": "{% set a = namespace(x=[1]) %}{% set b = namespace(x=[1]) %}{% for i in range(64) %}{% set a.x = [a.x, a.x] %}{% set b.x = [b.x, b.x] %}{% endfor %}{{ a.x == b.x }}",
		"growing replace":    "{% set ns = namespace(x=s) %}{% for i in range(64) %}{% set ns.x = ns.x.replace('', s * 99) %}{% endfor %}",
		"growing join":       "{{ (s * 99999).join((s * 99999)|list) }}",
		"wide indent":        "{{ s|indent(99999999, true) }}",
		"nested brackets":    "{{ " + strings.Repeat("(", 1000) + "1" + strings.Repeat(")", 1000) + " }}",
		"nested lists":       "{{ " + strings.Repeat("[", 1000) + "1" + strings.Repeat("]", 1000) + " }}",
		"nested not":         "{{ " + strings.Repeat("not ", 100_000) + "1 }}",
		"nested minus":       "{{ " + strings.Repeat("-", 100_000) + "1 }}",
		"nested ifs":         strings.Repeat("{% if s %}", 50_000),
		"long chain":         "{{ s" + strings.Repeat("|trim", 100_000) + " }}",
		"long sum":           "{{ 1" + strings.Repeat("+1", 100_000) + " }}",
		"long source":        strings.Repeat("x", maxSource+1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := render(source, vars)
			if name == "longer string" && err != nil {
				return // a number that does not fit
			}
			if !errors.Is(err, ErrLimit) {
				t.Errorf("error %v, want ErrLimit", err)
			}
		})
	}
}

func TestFromDepth(t *testing.T) {
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	if _, err := From(json.RawMessage(deep), nil); !errors.Is(err, ErrLimit) {
		t.Errorf("error %v, want ErrLimit", err)
	}
	if _, err := From(json.RawMessage(`{"a":1} 2`), nil); err == nil {
		t.Error("no error for two JSON values")
	}
	if _, err := From(time.Now(), nil); err == nil {
		t.Error("no error for a value of the host")
	}
}

func FuzzRender(f *testing.F) {
	for _, s := range []string{
		"{% for m in l %}{{ m.role|upper }}{% endfor %}", "{% macro f(x) %}{{ x }}{% endmacro %}{{ f(s[1:]) }}",
		"{%- if s is defined -%} {{ d|tojson(indent=2) }} {%- endif -%}", "{# c #}{% raw %}{{{% endraw %}",
		"{% set ns = namespace(a=1) %}{% set ns.a = 'é\xff'[::-1] %}{{ ns.a ~ 2.5 // 1 }}",
	} {
		f.Add(s)
	}
	vars, err := From(json.RawMessage(`{"s":"a\u00e9b","n":null,"l":[{"role":"user"},2,[]],"d":{"a":{"b":1.5}}}`), nil)
	if err != nil {
		f.Fatal(err)
	}
	vars.(*Dict).Set("broken", "a\xffb\xc3")
	f.Fuzz(func(t *testing.T, source string) {
		template, err := Parse(source)
		if err != nil {
			return
		}
		first, err := template.Render(vars.(*Dict), 0, now)
		second, again := template.Render(vars.(*Dict), 0, now)
		if first != second || (err == nil) != (again == nil) {
			t.Errorf("%q renders %q, then %q", source, first, second)
		}
	})
}
