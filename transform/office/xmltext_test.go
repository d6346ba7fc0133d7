package office

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

func encoded(t testing.TB, e encoding.Encoding, s string) string {
	t.Helper()
	out, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Parts of every format in the encodings and versions that XML has.
func TestEncodings(t *testing.T) {
	utf16 := func(order unicode.Endianness, mark unicode.BOMPolicy) encoding.Encoding {
		return unicode.UTF16(order, mark)
	}
	for _, c := range []struct {
		name, declaration, text string
		encoding                encoding.Encoding
	}{
		{"utf-8", `<?xml version="1.0" encoding="UTF-8"?>`, "Ärger – 天", nil},
		{"no declaration", "", "Ärger – 天", nil},
		{"utf-8 with a mark", "\ufeff" + `<?xml version='1.0' encoding='utf8'?>`, "Ärger – 天", nil},
		{"space before the declaration", "\n <?xml version=\"1.0\" encoding=\"UTF-8\"?>", "Ärger", nil},
		{"xml 1.1", `<?xml version="1.1" encoding="UTF-8" standalone="yes"?>`, "Ärger", nil},
		{"xml 1.1 in utf-16", `<?xml version="1.1" encoding="UTF-16"?>`, "Ärger", utf16(unicode.LittleEndian, unicode.UseBOM)},
		{"utf-16le", `<?xml version="1.0" encoding="UTF-16"?>`, "Ärger – 天", utf16(unicode.LittleEndian, unicode.UseBOM)},
		{"utf-16be", `<?xml version="1.0" encoding="UTF-16"?>`, "Ärger – 天", utf16(unicode.BigEndian, unicode.UseBOM)},
		{"utf-16le without a mark", `<?xml version="1.0" encoding="utf-16le"?>`, "Ärger – 天", utf16(unicode.LittleEndian, unicode.IgnoreBOM)},
		{"utf-16be without a mark", `<?xml version="1.0"?>`, "Ärger – 天", utf16(unicode.BigEndian, unicode.IgnoreBOM)},
		{"utf-16 without a declaration", "", "Ärger – 天", utf16(unicode.BigEndian, unicode.UseBOM)},
		{"utf-16 said to be utf-8", `<?xml version="1.0" encoding="UTF-8"?>`, "Ärger", utf16(unicode.LittleEndian, unicode.UseBOM)},
		{"utf-8 said to be utf-16", `<?xml version="1.0" encoding="utf-16"?>`, "Ärger", nil},
		{"utf-8 said to be latin 1", `<?xml version="1.0" encoding="ISO-8859-1"?>`, "Ärger – 天", nil},
		{"latin 1", `<?xml version="1.0" encoding="ISO-8859-1"?>`, "Ärger ½ ÿ", charmap.ISO8859_1},
		{"latin 1 in single quotes", `<?xml version='1.0'  encoding = 'iso-8859-1' ?>`, "Ärger", charmap.ISO8859_1},
		{"latin 2", `<?xml version="1.0" encoding="iso-8859-2"?>`, "žluťoučký", charmap.ISO8859_2},
		{"windows-1252", `<?xml version="1.0" encoding="Windows-1252"?>`, "“Ärger” – 5 €", charmap.Windows1252},
		{"windows-1251", `<?xml version="1.0" encoding="windows-1251"?>`, "Привет", charmap.Windows1251},
		{"windows-1257", `<?xml version="1.0" encoding="cp1257"?>`, "žąsis", charmap.Windows1257},
		{"shift_jis", `<?xml version="1.0" encoding="Shift_JIS"?>`, "日本語", japanese.ShiftJIS},
		{"us-ascii", `<?xml version="1.0" encoding="US-ASCII"?>`, "plain", nil},
		{"windows-1252 said to be ascii", `<?xml version="1.0" encoding="us-ascii"?>`, "Ärger", charmap.Windows1252},
		{"windows-1252 said to be utf-8", `<?xml version="1.0" encoding="UTF-8"?>`, "“Ärger” sí", charmap.Windows1252},
		{"unknown", `<?xml version="1.0" encoding="x-nobody"?>`, "Ärger", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			part1 := func(head, body, tail string) string {
				s := c.declaration + head[strings.Index(head, "?>")+2:] + body + tail
				if c.encoding != nil {
					s = encoded(t, c.encoding, s)
				}
				return s
			}
			wantText(t, DOCX, pack(t, part{"word/document.xml", part1(docxHead, "<w:p>"+run(c.text)+"</w:p>", "</w:body></w:document>")}), Limits{}, c.text)
			wantText(t, ODT, pack(t, part{"content.xml", part1(odtHead, "<text:p>"+c.text+"</text:p>", "</office:text></office:body></office:document-content>")}), Limits{}, c.text)
			opf := part1("?>", `<package><metadata><dc:title xmlns:dc="http://purl.org/dc/elements/1.1/">`+c.text+`</dc:title></metadata><manifest><item id="a" href="text/one.xhtml"/></manifest>`, `<spine><itemref idref="a"/></spine></package>`)
			book := epub(t, part{"OEBPS/book.opf", opf})
			wantText(t, EPUB, book, Limits{}, "Chapter 1\nIt was a dark night.")
			if m := new(Reader).Metadata(EPUB, book, Limits{}); m.Title != c.text {
				t.Errorf("title %q, want %q", m.Title, c.text)
			}
		})
	}
}

// What people and programs leave in parts that XML does not allow.
func TestLenientXML(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"bare &", "Smith & Sons", "Smith & Sons"},
		{"& in a word", "AT&T R&D; x", "AT&T R&D; x"},
		{"& at the end", "a &", "a &"},
		{"html entity", "caf&eacute;&nbsp;&mdash; &hellip;", "café\u00a0— …"},
		{"unknown entity", "a &nosuch; b", "a &nosuch; b"},
		{"xml's own", "&lt;b&gt; &amp;amp; &quot;&apos;", "<b> &amp; \"'"},
		{"references", "&#8212;&#x2014;&#X2014;", "——&#X2014;"},
		{"control characters", "a\x01b\x0bc\x0cd\x7f", "ab c d\x7f"},
		{"references to control characters", "a&#x1F;b&#0;c&#11;d&#xFFFE;e", "abc de"},
		{"references without an end", "a&#x1F b&#;c&#", "a&#x1F b&#;c&#"},
		{"noncharacters", "a\ufffeb\uffffc", "abc"},
		{"a byte that is no utf-8", "na\xefve", "naïve"},
		{"a cut character", "天\xe5\xa4!", "天\ufffd!"},
		{"zeros", "a\x00b", "ab"},
		{"unclosed element", "a<w:smartTag>b", "ab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := strings.Trim(c.want, "\u00a0")
			wantText(t, DOCX, docx(t, "<w:p><w:r><w:t>"+c.in+"</w:t></w:r></w:p>"), Limits{}, want)
			opf := `<package><metadata><title xmlns="http://purl.org/dc/elements/1.1/">` + c.in + `</title></metadata><manifest><item id="a" href="text/one.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>`
			wantText(t, EPUB, epub(t, part{"OEBPS/book.opf", opf}), Limits{}, "Chapter 1\nIt was a dark night.")
		})
	}
}

// Readers that give single bytes must not change what comes of them.
func TestPlainXMLPieces(t *testing.T) {
	in := "\ufeff<?xml version='1.1'?><a>天\xe5\xa4!&#x1F;&#8212; & \x01 na\xefve " + strings.Repeat("é&#x1f;&", 3000) + "&#</a>"
	whole, err := io.ReadAll(plainXML(strings.NewReader(in)))
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := io.ReadAll(plainXML(iotest.OneByteReader(strings.NewReader(in))))
	if err != nil || string(whole) != string(pieces) {
		t.Errorf("%v: %d and %d bytes differ", err, len(whole), len(pieces))
	}
	if want := "<a>天\ufffd!&#8212; &  naïve " + strings.Repeat("é&", 3000) + "&#</a>"; string(whole) != want {
		t.Errorf("%.60q, want %.60q", whole, want)
	}
}

func FuzzPlainXML(f *testing.F) {
	f.Add([]byte("<?xml version=\"1.1\" encoding=\"windows-1251\"?><a>\xe5&#x1;&#8212; &</a>"))
	f.Add([]byte("\xff\xfe<\x00a\x00>\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		out, err := io.ReadAll(plainXML(strings.NewReader(string(raw))))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range string(out) {
			if !isXML(r) {
				t.Fatalf("%q is left in %q", r, out)
			}
		}
	})
}
