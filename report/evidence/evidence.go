// Package evidence says of the parts of a run what somebody has to show who answers for a
// corpus: where it comes from and with what shares, how often words of the user's lists
// stand in it, and a sample that people review, with the rate at which documents pass. It
// reads rows one after the other and holds no limit of its own: which words, how many
// documents and what rate are asked for, the user says.
package evidence

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// File is the name of the evidence in its folder.
const File = "evidence.json"

// Version is that of the layout of [File].
const Version = 1

// Evidence is what [File] holds. The same parts, lists and settings give the same bytes.
type Evidence struct {
	Version int    `json:"version"`
	Program string `json:"program"` // name and version
	// Command makes the same evidence again. Flags that change no byte are left out.
	Command string  `json:"command"`
	Run     RunID   `json:"run"`
	Total   Amount  `json:"total"`
	Sources []*From `json:"sources"`
	// Tables are the shares by a column, or by several together.
	Tables []*Table `json:"tables"`
	Words  *Words   `json:"words,omitempty"`
	Sample *Sample  `json:"sample,omitempty"`
}

// RunID tells the run and its parts from all others.
type RunID struct {
	ID             string `json:"id"`
	Pipeline       string `json:"pipeline"`
	PlanSHA256     string `json:"plan_sha256"`     // of plan.yaml
	ManifestSHA256 string `json:"manifest_sha256"` // of manifest.jsonl
	Sink           string `json:"sink"`            // "" where the pipeline has one without a name
	Format         string `json:"format"`
	Parts          int    `json:"parts"`
	PartsSHA256    string `json:"parts_sha256"` // of a line for each part: digest, rows, name
	// PartsWritten is when the newest part was written, RFC 3339; "" where the store does
	// not say.
	PartsWritten string `json:"parts_written,omitempty"`
}

// Amount counts documents of the parts.
type Amount struct {
	Documents int64 `json:"documents"`
	Bytes     int64 `json:"bytes"`  // of text, UTF-8
	Tokens    int64 `json:"tokens"` // 0 where nothing has counted
}

func (a *Amount) add(o Amount) {
	a.Documents += o.Documents
	a.Bytes += o.Bytes
	a.Tokens += o.Tokens
}

// Shares are those of an amount in a total, 0..1.
type Shares struct {
	Documents float64 `json:"documents_ratio"`
	Bytes     float64 `json:"bytes_ratio"`
	Tokens    float64 `json:"tokens_ratio"`
}

func (a Amount) sharesOf(total Amount) Shares {
	return Shares{ratio(a.Documents, total.Documents), ratio(a.Bytes, total.Bytes), ratio(a.Tokens, total.Tokens)}
}

func ratio(part, of int64) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}

// From is a source of the run: what was read of it and what of that is in the parts.
type From struct {
	Name   string `json:"name"`
	Shards int64  `json:"shards"`
	// Places are folders of its shards, the first [PlacesMax] by name, of PlacesOf.
	Places      []string `json:"places"`
	PlacesOf    int      `json:"places_of"`
	BytesStored int64    `json:"bytes_stored"` // of the shards as they lie
	Read        int64    `json:"read"`         // records
	Skipped     int64    `json:"skipped"`
	Quarantined int64    `json:"quarantined"`
	// FirstFetched and LastFetched are the earliest and the latest time of fetching of its
	// documents in the parts, as their column says; "" where that is empty.
	FirstFetched string `json:"first_fetched,omitempty"`
	LastFetched  string `json:"last_fetched,omitempty"`
	Amount
	Shares
}

// PlacesMax is how many folders of a source are named.
const PlacesMax = 20

// Row is what a collector wants to know of a document.
type Row struct {
	ID, URL, Source, FetchedAt, Text string
	Tokens                           int64
	Values                           []string // of [Collector.Columns], in their order
}

// Options say what is collected.
type Options struct {
	// By are the tables: columns that are counted together.
	By [][]string
	// Top is how many values of a table are kept; all are in its file.
	Top int
	// Words are the lists to look for, nil for none; Passages is how many passages of each
	// word are kept, drawn by Seed.
	Words    *Lists
	Passages int
	Seed     string
	// Draw is the sample, nil for none.
	Draw *Draw
	// TempDir is where sorts spill ("" = the system's).
	TempDir string
}

// Collector takes the rows of the parts, in their order.
type Collector struct {
	options Options
	columns []string
	tables  []*tally
	sources map[string]*From
	total   Amount
	words   *wordTally
	draw    *drawing
}

// SourcesMax bounds the sources that documents name.
const SourcesMax = 10_000

var errSources = fmt.Errorf("documents name more than %d sources", SourcesMax)

// NewCollector returns a collector for the rows of parts.
func NewCollector(o Options) *Collector {
	c := &Collector{options: o, sources: map[string]*From{}}
	place := func(column string) int {
		i := slices.Index(c.columns, column)
		if i < 0 {
			i, c.columns = len(c.columns), append(c.columns, column)
		}
		return i
	}
	for _, by := range o.By {
		t := newTally(o.TempDir)
		for _, column := range by {
			t.columns = append(t.columns, place(column))
		}
		c.tables = append(c.tables, t)
	}
	if o.Words != nil {
		c.words = newWordTally(o.Words, o.Passages, o.Seed)
	}
	if o.Draw != nil {
		c.draw = newDrawing(o.Draw)
		if o.Draw.Per != "" {
			c.draw.column = place(o.Draw.Per)
		}
	}
	return c
}

// Columns are the columns whose values rows must have.
func (c *Collector) Columns() []string { return c.columns }

// Source says what was read of a source; documents of the parts add to it.
func (c *Collector) Source(s *From) { c.sources[s.Name] = s }

// Add takes a row, with the occurrences of words in it.
func (c *Collector) Add(r *Row, hits []Hit) error {
	a := Amount{1, int64(len(r.Text)), r.Tokens}
	c.total.add(a)
	s := c.sources[r.Source]
	if s == nil {
		if len(c.sources) == SourcesMax {
			return errSources
		}
		s = &From{Name: r.Source}
		c.sources[r.Source] = s
	}
	s.add(a)
	if t := r.FetchedAt; t != "" {
		if s.FirstFetched == "" || t < s.FirstFetched {
			s.FirstFetched = t
		}
		s.LastFetched = max(s.LastFetched, t)
	}
	for _, t := range c.tables {
		if err := t.add(r.Values, a); err != nil {
			return err
		}
	}
	if c.draw != nil {
		if err := c.draw.add(r); err != nil {
			return err
		}
	}
	if c.words != nil {
		return c.words.add(r, hits)
	}
	return nil
}

// Close drops what was collected.
func (c *Collector) Close() {
	for _, t := range c.tables {
		t.close()
	}
}

// Finish sums up. Each value of each table goes to row, a table after the other; row may
// be nil.
func (c *Collector) Finish(row func(table int, r *TableRow) error) (*Evidence, error) {
	e := &Evidence{Version: Version, Total: c.total, Sources: []*From{}, Tables: []*Table{}}
	for _, name := range slices.Sorted(maps.Keys(c.sources)) {
		s := c.sources[name]
		s.Shares = s.sharesOf(c.total)
		if s.Places == nil {
			s.Places = []string{}
		}
		e.Sources = append(e.Sources, s)
	}
	slices.SortStableFunc(e.Sources, func(a, b *From) int { return cmp.Compare(b.Amount.Documents, a.Amount.Documents) })
	for i, t := range c.tables {
		table, err := t.table(c.options.By[i], c.total, c.options.Top, func(r *TableRow) error {
			if row == nil {
				return nil
			}
			return row(i, r)
		})
		if err != nil {
			return nil, err
		}
		e.Tables = append(e.Tables, table)
	}
	if c.words != nil {
		e.Words = c.words.sum(c.total, e.Sources)
	}
	if c.draw != nil {
		e.Sample = c.draw.sample()
	}
	return e, nil
}

// Drawn are the documents of the sample, in the order of a sheet.
func (c *Collector) Drawn() []*Drawn {
	if c.draw == nil {
		return nil
	}
	return c.draw.drawn()
}

// By reads a table as people write it: columns with "+" between them.
func By(s string) ([]string, error) {
	columns := strings.Split(s, "+")
	for i, c := range columns {
		if columns[i] = strings.TrimSpace(c); columns[i] == "" || slices.Contains(columns[:i], columns[i]) {
			return nil, fmt.Errorf("%q: want columns, each once, with + between them", s)
		}
	}
	if len(columns) > 4 {
		return nil, errors.New("at most 4 columns are counted together")
	}
	return columns, nil
}

// Terms reports whether a column says on what terms a document may be used, by its name.
func Terms(column string) bool {
	column = strings.ToLower(column)
	return slices.ContainsFunc([]string{"license", "licence", "consent", "copyright", "rights"}, func(word string) bool {
		return strings.Contains(column, word)
	})
}

// Digest is the SHA-256 of a file in evidence.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// maxEvidence bounds a file that is read back.
const maxEvidence = 1 << 30

// Read reads a [File] back.
func Read(b []byte) (*Evidence, error) {
	if len(b) > maxEvidence {
		return nil, fmt.Errorf("%s: more than %d MiB", File, maxEvidence>>20)
	}
	e := &Evidence{}
	if err := json.Unmarshal(b, e); err != nil {
		return nil, fmt.Errorf("%s: %w", File, err)
	}
	if e.Version != Version {
		return nil, fmt.Errorf("%s: is of layout %d; this program reads %d", File, e.Version, Version)
	}
	sources := map[string]bool{}
	for _, s := range e.Sources {
		if s == nil {
			return nil, errDamaged
		}
		sources[s.Name] = true
	}
	if e.Sample == nil {
		return e, nil
	}
	if slices.Contains(e.Sample.Strata, nil) {
		return nil, errDamaged
	}
	for _, d := range e.Sample.Drawn {
		if d.Stratum < 0 || d.Stratum >= len(e.Sample.Strata) || !sources[d.Source] {
			return nil, fmt.Errorf("%w: the sample has %s of source %s", errDamaged, d.ID, d.Source)
		}
	}
	return e, nil
}

var errDamaged = errors.New(File + " is not as it was written")

// Encode is the text of a [File].
func (e *Evidence) Encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(e)
	return b.Bytes(), err
}
