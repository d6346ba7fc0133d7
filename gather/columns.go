package gather

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/stage"
)

// columns are the columns of the input that a source's documents have.
type columns struct {
	setting stage.Columns
	named   []string // names in the input of ID, text and URL
	// look tells the columns of a shard in their order, by so many records where the format
	// has no other way; nil of one that cannot be read or is empty.
	look func(ctx context.Context, shard corpus.Shard, records int) ([]stage.InputColumn, error)

	mu     sync.Mutex
	done   bool
	list   []stage.InputColumn
	looked bool           // at a file, by look
	absent map[string]int // of how many files a setting names what is not there
	files  int            // that were looked at, with rows
	there  []string       // columns of the first of them
}

// lacks notes what the settings name and a file does not have.
func (c *columns) lacks(settings, there []string) {
	if c.files == 0 {
		c.absent, c.there = map[string]int{}, slices.Clone(there)
	}
	c.files++
	for _, s := range settings {
		c.absent[s]++
	}
}

// looksMax is the number of files that are looked at, spread over the input.
const looksMax = 16

// looksRecords is the number of records of a file that are looked at.
const looksRecords = 1_000

// columnsMax is the number of columns that are found; what lies beyond is carried as
// extra.
const columnsMax = 1_000

// find returns the columns, and looks for them where the settings say so and nobody has.
func (c *columns) find(ctx context.Context, f *files) ([]stage.InputColumn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return c.list, nil
	}
	list := slices.Clone(c.setting.List)
	if find := c.setting.Find; find == "auto" || find == "parts" {
		found, err := c.seen(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, x := range found {
			declared := func(o stage.InputColumn) bool { return o.Name == x.Name || o.Path == x.Path }
			if len(list) < columnsMax && !slices.ContainsFunc(c.setting.List, declared) {
				list = append(list, x)
			}
		}
	}
	c.done, c.list = true, list
	return list, nil
}

// checkText is an error where the setting that names the column of the text is wrong, by
// the files that were looked at for columns, and where there are none by the first.
func (c *columns) checkText(ctx context.Context, f *files) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.looked {
		shards, err := f.Shards(ctx)
		if err != nil {
			return &stage.UnseenError{Err: err}
		}
		c.looked = true
		if len(shards) > 0 {
			if _, err := c.look(ctx, shards[0], 1); err != nil {
				return seenError(shards[0], err)
			}
		}
	}
	for _, s := range slices.Sorted(maps.Keys(c.absent)) {
		if c.absent[s] == c.files {
			f.env.Log.Warn("no file that was looked at has a column", "source", f.env.Name, "setting", s, "columns", strings.Join(c.there, ", "))
		}
	}
	c.absent = nil // it is said once
	return nil
}

// names are the names of the columns, as far as they are known.
func (c *columns) names() (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range c.list {
		names = append(names, x.Name)
	}
	return names
}

// seen are the columns of files spread over the input.
func (c *columns) seen(ctx context.Context, f *files) ([]stage.InputColumn, error) {
	shards, err := f.Shards(ctx)
	if err != nil {
		return nil, &stage.UnseenError{Err: err}
	}
	told := manifests{}
	if c.setting.Find == "parts" && len(shards) > 0 { // a record tells
		list, folders, err := c.of(ctx, f, told, shards[0], 1)
		if err != nil {
			return nil, seenError(shards[0], err)
		}
		if !isPart(append(list, folders...)) {
			return nil, nil
		}
	}
	u := union{own: true}
	for _, shard := range spread(shards) {
		list, folders, err := c.of(ctx, f, told, shard, looksRecords)
		if err != nil {
			return nil, seenError(shard, err)
		}
		if list != nil {
			u.add(list, folders, shard)
		}
	}
	if u.own = u.own && len(u.columns) > 0; !u.own && c.setting.Find == "parts" {
		return nil, nil
	}
	if err := u.disagree(c.setting.List); err != nil {
		return nil, err
	}
	var list []stage.InputColumn
	for _, x := range u.columns {
		if len(x.types) > 1 && !declares(c.setting.List, x) {
			f.env.Log.Warn("files differ in the type of a column", "column", x.Name, "types", x.seenAs(), "read as", x.Type.Name())
		}
		if c.wanted(x.InputColumn, u.own, f.env) {
			list = append(list, x.InputColumn)
		}
	}
	return list, nil
}

// spread are the shards that are looked at.
func spread(shards []corpus.Shard) (some []corpus.Shard) {
	n := min(len(shards), looksMax)
	for i := range n {
		some = append(some, shards[i*(len(shards)-1)/max(n-1, 1)])
	}
	return some
}

// of tells the columns of a shard and those of its folders: what the run says that wrote
// it, else what is found by looking.
func (c *columns) of(ctx context.Context, f *files, told manifests, shard corpus.Shard, records int) (list, folders []stage.InputColumn, err error) {
	list, folders, err = told.columns(ctx, f, shard)
	if err != nil || len(list) > 0 {
		return list, folders, err
	}
	c.looked = true
	if list, err = c.look(ctx, shard, records); err != nil {
		return nil, nil, err
	}
	return list, folderColumns(list, shard), nil
}

// seenError is that of looking at a shard: what the settings name wrongly is seen.
func seenError(shard corpus.Shard, err error) error {
	if errors.As(err, new(*columnError)) {
		return fmt.Errorf("%s: %w", shard, err)
	}
	return unseen(shard, err)
}

func unseen(shard corpus.Shard, err error) error {
	return &stage.UnseenError{Err: fmt.Errorf("%s: %w", shard, err)}
}

// wanted reports whether a column that was found is one of the documents. The documents'
// own come from parts alone: elsewhere they mean something else.
func (c *columns) wanted(x stage.InputColumn, own bool, env *stage.Env) bool {
	if slices.Contains(c.named, x.Path) {
		return false
	}
	typ, field := corpus.FieldType(x.Name)
	switch {
	case field && own && x.Type == typ: // another may have got the name by rename
		return x.Name != "extra" || env.Carry != "drop"
	case env.Carry == "drop":
		return false
	case field || slices.Contains([]string{"id", "url", "text", "raw", "media", "charset", "text_bytes"}, x.Name):
		env.Log.Info("a column of the input is carried as extra: documents have one of that name", "source", env.Name, "column", x.Name)
		return false
	}
	return true
}

// union puts the columns of several files together.
type union struct {
	columns []*seenColumn
	own     bool // all files are parts that a run wrote
}

type seenColumn struct {
	stage.InputColumn
	folder bool // it is in the names of folders
	types  []seenType
}

// seenType is a type with the first file that has it.
type seenType struct {
	typ   corpus.Type
	shard string
}

// lineage are the columns by which a part is known.
var lineage = []string{"source", "src_shard", "src_record", "src_offset"}

// isPart reports whether columns are those of a file that a run wrote.
func isPart(list []stage.InputColumn) bool {
	for _, name := range lineage {
		typ, _ := corpus.FieldType(name)
		if !slices.Contains(list, stage.InputColumn{Name: name, Path: name, Type: typ}) {
			return false
		}
	}
	return true
}

func (u *union) add(list, folders []stage.InputColumn, shard corpus.Shard) {
	all := slices.Concat(list, folders)
	own := isPart(all)
	u.own = u.own && (own || len(all) == 0) // of a file without a record nobody knows
	for i, x := range all {
		typ, field := corpus.FieldType(x.Name)
		asString := x.Type == corpus.String && typ == corpus.JSON                              // as Parquet has it without a manifest
		if own && field && (i >= len(list) || asString || x.Type.Numeric() && typ.Numeric()) { // 1 of JSON lines is a float too
			x.Type = typ
		}
		u.see(x, i >= len(list), shard)
	}
}

func (u *union) see(x stage.InputColumn, folder bool, shard corpus.Shard) {
	at := slices.IndexFunc(u.columns, func(o *seenColumn) bool { return o.Name == x.Name })
	if at < 0 {
		u.columns = append(u.columns, &seenColumn{x, folder, []seenType{{x.Type, shard.String()}}})
		return
	}
	c := u.columns[at]
	if !slices.ContainsFunc(c.types, func(t seenType) bool { return t.typ == x.Type }) {
		c.types = append(c.types, seenType{x.Type, shard.String()})
	}
	if folder && c.folder && c.Type != x.Type {
		c.Type = corpus.String
	} else if t, ok := unified(c.Type, x.Type); ok {
		c.Type = t
	}
}

// unified is the type that holds the cells of both, where there is one.
func unified(a, b corpus.Type) (corpus.Type, bool) {
	perSecond := func(t corpus.Type) int64 { n, _ := t.Clock(); return n }
	_, localA := a.Clock()
	_, localB := b.Clock()
	switch {
	case a == b:
		return a, true
	case a.Numeric() && b.Numeric(): // another is a float, or without a sign
		if a != corpus.Float && b != corpus.Float {
			return corpus.Int, true
		}
		return corpus.Float, true
	case a == corpus.Bytes && b == corpus.String, a == corpus.String && b == corpus.Bytes:
		return corpus.Bytes, true
	case a == corpus.Date && perSecond(b) > 0:
		return b, true
	case b == corpus.Date && perSecond(a) > 0:
		return a, true
	case perSecond(a) > 0 && perSecond(b) > 0 && localA == localB:
		return max(a, b), true // the finer one
	}
	return a, false
}

// disagree is the error of columns whose types no type holds, as a table.
func (u *union) disagree(declared []stage.InputColumn) error {
	var table strings.Builder
	var name string
	for _, c := range u.columns {
		for _, t := range c.types {
			_, ok := unified(t.typ, c.Type)
			if ok || c.folder || declares(declared, c) {
				continue
			}
			name = c.Name
			for _, t := range c.types {
				fmt.Fprintf(&table, "\n  %-20s %-12s %s", c.Name, t.typ.Name(), t.shard)
			}
			break
		}
	}
	if name == "" {
		return nil
	}
	return fmt.Errorf("files are at odds over the types of columns: declare one, such as columns: { %s: string, \"*\": auto }:%s", name, table.String())
}

// declares reports whether the settings say what the column is.
func declares(list []stage.InputColumn, c *seenColumn) bool {
	return slices.ContainsFunc(list, func(o stage.InputColumn) bool { return o.Name == c.Name || o.Path == c.Path })
}

// seenAs lists the types that files give the column, each with a file.
func (c *seenColumn) seenAs() string {
	var list []string
	for _, t := range c.types {
		list = append(list, t.typ.Name()+" in "+t.shard)
	}
	return strings.Join(list, ", ")
}

// folderColumns are the columns that the folders of a shard have, column=value, beside
// those of the file.
func folderColumns(list []stage.InputColumn, shard corpus.Shard) (folders []stage.InputColumn) {
	for name, value := range output.HiveValues(shard.Path) {
		if slices.ContainsFunc(list, func(o stage.InputColumn) bool { return o.Name == name }) {
			continue
		}
		folders = append(folders, stage.InputColumn{Name: name, Path: name, Type: folderType(value)})
	}
	slices.SortFunc(folders, func(a, b stage.InputColumn) int { return strings.Compare(a.Name, b.Name) })
	return folders
}

// folderType is the type of a value that is the name of a folder.
func folderType(value string) corpus.Type {
	if n, err := strconv.ParseInt(value, 10, 64); err == nil && strconv.FormatInt(n, 10) == value {
		return corpus.Int
	}
	return corpus.String
}

// cells puts the columns of a shard's records into documents.
type cells struct {
	list   []stage.InputColumn
	at     []int          // place among the document's cells; -1 of a field of its own
	folder []corpus.Value // what the shard's folders say
	width  int
	odd    []int64 // records whose value is none of the column's type
	strays []stray
	// Columns that the settings declare, the first of the list, are missed where no record
	// has them: their names or paths may be misspelt, and what goes by them finds nothing.
	declared int
	records  int64
	there    []bool // which columns had a value
}

// stray is the value of a folder that no column takes: none is called so, or it is of
// another type.
type stray struct {
	name, value string
	column      int // -1 where none is called so
}

// newCells takes the columns, those first that the settings declare.
func newCells(list []stage.InputColumn, declared int, shard corpus.Shard) *cells {
	c := &cells{list: list, odd: make([]int64, len(list)), declared: declared, there: make([]bool, len(list))}
	values := output.HiveValues(shard.Path)
	for _, x := range list {
		at := -1
		if _, field := corpus.FieldType(x.Name); !field {
			at = c.width
			c.width++
		}
		v := corpus.Null
		if text, ok := values[x.Path]; ok {
			if v, ok = x.Type.Parse(text); !ok {
				c.strays = append(c.strays, stray{x.Path, text, len(c.at)})
			}
			delete(values, x.Path)
		}
		c.at, c.folder = append(c.at, at), append(c.folder, v)
	}
	for name, value := range values {
		c.strays = append(c.strays, stray{name, value, -1})
	}
	slices.SortFunc(c.strays, func(a, b stray) int { return strings.Compare(a.name, b.name) })
	return c
}

// extra is an object of the strays of a record: those that the record has no value of by
// itself. Of another type than their column they are counted.
func (c *cells) extra(has func(stray) bool) (object []byte) {
	for _, s := range c.strays {
		if has(s) {
			continue
		}
		if s.column >= 0 {
			c.odd[s.column]++
		}
		if len(object) == 0 {
			object = append(object, '{')
		} else {
			object = append(object, ',')
		}
		object = append(format.AppendString(object, s.name), ':')
		if folderType(s.value) == corpus.Int {
			object = append(object, s.value...)
		} else {
			object = format.AppendString(object, strings.ToValidUTF8(s.value, "\uFFFD"))
		}
	}
	if len(object) > 0 {
		object = append(object, '}')
	}
	return object
}

// begin gives a document its cells, with what the folders say.
func (c *cells) begin(d *corpus.Document) {
	c.records++
	if c.width > 0 {
		d.Cells = make([]corpus.Value, c.width)
	}
	for i, v := range c.folder {
		c.set(d, i, v)
	}
}

// fits reports whether the documents' column can have the value: extra holds objects alone.
func (c *cells) fits(column int, v corpus.Value) bool {
	return v.Null || c.list[column].Name != "extra" || strings.HasPrefix(v.Str, "{")
}

// set is the value of a column.
func (c *cells) set(d *corpus.Document, column int, v corpus.Value) {
	c.there[column] = c.there[column] || !v.Null
	if at := c.at[column]; at >= 0 {
		d.Cells[at] = v
	} else {
		d.SetColumn(c.list[column].Name, v)
	}
}

// note counts the values that were of another type, which are null and carried as extra,
// and the records of a file of which none has a column that the settings declare.
func (c *cells) note(shard corpus.Shard, env *stage.Env, feed stage.Feed) {
	for i, n := range c.odd {
		if n == 0 {
			if i < c.declared && !c.there[i] && c.records > 0 { // of many small files no warning each
				feed.Note(fmt.Sprintf("column %s: no %s in the file", c.list[i].Name, c.list[i].Path), c.records)
			}
			continue
		}
		reason := fmt.Sprintf("column %s: not of type %s", c.list[i].Name, c.list[i].Type.Name())
		feed.Note(reason, n)
		env.Log.Warn(reason, "shard", shard.String(), "records", n)
	}
}

// merged is an object with the members of two, where both are there.
func merged(a, b []byte) []byte {
	empty := func(object []byte) bool {
		return len(object) == 0 || len(bytes.TrimSpace(object[1:len(object)-1])) == 0
	}
	switch {
	case empty(a):
		return b
	case empty(b):
		return a
	}
	return append(append(slices.Clone(a[:len(a)-1]), ','), b[1:]...)
}

// checkColumns checks the settings that name columns.
func checkColumns(c stage.Columns, named map[string]string) error {
	for key, path := range named {
		for _, x := range c.List {
			if x.Path == path && path != "" {
				return fmt.Errorf("columns: %s: %s takes %s already", x.Name, key, path)
			}
		}
	}
	if len(c.List) > columnsMax {
		return errors.New("columns: more than 1000")
	}
	return nil
}
