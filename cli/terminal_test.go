package cli

import (
	"bytes"
	"encoding/json"
	"testing"
)

// TestTerminal writes hostile text whole, and cut anywhere.
func TestTerminal(t *testing.T) {
	for in, want := range map[string]string{
		"plain, tab\tand line\n":          "plain, tab\tand line\n",
		"\x1b[2J\x1b]0;title\x07":         `\x1b[2J\x1b]0;title\x07`,
		"a\rb\bc\x00d\x7f":                `a\x0db\x08c\x00d\x7f`,
		"\u0080\u009b31m\u009f\u00a0é":    "\\x80\\x9b31m\\x9f\u00a0é",
		"\x9b31m\xff":                     `\x9b31m\xff`,
		"\u202aa\u202eb\u2029c":           `\u202aa\u202eb\u2029c`,
		"\u2066a\u2069\u200e\u200f\u061c": `\u2066a\u2069\u200e\u200f\u061c`,
		"a\u200bb\u200cc\u200dd\ufeffe":   `a\u200bb\u200cc\u200dd\ufeffe`,
		"\u2060\u2064\U000e0041":          `\u2060\u2064\ue0041`,
		"中文 हिन्दी עברית العربية \ufffd 🙂": "中文 हिन्दी עברית العربية \ufffd 🙂",
		"\xf0\x9f\x98": `\xf0\x9f\x98`,
	} {
		for cut := range len(in) + 1 {
			var out bytes.Buffer
			w := &terminal{w: &out}
			for _, part := range []string{in[:cut], in[cut:]} {
				if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
					t.Fatal(n, err)
				}
			}
			if err := w.Flush(); err != nil || out.String() != want {
				t.Errorf("%q cut at %d: %q, want %q, %v", in, cut, out.String(), want, err)
			}
		}
	}
}

// TestTerminalJSON writes the same value, with no character that turns others.
func TestTerminalJSON(t *testing.T) {
	const in = "a\x1b\u009b\u202e\u2066b\u200d\x7f中\""
	var out bytes.Buffer
	if err := json.NewEncoder(&terminal{w: &out, json: true}).Encode(map[string]string{"id": in}); err != nil {
		t.Fatal(err)
	}
	var back map[string]string
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back["id"] != in {
		t.Errorf("%q, %v", back["id"], err)
	}
	if want := `{"id":"a\u001b\u009b\u202e\u2066b` + "\u200d" + `\u007f中\""}` + "\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
