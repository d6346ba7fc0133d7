package office

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// declared returns a document whose part declares entities and uses them.
func declared(t *testing.T, subset, body string) []byte {
	t.Helper()
	return pack(t, part{"word/document.xml", "<!DOCTYPE document [" + subset + "]>" + docxHead + "<w:p>" + run(body) + "</w:p></w:body></w:document>"})
}

func TestEntities(t *testing.T) {
	for _, c := range []struct{ name, subset, body, want string }{
		{"own", `<!ENTITY pub "Mill Press">`, "By &pub;, &pub;.", "By Mill Press, Mill Press."},
		{"single quotes, many", "<!ENTITY a 'x \"y\"'>\n<!ENTITY  b\t\"z\" >", "&a;&b;", `x "y"z`},
		{"within another, declared later", `<!ENTITY a "A &b; C"><!ENTITY b "B">`, "&a;", "A B C"},
		{"characters", `<!ENTITY a "&#65;&#x42;&eacute;&amp;&lt;">`, "&a;", "ABé&<"},
		{"over that of HTML", `<!ENTITY copy "Copy">`, "&copy; &reg;", "Copy ®"},
		{"the first counts", `<!ENTITY a "1"><!ENTITY a "2">`, "&a;", "1"},
		{"tags", `<!ENTITY a "so <em>bold</em>">`, "&a;", "so bold"},
		{"escaped reference", `<!ENTITY a "A">`, "&amp;a; &a;", "&a; A"},
		{"empty", `<!ENTITY a "">`, "x&a;y", "xy"},
		{"comment", `<!-- <!ENTITY a "no"> --><!ENTITY a "yes">`, "&a;", "yes"},
		{"parameter", `<!ENTITY % a "A"><!ENTITY b "B">`, "&a;&b;", "&a;B"},
		{"external", `<!ENTITY a SYSTEM "file:///etc/hostname"><!ENTITY b "B">`, "&a;&b;", "&a;B"},
		{"itself", `<!ENTITY a "&b;"><!ENTITY b "&a;">`, "x &a;", "x &a;"},
		{"four levels", `<!ENTITY a "&b;"><!ENTITY b "&c;"><!ENTITY c "&d;"><!ENTITY d "D">`, "&a;", "D"},
		{"five levels", `<!ENTITY a "&b;"><!ENTITY b "&c;"><!ENTITY c "&d;"><!ENTITY d "&e;"><!ENTITY e "E">`, "&a; &b;", "&a; E"},
		{"five levels, innermost first", `<!ENTITY e "E"><!ENTITY d "&e;"><!ENTITY c "&d;"><!ENTITY b "&c;"><!ENTITY a "&b;">`, "&a; &b;", "&a; E"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if s, err := Text(DOCX, declared(t, c.subset, c.body), Limits{}); err != nil || strings.TrimSpace(s) != c.want {
				t.Errorf("got %q, %v, want %q", s, err, c.want)
			}
		})
	}
}

// What references come to is bounded, by few entities in many references too.
func TestEntityLimits(t *testing.T) {
	long := strings.Repeat("x", maxEntityBytes)
	for n, want := range map[int]error{maxExpandedBytes / maxEntityBytes: nil, maxExpandedBytes/maxEntityBytes + 1: ErrLimit} {
		raw := declared(t, `<!ENTITY a "`+long+`">`, strings.Repeat("&a;", n))
		if s, err := Text(DOCX, raw, Limits{Ratio: 1e6}); !errors.Is(err, want) || want == nil && len(s) < maxExpandedBytes {
			t.Errorf("%d references: %d bytes, %v", n, len(s), err)
		}
	}
	if s, err := Text(DOCX, declared(t, `<!ENTITY a "x`+long+`">`, "&a;"), Limits{Ratio: 1e6}); err != nil || s != "&a;" {
		t.Errorf("a long value: %.20q, %v", s, err)
	}
	var many strings.Builder
	for i := range maxEntities + 1 {
		fmt.Fprintf(&many, `<!ENTITY e%d "v%d">`, i, i)
	}
	last := fmt.Sprintf("&e%d; &e%d;", maxEntities-1, maxEntities)
	if s, err := Text(DOCX, declared(t, many.String(), last), Limits{Ratio: 1e6}); err != nil || s != fmt.Sprintf("v%d &e%d;", maxEntities-1, maxEntities) {
		t.Errorf("many: %q, %v", s, err)
	}
}

// Chapters are read as pages.
func TestChapterEntities(t *testing.T) {
	page := func(subset, body string) string {
		return `<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "x.dtd"` + subset + `><html xmlns="http://www.w3.org/1999/xhtml"><body><p>` + body + "</p></body></html>"
	}
	for _, c := range []struct{ page, want string }{
		{page(` [<!ENTITY pub "Mill &amp; Press"> <!ENTITY lt2 "&#60;b>">]`, "By &pub; &eacute; &amp;pub; &lt2; &other; & &"), "By Mill & Press é &pub; <b> &other; & &"},
		{page("", "By &pub;"), "By &pub;"},
		{page("", "A &lt;!ENTITY and <![CDATA[<!ENTITY a 'b'>]]> &a;"), ""},
	} {
		raw := epub(t, part{"OEBPS/book.opf", `<package><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>`}, part{"OEBPS/a.xhtml", c.page})
		if s, err := Text(EPUB, raw, Limits{}); err != nil || c.want != "" && s != c.want {
			t.Errorf("%q, %v, want %q", s, err, c.want)
		}
	}
}

func FuzzEntities(f *testing.F) {
	f.Add(`<!ENTITY a "A &b;"><!ENTITY b 'B'>`, "a")
	f.Fuzz(func(t *testing.T, subset, name string) {
		var e entities
		d := xml.NewDecoder(strings.NewReader(""))
		e.declare(d, "DOCTYPE d ["+subset+"]")
		total := 0
		for _, v := range e.values {
			total += len(v)
		}
		if total > maxExpandedBytes || len(e.values) > maxEntities {
			t.Errorf("%d entities of %d bytes", len(e.values), total)
		}
		if s, err := e.expand(d.Entity[name]); err == nil && len(s) > maxExpandedBytes {
			t.Errorf("%d bytes", len(s))
		}
	})
}
