package office

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

const (
	sheetHead  = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	testStyles = `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/><numFmt numFmtId="165" formatCode="[Red]#,##0.0"/></numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>` +
		`<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="10"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="22"/><xf numFmtId="46"/></cellXfs></styleSheet>`
)

// workbookOf is a workbook of sheets, given as their rows.
func workbookOf(t testing.TB, properties string, sheets ...string) []byte {
	t.Helper()
	var list, rels strings.Builder
	parts := []part{{"[Content_Types].xml", "<Types/>"}, {"xl/styles.xml", testStyles},
		{"xl/sharedStrings.xml", `<sst><si><t>Name</t></si><si><r><rPr/><t>Two </t></r><r><t>runs</t></r><rPh><t>ふりがな</t></rPh></si></sst>`}}
	for i, s := range sheets {
		state := ""
		if rest, ok := strings.CutPrefix(s, "hidden:"); ok {
			s, state = rest, ` state="hidden"`
		}
		fmt.Fprintf(&list, `<sheet name="Sheet %d" sheetId="%d" r:id="r%d"%s/>`, i+1, i+1, i+1, state)
		fmt.Fprintf(&rels, `<Relationship Id="r%d" Type="x/worksheet" Target="worksheets/s%d.xml"/>`, i+1, i+1)
		parts = append(parts, part{fmt.Sprintf("xl/worksheets/s%d.xml", i+1), sheetHead + s + "</sheetData></worksheet>"})
	}
	parts = append(parts, part{"xl/workbook.xml", `<workbook xmlns:r="y">` + properties + `<sheets>` + list.String() + `</sheets></workbook>`},
		part{"xl/_rels/workbook.xml.rels", `<Relationships>` + rels.String() + `<Relationship Id="s" Type="x/styles" Target="styles.xml"/><Relationship Id="t" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>`})
	return pack(t, parts...)
}

func TestXLSX(t *testing.T) {
	for _, c := range []struct{ name, properties, rows, plain, marks string }{
		{name: "table", rows: `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>City</t></is></c></row><row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" t="str"><f>A2</f><v>x|y</v></c></row>`,
			plain: "Name | City\nTwo runs | x|y", marks: "| Name | City |\n| --- | --- |\n| Two runs | x\\|y |"},
		{name: "gaps", rows: `<row r="1"><c r="A1"><v>1</v></c><c r="C1"><v>2</v></c><c r="E1"><v>3</v></c></row><row r="2"><c r="C2"><v>4</v></c></row>`,
			plain: "1 | 2 | 3\n| 4", marks: "| 1 | 2 | 3 |\n| --- | --- | --- |\n|  | 4 |  |"},
		{name: "two tables", rows: `<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row><row r="4"><c r="A4" t="str"><v>alone</v></c></row><row r="6"><c r="A6"><v>5</v></c><c r="B6"><v>6</v></c></row>`,
			plain: "1 | 2\nalone\n5 | 6", marks: "| 1 | 2 |\n| --- | --- |\n\nalone\n\n| 5 | 6 |\n| --- | --- |"},
		{name: "formats", rows: `<row><c s="1"><v>45293</v></c><c s="2"><v>0.125</v></c><c s="3"><v>45293</v></c><c s="4"><v>1234.56</v></c><c s="5"><v>45293.5</v></c><c s="6"><v>1.5</v></c><c><v>0.30000000000000004</v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c><c t="d"><v>2024-01-02</v></c><c><v>1E20</v></c></row><row><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row>`,
			plain: "2024-01-02 | 12.50% | 2024-01-02 | 1234.6 | 2024-01-02 12:00 | 36:00:00 | 0.3 | TRUE | 2024-01-02 | 1e+20\na | b", marks: "| 2024-01-02 | 12.50% | 2024-01-02 | 1234.6 | 2024-01-02 12:00 | 36:00:00 | 0.3 | TRUE | 2024-01-02 | 1e+20 |\n|" + strings.Repeat(" --- |", 10) + "\n| a | b |" + strings.Repeat("  |", 8)},
		{name: "1904", properties: `<workbookPr date1904="1"/>`, rows: `<row><c s="1"><v>0</v></c></row><row><c s="1"><v>366</v></c></row>`, plain: "1904-01-01\n1905-01-01", marks: "1904-01-01\n\n1905-01-01"},
		{name: "first days", rows: `<row><c s="1"><v>1</v></c></row><row><c s="1"><v>59</v></c></row><row><c s="1"><v>61</v></c></row><row><c s="1"><v>0.5</v></c></row><row><c s="1"><v>-1</v></c></row><row><c s="1"><v>1e300</v></c></row>`,
			plain: "1900-01-01\n1900-02-28\n1900-03-01\n12:00\n-1\n1e+300", marks: "1900-01-01\n\n1900-02-28\n\n1900-03-01\n\n12:00\n\n-1\n\n1e+300"},
		{name: "odd references", rows: `<row r="x"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c><c r="ZZZZZ1"><v>9</v></c><c t="s"><v>99</v></c><c s="-4"><v>3</v></c></row><row r="1"><c r="1"><v>4</v></c></row>`, plain: "1 | 2\n4", marks: "| 1 | 2 |\n| --- | --- |\n| 4 |  |"},
		{name: "breaks", rows: "<row><c t=\"str\"><v>a\nb</v></c><c t=\"str\"><v>c</v></c></row>", plain: "a b | c", marks: "| a b | c |\n| --- | --- |"},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := workbookOf(t, c.properties, c.rows)
			wantText(t, XLSX, raw, Limits{}, "Sheet 1\n"+c.plain)
			wantText(t, XLSX, raw, Limits{Markdown: true}, "## Sheet 1\n\n"+c.marks)
		})
	}
	word := `<row><c t="str"><v>x</v></c></row>`
	wantText(t, XLSX, workbookOf(t, "", "hidden:"+word, word, ""), Limits{}, "Sheet 2\nx")
	wantText(t, XLSX, workbookOf(t, ""), Limits{}, "")
	if _, err := Text(XLSX, pack(t, part{"xl/workbook.xml", "<x/>"}), Limits{}); !errors.Is(err, ErrFormat) {
		t.Errorf("no workbook: %v", err)
	}
}

// Rows at the limit and behind it.
func TestXLSXRows(t *testing.T) {
	rows := func(n int) string { return strings.Repeat(`<row><c t="str"><v>w</v></c></row><row/>`, n) }
	for _, c := range []struct{ rows, missing int }{{3, 0}, {4, 1}} {
		d, err := new(Reader).Document(XLSX, workbookOf(t, "", rows(c.rows)), Limits{Rows: 3})
		if err != nil || strings.Count(d.Text, "w") != 3 || len(d.Missing) != c.missing {
			t.Errorf("%d rows: %+v, %v", c.rows, d, err)
		}
	}
}

// A sheet of numbers at both sides of the limit, and of few cells.
func TestXLSXNumbers(t *testing.T) {
	sheet := func(numbers, words int) string {
		return strings.Repeat(`<row><c><v>7</v></c></row>`, numbers) + strings.Repeat(`<row><c t="str"><v>w</v></c></row>`, words)
	}
	for _, c := range []struct {
		numbers, words int
		rule           string
	}{{21, 9, ""}, {22, 8, "numbers"}, {20, 0, ""}, {21, 0, "numbers"}} {
		s, err := OpenOfficeText(t.Context(), OfficeText{}, stage.NewEnv())
		if err != nil {
			t.Fatal(err)
		}
		d := &corpus.Document{Media: XLSX, Raw: workbookOf(t, "", sheet(c.numbers, c.words))}
		if v, err := s.Apply(d); err != nil || v.Rule != c.rule {
			t.Errorf("%d numbers, %d words: %+v, %v", c.numbers, c.words, v, err)
		}
		d = &corpus.Document{Media: XLSX, Raw: workbookOf(t, "", sheet(c.numbers, c.words), sheet(0, 1))}
		if v, err := s.Apply(d); err != nil || !v.Kept() || strings.Contains(d.Text, "7") == (c.rule != "") {
			t.Errorf("beside another: %+v, %v, %q", v, err, d.Text)
		}
	}
}

func TestNumberFormats(t *testing.T) {
	for _, c := range []struct {
		code string
		x    float64
		want string
	}{
		{"", 1234.5, "1234.5"}, {"General", 1e-12, "1e-12"}, {"0", 2.5, "2"}, {"0.00", 2.345, "2.35"}, {"#,##0.00;[Red]-#,##0.00", -2, "-2.00"},
		{"0%", .5, "50%"}, {`0.0"m"`, 3, "3.0"}, {"yyyy-mm-dd", 44197, "2021-01-01"}, {"mmm yy", 44197, "2021-01-01"}, {"h:mm", .25, "06:00"}, {"h:mm:ss", .25, "06:00:00"}, {"mm:ss", .001, "00:01:26"},
		{"[h]:mm", 1.5, "36:00"}, {"[hh]:mm:ss", .5, "12:00:00"}, {`yyyy/m/d h:mm`, 44197.75, "2021-01-01 18:00"}, {"# ?/?", .5, "0.5"}, {"0.00E+00", 12345, "12345"}, {"@", 5, "5"}, {`"d"0`, 3, "3"}, {`\d0`, 3, "3"}, {"0.0", -0.01, "0.0"}, {`"`, 1, "1"}, {"[", 1, "1"},
	} {
		if got, _ := parseFormat(c.code).format(c.x, false); got != c.want {
			t.Errorf("%q of %v: %q, want %q", c.code, c.x, got, c.want)
		}
	}
}
