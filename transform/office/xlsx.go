package office

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Most of a workbook that is read.
const (
	maxSheets       = 10_000
	maxSheetColumns = 16_384 // as many as a sheet has
	maxCellFormats  = 65_536
	maxSheetCells   = 1 << 20 // with a value; no row begins behind them
	// fewCells is how many cells a sheet has that counts as text whatever it holds.
	fewCells = 20
)

// readXLSX reads the sheets of a workbook in their order (ECMA-376 part 1, section 18):
// the name of each, then its tables, which empty rows set apart. A table of one column is
// lines. Hidden sheets are left out, and those that hold more numbers than Limits allows.
func readXLSX(a *archive) (string, error) {
	related, err := a.relationships("")
	if err != nil {
		return "", err
	}
	main := related.part("/officeDocument", "", "xl/workbook.xml")
	var book workbook
	if err := a.walk(main, &book); err != nil {
		return "", err
	}
	if !book.found {
		return "", fmt.Errorf("%w: part %q is no workbook", ErrFormat, main)
	}
	parts, err := a.relationships(main)
	if err != nil {
		return "", err
	}
	w := sheetWalk{lines: lines{limit: a.limits.TextBytes, markdown: a.limits.Markdown}, limits: a.limits, epoch1904: book.epoch1904}
	if part := parts.part("/styles", main, "styles.xml"); a.has(part) {
		styles := formatsWalk{codes: map[int]string{}}
		if err := a.walk(part, &styles); errors.Is(err, ErrLimit) {
			return "", err
		}
		w.formats = styles.formats()
	}
	if part := parts.part("/sharedStrings", main, "sharedStrings.xml"); a.has(part) {
		shared := stringsWalk{limit: a.limits.TextBytes}
		if err := a.walk(part, &shared); err != nil {
			if err = a.lose(part, err); err != nil {
				return "", err
			}
		}
		w.shared = shared.list
	}
	for _, s := range book.sheets {
		part, ok := parts.byID[s.id]
		if !ok {
			part = "sheet " + s.name
		}
		if err := w.sheet(a, part, s.name); err != nil {
			if err = a.lose(part, err); err != nil {
				return "", err
			}
		}
	}
	if w.out == nil && w.leftOut > 0 {
		return "", &numbersError{w.leftOut}
	}
	return w.result()
}

// numbersError says that a workbook holds next to nothing but numbers.
type numbersError struct{ share float64 }

func (e *numbersError) Error() string { return "office: a workbook of numbers" }

// workbook lists the sheets that are shown.
type workbook struct {
	found, epoch1904 bool
	sheets           []sheet
}

type sheet struct{ name, id string }

func (b *workbook) start(e xml.StartElement) bool {
	switch e.Name.Local {
	case "workbook":
		b.found = true
	case "workbookPr":
		v := attr(e, "date1904")
		b.epoch1904 = v == "1" || v == "true"
	case "sheet":
		if state := attr(e, "state"); state != "hidden" && state != "veryHidden" && len(b.sheets) < maxSheets {
			b.sheets = append(b.sheets, sheet{attr(e, "name"), attr(e, "id")})
		}
	}
	return true
}
func (b *workbook) end(xml.Name)      {}
func (b *workbook) text([]byte) error { return nil }

// stringsWalk reads the strings that the cells of all sheets share.
type stringsWalk struct {
	list  []string
	open  []byte
	in    bool
	limit int64
	size  int64
}

// sharedBytes is what a string takes beside its bytes.
const sharedBytes = 16

func (s *stringsWalk) start(e xml.StartElement) bool {
	switch e.Name.Local {
	case "si":
		s.open = s.open[:0]
	case "t":
		s.in = true
	case "rPh", "rPr", "phoneticPr":
		return false
	}
	return true
}

func (s *stringsWalk) end(name xml.Name) {
	switch name.Local {
	case "t":
		s.in = false
	case "si":
		s.list = append(s.list, string(s.open))
		s.size += sharedBytes
	}
}

func (s *stringsWalk) text(b []byte) error {
	if !s.in {
		return nil
	}
	if s.size += int64(len(b)); s.size > s.limit {
		return fmt.Errorf("%w: more than %d bytes of text", ErrLimit, s.limit)
	}
	s.open = append(s.open, b...)
	return nil
}

// sheetWalk turns the cells of sheets into tables.
type sheetWalk struct {
	lines
	limits    Limits
	shared    []string
	formats   []numberFormat // by style of a cell
	epoch1904 bool
	leftOut   float64 // share of numbers of a sheet that was left out for them

	kept     []sheetRow
	read     int  // rows with a value
	behind   bool // the open row is behind the limit
	more     bool // such a row has a value
	numbers  int
	cells    int
	cell     sheetCell // the open one
	kind     string    // its type
	style    int
	value    []byte
	column   int // of the next cell
	inValue  bool
	failed   error
	sizeRows int64
}

type sheetRow struct {
	number int
	cells  []sheetCell
}

// sheetCell is a cell, of which those without a value are not kept.
type sheetCell struct {
	column int32
	text   string
}

// sheet reads a sheet and writes its tables.
func (w *sheetWalk) sheet(a *archive, part, name string) error {
	w.kept, w.read, w.behind, w.more, w.numbers, w.cells, w.sizeRows = w.kept[:0], 0, false, false, 0, 0, 0
	w.inValue, w.failed = false, nil
	if err := cmp.Or(a.walk(part, w), w.failed); err != nil {
		return err
	}
	if w.more && len(a.missing) < maxMissing {
		a.missing = append(a.missing, fmt.Sprintf("%s: rows behind %d", name, w.read))
	}
	if share := float64(w.numbers) / float64(max(w.cells, 1)); w.cells > fewCells && w.limits.Numbers > 0 && share > w.limits.Numbers {
		w.leftOut = max(w.leftOut, share)
		return nil
	}
	if len(w.kept) == 0 {
		return nil
	}
	w.heading(name)
	for start := 0; start < len(w.kept); {
		end := start + 1
		for end < len(w.kept) && w.kept[end].number == w.kept[end-1].number+1 {
			end++
		}
		w.block(w.kept[start:end])
		start = end
	}
	return nil
}

func (w *sheetWalk) heading(name string) {
	w.paragraph()
	_ = w.write([]byte(name)) // one over the limit is told by result
	w.next = block{heading: 2}
	w.endParagraph()
}

// block writes rows that follow each other: as a table without its empty columns, or as
// lines where there is one column.
func (w *sheetWalk) block(rows []sheetRow) {
	var columns []int32
	for _, r := range rows {
		for _, c := range r.cells {
			columns = append(columns, c.column)
		}
		if len(columns) > 4*maxSheetColumns {
			slices.Sort(columns)
			columns = slices.Compact(columns)
		}
	}
	slices.Sort(columns)
	columns = slices.Compact(columns)
	if len(columns) == 1 {
		for _, r := range rows {
			w.paragraph()
			_ = w.write([]byte(r.cells[0].text))
			w.endParagraph()
		}
		return
	}
	for _, r := range rows {
		w.startRow()
		next, last := 0, r.cells[len(r.cells)-1].column
		for _, column := range columns {
			if column > last && !w.markdown {
				break
			}
			if next < len(r.cells) && r.cells[next].column == column {
				w.paragraph()
				_ = w.write([]byte(r.cells[next].text))
				w.endParagraph()
				next++
			} else if w.size++; w.size > w.limit { // an empty cell is written too
				break
			}
			w.endCell()
		}
		w.endRow()
	}
	w.endTable()
}

func (w *sheetWalk) start(e xml.StartElement) bool {
	switch e.Name.Local {
	case "row":
		n, err := strconv.Atoi(attr(e, "r"))
		if last := len(w.kept) - 1; err != nil || last >= 0 && n <= w.kept[last].number {
			n = 1
			if last >= 0 {
				n = w.kept[last].number + 1
			}
		}
		if w.behind = w.read >= w.limits.Rows || w.cells >= maxSheetCells; w.behind && w.more {
			return false
		}
		w.kept = append(w.kept, sheetRow{number: n})
		w.column = 0
	case "c":
		w.style, _ = strconv.Atoi(attr(e, "s")) // 0 is the usual one
		w.kind = attr(e, "t")
		if column, ok := columnOf(attr(e, "r")); ok && column >= w.column {
			w.column = column
		}
		w.cell = sheetCell{column: int32(min(w.column, maxSheetColumns))}
		w.column++
		w.value = w.value[:0]
		return len(w.kept) > 0 && w.cell.column < maxSheetColumns
	case "v", "t":
		w.inValue = true
	case "f", "rPh", "rPr", "extLst", "cols", "headerFooter", "dataValidations", "conditionalFormatting", "sheetViews":
		return false
	}
	return true
}

func (w *sheetWalk) end(name xml.Name) {
	switch name.Local {
	case "v", "t":
		w.inValue = false
	case "c":
		w.endSheetCell()
	case "row":
		if n := len(w.kept); n > 0 {
			if len(w.kept[n-1].cells) == 0 {
				w.kept = w.kept[:n-1]
			} else {
				w.read++
			}
		}
	}
}

func (w *sheetWalk) text(b []byte) error {
	if !w.inValue {
		return nil
	}
	if w.sizeRows += int64(len(b)); w.sizeRows > w.limit {
		return w.over()
	}
	w.value = append(w.value, b...)
	return nil
}

// endSheetCell keeps a cell as it is shown.
func (w *sheetWalk) endSheetCell() {
	if w.failed != nil || len(w.kept) == 0 {
		return
	}
	text, number := w.shown()
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	if w.behind {
		w.more = true
		return
	}
	// A string may be shared by many cells.
	if w.sizeRows += int64(len(text)); w.sizeRows > 2*w.limit {
		w.failed = w.over()
		return
	}
	w.cells++
	if number {
		w.numbers++
	}
	w.cell.text = text
	r := &w.kept[len(w.kept)-1]
	if n := len(r.cells); n == 0 || r.cells[n-1].column < w.cell.column {
		r.cells = append(r.cells, w.cell)
	}
}

// shown is the value of the open cell as text, and whether it is a number.
func (w *sheetWalk) shown() (text string, number bool) {
	v := string(w.value)
	switch w.kind {
	case "s":
		if n, err := strconv.Atoi(strings.TrimSpace(v)); err == nil && n >= 0 && n < len(w.shared) {
			return w.shared[n], false
		}
		return "", false
	case "inlineStr", "str", "d":
		return v, false
	case "b":
		return map[string]string{"1": "TRUE", "0": "FALSE"}[strings.TrimSpace(v)], false
	case "e":
		return "", false // an error is no text of anybody
	}
	x, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	if err != nil {
		return v, false
	}
	var f numberFormat
	if w.style >= 0 && w.style < len(w.formats) {
		f = w.formats[w.style]
	}
	return f.format(x, w.epoch1904)
}

// columnOf reads the letters of a reference such as AB12; A is 0.
func columnOf(ref string) (int, bool) {
	n := 0
	for i := range len(ref) {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			return n - 1, n > 0
		}
		if n = n*26 + int(c-'A') + 1; n > maxSheetColumns {
			return maxSheetColumns, true
		}
	}
	return n - 1, n > 0
}
