package evidence

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// sheetColumns are those of a sheet. The last three are for the reviewer.
var sheetColumns = []string{"id", "url", "source", "text", "verdict", "note", "reviewer"}

// sheetLine is a document of a sheet.
type sheetLine struct {
	ID       string `json:"id"`
	URL      string `json:"url"`
	Source   string `json:"source"`
	Text     string `json:"text"`
	Verdict  string `json:"verdict"`
	Note     string `json:"note"`
	Reviewer string `json:"reviewer"`
}

// WriteCSV writes a sheet for a spreadsheet: UTF-8 with a mark, by which programs know
// that it is. Cells that a spreadsheet would take for a formula begin with an apostrophe.
func WriteCSV(w io.Writer, drawn []*Drawn) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write(sheetColumns); err != nil {
		return err
	}
	for _, x := range drawn {
		if err := out.Write([]string{noFormula(x.ID), noFormula(x.URL), noFormula(x.Source), noFormula(x.Text), "", "", ""}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

const byteOrderMark = "\ufeff"

// noFormula is a cell that no spreadsheet reckons.
func noFormula(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// WriteJSONL writes a sheet of JSON lines.
func WriteJSONL(w io.Writer, drawn []*Drawn) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, x := range drawn {
		if err := enc.Encode(sheetLine{ID: x.ID, URL: x.URL, Source: x.Source, Text: x.Text}); err != nil {
			return err
		}
	}
	return nil
}

// Verdict is what a reviewer says of a document.
type Verdict int8

// Verdicts.
const (
	Open Verdict = iota // none yet
	Pass
	Fail
)

// verdicts are the words for them. Case is ignored.
var verdicts = map[string]Verdict{"": Open, "pass": Pass, "fail": Fail, "合格": Pass, "不合格": Fail}

// Judged is a line of a sheet that came back.
type Judged struct {
	ID, Source string
	Verdict    Verdict
	Line       int
}

// Limits of a sheet that is read.
const (
	sheetRows = 2 * SampleMax
	sheetLen  = 1 << 30
	lineLen   = 256 << 20
)

// ReadSheet reads a sheet that a reviewer filled in, CSV or JSON lines, CSV as spreadsheets
// save it: with commas, semicolons or tabs, in UTF-8, UTF-16 with a mark, or GB 18030.
// Columns are found by their names; id and verdict must be there. Rows of empty cells do
// not count. A verdict is pass or fail, also in Chinese
// (合格, 不合格), or empty; another is an error that names the line.
func ReadSheet(r io.Reader) ([]Judged, error) {
	limited := &io.LimitedReader{R: r, N: sheetLen}
	in := bufio.NewReaderSize(limited, 64<<10)
	if b, err := in.Peek(2); err == nil && (string(b) == "\xff\xfe" || string(b) == "\xfe\xff") {
		in = bufio.NewReaderSize(unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Reader(in), 64<<10)
	}
	if b, err := in.Peek(3); err == nil && string(b) == byteOrderMark {
		_, _ = in.Discard(3) // it is there
	}
	read := readCSV
	if b, err := in.Peek(1); err == nil && b[0] == '{' {
		read = readJSONL
	}
	list, err := read(in)
	if err == nil && limited.N <= 0 {
		err = fmt.Errorf("a sheet of more than %d MiB", sheetLen>>20)
	}
	return list, err
}

var errRows = fmt.Errorf("more than %d documents", sheetRows)

// cellSeparator finds what is between the cells, by the first line. A line "sep=;" of Excel's
// is taken off, and counted.
func cellSeparator(r *bufio.Reader) (comma rune, lines int) {
	b, _ := r.Peek(r.Size()) // less, where the sheet is short
	first, _, _ := bytes.Cut(b, []byte("\n"))
	line := strings.TrimRight(string(first), "\r")
	if len(line) == 5 && strings.EqualFold(line[:4], "sep=") && strings.Contains(",;\t", line[4:]) {
		_, _ = r.Discard(len(first) + 1) // Peek had it, and at the end there is nothing to discard
		return rune(line[4]), 1
	}
	for _, comma := range ",;\t" {
		in := csv.NewReader(strings.NewReader(line))
		in.Comma = comma
		if head, err := in.Read(); err == nil && column(head, "id") >= 0 && column(head, "verdict") >= 0 {
			return comma, 0
		}
	}
	return ',', 0
}

// column is the place of a column, -1 of none.
func column(head []string, name string) int {
	return slices.IndexFunc(head, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), name) })
}

// decoded is a cell that is not UTF-8 as Chinese spreadsheets save it. A wrong guess does no
// harm: then the cell is no verdict, and no ID of the sample.
func decoded(cell string) string {
	if utf8.ValidString(cell) {
		return cell
	}
	if s, err := simplifiedchinese.GB18030.NewDecoder().String(cell); err == nil {
		return s
	}
	return cell
}

func readCSV(r *bufio.Reader) (list []Judged, err error) {
	comma, before := cellSeparator(r)
	in := csv.NewReader(r)
	in.Comma, in.ReuseRecord, in.FieldsPerRecord = comma, true, -1
	head, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the sheet is empty")
	}
	if err != nil {
		return nil, err
	}
	id, source, verdict := column(head, "id"), column(head, "source"), column(head, "verdict")
	if id < 0 || verdict < 0 {
		return nil, fmt.Errorf("line 1: want the columns id and verdict; there are %s", strings.Join(head, ", "))
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := in.FieldPos(0)
		cell := func(i int) string {
			if i < 0 || i >= len(row) {
				return ""
			}
			return decoded(row[i])
		}
		if !slices.ContainsFunc(row, func(s string) bool { return strings.TrimSpace(s) != "" }) {
			continue
		}
		if len(list) == sheetRows {
			return nil, errRows
		}
		x, err := judged(cell(id), cell(source), cell(verdict), line+before)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
}

func readJSONL(r *bufio.Reader) (list []Judged, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), lineLen)
	for n := 1; lines.Scan(); n++ {
		b := bytes.TrimSpace(lines.Bytes())
		if len(b) == 0 {
			continue
		}
		if len(list) == sheetRows {
			return nil, errRows
		}
		var l struct {
			ID      *string `json:"id"`
			Source  string  `json:"source"`
			Verdict *string `json:"verdict"`
		}
		if err := json.Unmarshal(b, &l); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if l.ID == nil || l.Verdict == nil {
			return nil, fmt.Errorf("line %d: want id and verdict", n)
		}
		x, err := judged(*l.ID, l.Source, *l.Verdict, n)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return list, lines.Err()
}

func judged(id, source, verdict string, line int) (Judged, error) {
	if strings.TrimSpace(id) == "" {
		return Judged{}, fmt.Errorf("line %d: no id", line)
	}
	v, ok := verdicts[strings.ToLower(strings.TrimSpace(verdict))]
	if !ok {
		return Judged{}, fmt.Errorf("line %d: %q is no verdict: want pass, fail, 合格, 不合格 or nothing", line, verdict)
	}
	return Judged{id, source, v, line}, nil
}
