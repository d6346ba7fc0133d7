package office

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// withChunk is a document of three lines, the middle one an inserted document.
func withChunk(t testing.TB, name, content string) []byte {
	if strings.HasSuffix(name, "/") {
		t.Skip("a folder holds no text")
	}
	const kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk"
	return pack(t,
		part{"word/document.xml", strings.Replace(docxHead, "<w:document", `<w:document xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`, 1) +
			"<w:p>" + run("Alpha") + `</w:p><w:altChunk r:id="c1"><w:altChunkPr><w:matchSrc/></w:altChunkPr></w:altChunk><w:p>` + run("Omega") + "</w:p></w:body></w:document>"},
		part{"word/_rels/document.xml.rels", `<Relationships><Relationship Id="c1" Type="` + kind + `" Target="/word/` + name + `"/></Relationships>`},
		part{"word/" + name, content})
}

func TestAltChunk(t *testing.T) {
	mixed := func(encoding, content string) string {
		return "MIME-Version: 1.0\r\nFrom: <Saved by Blink>\r\nContent-Type: multipart/related;\r\n\ttype=\"text/html\"; boundary=\"=_b\"\r\n\r\npreamble\r\n--=_b\r\n" +
			"Content-Type: text/plain\r\n\r\nPlain.\r\n--=_b\r\nContent-Type: text/html; charset=\"windows-1252\"\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n" + content +
			"\r\n--=_b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0K\r\n--=_b--\r\n"
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("<html><body><p>Bravo – 天</p></body></html>")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, file, content, want string }{
		{"html", "c.html", "<html><body><p>Bravo</p><p>Charlie</p></body></html>", "Bravo\nCharlie"},
		{"html of another name", "c.dat", "<html><body><p>Bravo</p></body></html>", "Bravo"},
		{"piece of html", "c.htm", "Bravo <b>bold</b>", "Bravo bold"},
		{"html in utf-16", "c.html", utf16, "Bravo – 天"},
		{"html in windows-1252", "c.html", "<html><head><meta charset=windows-1252></head><body><p>Br\xe4vo</p></body></html>", "Brävo"},
		{"xhtml", "c.xhtml", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body><p>Bravo</p><script src="x"/><p>Charlie</p></body></html>`, "Bravo\nCharlie"},
		{"text", "c.txt", "Bravo\r\n<Charlie>", "Bravo\n<Charlie>"},
		{"text that speaks of html", "c.txt", "Bravo is <html> and <body>", "Bravo is <html> and <body>"},
		{"mht", "c.mht", mixed("quoted-printable", "<html><body><p>Br=E4vo long=\r\n line</p></body></html>"), "Brävo long line"},
		{"mht in base64", "c.mht", mixed("base64", base64.StdEncoding.EncodeToString([]byte("<html><body><p>Br\xe4vo</p></body></html>"))), "Brävo"},
		{"mht in 8 bits", "c.mht", mixed("8bit", "<html><body><p>Br\xe4vo</p></body></html>"), "Brävo"},
		{"mht cut off", "c.mht", mixed("7bit", "<html><body><p>Bravo</p></body></html>")[:330], "Bravo"},
		{"message", "c.eml", "Content-Type: text/html; charset=utf-8\r\nMIME-Version: 1.0\r\n\r\n<p>Bravo</p>", "Bravo"},
		{"message of text", "c.eml", "Content-Type: text/plain\r\nMIME-Version: 1.0\r\n\r\nBravo <i>", "Bravo <i>"},
		{"rtf", "c.rtf", `{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 Bravo\par Charlie\par}`, "Bravo\nCharlie"},
		{"docx", "c.docx", string(docx(t, "<w:p>"+run("Bravo")+"</w:p><w:tbl><w:tr><w:tc><w:p>"+run("1")+"</w:p></w:tc><w:tc><w:p>"+run("2")+"</w:p></w:tc></w:tr></w:tbl>")), "Bravo\n1 | 2"},
		{"docx of a docx", "c.docx", string(withChunk(t, "c.html", "<html><p>Bravo")), "Alpha\nBravo\nOmega"},
		{"empty", "c.html", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := strings.ReplaceAll("Alpha\n"+c.want+"\nOmega", "\n\n", "\n")
			d, err := new(Reader).Document(DOCX, withChunk(t, c.file, c.content), Limits{})
			if err != nil || d.Text != want || d.Missing != nil {
				t.Errorf("%+v, %v; want %q", d, err, want)
			}
		})
	}
}

// What cannot be inserted is named, and the rest read.
func TestAltChunkMissing(t *testing.T) {
	for name, content := range map[string]string{
		"picture.png": "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\x00\x10\x08\x06\x00\x00\x00\x1f\xf3\xffa",
		"flat.xml":    `<?xml version="1.0"?><pkg:package xmlns:pkg="x"/>`,
		"bad.docx":    string(docx(t, "<w:p>"+run("x")+"</w:p>")[:200]),
		"old.doc":     "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("x", 100),
		"no.mht":      "MIME-Version: 1.0\r\nContent-Type: image/png\r\n\r\nx",
	} {
		d, err := new(Reader).Document(DOCX, withChunk(t, name, content), Limits{})
		if err != nil || d.Text != "Alpha\nOmega" || !slices.Equal(d.Missing, []string{"word/" + name}) {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
	raw := withChunk(t, "c.html", "<p>x")
	if d, err := new(Reader).Document(DOCX, pack(t, part{"word/document.xml", docxHead + `<w:p>` + run("Alpha") + `</w:p><w:altChunk id="c9"/></w:body></w:document>`}), Limits{}); err != nil || d.Text != "Alpha" || len(d.Missing) != 1 {
		t.Errorf("no relationship: %+v, %v", d, err)
	}
	for range maxNested {
		raw = withChunk(t, "c.docx", string(raw))
	}
	if _, err := Text(DOCX, raw, Limits{}); !errors.Is(err, ErrLimit) {
		t.Errorf("nested too deep: %v", err)
	}
	if _, err := Text(DOCX, withChunk(t, "c.txt", strings.Repeat("x", 100)), Limits{TextBytes: 50}); !errors.Is(err, ErrLimit) {
		t.Errorf("too long: %v", err)
	}
}

func TestSymbols(t *testing.T) {
	sym := func(font, code string) string { return `<w:sym w:font="` + font + `" w:char="` + code + `"/>` }
	for _, c := range []struct{ name, run, want string }{
		{"symbol", sym("Symbol", "F0B3"), "≥"},
		{"plain code", sym("Symbol", "B3") + sym("Symbol", "00b3"), "≥≥"},
		{"greek", sym("Symbol", "F061") + sym("Symbol", "62") + sym("symbol", "f057"), "αβΩ"},
		{"wingdings", sym("Wingdings", "F0FC") + sym("Wingdings", "F04A") + sym("Wingdings", "F0E0"), "✓☺→"},
		{"check boxes", sym("Wingdings", "F0FE") + sym("Wingdings", "A8") + sym("Wingdings 2", "F052"), "☑◻☑"},
		{"wingdings 2 and 3", sym("Wingdings 2", "F050") + sym("Wingdings 3", "F07D"), "✓🞂"},
		{"webdings", sym("Webdings", "F061"), "✔"},
		{"a font of letters", sym("Calibri", "2022") + sym("Times", "0041"), "•A"},
		{"unknown", "x" + sym("Nobody", "F0B3") + sym("Symbol", "F0FF") + sym("Symbol", "zz") + sym("Symbol", "F01F"), "x"},
		{"hidden", "x<w:rPr><w:vanish/></w:rPr>" + sym("Symbol", "F0B3"), "x"},
		{"characters", `<w:rPr><w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/></w:rPr><w:t>` + "\uf061 b\uf0b3" + `</w:t>`, "α β≥"},
		{"letters that are symbols", `<w:rPr><w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/></w:rPr><w:t>J</w:t>`, "☺"},
		{"letters", `<w:rPr><w:rFonts w:ascii="Arial"/></w:rPr><w:t>J</w:t>`, "J"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := strings.Replace(c.run, "x<", "<w:t>x</w:t><", 1)
			wantText(t, DOCX, docx(t, "<w:p><w:r>"+body+"</w:r></w:p>"), Limits{}, c.want)
		})
	}
	wantText(t, DOCX, docx(t, `<w:p><w:r><w:rPr><w:rFonts w:ascii="Symbol"/></w:rPr><w:t>a</w:t></w:r>`+run("a")+`</w:p>`), Limits{}, "αa")
	for name, f := range symbolFonts {
		if len(f) != 0x100-' ' {
			t.Errorf("%s has %d codes", name, len(f))
		}
	}
}

func TestRTF(t *testing.T) {
	japan, err := japanese.ShiftJIS.NewEncoder().String("日本")
	if err != nil {
		t.Fatal(err)
	}
	escape := func(s string) (out string) {
		for _, c := range []byte(s) {
			out += fmt.Sprintf(`\'%02x`, c)
		}
		return out
	}
	greek, _ := charmap.Windows1253.NewEncoder().String("αβγ")
	for _, c := range []struct{ name, in, want string }{
		{"paragraphs", `{\rtf1 One\par\pard Two\line three\tab four}`, "One\nTwo\nthree\tfour"},
		{"lines of the file", "{\\rtf1 One\r\n more\\par\r\nTwo}", "One more\nTwo"},
		{"escapes", `{\rtf1 a\{b\}c\\d\~e\_f\-g}`, "a{b}c\\d\u00a0e-fg"},
		{"code page", `{\rtf1\ansi\ansicpg1252 caf\'e9 \'93x\'94}`, "café “x”"},
		{"another code page", `{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8}`, "При"},
		{"two bytes a character", `{\rtf1\ansi\ansicpg932 ` + escape(japan) + `}`, "日本"},
		{"charset of a font", `{\rtf1{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset161{\*\panose 0502}Arial Greek;}}\f0 a\'e9 \f1 ` + escape(greek) + `\f0  z}`, "aé αβγ z"},
		{"unicode", `{\rtf1\uc1 \u8212\'97x\u8212 ?y\u-3913 ?}`, "—x—y\uf0b7"},
		{"unicode with two bytes beside", `{\rtf1\uc2 \u22825\'93\'56x}`, "天x"},
		{"unicode with nothing beside", `{\rtf1\uc0 \u22825 x}`, "天x"},
		{"beyond the basic plane", `{\rtf1\uc1 \u-10179 ?\u-8704 ?}`, "😀"},
		{"symbol", `{\rtf1{\fonttbl{\f0 Arial;}{\f3\froman\fcharset2{\*\panose 05050102010706020507}Symbol;}}{\f3 a\'b3}\f0 a{\f3 \u-3999\'62}}`, "α≥aα"},
		{"destinations", `{\rtf1{\info{\title No}}{\stylesheet{\s0 Normal;}}{\header No}{\*\generator No;}{\pict\bin4 a}}{b}Yes{\*\shppict{\pict 00ff}}{\nonshppict{\pict 00}}}`, "Yes"},
		{"field", `{\rtf1 {\field{\*\fldinst HYPERLINK "x"}{\fldrslt link}}}`, "link"},
		{"hidden", `{\rtf1 a{\v no}b\v no\v0 c{\deleted no}d}`, "abcd"},
		{"table", `{\rtf1\trowd a\cell b\cell\row\trowd \cell\cell\row c\cell d\cell\row}`, "a | b\nc | d"},
		{"marks", `{\rtf1 \ldblquote a\rdblquote  \endash  b\emdash c\rquote s \bullet}`, "“a” – b—c’s •"},
		{"cut off", `{\rtf1 One {\b two`, "One two"},
		{"behind the end", `{\rtf1 One}}{two`, "One"},
		{"damaged", `{\rtf1 a\'zzb\u c\bin999999999`, "azzbc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := rtfText([]byte(c.in), Limits{}.orDefaults())
			if err != nil || got != c.want {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
	for _, l := range []struct{ depth, text int }{{10, 4}, {9, 3}} {
		raw := strings.Repeat("{", 10) + `\rtf1 four`
		_, err := rtfText([]byte(raw), Limits{Depth: l.depth, TextBytes: 4}.orDefaults())
		if (err != nil) != (l.depth < 10) {
			t.Errorf("depth %d: %v", l.depth, err)
		}
		_, err = rtfText([]byte(raw), Limits{TextBytes: int64(l.text)}.orDefaults())
		if (err != nil) != (l.text < 4) {
			t.Errorf("text %d: %v", l.text, err)
		}
	}
}

func FuzzRTF(f *testing.F) {
	f.Add([]byte(`{\rtf1\ansi\ansicpg932{\fonttbl{\f3\fcharset2 Symbol;}}{\f3 a\'b3}\uc1\u8212 ?\v no\v0\cell\row\bin3 }}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := rtfText(raw, Limits{TextBytes: 1 << 20}.orDefaults()); err != nil && !errors.Is(err, ErrLimit) {
			t.Errorf("untyped error %v", err)
		}
	})
}

func FuzzAltChunk(f *testing.F) {
	f.Add("c.mht", "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--")
	f.Add("c.html", "<p>x")
	f.Fuzz(func(t *testing.T, name, content string) {
		if len(name) < 100 && strings.IndexFunc(name, func(r rune) bool { return r < ' ' || strings.ContainsRune(`"&<>`, r) }) < 0 {
			check(t, DOCX, withChunk(t, name, content))
		}
	})
}
