package pdf

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// assemble makes a file of objects, the first of them its catalogue.
func assemble(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return b.Bytes()
}

func stream(dict, s string) string {
	return fmt.Sprintf("<<%s/Length %d>>stream\n%s\nendstream", dict, len(s), s)
}

// glyphs is a string of a font whose codes are 29 less than those of ASCII.
func glyphs(s string) string {
	var h strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&h, "%04X", int(c)-29)
	}
	return "<" + h.String() + "> Tj"
}

// onPage is a page with an annotation, each with resources of its own or without. F is
// the font of glyphs, H another.
func onPage(pages, page, content, annotation, appearance string, mapped bool) []byte {
	unicode := "/ToUnicode 6 0 R"
	if !mapped {
		unicode = ""
	}
	return assemble(
		"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[9 0 R]/DR<</Font<</F 4 0 R/H 7 0 R>>>>/DA(/H 12 Tf 0 g)>>>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 612 792]"+pages+">>",
		"<</Type/Page/Parent 2 0 R/Contents 8 0 R/Annots[9 0 R]"+page+">>",
		"<</Type/Font/Subtype/Type0/BaseFont/Heron/Encoding/Identity-H/DescendantFonts[5 0 R]"+unicode+">>",
		"<</Type/Font/Subtype/CIDFontType2/BaseFont/Heron/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 500/CIDToGIDMap/Identity"+
			"/FontDescriptor<</Type/FontDescriptor/FontName/Heron/Flags 4/FontBBox[0 -200 1000 900]/ItalicAngle 0/Ascent 900/Descent -200/CapHeight 700/StemV 80>>>>",
		stream("", "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def 1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <0003> <005F> <0020> endbfrange endcmap end end"),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
		stream("", content),
		"<</Type/Annot/Rect[72 600 300 620]/F 4"+annotation+"/AP<</N 10 0 R>>>>",
		stream("/Type/XObject/Subtype/Form/BBox[0 0 228 20]"+appearance, "BT /F 12 Tf 2 5 Td "+glyphs("Keeper of mills")+" ET"),
	)
}

func TestAnnotationFonts(t *testing.T) {
	const fonts = "/Resources<</Font<</F 4 0 R/H 7 0 R>>>>"
	text := "BT /F 14 Tf 72 700 Td " + glyphs("The mill turned.") + " ET"
	for _, c := range []struct{ name, pages, page, annotation, appearance, want string }{
		{"all of their own", "", fonts, "/Subtype/Widget/FT/Tx/V(Keeper of mills)", fonts, "The mill turned.\nKeeper of mills"},
		{"fonts of the page inherited", fonts, "", "/Subtype/Widget/FT/Tx/V(Keeper of mills)", fonts, "The mill turned.\nKeeper of mills"},
		{"a stamp on such a page", fonts, "", "/Subtype/Stamp", fonts, "The mill turned.\nKeeper of mills"},
		{"fonts of the field inherited", "", fonts, "/Subtype/Widget/FT/Tx/V(Keeper of mills)", "", "The mill turned.\nKeeper of mills"},
		{"a text box without fonts", "", fonts, "/Subtype/FreeText/Contents(Keeper of mills)", "", "The mill turned.\nKeeper of mills"},
		{"both inherited", fonts, "", "/Subtype/Widget/FT/Tx/V(Keeper of mills)", "", "The mill turned.\nKeeper of mills"},
		{"hidden", fonts, "", "/F 2/Subtype/Widget/FT/Tx/V(Keeper of mills)", fonts, "The mill turned."},
		{"a link", fonts, "", "/Subtype/Link", fonts, "The mill turned."},
		{"a check box", fonts, "", "/Subtype/Widget/FT/Btn/V/Yes", fonts, "The mill turned.\nKeeper of mills"},
		{"a value in another form", fonts, "", "/Subtype/Widget/FT/Tx/V(keepers: mills)", fonts, "The mill turned.\nKeeper of mills"},
	} {
		t.Run(c.name, func(t *testing.T) {
			annotation := c.annotation
			raw := onPage(c.pages, c.page, text, annotation, c.appearance, true)
			if strings.HasPrefix(annotation, "/F 2") {
				raw = bytes.Replace(raw, []byte("/F 4/F 2"), []byte("/F 2    "), 1)
			}
			wantPDF(t, raw, c.want)
		})
	}
	// A field that nobody drew.
	raw := onPage("", fonts, text, "/Subtype/Widget/FT/Tx/V(Keeper of mills)", fonts, true)
	wantPDF(t, bytes.Replace(raw, []byte("/AP<</N 10 0 R>>"), []byte("                "), 1), "The mill turned.\nKeeper of mills")
}

// Characters of which the font says nothing are no text.
func TestUnmapped(t *testing.T) {
	const fonts = "/Resources<</Font<</F 4 0 R/H 7 0 R>>>>"
	line := func(y int, s string) string { return fmt.Sprintf("BT 1 0 0 1 72 %d Tm %s ET ", y, s) }
	read := func(s string) string { return "/H 12 Tf (" + s + ") Tj " }
	lost := func(s string) string { return "/F 12 Tf " + glyphs(s) + " " }
	for _, c := range []struct {
		name, content, want string
		unmapped            int
		rule                string
	}{
		{"none", line(700, read("The mill turned.")), "The mill turned.", 0, ""},
		{"all", line(700, lost("The mill turned.")), "", 14, "unmapped"},
		{"half", line(700, read("Fourteen chars..")) + line(600, lost("abcdefghijklmno")), "Fourteen chars..", 15, ""},
		{"more than half", line(700, read("Fourteen chars..")) + line(600, lost("abcdefghijklmnop")), "Fourteen chars..", 16, "unmapped"},
		{"in a word", line(700, read("The o")+lost("ffi")+read("ce closed.")), "The o\ufffdce closed.", 3, ""},
		{"a bullet", line(700, lost("q")+read(" The mill turned.")), "The mill turned.", 1, ""},
		{"a line of its own", line(700, read("The mill turned.")) + line(650, lost("x")) + line(600, read("It stopped.")), "The mill turned.\nIt stopped.", 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := onPage("", fonts, c.content, "/Subtype/Link", "", false)
			d, err := shared().Extract(t.Context(), raw)
			if err != nil || d.Text != c.want || d.Unmapped != c.unmapped {
				t.Errorf("%+v, %v; want %q, %d", d, err, c.want, c.unmapped)
			}
			if v := unmappedVerdict(d); v.Rule != c.rule {
				t.Errorf("rule %q at %d of %d", v.Rule, d.Unmapped, d.Characters)
			}
		})
	}
}
