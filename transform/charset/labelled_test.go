package charset

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// legacyOf names the charsets that a language's pages were written in.
var legacyOf = map[string][]string{
	"zh": {"gb18030"}, "ja": {"shift_jis", "euc-jp"}, "ko": {"euc-kr"}, "ru": {"windows-1251", "koi8-r", "iso-8859-5", "ibm866"},
	"bg": {"windows-1251"}, "uk": {"windows-1251", "koi8-u"}, "el": {"windows-1253"}, "he": {"windows-1255"}, "ar": {"windows-1256"},
	"fa": {"windows-1256"}, "th": {"windows-874"}, "tr": {"windows-1254"}, "pl": {"iso-8859-2", "windows-1250"}, "cs": {"windows-1250"},
	"hu": {"iso-8859-2"}, "ro": {"iso-8859-2"}, "lv": {"windows-1257"}, "lt": {"windows-1257"}, "fr": {"windows-1252"}, "de": {"windows-1252"},
	"es": {"windows-1252"}, "pt": {"windows-1252"}, "sv": {"windows-1252"}, "da": {"windows-1252"},
}

// TestDetectShared re-encodes the labelled texts of the shared data and counts
// how many come back as they were.
func TestDetectShared(t *testing.T) {
	f, err := os.Open("../../../shared/data/langid.jsonl.gz")
	if err != nil {
		t.Skip("no shared data: ", err)
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for dec := json.NewDecoder(zr); dec.More(); {
		var r struct{ Lang, Text string }
		if err := dec.Decode(&r); err != nil {
			t.Fatal(err)
		}
		texts[r.Lang] += r.Text + "\n"
	}
	all, hit := 0, 0
	for lang, sets := range legacyOf {
		for _, set := range sets {
			n, ok := 0, 0
			for _, size := range []int{200, 1000, 5000} {
				for _, s := range chunks(texts[lang], size) {
					enc, err := encodingOf(set).NewEncoder().String(s)
					if err != nil || highBytes([]byte(enc)) < 4 || strings.ContainsAny(s, "\u017c\u00a7") && lang != "pl" {
						// too short, or a source text that is mangled itself
						continue
					}
					raw := bytes.Join([][]byte{[]byte("<html><body><p>"), []byte(enc), []byte("</p></body></html>")}, nil)
					got, label, _ := DecodeHTML(raw, "")
					n++
					if got == "<html><body><p>"+s+"</p></body></html>" {
						ok++
					} else if testing.Verbose() && n-ok < 3 {
						t.Logf("%s %s taken for %s: %.60q", lang, set, label, s)
					}
				}
			}
			all += n
			hit += ok
			if n > 0 && float64(ok) < 0.9*float64(n) {
				t.Errorf("%s in %s: %d of %d", lang, set, ok, n)
			}
			t.Logf("%s in %s: %d of %d", lang, set, ok, n)
		}
	}
	if share := float64(hit) / float64(max(all, 1)); share < 0.97 {
		t.Errorf("recognised %.4f of %d texts", share, all)
	} else {
		t.Logf("recognised %.4f of %d texts", share, all)
	}
}

func chunks(s string, size int) []string {
	var out []string
	r := []rune(s)
	size /= 2
	for i := 0; i+size <= len(r) && len(out) < 40; i += size {
		out = append(out, string(r[i:i+size]))
	}
	return out
}
