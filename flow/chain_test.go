package flow_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/stage"
)

// upper is an Editor that refuses, fails or panics on some texts.
type upper struct{}

func (upper) Apply(d *corpus.Document) (corpus.Verdict, error) {
	switch {
	case strings.Contains(d.Text, "panic"):
		panic("out of luck")
	case strings.Contains(d.Text, "fail"):
		return corpus.Keep, errors.New("cannot")
	case strings.Contains(d.Text, "bad"):
		return corpus.Verdict{Rule: "bad"}, nil
	}
	d.Text = strings.ToUpper(d.Text)
	return corpus.Keep, nil
}

// halves is a Splitter at blanks; a text of blanks has no pieces.
type halves struct{}

func (halves) Split(d *corpus.Document, emit func(*corpus.Document)) error {
	for s := range strings.FieldsSeq(d.Text) {
		emit(&corpus.Document{Text: s})
	}
	return nil
}

// length is a Measurer, Decider, Calibrator, and Keeper that must say the same.
type length struct{ max float64 }

func (l length) Columns() []corpus.Column {
	return []corpus.Column{{Name: "bytes", Type: corpus.Int}, {Name: "half", Type: corpus.Float}}
}

func (l length) Measure(d *corpus.Document, v *corpus.Values) error {
	v.Set(0, float64(len(d.Text)))
	v.Set(1, float64(len(d.Text))/2)
	return nil
}
func (l length) Decide(v *corpus.Values) corpus.Verdict {
	return stage.At(l.max).Above("long", v.Get(0))
}
func (l length) Keep(d *corpus.Document) corpus.Verdict {
	return stage.At(l.max).Above("long", float64(len(d.Text)))
}
func (l length) Shares() []stage.Share { return []stage.Share{{Column: 0, Ratio: 0.5}} }
func (l length) DecideAt(v *corpus.Values, limits []float64) corpus.Verdict {
	return stage.At(limits[0]).Above("long", v.Get(0))
}

// scorer is a Scorer that sees several documents at once.
type scorer struct {
	length
	seen *[]int
	err  error
}

func (s scorer) Score(_ context.Context, docs []*corpus.Document, values []*corpus.Values) error {
	*s.seen = append(*s.seen, len(docs))
	for i, d := range docs {
		if err := s.Measure(d, values[i]); err != nil {
			return err
		}
	}
	return s.err
}

// words is a Grouper with a key a word.
type words struct{ parts uint32 }

func (words) KeyBytes() int        { return 16 }
func (words) Survivor() stage.Keep { return stage.Keep{Policy: "first"} }
func (w words) Keys(d *corpus.Document, emit func(stage.Key, uint32)) error {
	for i := range strings.Fields(d.Text) {
		emit(stage.Key{Hi: uint64(i)}, w.parts)
	}
	return nil
}

// diary writes every visit as a line.
type diary struct{ lines []string }

func (o *diary) Visited(v *flow.Visit) bool {
	name := "nowhere"
	if v.Step != nil {
		name = v.Step.Name
	}
	line := name + " " + v.Document.Text
	switch {
	case v.Err != nil:
		first, _, _ := strings.Cut(v.Err.Error(), "\n")
		line += " ! " + first
	case v.Bypassed:
		line += " past"
	case !v.Verdict.Kept():
		line += " - " + v.Verdict.Rule
	case v.Pieces != nil:
		line += fmt.Sprint(" / ", len(v.Pieces))
	case v.Step.Grouping != nil:
		line += fmt.Sprint(" = ", len(v.Keys))
	case v.Values != nil:
		line += fmt.Sprint(" # ", v.Values.Get(0))
	}
	if !v.Would.Kept() {
		line += " ~ " + v.Would.Rule
	}
	o.lines = append(o.lines, line)
	return v.Err == nil && v.Verdict.Kept()
}

func (o *diary) Done(d *corpus.Document) { o.lines = append(o.lines, "done "+d.Text) }

func step(t *testing.T, name string, object any) *flow.Step {
	t.Helper()
	st, err := flow.NewStep(flow.Setup{Name: name}, 0, object)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func walk(t *testing.T, explain bool, links []flow.Link, texts ...string) []string {
	t.Helper()
	var docs []*corpus.Document
	for _, s := range texts {
		docs = append(docs, &corpus.Document{ID: s, Text: s, Lang: "en"})
	}
	o := &diary{}
	c := flow.New(o, 2, links...)
	if explain {
		c = flow.NewExplaining(o, 2, links...)
	}
	if err := c.Process(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	return o.lines
}

func TestChain(t *testing.T) {
	elsewhere := step(t, "elsewhere", upper{})
	elsewhere.When = flow.When{Lang: []string{"zh"}}
	annotated := step(t, "length", length{3})
	annotated.Annotate, annotated.Slot = true, 0
	settled := step(t, "length", length{})
	limits := settled.NewLimits()
	if err := settled.Set(limits, flow.AllGroups, 0, 2); err != nil {
		t.Fatal(err)
	}
	links := func(steps ...*flow.Step) (l []flow.Link) {
		for _, st := range steps {
			l = append(l, flow.Link{Step: st})
		}
		return l
	}
	up, split, long := step(t, "upper", upper{}), step(t, "halves", halves{}), step(t, "length", length{3})
	for _, c := range []struct {
		what    string
		explain bool
		links   []flow.Link
		texts   string // with | between
		want    string
	}{
		{"an error and a panic cost one document", false, links(up, up), "a|bad|fail|panic|b",
			"upper A; upper A; done A; upper bad - bad; upper fail ! cannot; upper panic ! panic: out of luck; upper B; upper B; done B"},
		{"a piece that panics leaves the others", false, links(split, up), "x panic y",
			"halves x panic y / 3; upper X; done X; upper panic ! panic: out of luck; upper Y; done Y"},
		{"no pieces", false, links(split, up), " ", "halves   - no_pieces"},
		{"when", false, links(elsewhere, up), "a", "elsewhere a past; upper A; done A"},
		{"a keeper measures nothing", false, links(long), "abc|abcd", "length abc; done abc; length abcd - long"},
		{"unless it explains", true, links(long), "abc|abcd", "length abc # 3; done abc; length abcd - long"},
		{"annotate decides nothing", false, links(annotated), "abcd", "length abcd # 4; done abcd"},
		{"and explains what it would", true, links(annotated), "abcd", "length abcd # 4 ~ long; done abcd"},
		{"settled limits", false, []flow.Link{{Step: settled, Limits: limits}}, "ab|abc", "length ab # 2; done ab; length abc - long"},
		{"a probe decides nothing", false, []flow.Link{{Step: long, Role: flow.Probe}}, "abcd", "length abcd # 4; done abcd"},
		{"keys", false, links(step(t, "words", words{})), "a b c", "words a b c = 3; done a b c"},
		{"keys of parts", false, links(step(t, "words", words{1})), "a b", "words a b ! keys of lines or windows, of a stage that does not say where these are"},
	} {
		got := strings.Join(walk(t, c.explain, c.links, strings.Split(c.texts, "|")...), "; ")
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.what, got, c.want)
		}
	}
}

func TestChainScoresTogether(t *testing.T) {
	var seen []int
	s := step(t, "scorer", scorer{length{3}, &seen, nil})
	got := walk(t, false, []flow.Link{{Step: step(t, "halves", halves{})}, {Step: s}, {Step: step(t, "upper", upper{})}}, "a b", "long", "panic c")
	want := []string{"halves a b / 2", "halves long / 1", "halves panic c / 2", "scorer a # 1", "upper A", "done A", "scorer b # 1", "upper B", "done B",
		"scorer long - long", "scorer panic - long", "scorer c # 1", "upper C", "done C"}
	if !slices.Equal(got, want) || !slices.Equal(seen, []int{5}) {
		t.Errorf("batches %v\n got %q\nwant %q", seen, got, want)
	}
	s = step(t, "scorer", scorer{length{3}, &seen, errors.New("server is away")})
	c := flow.New(&diary{}, 0, flow.Link{Step: s})
	if err := c.Process(t.Context(), []*corpus.Document{{Text: "a"}}); err == nil || err.Error() != "stage scorer: server is away" {
		t.Error(err)
	}
}

func TestChainStoresValues(t *testing.T) {
	st := step(t, "length", length{3})
	st.Annotate, st.Slot = true, 1
	d := &corpus.Document{Text: "abcd"}
	if err := flow.New(&diary{}, 4, flow.Link{Step: st}).Process(t.Context(), []*corpus.Document{d}); err != nil {
		t.Fatal(err)
	}
	if len(d.Signals) != 4 || !math.IsNaN(d.Signals[0]) || d.Signals[1] != 4 || d.Signals[2] != 2 || !math.IsNaN(d.Signals[3]) {
		t.Errorf("stored %v", d.Signals)
	}
}

func TestNewStepRefuses(t *testing.T) {
	f := func(s flow.Setup, object any, want string) {
		t.Helper()
		if _, err := flow.NewStep(s, 0, object); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", s, err, want)
		}
	}
	f(flow.Setup{Name: "x"}, 3, "int implements none of the stage contracts")
	f(flow.Setup{Name: "x", Annotate: true}, upper{}, "measures nothing")
	f(flow.Setup{Name: "x", Per: []string{"lang"}}, upper{}, "no limit that is a share")
	f(flow.Setup{Name: "x", Annotate: true}, words{}, "measures nothing")
	f(flow.Setup{Name: "x", Within: []string{"lang"}}, upper{}, "within: x compares no documents")
	f(flow.Setup{Name: "x", When: flow.When{Source: []string{"a"}}}, words{}, "works across documents")
}

// narrowWords has keys of 8 bytes, with noise in what is unused.
type narrowWords struct{ words }

var noise uint64

func (narrowWords) KeyBytes() int { return 8 }
func (w narrowWords) Keys(d *corpus.Document, emit func(stage.Key, uint32)) error {
	return w.words.Keys(d, func(k stage.Key, part uint32) {
		noise++
		emit(stage.Key{Hi: k.Hi, Lo: noise}, part)
	})
}

// keysOf are the keys of each document.
type keysOf struct{ keys [][]stage.Key }

func (o *keysOf) Visited(v *flow.Visit) bool {
	o.keys = append(o.keys, slices.Clone(v.Keys))
	return true
}
func (*keysOf) Done(*corpus.Document) {}

// Documents of other values have no key in common; those of equal values have the keys
// in common that they had.
func TestWithin(t *testing.T) {
	for _, g := range []stage.Grouper{words{}, narrowWords{}} {
		st := step(t, "words", g)
		st.Grouping.Within = func(dst []byte, d *corpus.Document) []byte { return append(dst, d.Lang...) }
		var docs []*corpus.Document
		for _, lang := range []string{"en", "zh", "en"} {
			docs = append(docs, &corpus.Document{Text: "a b c", Lang: lang})
		}
		o := &keysOf{}
		if err := flow.New(o, 0, flow.Link{Step: st}).Process(t.Context(), docs); err != nil {
			t.Fatal(err)
		}
		narrow := g.KeyBytes() == 8
		seen := map[stage.Key]int{}
		for i, list := range o.keys {
			for _, k := range list {
				if narrow {
					k.Lo = 0
				}
				if j, ok := seen[k]; ok && docs[i].Lang != docs[j].Lang {
					t.Errorf("%T: a key of %s and %s", g, docs[i].Lang, docs[j].Lang)
				}
				seen[k] = i
			}
		}
		if len(o.keys) != 3 || len(seen) != 6 { // three in each language
			t.Errorf("%T: %d keys of %d documents", g, len(seen), len(o.keys))
		}
	}
}

// deaf is an observer that keeps nothing.
type deaf struct{}

func (deaf) Visited(v *flow.Visit) bool { return v.Verdict.Kept() }
func (deaf) Done(*corpus.Document)      {}

// A chain without a batched stage costs nothing for a document: what waiting takes is paid
// by those who wait.
func TestChainAllocatesByBatch(t *testing.T) {
	c := flow.New(deaf{}, 0, flow.Link{Step: step(t, "length", length{3})}, flow.Link{Step: step(t, "limit", length{9})})
	allocated := func(documents int) float64 {
		docs := make([]*corpus.Document, documents)
		for i := range docs {
			docs[i] = &corpus.Document{Text: "abcd"[i%4:]}
		}
		return testing.AllocsPerRun(20, func() {
			if err := c.Process(t.Context(), docs); err != nil {
				t.Fatal(err)
			}
		})
	}
	if one, many := allocated(1), allocated(128); many > one || one > 2 {
		t.Errorf("%g allocations for one document, %g for 128", one, many)
	}
}
