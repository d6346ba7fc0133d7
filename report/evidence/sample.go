package evidence

import (
	"cmp"
	"container/heap"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"
)

// Limits of a sample.
const (
	// SampleMax bounds the documents that are drawn, of all values together.
	SampleMax = 100_000
	// StrataMax bounds the values of the column that is drawn by.
	StrataMax = 10_000
	// sampleBytes bounds the texts that a sample holds.
	sampleBytes = 512 << 20
)

// Draw says how a sample is drawn.
type Draw struct {
	// Documents is how many, 1 to [SampleMax]: in all, or of each value of the column Per.
	Documents int
	Per       string // column, "" for none
	// Seed gives another sample; the same one the same sample of the same documents.
	Seed string
	// Chars is where texts are cut off, in code points; 0 keeps them whole.
	Chars int
	// Reviewers is how many sheets there are, each in an order of its own; at least 1.
	Reviewers int
}

// Sample is what was drawn.
type Sample struct {
	Documents int    `json:"documents_wanted"`
	Per       string `json:"per"` // column, "" for none
	Seed      string `json:"seed"`
	Chars     int    `json:"chars_max"` // of a text, 0 for all
	// Sheets are the files for reviewers.
	Sheets []Sheet    `json:"sheets"`
	Strata []*Stratum `json:"strata"`
	Drawn  []SampleID `json:"documents"`
}

// Sheet is a file for a reviewer, as it was written.
type Sheet struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
}

// Stratum are the documents that one draw is of.
type Stratum struct {
	Value      string `json:"value"` // of the column, "" for none
	Population int64  `json:"population"`
	Drawn      int    `json:"drawn"`
}

// SampleID is a document of the sample; Stratum is the place of its stratum.
type SampleID struct {
	ID      string `json:"id"`
	Source  string `json:"source"`
	Stratum int    `json:"stratum"`
}

// Drawn is a document of the sample.
type Drawn struct {
	ID, URL, Source string
	Text            string // cut off at Draw.Chars

	hash    uint64
	row     int64
	stratum string
}

// drawing draws: of each stratum the documents whose hashes of seed, source and id are
// lowest.
type drawing struct {
	*Draw
	column int // place of Per
	strata map[string]*stratum
	rows   int64
	bytes  int
	held   int
	hash   []byte
}

type stratum struct {
	population int64
	kept       highest
}

// highest is a heap whose first document has the highest hash.
type highest []*Drawn

func compareDrawn(a, b *Drawn) int {
	return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.row, b.row))
}

func (h highest) Len() int           { return len(h) }
func (h highest) Less(i, j int) bool { return compareDrawn(h[i], h[j]) > 0 }
func (h highest) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *highest) Push(x any)        { *h = append(*h, x.(*Drawn)) }
func (h *highest) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

func newDrawing(d *Draw) *drawing { return &drawing{Draw: d, strata: map[string]*stratum{}} }

func (d *drawing) add(r *Row) error {
	value := ""
	if d.Per != "" {
		value = r.Values[d.column]
	}
	s := d.strata[value]
	if s == nil {
		if len(d.strata) == StrataMax {
			return fmt.Errorf("the sample: %s has more than %d values", d.Per, StrataMax)
		}
		s = &stratum{}
		d.strata[strings.Clone(value)] = s
	}
	s.population++
	d.rows++
	d.hash = appendFields(d.hash[:0], d.Seed, r.Source, r.ID)
	x := &Drawn{hash: xxh3.Hash(d.hash), row: d.rows}
	if len(s.kept) == d.Documents {
		if compareDrawn(x, s.kept[0]) > 0 {
			return nil
		}
		d.bytes -= len(heap.Pop(&s.kept).(*Drawn).Text)
		d.held--
	}
	x.ID, x.URL, x.Source, x.stratum = strings.Clone(r.ID), strings.Clone(r.URL), strings.Clone(r.Source), value
	x.Text = strings.Clone(cut(r.Text, d.Chars))
	heap.Push(&s.kept, x)
	d.bytes += len(x.Text)
	d.held++
	switch {
	case d.held > SampleMax:
		return fmt.Errorf("the sample: more than %d documents; draw fewer of each %s", SampleMax, d.Per)
	case d.bytes > sampleBytes:
		return fmt.Errorf("the sample: more than %d MiB of texts; draw fewer, or cut them off earlier", sampleBytes>>20)
	}
	return nil
}

// cut is the beginning of a text, n code points, 0 for all.
func cut(text string, n int) string {
	if n == 0 {
		return text
	}
	for i := range text {
		if n--; n < 0 {
			return text[:i]
		}
	}
	return text
}

// drawn are the documents in the order of their hashes.
func (d *drawing) drawn() (list []*Drawn) {
	for _, s := range d.strata {
		list = append(list, s.kept...)
	}
	slices.SortFunc(list, compareDrawn)
	return list
}

func (d *drawing) sample() *Sample {
	x := &Sample{Documents: d.Documents, Per: d.Per, Seed: d.Seed, Chars: d.Chars, Sheets: []Sheet{}, Strata: []*Stratum{}, Drawn: []SampleID{}}
	at := map[string]int{}
	for _, value := range slices.Sorted(maps.Keys(d.strata)) {
		s := d.strata[value]
		at[value] = len(x.Strata)
		x.Strata = append(x.Strata, &Stratum{value, s.population, len(s.kept)})
	}
	for _, y := range d.drawn() {
		x.Drawn = append(x.Drawn, SampleID{y.ID, y.Source, at[y.stratum]})
	}
	return x
}

// ForReviewer is the order in which a reviewer, from 1, gets the documents of a sample.
func ForReviewer(drawn []*Drawn, seed string, reviewer int) []*Drawn {
	if reviewer == 1 {
		return drawn
	}
	order := map[*Drawn]uint64{}
	for _, x := range drawn {
		order[x] = xxh3.Hash(appendFields(nil, seed, fmt.Sprint(reviewer), x.Source, x.ID))
	}
	list := slices.Clone(drawn)
	slices.SortStableFunc(list, func(a, b *Drawn) int { return cmp.Compare(order[a], order[b]) })
	return list
}
