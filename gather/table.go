package gather

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/stage"
)

// tableReader is a file of rows whose columns have types.
type tableReader interface {
	Names() []string
	Name(column int) string
	Column(name string) int
	Sorted(keep func(column int) bool) []int
	IsScalar(column int) bool
	IsText(column int) bool
	Type(column int) string
	CellType(column int) (corpus.Type, bool)
	Take(column int)
	Taken(column int) bool
	Unread(column int) (rows int64, err error)
}

// tableRow is a row of it. Errors say that a value is damaged.
type tableRow interface {
	IsNull(column int) bool
	Text(column int) (s string, null bool, err error)
	ID(column int) (s string, null bool, err error)
	Cell(column int, t corpus.Type) (v corpus.Value, ok bool, err error)
	AppendJSON(dst []byte, column int) ([]byte, error)
}

// tableNames are the settings that name the columns of a document's own.
type tableNames struct{ id, text, url string }

// found are the columns of these names; -1 where there is none.
func (n tableNames) found(r tableReader) (id, text, url int) {
	id, text, url = r.Column(n.id), r.Column(n.text), r.Column(n.url)
	for _, c := range []int{id, text, url} {
		if c >= 0 {
			r.Take(c)
		}
	}
	return id, text, url
}

// seen are the columns of a file but those.
func (n tableNames) seen(r tableReader) (list []stage.InputColumn) {
	n.found(r)
	for i, name := range r.Names() {
		if typ, ok := r.CellType(i); ok && !r.Taken(i) {
			list = append(list, stage.InputColumn{Name: name, Path: name, Type: typ})
		}
	}
	return list
}

// columnError is a setting that names the wrong column.
type columnError struct{ error }

// wrongText is a *columnError where a file with rows has no text in the column of the text.
func (n tableNames) wrongText(r tableReader) error {
	text := r.Column(n.text)
	if text < 0 {
		return n.noText(r)
	}
	if _, typed := r.CellType(text); typed && !r.IsText(text) {
		return n.otherText(r, text)
	}
	return nil
}

// absent are the settings, with their columns, that name what a file does not have, where they
// are not the defaults: a file need not have an identifier or an address.
func (n tableNames) absent(r tableReader) (list []string) {
	for _, x := range [][3]string{{"id_column", n.id, "id"}, {"url_column", n.url, "url"}} {
		if x[1] != x[2] && x[1] != "" && r.Column(x[1]) < 0 {
			list = append(list, fmt.Sprintf("%s: %q", x[0], x[1]))
		}
	}
	return list
}

func (n tableNames) noText(r tableReader) *columnError {
	near := ""
	if name := config.Nearest(n.text, r.Names()); name != "" {
		near = fmt.Sprintf("; did you mean %q?", name)
	}
	return &columnError{fmt.Errorf("no column %q; the file has %s: set text_column%s", n.text, strings.Join(r.Names(), ", "), near)}
}

func (n tableNames) otherText(r tableReader, column int) *columnError {
	return &columnError{fmt.Errorf("column %q holds no text but %s: set text_column; the file has %s", n.text, r.Type(column), strings.Join(r.Names(), ", "))}
}

var (
	errNoText  = errors.New("the text is null")
	errNotUTF8 = errors.New("the text is not valid UTF-8")
)

// noteUnread is the reason under which rows are counted that lack a column.
const noteUnread = "column not readable"

// sheet is an open file: which column means what.
type sheet struct {
	r             tableReader
	env           *stage.Env
	names         tableNames
	id, text, url int
	cells         *cells
	columns       []int // of the cells; -1 where the file has none
	extra         []int // columns carried as extra, sorted by name
}

// newSheet finds the columns by name. A file that lacks the text is a wrong setting, not a
// damaged file.
func newSheet(r tableReader, n tableNames, c *cells, env *stage.Env) (*sheet, error) {
	t := &sheet{r: r, env: env, names: n, cells: c}
	t.id, t.text, t.url = n.found(r)
	if t.text < 0 {
		return nil, n.noText(r)
	}
	for _, c := range []struct {
		i    int
		name string
	}{{t.id, "id_column"}, {t.url, "url_column"}} {
		if c.i >= 0 && !r.IsScalar(c.i) {
			return nil, fmt.Errorf("column %q holds more than one value a row: set %s", r.Name(c.i), c.name)
		}
	}
	for _, x := range c.list {
		at := r.Column(x.Path)
		if t.columns = append(t.columns, at); at >= 0 {
			r.Take(at)
		}
	}
	if env.Carry != "drop" {
		t.extra = r.Sorted(func(i int) bool {
			return i != t.id && i != t.text && i != t.url && !slices.Contains(t.columns, i) && !r.Taken(i)
		})
	}
	return t, nil
}

// document makes a row a document.
func (t *sheet) document(row tableRow, record int64) (*corpus.Document, error) {
	if row.IsNull(t.text) {
		return nil, errNoText // of any type: pandas and polars have one for null alone
	}
	if !t.r.IsText(t.text) {
		return nil, t.names.otherText(t.r, t.text)
	}
	text, _, err := row.Text(t.text)
	if err != nil {
		return nil, err
	}
	if !utf8.ValidString(text) {
		return nil, errNotUTF8
	}
	d := &corpus.Document{Text: text, Media: "text/plain", Origin: corpus.Origin{Record: record, Offset: -1}}
	if t.id >= 0 {
		if d.ID, _, err = row.ID(t.id); err != nil { // null is ""
			return nil, err
		}
	}
	if t.url >= 0 {
		url, _, err := row.Text(t.url)
		if err != nil {
			return nil, err
		}
		d.URL = strings.ToValidUTF8(url, "\uFFFD")
	}
	t.cells.begin(d)
	var odd []int
	for i, c := range t.columns {
		if c < 0 {
			continue
		}
		v, ok, err := row.Cell(c, t.cells.list[i].Type)
		if ok && !t.cells.fits(i, v) {
			v, ok = corpus.Null, false
		}
		if !ok && err == nil {
			t.cells.odd[i]++
			odd = append(odd, c)
		}
		t.cells.set(d, i, v)
	}
	if t.env.Carry == "drop" {
		odd = nil
	}
	strays := t.cells.extra(func(s stray) bool { return inTable(s, t.columns, t.r.Names()) })
	if t.env.Carry == "drop" {
		strays = nil
	}
	d.Extra = merged(d.Extra, merged(strays, t.appendExtra(nil, row, odd)))
	return d, nil
}

// inTable reports whether a file has a column of a folder's name, which goes before it.
func inTable(s stray, columns []int, names []string) bool {
	return s.column >= 0 && columns[s.column] >= 0 || slices.Contains(names, s.name)
}

// rowBytes is what a row holds, as it counts against the largest.
func rowBytes(d *corpus.Document) int64 {
	n := len(d.Text) + len(d.URL) + len(d.ID) + len(d.Extra)
	for _, v := range d.Cells {
		n += len(v.Str)
	}
	return int64(n)
}

// appendExtra appends the columns that are there, as an object: those that are carried as
// extra, and some others.
func (t *sheet) appendExtra(dst []byte, row tableRow, others []int) []byte {
	columns := t.extra
	if len(others) > 0 {
		columns = slices.Concat(t.extra, others)
		slices.SortStableFunc(columns, func(a, b int) int { return strings.Compare(t.r.Name(a), t.r.Name(b)) })
	}
	for _, c := range columns {
		if row.IsNull(c) {
			continue
		}
		before := dst
		if len(dst) == 0 {
			dst = append(dst, '{')
		} else {
			dst = append(dst, ',')
		}
		dst = append(format.AppendString(dst, t.r.Name(c)), ':')
		var err error
		if dst, err = row.AppendJSON(dst, c); err != nil {
			dst = before
		}
	}
	if len(dst) > 0 {
		dst = append(dst, '}')
	}
	return dst
}

// note counts the rows that lack columns which could not be read, or are of another type.
func (t *sheet) note(shard corpus.Shard, feed stage.Feed) {
	t.cells.note(shard, t.env, feed)
	told := map[string]bool{}
	for _, c := range slices.Concat(t.columns, t.extra) {
		if c < 0 || told[t.r.Name(c)] {
			continue
		}
		if rows, err := t.r.Unread(c); rows > 0 {
			told[t.r.Name(c)] = true
			feed.Note(noteUnread, rows)
			t.env.Log.Warn(noteUnread, "shard", shard.String(), "column", t.r.Name(c), "rows", rows, "error", err)
		}
	}
}

// checkTable checks the settings of a source of tables.
func checkTable(n tableNames, c stage.Columns, in input) error {
	if n.text == "" {
		return errors.New("text_column: name the column of the text")
	}
	if err := checkColumns(c, map[string]string{"id_column": n.id, "text_column": n.text, "url_column": n.url}); err != nil {
		return err
	}
	return in.check()
}
