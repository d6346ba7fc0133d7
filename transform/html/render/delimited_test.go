package render

import (
	"strings"
	"testing"
)

func TestDelimited(t *testing.T) {
	for text, want := range map[string]string{
		`so \(x^2\) holds`:      "$x^2",
		`so \( x^2 \) holds`:    "$x^2",
		`so \[ a=b \] holds`:    "$$a=b",
		`so $$a=b$$ holds`:      "$$a=b",
		`the \(n\) of them`:     "$n",
		`a regexp \(abc\) is`:   "",
		`an empty \(\) one`:     "",
		`it costs $$ or $$$`:    "",
		`never \(x^2 closed`:    "",
		`\(a\) but no, \(b=c\)`: "$a",
		`\(word\) and \(b=c\)`:  "$b=c",
		`$$`:                    "",
		``:                      "",
		`\(` + strings.Repeat("x", maxDelimited-3) + `=\)`: "$" + strings.Repeat("x", maxDelimited-3) + "=",
		`\(` + strings.Repeat("x", maxDelimited-2) + `=\)`: "",
	} {
		start, stop, inner, mark := delimited([]byte(text))
		if got := mark + string(inner); got != want {
			t.Errorf("%.40s: %.40q, want %.40q", text, got, want)
		}
		if want != "" && (start < 0 || stop > len(text) || stop <= start) || want == "" && start != len(text) {
			t.Errorf("%.40s: from %d to %d", text, start, stop)
		}
	}
}
