package pdf

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/internal/damage"
)

// wantsEnd reads a file that may be anything: a text or an error of these kinds
// is right.
func wantsEnd(t *testing.T, raw []byte, deadline time.Duration, kinds ...error) {
	t.Helper()
	_, err := withOptions(Options{Deadline: deadline, Info: true}).Extract(t.Context(), raw)
	if err == nil {
		return
	}
	for _, kind := range append(kinds, ErrDamaged, ErrEncrypted, ErrMemory, ErrTooLong) {
		if errors.Is(err, kind) {
			return
		}
	}
	t.Errorf("after at most %v: %v", deadline, err)
}

// fixtures are sound files with what pdfium parses: text in one and two bytes,
// compressed streams, a form with a field, several pages.
func fixtures() [][]byte {
	return [][]byte{
		writePDF("", column(72, 700, prose...), column(72, 700, "汉字")),
		withField("Ada"),
		informed("/Title(The mill)/Author<FEFF78E8>/CreationDate(D:2026)"),
		deflated([]byte("BT /F 10 Tf 72 700 Td (Hello) Tj ET"), 1),
	}
}

// TestDamaged reads damaged copies of sound files, then a sound one.
func TestDamaged(t *testing.T) {
	for i, good := range fixtures() {
		if _, err := shared().Extract(t.Context(), good); err != nil {
			t.Fatalf("fixture %d: %v", i, err)
		}
		for n := range 200 {
			wantsEnd(t, damage.Bytes(rand.New(rand.NewPCG(uint64(i), uint64(n))), good), 5*time.Second)
		}
	}
	TestChinese(t)
}

// TestDiscard looks that no instance serves again after an error.
func TestDiscard(t *testing.T) {
	idle := func() int { return len(shared().engine.idle) }
	good := writePDF("", column(72, 700, "Hello"))
	wantPDF(t, good, "Hello")
	before := idle()
	if _, err := shared().Extract(t.Context(), good[:40]); err == nil || idle() != before-1 {
		t.Errorf("after %v: %d idle instances, %d before", err, idle(), before)
	}
	wantPDF(t, good, "Hello")
	if idle() != before {
		t.Errorf("%d idle instances, %d before", idle(), before)
	}
}

// TestBombs reads small files that ask for much.
func TestBombs(t *testing.T) {
	const mega = 1 << 20
	spaces := bytes.Repeat([]byte(" "), mega)
	replaced := func(old, now string) []byte {
		raw := writePDF("", column(72, 700, "Hello"))
		if !bytes.Contains(raw, []byte(old)) {
			t.Fatalf("no %q in the file", old)
		}
		return bytes.Replace(raw, []byte(old), []byte(now), 1)
	}
	var deep strings.Builder
	for range mega {
		deep.WriteString("[<<")
	}
	for name, raw := range map[string][]byte{
		"inflates to spaces":     bomb(spaces, 256, 1),
		"inflates twice":         bomb(spaces, 512, 2),
		"inflates to text":       bomb([]byte("BT /F 10 Tf 72 700 Td (xxxxxxxxxxxxxxxxxxxxxxxxxx) Tj ET\n"), mega, 2),
		"nested arrays":          writePDF("/X "+deep.String(), column(72, 700, "Hello")),
		"nested text":            bomb([]byte("["), 4*mega, 2),
		"nested states":          bomb([]byte("q "), 4*mega, 2),
		"page tree in a circle":  replaced("Kids[7 0 R ]", "Kids[2 0 R ]"),
		"many pages of one":      replaced("/Count 1", "/Count 1000000"),
		"negative count":         replaced("/Count 1", "/Count -1"),
		"wide page":              replaced("[0 0 612 792]", "[-1e30 -1e30 1e30 1e30]"),
		"its own contents":       replaced("/Contents 8 0 R", "/Contents 7 0 R"),
		"its own font":           replaced("/Type/Font/Subtype/Type1", "/Type/Font/Subtype/Type0/DescendantFonts[3 0 R]"),
		"long length":            replaced("<</Length ", "<</Length 99999999"),
		"its own form":           replaced("/Font<</F 3 0 R", "/XObject<</X 8 0 R>>/Font<</F 3 0 R"),
		"previous table is this": writePDF("/Prev 9", column(72, 700, "Hello")),
	} {
		t.Run(name, func(t *testing.T) { wantsEnd(t, raw, time.Second, ErrDeadline) })
	}
	TestChinese(t)
}

// deflated makes a file of one page whose content went through times filters.
func deflated(content []byte, times int) []byte { return bomb(content, 1, times) }

// bomb is deflated for a content that is one piece again and again.
func bomb(piece []byte, pieces, times int) []byte {
	var b bytes.Buffer
	var in io.Writer = &b
	var open []*zlib.Writer
	for range times {
		w := zlib.NewWriter(in)
		in, open = w, append(open, w)
	}
	for range pieces {
		in.Write(piece) //nolint:errcheck // to memory
	}
	for _, w := range slices.Backward(open) {
		w.Close() //nolint:errcheck // to memory
	}
	raw := writePDF("", column(72, 700, "x"))
	start := bytes.LastIndex(raw, []byte("<</Length"))
	end := start + bytes.Index(raw[start:], []byte("endobj"))
	stream := fmt.Appendf(nil, "<</Length %d/Filter[%s]>>stream\n%s\nendstream\n", b.Len(), strings.Repeat("/FlateDecode", times), b.Bytes())
	return slices.Concat(raw[:start], stream, raw[end:])
}

// withField makes a page with a field of a form beside its text. The field's
// looks are a stream of their own, behind the other objects.
func withField(value string) []byte {
	raw := writePDF("", column(72, 700, "Name:"))
	raw = bytes.Replace(raw, []byte("/Contents 8 0 R"), []byte("/Annots[<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V("+value+
		")/F 4/Rect[110 695 300 715]/AP<</N 9 0 R>>>>]/Contents 8 0 R"), 1)
	content := "BT /F 10 Tf 2 5 Td (" + value + ") Tj ET"
	looks := fmt.Sprintf("9 0 obj\n<</Type/XObject/Subtype/Form/BBox[0 0 190 20]/Resources<</Font<</F 3 0 R>>>>/Length %d>>stream\n%s\nendstream\nendobj\n", len(content), content)
	// The table of places is wrong now; pdfium makes a new one.
	return bytes.Replace(raw, []byte("xref\n"), []byte(looks+"xref\n"), 1)
}

// What the fields of a form hold is part of the page.
func TestField(t *testing.T) { wantPDF(t, withField("Ada"), "Name:\nAda") }
