package office

import (
	"testing"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

func TestStage(t *testing.T) {
	good := docx(t, "<w:p>"+run("Hello")+"</w:p>")
	for _, c := range []struct {
		name, media string
		raw         []byte
		max         config.Bytes
		text, rule  string
		err         bool
	}{
		{name: "text", media: DOCX, raw: good, max: config.Bytes(len(good)), text: "Hello"},
		{name: "too large", media: DOCX, raw: good, max: config.Bytes(len(good) - 1), rule: "too_large"},
		{name: "no text", media: DOCX, raw: docx(t, "<w:p/>"), max: 1 << 20, rule: "no_text"},
		{name: "damaged", media: EPUB, raw: good, max: 1 << 20, err: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := OpenOfficeText(t.Context(), OfficeText{MaxFileBytes: c.max}, stage.NewEnv())
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range []*OfficeTextStage{s, s.Fork().(*OfficeTextStage)} {
				d := &corpus.Document{Media: c.media, Raw: c.raw}
				v, err := s.Apply(d)
				if d.Text != c.text || v.Rule != c.rule || (err != nil) != c.err || d.Raw != nil {
					t.Errorf("text %q, rule %q, error %v", d.Text, v.Rule, err)
				}
			}
		})
	}
	s, _ := OpenOfficeText(t.Context(), OfficeText{}, stage.NewEnv())
	page := &corpus.Document{Media: "text/html", Raw: []byte("<p>x")}
	if v, err := s.Apply(page); err != nil || !v.Kept() || page.Raw == nil {
		t.Error("a page did not go through unchanged")
	}
}

func TestValidate(t *testing.T) {
	for i, set := range []func(*OfficeText){
		func(o *OfficeText) { o.MaxFileBytes = -1 },
		func(o *OfficeText) { o.MaxEntries = -1 },
		func(o *OfficeText) { o.MaxInflatedBytes = -1 },
		func(o *OfficeText) { o.MaxInflateRatio = -1 },
		func(o *OfficeText) { o.MaxTextBytes = -1 },
	} {
		var o OfficeText
		set(&o)
		if _, err := OpenOfficeText(t.Context(), o, stage.NewEnv()); err == nil {
			t.Errorf("setting %d: no error", i)
		}
	}
}
