package gather

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/parquet"
	"github.com/corpusmill/corpusmill/stage"
)

// Parquet reads documents from Parquet files, one a row. Only the columns that
// are wanted are fetched, row group by row group. A row without text or with
// text that is not UTF-8 goes to quarantine, and so does what is left of a
// damaged row group, as one entry that says how many rows are lost. Columns but those of
// identifier, text and address decide no row: where one cannot be read it is null, which is
// noted once for the file and column. Files of no rows are empty, whatever their
// columns.
//
// Other columns keep their type and become columns of the documents: numbers, texts, truth
// values, days and times as such, decimals as texts, lists, maps and structs as JSON. The
// folders of a file, name=value, are columns too. A file that a run wrote gives back what was
// written, where each document came from included.
type Parquet struct {
	// Paths are files and patterns: folders, s3://bucket/prefix/*.parquet, with
	// * ? [..] {a,b} and **.
	Paths []string `yaml:"paths" key:"-"`
	// IDColumn is the column of the document's identifier, of any type, as its
	// text: numbers in digits, bytes that are no text in base64. A document
	// without one, null or NaN, is named <source>/<shard>#<row>.
	IDColumn string `yaml:"id_column" default:"id"`
	// TextColumn is the column of the text, or the path of a field in a struct, such as
	// content.body. A file without it fails the run.
	TextColumn string `yaml:"text_column" default:"text"`
	// URLColumn is the column of the address. A file need not have it.
	URLColumn string `yaml:"url_column" default:"url"`
	// Columns are the columns of the input that documents have: auto for all but those
	// that documents have themselves, none, parts for those of files that a run wrote, or a
	// map: { score: float, views: { path: stats.views, type: int }, "*": auto }. What is
	// not among them is carried as extra. Types are found in 16 files of the input. A value
	// of another type is null, counted, and carried as extra.
	Columns stage.Columns `yaml:"columns" key:"-" default:"auto"`
}

// ParquetDef defines the source parquet.
var ParquetDef = stage.DefineOpen("parquet", 4, newParquet)

// Validate checks the settings.
func (p *Parquet) Validate() error {
	if p.TextColumn == "" {
		return errors.New("text_column: name the column of the text")
	}
	if err := checkColumns(p.Columns, map[string]string{"id_column": p.IDColumn, "text_column": p.TextColumn, "url_column": p.URLColumn}); err != nil {
		return err
	}
	return checkPaths(p.Paths)
}

// OpenParquet makes the source ready; zero fields take their defaults.
func OpenParquet(ctx context.Context, p Parquet, env *stage.Env) (stage.Source, error) {
	return stage.Open[stage.Source](ctx, ParquetDef, p, env)
}

func newParquet(_ context.Context, p Parquet, env *stage.Env) (*parquetSource, error) {
	s := &parquetSource{files: newFiles(p.Paths, env), settings: p}
	s.columns = columns{setting: p.Columns, named: []string{p.IDColumn, p.TextColumn, p.URLColumn}, look: s.look}
	return s, nil
}

type parquetSource struct {
	*files
	settings Parquet
	columns  columns
}

// tableBytes is what an open file takes: what is fetched ahead, at most 32 MiB, and a
// page of each column.
const tableBytes = 32<<20 + 16<<20

// HoldsBytes implements stage.Holder: a file of each worker.
func (s *parquetSource) HoldsBytes(workers int) int64 { return int64(workers) * tableBytes }

// table is an open shard: which column means what.
type table struct {
	r             *parquet.Reader
	id, text, url int
	cells         *cells
	columns       []int // of the cells; -1 where the file has none
	extra         []int // columns carried as extra, sorted by name
}

// Cuts says that a row group can be read without those before it.
func (s *parquetSource) Cuts() bool { return true }

// Writes lists the columns that a row sets.
func (s *parquetSource) Writes() []string {
	return append([]string{"id", "url", "text", "media", "extra"}, s.columns.names()...)
}

// Columns implements stage.ColumnSource.
func (s *parquetSource) Columns(ctx context.Context) ([]stage.InputColumn, error) {
	return s.columns.find(ctx, s.files)
}

// look tells the columns of a file by its footer.
func (s *parquetSource) look(ctx context.Context, shard corpus.Shard, _ int) (list []stage.InputColumn, err error) {
	ranges, err := s.ranges(ctx, shard)
	if err != nil {
		return nil, err
	}
	r, err := parquet.NewReader(ranges, ranges.Size(), s.env.RecordBytesMax)
	if err != nil {
		return nil, ranges.Err() // a damaged file is told when it is read
	}
	defer r.Close() //nolint:errcheck // read only
	if r.Rows() == 0 {
		return nil, nil
	}
	s.mapped(r)
	for i, name := range r.Names() {
		if typ, ok := r.CellType(i); ok && !r.Taken(i) {
			list = append(list, stage.InputColumn{Name: name, Path: name, Type: typ})
		}
	}
	return list, nil
}

// mapped finds the columns of identifier, text and address.
func (s *parquetSource) mapped(r *parquet.Reader) (id, text, url int) {
	id, text, url = r.Column(s.settings.IDColumn), r.Column(s.settings.TextColumn), r.Column(s.settings.URLColumn)
	for _, c := range []int{id, text, url} {
		if c >= 0 {
			r.Take(c)
		}
	}
	return id, text, url
}

// Read streams one file, or the row groups that begin in its range.
func (s *parquetSource) Read(ctx context.Context, shard corpus.Shard, feed stage.Feed) error {
	ranges, err := s.ranges(ctx, shard)
	if err != nil {
		return err
	}
	r, err := parquet.NewReader(ranges, ranges.Size(), s.env.RecordBytesMax)
	if ranges.Err() != nil {
		return ranges.Err()
	}
	if err != nil && shard.From > 0 {
		return nil // the first range tells
	}
	if err != nil {
		feed.Quarantine(&corpus.RecordError{Shard: shard.String(), Offset: -1, Loss: corpus.LossRest, Bytes: ranges.Size(), Err: err})
		return nil
	}
	defer r.Close() //nolint:errcheck // read only
	r.PageMax(max(s.env.Memory/4, s.env.RecordBytesMax))
	r.Within(shard.From, shard.To)
	if r.Rows() == 0 {
		return nil
	}
	list, err := s.columns.find(ctx, s.files)
	if err != nil {
		return err
	}
	t, err := s.open(r, newCells(list, len(s.settings.Columns.List), shard))
	if err != nil {
		return err
	}
	defer s.note(t, shard, feed)
	ranges.Streams(r.Leaves())
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var d *corpus.Document
		row, err := r.Next()
		if err == nil {
			d, err = s.document(t, row)
		}
		switch {
		case ranges.Err() != nil:
			return ranges.Err() // and not what the decoder made of it
		case errors.Is(err, io.EOF):
			return nil
		case err == nil:
			err = feed.Document(d)
		default:
			err = quarantineRows(shard, row, err, feed)
		}
		if err != nil {
			return err
		}
	}
}

// quarantineRows files rows that could not be read, or the content of one. A wrong
// setting is returned.
func quarantineRows(shard corpus.Shard, row parquet.Row, err error, feed stage.Feed) error {
	e := &corpus.RecordError{Shard: shard.String(), Record: row.Record, Offset: -1, Err: err}
	var wrong *columnError
	var bad *parquet.RowError
	var group *parquet.GroupError
	switch {
	case errors.As(err, &wrong):
		return wrong
	case errors.As(err, &bad):
		e.Record, e.Err = bad.Record, bad.Err
	case errors.As(err, &group):
		e.Record, e.Records, e.Loss = group.Record, group.Rows, corpus.LossRecord
	}
	feed.Quarantine(e)
	return nil
}

// noteUnread is the reason under which rows are counted that lack a column.
const noteUnread = "column not readable"

// note counts the rows that lack columns which could not be read, or are of another type.
func (s *parquetSource) note(t *table, shard corpus.Shard, feed stage.Feed) {
	t.cells.note(shard, s.env, feed)
	told := map[string]bool{}
	for _, c := range slices.Concat(t.columns, t.extra) {
		if c < 0 || told[t.r.Name(c)] {
			continue
		}
		if rows, err := t.r.Unread(c); rows > 0 {
			told[t.r.Name(c)] = true
			feed.Note(noteUnread, rows)
			s.env.Log.Warn(noteUnread, "shard", shard.String(), "column", t.r.Name(c), "rows", rows, "error", err)
		}
	}
}

// open finds the columns by name. A file that lacks the text is a wrong setting, not a
// damaged file.
func (s *parquetSource) open(r *parquet.Reader, c *cells) (*table, error) {
	t := &table{r: r, cells: c}
	t.id, t.text, t.url = s.mapped(r)
	if t.text < 0 {
		return nil, fmt.Errorf("no column %q; the file has %s: set text_column", s.settings.TextColumn, strings.Join(r.Names(), ", "))
	}
	wanted := []int{t.text}
	for _, c := range []struct {
		i    int
		name string
	}{{t.id, "id_column"}, {t.url, "url_column"}} {
		if c.i < 0 {
			continue
		}
		if !r.IsScalar(c.i) {
			return nil, fmt.Errorf("column %q holds more than one value a row: set %s", r.Name(c.i), c.name)
		}
		wanted = append(wanted, c.i)
	}
	if err := r.Select(wanted...); err != nil {
		return nil, err
	}
	spare := []int{}
	for _, x := range c.list {
		at := r.Column(x.Path)
		if t.columns = append(t.columns, at); at >= 0 {
			r.Take(at)
			spare = append(spare, at)
		}
	}
	if s.env.Carry != "drop" {
		t.extra = r.Sorted(func(i int) bool {
			return i != t.id && i != t.text && i != t.url && !slices.Contains(spare, i) && !r.Taken(i)
		})
	}
	r.Spare(append(spare, t.extra...)...)
	return t, nil
}

// columnError is a setting that names the wrong column.
type columnError struct{ error }

func (s *parquetSource) noText(r *parquet.Reader, column int) error {
	return &columnError{fmt.Errorf("column %q holds no text but %s: set text_column", s.settings.TextColumn, r.Type(column))}
}

var (
	errNoText  = errors.New("the text is null")
	errNotUTF8 = errors.New("the text is not valid UTF-8")
)

func (s *parquetSource) document(t *table, row parquet.Row) (*corpus.Document, error) {
	if row.IsNull(t.text) {
		return nil, errNoText // of any type: pandas and polars have one for null alone
	}
	if !t.r.IsText(t.text) {
		return nil, s.noText(t.r, t.text)
	}
	text, _ := row.Text(t.text)
	if !utf8.ValidString(text) {
		return nil, errNotUTF8
	}
	d := &corpus.Document{Text: text, Media: "text/plain", Origin: corpus.Origin{Record: row.Record, Offset: -1}}
	if t.id >= 0 {
		d.ID, _ = row.ID(t.id) // null is ""
	}
	if t.url >= 0 {
		url, _ := row.Text(t.url)
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
	if s.env.Carry == "drop" {
		odd = nil
	}
	strays := t.cells.extra(func(s stray) bool { return inTable(s, t.columns, t.r.Names()) })
	if s.env.Carry == "drop" {
		strays = nil
	}
	d.Extra = merged(d.Extra, merged(strays, t.appendExtra(nil, row, odd)))
	return d, nil
}

// appendExtra appends the columns that are there, as an object: those that are carried as
// extra, and some others.
func (t *table) appendExtra(dst []byte, row parquet.Row, others []int) []byte {
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
