package pdf

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
)

// placed is a line of text on a test page, in points from the lower left corner.
type placed struct {
	x, y int
	s    string
}

// column places lines one below the other.
func column(x, top int, lines ...string) (c []placed) {
	for i, s := range lines {
		c = append(c, placed{x, top - 14*i, s})
	}
	return c
}

// writePDF makes a file of one content stream a page. Lines in ASCII are set in
// Helvetica; others in a font with two-byte codes that are UTF-16 and a ToUnicode
// map which says so, as a Chinese document has it. extra goes into the trailer.
func writePDF(extra string, pages ...[]placed) []byte {
	var b bytes.Buffer
	var offsets []int
	object := func(s string) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(offsets), s)
	}
	stream := func(s string) { object(fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(s), s)) }
	b.WriteString("%PDF-1.7\n")
	const first = 7 // number of the first page's object
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", first+2*i)
	}
	object("<</Type/Catalog/Pages 2 0 R>>")
	object(fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(pages), kids.String()))
	object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
	object("<</Type/Font/Subtype/Type0/BaseFont/Song/Encoding/Identity-H/DescendantFonts[5 0 R]/ToUnicode 6 0 R>>")
	object("<</Type/Font/Subtype/CIDFontType2/BaseFont/Song/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 1000>>")
	stream("/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n" +
		"1 begincodespacerange <0000> <FFFF> endcodespacerange\n1 beginbfrange <0000> <FFFF> <0000> endbfrange\nendcmap end end")
	for i, page := range pages {
		object(fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F 3 0 R/C 4 0 R>>>>/Contents %d 0 R>>", first+2*i+1))
		var c strings.Builder
		for _, l := range page {
			fmt.Fprintf(&c, "BT %s Tf 1 0 0 1 %d %d Tm %s Tj ET\n", font(l.s), l.x, l.y, literal(l.s))
		}
		stream(c.String())
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, extra, start)
	return b.Bytes()
}

func isASCII(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r > '~' }) < 0 }

func font(s string) string {
	if isASCII(s) {
		return "/F 10"
	}
	return "/C 10"
}

func literal(s string) string {
	if isASCII(s) {
		return "(" + strings.NewReplacer("(", `\(`, ")", `\)`, `\`, `\\`).Replace(s) + ")"
	}
	var h strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&h, "%04X", u)
	}
	return "<" + h.String() + ">"
}
