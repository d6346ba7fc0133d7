package dedup

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

func TestExactDedup(t *testing.T) {
	a := &corpus.Document{URL: "https://a.example/x", Text: "One  two\nTHREE"}
	for _, c := range []struct {
		by   string
		b    corpus.Document
		same bool
	}{
		{"text", corpus.Document{Text: "One  two\nTHREE"}, true},
		{"text", corpus.Document{Text: "One  two\nTHREE "}, false},
		{"normalized_text", corpus.Document{Text: " one two three\t"}, true},
		{"normalized_text", corpus.Document{Text: "one two three."}, false},
		{"url", corpus.Document{URL: "https://a.example/x", Text: "other"}, true},
		{"url", corpus.Document{URL: "https://a.example/y", Text: a.Text}, false},
	} {
		e := &ExactDedup{By: c.by}
		if err := e.Validate(); err != nil {
			t.Fatal(err)
		}
		ka, kb := exactKeys(t, e, a), exactKeys(t, e, &c.b)
		if len(ka) != 1 || len(kb) != 1 || (ka[0] == kb[0]) != c.same {
			t.Errorf("by %s: %q and %q: keys %x, %x, want equal: %v", c.by, a.Text, c.b.Text, ka, kb, c.same)
		}
	}
}

// TestSimplifiedKeys: texts in traditional and in simplified characters are the same where
// that is asked for, and only there; they themselves stay.
func TestSimplifiedKeys(t *testing.T) {
	const traditional, simplified = "今天學校舉行開學典禮，老師和同學們都來參加。", "今天学校举行开学典礼，老师和同学们都来参加。"
	for _, on := range []bool{false, true} {
		a, b := &corpus.Document{Text: traditional}, &corpus.Document{Text: simplified}
		e := &ExactDedup{By: "normalized_text", Simplified: on}
		if err := e.Validate(); err != nil {
			t.Fatal(err)
		}
		if same := exactKeys(t, e, a)[0] == exactKeys(t, e, b)[0]; same != on || a.Text != traditional {
			t.Errorf("simplified %v: keys equal %v, text %q", on, same, a.Text)
		}
		m := &MinHash{Simplified: on}
		if err := m.Validate(); err != nil {
			t.Fatal(err)
		}
		x, y := m.Signature(nil, traditional), m.Signature(nil, simplified)
		if same := Similarity(x, y) == 1; same != on {
			t.Errorf("simplified %v: similarity %g", on, Similarity(x, y))
		}
		if on != strings.Contains(m.SketchID(), "t2s") || m.Fork().(*MinHash).SketchID() != m.SketchID() {
			t.Errorf("simplified %v: %s", on, m.SketchID())
		}
		if z := (&MinHash{}).Signature(nil, simplified); Similarity(y, z) != 1 {
			t.Error("a text in simplified characters has another signature")
		}
	}
	if err := (&ExactDedup{By: "url", Simplified: true}).Validate(); err == nil {
		t.Error("simplified addresses are accepted")
	}
}

func exactKeys(t *testing.T, e *ExactDedup, d *corpus.Document) (keys []stage.Key) {
	t.Helper()
	err := e.Keys(d, func(k stage.Key, part uint32) {
		if part != 0 {
			t.Errorf("part %d", part)
		}
		keys = append(keys, k)
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestExactDedupEmpty(t *testing.T) {
	for _, c := range []struct {
		by  string
		doc corpus.Document
	}{
		{"text", corpus.Document{URL: "https://a.example/"}},
		{"normalized_text", corpus.Document{Text: " \n\t "}},
		{"url", corpus.Document{Text: "text"}},
	} {
		if keys := exactKeys(t, &ExactDedup{By: c.by}, &c.doc); len(keys) != 0 {
			t.Errorf("by %s: keys %x of nothing", c.by, keys)
		}
	}
	e := config.Defaults[ExactDedup]()
	if e.By != "text" || e.KeepRule != (stage.Keep{Policy: "max", Column: "text_bytes"}) || e.Validate() != nil || e.KeyBytes() != 16 {
		t.Errorf("defaults %+v", e)
	}
	if (&ExactDedup{By: "hash"}).Validate() == nil {
		t.Error("by hash is valid")
	}
}
