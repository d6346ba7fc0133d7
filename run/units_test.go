package run

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
)

func TestQuorum(t *testing.T) {
	unit := func(doc, part int) stage.Unit { return stage.Unit{Doc: uint64(doc), Part: uint32(part)} }
	for _, c := range []struct {
		documents int
		units     []stage.Unit
		through   int
	}{
		{0, []stage.Unit{unit(1, 0)}, 0},
		{1, []stage.Unit{unit(1, 0)}, 0},
		{1, []stage.Unit{unit(1, 0), unit(1, 0)}, 0}, // one unit that gave its key twice
		{1, []stage.Unit{unit(1, 0), unit(1, 1)}, 2},
		{2, []stage.Unit{unit(1, 0), unit(1, 1), unit(1, 2)}, 0},
		{2, []stage.Unit{unit(1, 0), unit(1, 1), unit(2, 0)}, 3},
		{2, []stage.Unit{unit(1, 0), unit(2, 0), unit(2, 1), unit(3, 7)}, 4},
		{3, []stage.Unit{unit(1, 0), unit(2, 0), unit(2, 1)}, 0},
		{3, []stage.Unit{unit(1, 0), unit(2, 0), unit(2, 1), unit(9, 0)}, 4},
	} {
		q := quorum{documents: c.documents}
		for range 2 { // a second group begins anew
			q.reset()
			var got []stage.Unit
			for _, u := range c.units {
				if err := q.add(u, func(u stage.Unit) error { got = append(got, u); return nil }); err != nil {
					t.Fatal(err)
				}
			}
			if !slices.Equal(got, c.units[:c.through]) {
				t.Errorf("%d documents wanted, %v: %v", c.documents, c.units, got)
			}
		}
	}
}

func TestRankOfUnit(t *testing.T) {
	row := func(value float64, tie uint64) *segment.IndexRow {
		return &segment.IndexRow{Ranks: []corpus.Rank{{Order: 99}, corpus.Float.Rank(corpus.Float64(value))}, Tie: [2]uint64{tie, 0}}
	}
	whole := func(value int64, tie uint64) *segment.IndexRow {
		return &segment.IndexRow{Ranks: []corpus.Rank{{Order: 99}, corpus.Int.Rank(corpus.Int64(value))}, Tie: [2]uint64{tie, 0}}
	}
	nan, up, down := math.NaN(), stage.Keep{Policy: "max", Column: "c"}, stage.Keep{Policy: "min", Column: "c"}
	for _, c := range []struct {
		keep stage.Keep
		a, b *segment.IndexRow
		want int
	}{
		{up, row(3, 9), row(2, 1), -1},
		{down, row(3, 9), row(2, 1), 1},
		{up, row(2, 9), row(2, 1), 1},
		{up, row(math.Copysign(0, -1), 1), row(0, 2), -1},
		{down, row(math.Copysign(0, -1), 2), row(0, 1), 1},
		{up, row(-1, 9), row(nan, 1), -1},
		{down, row(math.Inf(1), 9), row(nan, 1), -1},
		{up, row(nan, 1), row(nan, 2), -1},
		{up, row(math.Inf(-1), 9), row(-1e300, 1), 1},
		{up, whole(1<<53+1, 9), whole(1<<53, 1), -1},
		{down, whole(1<<53+1, 9), whole(1<<53, 1), 1},
		{up, whole(math.MinInt64, 9), row(nan, 1), -1},
		{down, whole(math.MaxInt64, 9), row(nan, 1), -1},
		{stage.Keep{Policy: "first"}, row(3, 9), row(2, 1), 0}, // by document
		{stage.Keep{Policy: "none"}, row(3, 9), row(2, 1), 1},
	} {
		a, b := rankOfUnit(c.keep, c.a, 1), rankOfUnit(c.keep, c.b, 1)
		if got := slices.Compare(a[:], b[:]); got != c.want {
			t.Errorf("%v: %v against %v: %d, want %d", c.keep, c.a, c.b, got, c.want)
		}
	}
}

// verified is a stage of units whose evidence is equal or not.
type verified struct {
	quorum int
	keep   stage.Keep
}

func (verified) KeyBytes() int                                        { return 8 }
func (v verified) Survivor() stage.Keep                               { return v.keep }
func (verified) Keys(*corpus.Document, func(stage.Key, uint32)) error { return nil }
func (v verified) Quorum() int                                        { return v.quorum }
func (verified) Spans(string, func(uint32, int, int))                 {}
func (verified) Left(string, stage.Cut) corpus.Verdict                { return corpus.Keep }
func (verified) Verifies() bool                                       { return true }
func (verified) Same(a, b []byte) bool                                { return string(a) == string(b) }
func (verified) Evidence(b []byte, _ *corpus.Document, text string) ([]byte, error) {
	return append(b, text...), nil
}

// candidate is a member of a group as a weigh task tells it.
func candidate(group, doc uint64, part uint32, within, evidence string) extsort.Item {
	b := binary.BigEndian.AppendUint64(nil, doc)
	b = binary.BigEndian.AppendUint32(b, part)
	b = append(binary.AppendUvarint(b, uint64(len(within))), within...)
	return extsort.Item{Key: extsort.Record{group}, Data: append(b, evidence...)}
}

// elected is what an election cuts, as letters of the documents.
func elected(t *testing.T, v verified, items ...extsort.Item) string {
	t.Helper()
	st, err := flow.NewStep(flow.Setup{Name: "v"}, 0, v)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	e := newElection(st, func(r extsort.Record) error { b.WriteByte('a' + byte(r[0])); return nil })
	for _, x := range items {
		if err := e.see(x); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// Members of a group that are not the same are told apart, in any order.
func TestElection(t *testing.T) {
	max := stage.Keep{Policy: "max", Column: "text_bytes"}
	of := func(within, evidence string) (list []extsort.Item) { // a letter of each for every document
		for doc := range evidence {
			list = append(list, candidate(1, uint64(doc), 0, within[doc:doc+1], evidence[doc:doc+1]))
		}
		return list
	}
	for _, c := range []struct {
		v                      verified
		within, evidence, want string
	}{
		{verified{2, max}, ".....", "xxxxx", "bcde"},
		{verified{2, max}, ".....", "xyxyz", "cd"},
		{verified{2, max}, ".....", "xyzuv", ""},
		{verified{3, max}, "......", "xyxyxy", "cedf"},
		{verified{3, max}, "......", "xyxzxy", "ce"},
		{verified{2, max}, "1212.", "xxxxx", "cd"},
		{verified{2, stage.Keep{Policy: "none"}}, ".....", "xyxyz", "acbd"},
		{verified{2, stage.Keep{Policy: "all"}}, ".....", "xyxyz", ""},
	} {
		if got := elected(t, c.v, of(c.within, c.evidence)...); got != c.want {
			t.Errorf("%+v, %s %s: %q, want %q", c.v, c.within, c.evidence, got, c.want)
		}
	}
	if got := elected(t, verified{2, max}, candidate(1, 0, 0, "", "x"), candidate(2, 1, 0, "", "x"), candidate(2, 2, 0, "", "x")); got != "c" {
		t.Errorf("two groups: %q", got)
	}
}

// What finds no room among the classes of a group stays.
func TestElectionIsBounded(t *testing.T) {
	var items []extsort.Item
	for i := range classesMax + 1 {
		items = append(items, candidate(1, 0, uint32(i), "", strings.Repeat("x", i)))
	}
	last := candidate(1, 1, 0, "", strings.Repeat("x", classesMax-1))
	none := candidate(1, 2, 0, "", strings.Repeat("x", classesMax))
	max := stage.Keep{Policy: "max", Column: "text_bytes"}
	if got := elected(t, verified{2, max}, append(items, last, none)...); got != "b" {
		t.Errorf("%q", got)
	}
	huge := strings.Repeat("x", evidenceMax)
	if got := elected(t, verified{2, max}, candidate(1, 0, 0, "", huge), candidate(1, 1, 0, "", huge), candidate(1, 2, 0, "", "y"), candidate(1, 3, 0, "", "y")); got != "b" {
		t.Errorf("%q", got)
	}
}

func TestDamagedCandidates(t *testing.T) {
	st, err := flow.NewStep(flow.Setup{Name: "v"}, 0, verified{quorum: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{nil, make([]byte, 11), append(make([]byte, 12), 9, 'x'), make([]byte, 12)} {
		e := newElection(st, func(extsort.Record) error { return nil })
		err := e.see(candidate(1, 0, 0, "", "x"))
		if err == nil {
			err = e.see(extsort.Item{Key: extsort.Record{1}, Data: data})
		}
		if !errors.Is(err, segment.ErrDamaged) {
			t.Errorf("%d bytes: %v", len(data), err)
		}
	}
}
