package dedup

import (
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
