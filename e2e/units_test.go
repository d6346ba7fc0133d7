package e2e_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
)

// pieces compares windows of Size bytes that begin Step bytes apart: a stage of units with
// overlaps, wide or narrow keys, and any rule.
type pieces struct {
	Size    int        `yaml:"size" default:"2"`
	Step    int        `yaml:"step" default:"1"`
	Least   int        `yaml:"least" default:"2"`
	Narrow  bool       `yaml:"narrow"`
	MaxCut  int        `yaml:"max_cut" default:"1000"`
	Policy  stage.Keep `yaml:"keep" default:"max text_bytes"`
	Foreign bool       `yaml:"foreign"` // spans that are not of the text
}

func (p *pieces) KeyBytes() int {
	if p.Narrow {
		return 8
	}
	return 16
}
func (p *pieces) Survivor() stage.Keep { return p.Policy }
func (p *pieces) Quorum() int          { return p.Least }
func (p *pieces) Reads() []string      { return []string{"text"} }
func (p *pieces) Rules() []string      { return []string{"nothing_left", "much_cut"} }

func (p *pieces) Keys(d *corpus.Document, emit func(stage.Key, uint32)) error {
	p.spans(d.Text, func(part uint32, from, to int) {
		h := xxh3.HashString128(d.Text[from:to])
		emit(stage.Key{Hi: h.Hi, Lo: h.Lo}, part)
	})
	return nil
}

func (p *pieces) Spans(text string, emit func(part uint32, from, to int)) {
	if p.Foreign {
		text += "x"
	}
	p.spans(text, emit)
}

func (p *pieces) spans(text string, emit func(part uint32, from, to int)) {
	for i := 0; i*p.Step+p.Size <= len(text); i++ {
		emit(uint32(i*3), i*p.Step, i*p.Step+p.Size)
	}
}

func (p *pieces) Left(_ string, c stage.Cut) corpus.Verdict {
	if c.BytesCut > p.MaxCut {
		return corpus.Verdict{Rule: "much_cut", Value: float64(c.BytesCut), Limit: float64(p.MaxCut)}
	}
	return corpus.Keep
}

// naive is what the stage should leave of documents, in the order of input: the texts of
// those that stay, the rules of those that do not, and the counts.
func (p *pieces) naive(docs []*corpus.Document) (texts map[string]string, stats map[string]int64) {
	type unit struct {
		doc, part, from, to int
	}
	groups := map[string][]unit{}
	stats = map[string]int64{}
	for i, d := range docs {
		p.spans(d.Text, func(part uint32, from, to int) {
			groups[d.Text[from:to]] = append(groups[d.Text[from:to]], unit{i, int(part), from, to})
			stats["in"]++
		})
	}
	cut := make([][]bool, len(docs))
	for i, d := range docs {
		cut[i] = make([]bool, len(d.Text))
	}
	cutUnits := make([]int64, len(docs))
	for _, g := range groups {
		in := map[int]bool{}
		for _, u := range g {
			in[u.doc] = true
		}
		if len(in) < p.Least || len(g) < 2 {
			continue
		}
		best := slices.MinFunc(g, func(a, b unit) int {
			x, y := docs[a.doc], docs[b.doc]
			tx, ty := segment.TieOf(x), segment.TieOf(y)
			ties := cmp.Or(slices.Compare(tx[:], ty[:]), cmp.Compare(a.doc, b.doc), cmp.Compare(a.part, b.part))
			switch p.Policy.Policy {
			case "max":
				return cmp.Or(-cmp.Compare(len(x.Text), len(y.Text)), ties)
			case "min":
				return cmp.Or(cmp.Compare(len(x.Text), len(y.Text)), ties)
			case "first":
				return cmp.Or(cmp.Compare(a.doc, b.doc), cmp.Compare(a.part, b.part))
			}
			return ties
		})
		for _, u := range g {
			if u == best && p.Policy.Policy != "none" {
				continue
			}
			cutUnits[u.doc]++
			stats["cut"]++
			for at := u.from; at < u.to; at++ {
				cut[u.doc][at] = true
			}
		}
	}
	texts = map[string]string{}
	for i, d := range docs {
		var left []byte
		for at := range len(d.Text) {
			if !cut[i][at] {
				left = append(left, d.Text[at])
			}
		}
		gone := len(d.Text) - len(left)
		stats["bytes"] += int64(gone)
		switch {
		case cutUnits[i] > 0 && strings.TrimSpace(string(left)) == "":
			stats["nothing_left"]++
		case gone > p.MaxCut:
			stats["much_cut"]++
		default:
			texts[d.ID] = string(left)
		}
	}
	return texts, stats
}

// unitDocuments are documents of few letters, in several files.
func unitDocuments(t *testing.T, rng *rand.Rand, dir string) (docs []*corpus.Document) {
	t.Helper()
	for f := range 1 + rng.IntN(4) {
		var b bytes.Buffer
		for range rng.IntN(12) {
			text := make([]byte, 1+rng.IntN(9))
			for i := range text {
				text[i] = "aabbc "[rng.IntN(6)]
			}
			d := &corpus.Document{ID: fmt.Sprintf("d%d", len(docs)), Text: string(text), Origin: corpus.Origin{Source: "jsonl"}}
			line, err := json.Marshal(map[string]string{"id": d.ID, "text": d.Text})
			if err != nil {
				t.Fatal(err)
			}
			b.Write(append(line, '\n'))
			docs = append(docs, d)
		}
		writeFile(t, fmt.Sprintf("%s/f%d.jsonl", dir, f), b.Bytes())
	}
	return docs
}

// What the engine cuts is what a program that holds all documents would cut.
func TestUnitsAgainstNaive(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	rules := []stage.Keep{{Policy: "max", Column: "text_bytes"}, {Policy: "min", Column: "text_bytes"}, {Policy: "first"}, {Policy: "none"}}
	for round := range 40 {
		in := t.TempDir()
		docs := unitDocuments(t, rng, in)
		p := &pieces{Size: 1 + rng.IntN(3), Step: 1 + rng.IntN(2), Least: 1 + rng.IntN(3), Narrow: round%2 == 0, MaxCut: 4 + rng.IntN(4), Policy: rules[rng.IntN(len(rules))]}
		keep := p.Policy.Policy
		if p.Policy.Column != "" {
			keep = "{ " + keep + ": text_bytes }"
		}
		what := fmt.Sprintf("{ size: %d, step: %d, least: %d, narrow: %v, max_cut: %d, keep: %s }", p.Size, p.Step, p.Least, p.Narrow, p.MaxCut, keep)
		s, dir, err := inProcess(t, fmt.Sprintf("packs: { files: 2 }\nsource: { jsonl: { paths: [%q] } }\nstages: [ pieces: %s ]\nsink: { jsonl: {} }", in+"/*", what),
			stage.Define[pieces]("pieces", 1))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		want, stats := p.naive(docs)
		got := map[string]string{}
		for id, d := range readParts(t, dir+"/parts") {
			got[id] = d["text"].(string)
		}
		if !maps.Equal(got, want) {
			t.Errorf("round %d, %s: of %d documents\n got %q\nwant %q", round, what, len(docs), got, want)
		}
		st := s.Stats.Stages[0]
		counted := map[string]int64{"in": 0}
		if st.Units != nil {
			counted = map[string]int64{"in": st.Units.In, "cut": st.Units.Cut, "bytes": st.Units.BytesCut}
		}
		maps.Copy(counted, st.Rejected)
		for _, m := range []map[string]int64{counted, stats} {
			maps.DeleteFunc(m, func(_ string, n int64) bool { return n == 0 })
		}
		if !maps.Equal(counted, stats) {
			t.Errorf("round %d, %s: counted %v, want %v", round, what, counted, stats)
		}
	}
}

// A document that an earlier stage of the cut dropped takes no part, and one behind units
// sees the texts that are left.
func TestUnitsBetweenStages(t *testing.T) {
	in := t.TempDir()
	writeFile(t, in+"/a.jsonl", []byte(`{"id":"1","text":"abXcd"}
{"id":"2","text":"abXcd"}
{"id":"3","text":"XcdYY"}
{"id":"4","text":"YYXab"}
{"id":"5","text":"XabZ"}
`))
	s, dir, err := inProcess(t, fmt.Sprintf("source: { jsonl: { paths: [%q] } }\nstages:\n- exact_dedup: { keep: first }\n- pieces: { size: 3, keep: first }\n- exact_dedup: { as: again, keep: first }\nsink: { jsonl: {} }", in+"/*"),
		stage.Define[pieces]("pieces", 1))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for id, d := range readParts(t, dir+"/parts") {
		got[id] = d["text"].(string)
	}
	// Xcd of 3 is a copy of 1; 2 was dropped and cannot keep what 1 has; Xab of 5 is of 4
	if want := map[string]string{"1": "abXcd", "3": "YY", "4": "YYXab", "5": "Z"}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	var passes []string
	for _, p := range s.Passes {
		passes = append(passes, p.Pass)
	}
	want := "segment exact_dedup-group exact_dedup-resolve pieces-group pieces-weigh pieces-elect pieces-resolve segment.pieces again-group again-resolve assemble"
	if strings.Join(passes, " ") != want {
		t.Errorf("passes %v", passes)
	}
}

// A stage whose spans are not those of the text costs the document, not the run.
func TestUnitsOutsideOfTheText(t *testing.T) {
	in := t.TempDir()
	writeFile(t, in+"/a.jsonl", []byte(`{"id":"1","text":"ab"}
{"id":"2","text":"ab"}
`))
	s, dir, err := inProcess(t, fmt.Sprintf("source: { jsonl: { paths: [%q] } }\nstages: [ pieces: { foreign: true, keep: first } ]\nsink: { jsonl: {} }", in+"/*"), stage.Define[pieces]("pieces", 1))
	if err != nil {
		t.Fatal(err)
	}
	if q := quarantine(t, dir); s.Quarantined != 2 || !strings.Contains(q, "part 3 has bytes 1 to 3 of a text of 2") {
		t.Errorf("%d in quarantine: %s", s.Quarantined, q)
	}
}

// initials links all documents whose texts begin with one letter, and verifies, or not,
// that the texts are equal.
type initials struct {
	Verify   bool       `yaml:"verify"`
	KeepRule stage.Keep `yaml:"keep" default:"max text_bytes"`
}

func (*initials) KeyBytes() int          { return 16 }
func (i *initials) Survivor() stage.Keep { return i.KeepRule }
func (*initials) Reads() []string        { return []string{"text"} }
func (i *initials) Verifies() bool       { return i.Verify }
func (*initials) Same(a, b []byte) bool  { return bytes.Equal(a, b) }
func (*initials) Keys(d *corpus.Document, emit func(stage.Key, uint32)) error {
	emit(stage.Key{Hi: uint64(d.Text[0]) << 56}, 0)
	emit(stage.Key{Hi: uint64(d.Text[0])<<56 + 1}, 0) // every edge twice
	return nil
}

func (*initials) Evidence(dst []byte, _ *corpus.Document, text string) ([]byte, error) {
	return append(dst, text...), nil
}

func (*initials) Link(g stage.Group, edge func(a, b stage.Unit)) error {
	units := slices.Collect(g.Units)
	for i, a := range units {
		for _, b := range units[:i] {
			edge(b, a)
		}
	}
	return nil
}

// Edges between documents that a stage verifies are those that hold.
func TestVerifiedDocuments(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for round := range 8 {
		in := t.TempDir()
		docs := unitDocuments(t, rng, in)
		outcome := func(stages string) (string, *run.Summary) {
			s, dir, err := inProcess(t, fmt.Sprintf("packs: { files: 1 }\nsource: { jsonl: { paths: [%q] } }\nstages: [ %s ]\nsink: { jsonl: {} }", in+"/*", stages), stage.Define[initials]("initials", 1))
			if err != nil {
				t.Fatal(err)
			}
			var rows []string
			for id, d := range readParts(t, dir+"/parts") {
				rows = append(rows, fmt.Sprint(id, d["cluster_id"], d["cluster_size"]))
			}
			slices.Sort(rows)
			return strings.Join(rows, "\n"), s
		}
		got, s := outcome("initials: { verify: true }")
		want, _ := outcome("exact_dedup: {}")
		if got != want {
			t.Errorf("round %d, %d documents:\n%s\nwant\n%s", round, len(docs), got, want)
		}
		loose, plain := outcome("initials: {}")
		if len(docs) > 12 && loose == want {
			t.Errorf("round %d: %d documents, verification makes no difference", round, len(docs))
		}
		if len(s.Passes) != len(plain.Passes)+2 {
			t.Errorf("passes %v, without verification %v", s.Passes, plain.Passes)
		}
	}
}
