package pdf

import (
	"cmp"
	"errors"
	"strings"
	"unicode"
	"unicode/utf16"
)

// What the fields of a form hold, stamps and text boxes are annotations, of which the
// page's own content says nothing. pdfium draws them into the page (it flattens it),
// but the page then loses the fonts that it had from the pages above it, and a drawing
// without fonts of its own never finds them. So the text before is kept to compare.

// Arguments and results of FPDFPage_Flatten.
const (
	flattenDisplay = 0 // as on the screen, not as in print
	flattenSuccess = 1
)

// page returns the text of a page in the order in which its content draws it,
// one line of the page a line, then that of its annotations. The error is errPage
// where pdfium cannot load the page, and ErrTooLong for one of more than maxUnits
// characters.
func (d *document) page(number, maxUnits int) (string, error) {
	page, err := d.loadPage(d.handle, number)
	if err != nil {
		return "", err
	}
	values, annotated, err := d.annotations(page)
	if err != nil {
		return "", err
	}
	if !annotated {
		return d.pageText(page, maxUnits)
	}
	characters, lost := d.characterCount, d.unmappedCount
	before, err := d.openText(page, maxUnits)
	if errors.Is(err, errPage) {
		_, err = d.call("FPDF_ClosePage", page)
		return "", cmp.Or(err, errPage)
	}
	if err != nil {
		return "", err
	}
	own, ownLost := d.characterCount, d.unmappedCount
	forget := func() { d.characterCount, d.unmappedCount = characters, lost }
	if !d.inherits {
		forget()
		after, err := d.flattened(d.handle, page, number, maxUnits)
		if err != nil || holds(after, before, values) {
			return after, err
		}
		d.inherits = true
	} else if _, err := d.call("FPDF_ClosePage", page); err != nil {
		return "", err
	}
	forget()
	after, err := d.imported(number, maxUnits)
	if err != nil || holds(after, before, values) {
		return after, err
	}
	d.characterCount, d.unmappedCount = own, ownLost
	return strings.Join(append([]string{before}, values...), "\n"), nil
}

func (d *document) loadPage(handle uint64, number int) (uint64, error) {
	page, err := d.call("FPDF_LoadPage", handle, uint64(number))
	if err == nil && page == 0 {
		err = errPage
	}
	return page, err
}

// pageText returns the text of a page, and closes it.
func (d *document) pageText(page uint64, maxUnits int) (string, error) {
	s, err := d.openText(page, maxUnits)
	if err != nil && !errors.Is(err, errPage) {
		return "", err
	}
	if _, err := d.call("FPDF_ClosePage", page); err != nil {
		return "", err
	}
	return s, err
}

// openText returns the text of a page, which stays open.
func (d *document) openText(page uint64, maxUnits int) (string, error) {
	text, err := d.call("FPDFText_LoadPage", page)
	if err != nil {
		return "", err
	}
	if text == 0 {
		return "", errPage
	}
	s, err := d.characters(page, text, maxUnits)
	if err != nil {
		return "", err
	}
	_, err = d.call("FPDFText_ClosePage", text)
	return s, err
}

// flattened returns the text of a page with its annotations drawn into it, and closes
// it.
func (d *document) flattened(handle, page uint64, number, maxUnits int) (string, error) {
	done, err := d.call("FPDFPage_Flatten", page, flattenDisplay)
	if err != nil {
		return "", err
	}
	if done == flattenSuccess { // what was drawn shows on a page that is loaded again
		if _, err := d.call("FPDF_ClosePage", page); err != nil {
			return "", err
		}
		if page, err = d.loadPage(handle, number); err != nil {
			return "", err
		}
	}
	return d.pageText(page, maxUnits)
}

// imported is flattened on a copy of a page, which has all that the page inherits.
// "" where pdfium cannot make one.
func (d *document) imported(number, maxUnits int) (string, error) {
	var err error
	if d.again == 0 {
		if d.again, err = d.call("FPDF_LoadMemDocument64", d.data, uint64(d.size), 0); err != nil || d.again == 0 {
			return "", err
		}
	}
	one, err := d.call("FPDF_CreateNewDocument")
	if err != nil || one == 0 {
		return "", err
	}
	s := ""
	if !d.in.module.Memory().WriteUint32Le(uint32(d.scratch), uint32(number)) {
		return "", errPage
	}
	if ok, err := d.call("FPDF_ImportPagesByIndex", one, d.again, d.scratch, 1, 0); err != nil {
		return "", err
	} else if ok != 0 {
		page, err := d.loadPage(one, 0)
		if err == nil {
			s, err = d.flattened(one, page, 0, maxUnits)
		}
		if err != nil && !errors.Is(err, errPage) {
			return "", err
		}
	}
	_, err = d.call("FPDF_CloseDocument", one)
	return s, err
}

// Kinds of annotations that show text of their own, the flags of those that do not,
// and how many are looked at.
const (
	annotFreeText = 3
	annotStamp    = 13
	annotWidget   = 20

	annotHidden = 1<<1 | 1<<5 // hidden, and not on the screen

	maxAnnotations = 1000
	maxValueBytes  = 64 << 10 // of UTF-16
)

// annotations says whether a page has annotations that show text, and what text they
// say that they show. Most pages have links alone, which are not worth a second load.
func (d *document) annotations(page uint64) (values []string, shown bool, err error) {
	n, err := d.call("FPDFPage_GetAnnotCount", page)
	if err != nil {
		return nil, false, err
	}
	for i := range min(max(int32(n), 0), maxAnnotations) {
		annot, err := d.call("FPDFPage_GetAnnot", page, uint64(i))
		if err != nil {
			return nil, false, err
		}
		if annot == 0 {
			continue
		}
		kind, err := d.call("FPDFAnnot_GetSubtype", annot)
		if err != nil {
			return nil, false, err
		}
		value := ""
		switch int32(kind) {
		case annotWidget:
			shown = true
			value, err = d.annotationValue(annot, "V")
		case annotFreeText:
			shown = true
			value, err = d.annotationValue(annot, "Contents")
		case annotStamp:
			shown = true
		}
		if err != nil {
			return nil, false, err
		}
		if value = strings.TrimSpace(strings.ReplaceAll(value, "\r", "\n")); value != "" {
			values = append(values, value)
		}
		if _, err := d.call("FPDFPage_CloseAnnot", annot); err != nil {
			return nil, false, err
		}
	}
	return values, shown || int32(n) > maxAnnotations, nil
}

// annotationValue returns a text string of an annotation that shows, "" if it has
// none.
func (d *document) annotationValue(annot uint64, key string) (string, error) {
	flags, err := d.call("FPDFAnnot_GetFlags", annot)
	if err != nil || flags&annotHidden != 0 {
		return "", err
	}
	if !d.in.module.Memory().WriteString(uint32(d.scratch), key+"\x00") {
		return "", nil
	}
	n, err := d.call("FPDFAnnot_GetStringValue", annot, d.scratch, 0, 0)
	if err != nil || n < 4 || n > maxValueBytes { // two bytes are the zero at the end
		return "", err
	}
	buffer, err := d.malloc(int(n))
	if err != nil {
		return "", err
	}
	if _, err := d.call("FPDFAnnot_GetStringValue", annot, d.scratch, buffer, n); err != nil {
		return "", err
	}
	if err := d.readUnits(buffer, int(n)/2-1); err != nil {
		return "", err
	}
	_, err = d.call("free", buffer)
	return string(utf16.Decode(d.units)), err
}

// holds says whether a page after it was flattened has the characters that it had
// before, a tenth aside, since some are drawn over, and of what its annotations say
// half at least: they may write numbers and dates in another form.
func holds(after, before string, values []string) bool {
	count := map[rune]int{}
	total := 0
	for _, r := range after {
		count[r]++
	}
	missing := func(s string) (n int) {
		for _, r := range s {
			if unicode.IsSpace(r) || r == divided || isMarks(r) {
				continue
			}
			total++
			if count[r]--; count[r] < 0 {
				n++
			}
		}
		return n
	}
	if lost := missing(before); 10*lost > total {
		return false
	}
	total = 0
	lost := 0
	for _, v := range values {
		lost += missing(v)
	}
	return 2*lost <= total
}
