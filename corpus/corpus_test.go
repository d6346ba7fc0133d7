package corpus_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
)

func TestHost(t *testing.T) {
	f := func(url, want string) {
		t.Helper()
		if got := corpus.Host(url); got != want {
			t.Errorf("%q: %q, want %q", url, got, want)
		}
	}
	f("https://Example.COM/a?b=c://d", "example.com")
	f("http://user:pass@example.com:8080", "example.com")
	f("http://[2001:db8::1]:80/x", "2001:db8::1")
	f("https://例子.example/", "例子.example")
	f("https://a%2Eb/", "a.b")
	f("https://example.com.?q", "example.com")
	f("https://a@b@c/", "c")
	f("example.com/a", "")
	f("", "")
	f("://", "")
}

func TestViewFollowsTheText(t *testing.T) {
	d := &corpus.Document{Text: "one two"}
	if n := len(d.View().Lines()); n != 1 {
		t.Errorf("%d lines", n)
	}
	d.Text = "one\ntwo\nthree"
	if n := len(d.View().Lines()); n != 3 {
		t.Errorf("%d lines of the new text", n)
	}
	d.Lend(nil)
	if n := d.View().Runes(); n != 13 {
		t.Errorf("%d code points", n)
	}
}

// A score of no language is there where an input has one, and null where nobody measured.
func TestLangScore(t *testing.T) {
	for _, c := range []struct {
		d    corpus.Document
		want corpus.Value
	}{{corpus.Document{}, corpus.Null}, {corpus.Document{LangScore: 0.5}, corpus.Float64(0.5)}, {corpus.Document{Lang: "en"}, corpus.Float64(0)}} {
		for _, column := range corpus.PartSchema(nil, nil) {
			if got := column.Value(&c.d); column.Name == "lang_score" && got != c.want {
				t.Errorf("%q %v: %+v", c.d.Lang, c.d.LangScore, got)
			}
		}
	}
}

func TestSchemas(t *testing.T) {
	parts := corpus.PartSchema(nil, []corpus.Column{{Name: "sig_a_b"}})
	want := []string{"id", "url", "source", "host", "text", "lang", "lang_score", "tokens", "cluster_id", "cluster_size",
		"fetched_at", "sig_a_b", "src_shard", "src_record", "src_offset", "extra"}
	if !slices.Equal(parts.Names(), want) {
		t.Errorf("parts: %v", parts.Names())
	}
	d := &corpus.Document{ID: "i", Signals: []float64{math.NaN()}, Origin: corpus.Origin{Offset: -1}}
	for _, c := range parts {
		v := c.Value(d)
		switch c.Name {
		case "id":
			if v.Str != "i" {
				t.Errorf("id: %+v", v)
			}
		case "url", "host", "lang", "lang_score", "cluster_id", "fetched_at", "sig_a_b", "extra":
			if !v.Null {
				t.Errorf("%s of an empty document is %+v", c.Name, v)
			}
		case "cluster_size":
			if v.Int != 1 {
				t.Errorf("a document alone stands for %d", v.Int)
			}
		case "src_offset":
			if v.Int != -1 {
				t.Errorf("unknown offset: %+v", v)
			}
		}
	}
	rejects := corpus.RejectSchema().Names()
	if !slices.Equal(rejects[:9], []string{"id", "url", "lang", "stage", "rule", "value", "limit", "detail", "text"}) {
		t.Errorf("rejects: %v", rejects)
	}
}

func TestRecordErrorNamesThePlace(t *testing.T) {
	cause := errors.New("broken")
	err := &corpus.RecordError{Shard: "s/a.warc", Record: 3, Offset: 70, Stage: "html_text", Err: cause}
	if err.Error() != "s/a.warc: record 3 at byte 70: html_text: broken" || !errors.Is(err, cause) {
		t.Error(err)
	}
	err = &corpus.RecordError{Shard: "s/a.warc", Record: 3, Offset: -1, Err: cause}
	if err.Error() != "s/a.warc: record 3: broken" {
		t.Error(err)
	}
	if id := (corpus.Shard{Source: "cc", Name: "x/y.warc"}).RecordID(9); id != "cc/x/y.warc#9" {
		t.Error(id)
	}
	if !corpus.Keep.Kept() || (corpus.Verdict{Rule: "r", Value: 1, Limit: 2, Detail: "d"}).String() != "r: 1 against 2 (d)" {
		t.Error("verdicts")
	}
}
