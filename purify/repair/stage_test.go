package repair

import (
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

var (
	_ stage.Editor   = TextRepair{}
	_ stage.Recorder = TextRepair{}
)

func open(t *testing.T, r TextRepair) stage.Recorder {
	t.Helper()
	s, err := stage.Open[stage.Recorder](t.Context(), Def, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStage(t *testing.T) {
	s := open(t, TextRepair{Counts: true})
	v := corpus.NewValues(len(s.Columns()))
	d := &corpus.Document{Text: "cafÃ©\x07\r\n锟斤拷 ＡＢ“”"}
	verdict, err := s.Record(d, v)
	if err != nil || !verdict.Kept() || d.Text != "café\n锟斤拷 ＡＢ“”" || v.Get(0) != 1 || v.Get(1) != 1 || v.Get(2) != 1 {
		t.Errorf("%q, %v, %v, %v", d.Text, v.All(), verdict, err)
	}
	if n := len(open(t, TextRepair{}).Columns()); n != 0 {
		t.Errorf("%d columns that nobody asked for", n)
	}
	kept := open(t, TextRepair{KeepEncoding: true, KeepLigatures: true, KeepControl: true, KeepInvisible: true, KeepLineEnds: true})
	d = &corpus.Document{Text: "cafÃ©\x07\r\nﬁ\u200b"}
	if _, err := kept.Record(d, nil); err != nil || d.Text != "cafÃ©\x07\r\nﬁ\u200b" {
		t.Errorf("%q, %v", d.Text, err)
	}
}

// The limit drops at one more than it, and 0 is a limit.
func TestMaxLost(t *testing.T) {
	for limit, texts := range map[string]map[string]bool{"2": {"锟斤拷\ufffd": true, "锟斤拷\ufffd烫烫烫": false}, "0": {"a": true, "\ufffd": false}, "off": {"\ufffd\ufffd\ufffd": true}} {
		var l stage.Limit
		if err := l.UnmarshalText([]byte(limit)); err != nil {
			t.Fatal(err)
		}
		for text, want := range texts {
			r := TextRepair{MaxLost: l}
			verdict, err := r.Apply(&corpus.Document{Text: text})
			if err != nil || verdict.Kept() != want || !want && verdict.Rule != "lost_text" {
				t.Errorf("max_lost %s: %q: %v, %v", limit, text, verdict, err)
			}
		}
	}
	if _, err := Def.Open(t.Context(), TextRepair{MaxLost: stage.At(-1)}, nil); err == nil {
		t.Error("a negative limit is accepted")
	}
}
