package purify

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/text"
)

func TestWithoutCode(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"中文。\n\nabc", "中文。||abc"},
		{"中文。\nf(x);\n中文。", "中文。|中文。"},
		{"f(x)\n中文。", "f(x)|中文。"}, // two signs
		{"f(\n\nx);\n中文。", "中文。"}, // one run
		{strings.Repeat("a", 56) + "(=)\n文文文", "文文文"},
		{strings.Repeat("a", 57) + "(=)\n文文文", strings.Repeat("a", 57) + "(=)|文文文"},
		{"ab(=)1\n文", "ab(=)1|文"}, // a third are letters
		{"abc(=)12\n文", "文"},
		{"abcdefghijklmnopqrstuvwx(=)\n文", "文"}, // nine bytes of ten are code
		{"abcdefghijklmnopqrstuvwxy(=)\n文", "abcdefghijklmnopqrstuvwxy(=)|文"},
		{"f(x);", "f(x);"},
		{"| 1 | 2 |\n(1) [2] <3>\n文", "| 1 | 2 ||(1) [2] <3>|文"},
		{"print(\"é\");\nf(x);", "print(\"é\");"}, // a letter beyond ASCII
		{"f(“x”);……\n文", "f(“x”);……|文"},
	} {
		v := &text.View{}
		v.Reset(c.text)
		var got []string
		for line := range withoutCode(v.Lines(), c.text) {
			got = append(got, c.text[line.Start:line.End])
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%q: %q, want %q", c.text, s, c.want)
		}
	}
}
