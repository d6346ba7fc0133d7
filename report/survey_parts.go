package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"math/bits"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/stage"
)

// pairSeen is a survivor in the parts and a document that lost to it.
type pairSeen struct {
	loser    *Sample
	survivor *Sample
	at       place
}

// parts reads values and clusters of the parts, then the texts that are to be shown.
func (s *surveyor) parts(ctx context.Context) error {
	sink, ok := s.sink()
	if !ok {
		s.out.Blind = "no sink has parts of a format that can be read back (Parquet, Arrow, JSONL)"
		return nil
	}
	m, err := s.folder.current(ctx, sink)
	if errors.Is(err, ErrReplaced) {
		s.out.Blind = err.Error()
		return nil
	}
	if err != nil {
		return err
	}
	if m == nil {
		s.out.Blind = "the folder of the parts has no manifest"
		return nil
	}
	columns := slices.Concat([]string{"id", "url", "lang", "source", "cluster_size"}, s.columns)
	kind := rowKind{columns, sink.InParts, true}
	spread := evenly(m.Parts, len(columns))
	s.out.Kept.Of, s.pairs = spread.of, map[string][]*pairSeen{}
	largest := nearest{}
	for i, p := range spread.files {
		row, folders := int64(0), output.HiveValues(p.File)
		for r, err := range readRows(ctx, sink.store, p.File, kind) {
			if err != nil {
				return err
			}
			r.fill(kind, folders)
			s.part(r, place{i, int(row)}, row < spread.text, &largest)
			if row++; row >= spread.rows {
				break
			}
		}
		s.out.Kept.Rows += row
	}
	for _, x := range largest.list {
		s.out.Largest = append(s.out.Largest, *x.Sample)
	}
	if err := s.measure(ctx, sink, spread.files); err != nil {
		return err
	}
	s.settle()
	return s.texts(ctx, sink, spread.files)
}

// measure measures some of the kept documents anew, by the rules that there are.
func (s *surveyor) measure(ctx context.Context, sink sinkParts, files []stage.Part) error {
	at := map[place]*seen{}
	s.anew.list = s.anew.list[:toMeasure(len(s.anew.list), s.out.Kept.Rows)]
	for _, x := range s.anew.list {
		at[x.at] = x
	}
	panels := map[string]*gauge{}
	for _, g := range s.panels {
		if g.anew {
			panels[g.Column] = g
		}
	}
	if len(panels) == 0 {
		return nil
	}
	return s.eachText(ctx, sink, files, slices.Collect(maps.Keys(at)), func(p place, text string) {
		x := at[p]
		if x == nil || len(text) > measuredMax {
			return
		}
		d := &corpus.Document{ID: x.ID, URL: x.URL, Lang: x.Lang, Text: text, Origin: corpus.Origin{Source: x.source}}
		for _, r := range s.measures {
			for i, v := range r.Measure(d) {
				g := panels["sig_"+r.Stage+"_"+r.Columns[i]]
				if g == nil || math.IsNaN(v) || math.IsInf(v, 0) {
					continue
				}
				g.Remeasured++
				g.Kept = append(g.Kept, v)
				g.takeNear(v, true, func(v float64) *seen {
					return &seen{Sample: &Sample{ID: x.ID, URL: x.URL, Lang: x.Lang, Value: v, Size: x.Size}, hash: x.hash, at: x.at}
				})
			}
		}
	})
}

// toMeasure is how many of n chosen documents are measured anew where so many were kept:
// in a run of minutes the report is to take little of it.
func toMeasure(n int, kept int64) int {
	return min(n, int(max(measuredMin, min(kept/8, measuredAnew))))
}

// part takes a row of a part.
func (s *surveyor) part(r *outRow, at place, withText bool, largest *nearest) {
	hash := xxh3.HashString(r.ID)
	sample := func(v float64) *seen {
		return &seen{Sample: &Sample{ID: r.ID, URL: r.URL, Lang: r.Lang, Value: v, Size: r.ClusterSize}, hash: hash, at: at}
	}
	if r.ClusterSize > 1 {
		s.size(r.ClusterSize)
		x := sample(0)
		x.far = -float64(r.ClusterSize)
		largest.take(x, largestShown)
	}
	if losers := s.losers[r.ID]; losers != nil && withText {
		for _, l := range losers[:min(len(losers), 2)] {
			s.pairs[l.Stage] = append(s.pairs[l.Stage], &pairSeen{l, sample(0).Sample, at})
		}
	}
	if withText && len(s.measures) > 0 {
		x := sample(0)
		x.far, x.source = float64(hash), r.Source
		s.anew.take(x, measuredAnew)
	}
	s.values(r, withText, sample)
}

// size counts a cluster by its size: 2, 3 to 4, 5 to 8 and so on.
func (s *surveyor) size(n int64) {
	i := bits.Len64(uint64(n-1)) - 1
	for len(s.out.Sizes) <= i {
		s.out.Sizes = append(s.out.Sizes, 0)
	}
	s.out.Sizes[i]++
}

// values takes the stored values of a row.
func (s *surveyor) values(r *outRow, withText bool, sample func(float64) *seen) {
	var failed *LimitLine
	fails := 0
	for _, g := range s.panels {
		if g.Column == "" || g.anew {
			continue
		}
		v, err := strconv.ParseFloat(r.cells[g.Column], 64)
		if err != nil || math.IsInf(v, 0) {
			continue
		}
		passes := true
		for i := range g.Limits {
			l := &g.Limits[i]
			if g.Annotated && !l.passes(v) {
				passes = false
				l.Fails++
				fails++
				failed = l
			}
		}
		if passes {
			g.Kept = append(g.Kept, v)
		} else {
			g.Dropped = append(g.Dropped, v)
		}
		if withText && len(g.Limits) > 0 {
			g.takeNear(v, passes, sample)
		}
	}
	if fails == 1 {
		failed.Alone++
	}
}

// takeNear keeps the document if it is among those nearest to a limit of the panel.
func (g *gauge) takeNear(v float64, passes bool, sample func(float64) *seen) {
	if g.near == nil {
		g.near = make([]nearest, 2)
	}
	x := sample(v)
	x.far = math.Inf(1)
	for _, l := range g.Limits {
		x.far = min(x.far, math.Abs(v-l.Value))
	}
	side := 0
	if !passes {
		side = 1
	}
	g.near[side].take(x, nearShown)
}

// want says that the text of a row is to be read.
func (s *surveyor) want(at place, x *Sample) { s.wanted[at] = append(s.wanted[at], x) }

// settle decides which documents are shown, and wants their texts.
func (s *surveyor) settle() {
	for _, g := range s.panels {
		for side, n := range g.near {
			list := &g.NearKept
			if side == 1 {
				list = &g.NearDropped
			}
			first := len(*list)
			for _, x := range n.list {
				*list = append(*list, *x.Sample)
			}
			for i, x := range n.list { // the list does not move any more
				s.want(x.at, &(*list)[first+i])
			}
		}
	}
	for _, stage := range slices.Sorted(maps.Keys(s.pairs)) {
		list := s.pairs[stage]
		slices.SortStableFunc(list, func(a, b *pairSeen) int {
			return cmp.Or(cmp.Compare(b.survivor.Size, a.survivor.Size), cmp.Compare(xxh3.HashString(a.loser.ID), xxh3.HashString(b.loser.ID)))
		})
		last := ""
		list = slices.DeleteFunc(list, func(p *pairSeen) bool { // two of a cluster show what one does
			again := p.survivor.ID == last
			last = p.survivor.ID
			return again
		})
		s.pairs[stage] = list[:min(len(list), pairsShown)]
		for _, p := range s.pairs[stage] {
			s.want(p.at, p.survivor)
		}
	}
}

// texts reads the texts that are wanted.
func (s *surveyor) texts(ctx context.Context, sink sinkParts, files []stage.Part) error {
	return s.eachText(ctx, sink, files, slices.Collect(maps.Keys(s.wanted)), func(at place, text string) {
		for _, x := range s.wanted[at] {
			x.Text, x.Cut = head(text)
		}
	})
}

// eachText reads the texts of files, each up to the last of those places in it.
func (s *surveyor) eachText(ctx context.Context, sink sinkParts, files []stage.Part, at []place, see func(place, string)) error {
	if sink.InParts("text") == "" {
		return nil
	}
	last := make([]int, len(files))
	for _, p := range at {
		last[p.file] = max(last[p.file], p.row+1)
	}
	left := int64(textDecoded)
	for i, p := range files {
		row := 0
		if last[i] == 0 || left <= 0 {
			continue
		}
		for r, err := range readRows(ctx, sink.store, p.File, rowKind{[]string{"text"}, sink.InParts, false}) {
			if err != nil {
				return err
			}
			see(place{i, row}, r.Text)
			left -= int64(len(r.Text))
			if row++; row >= last[i] || left <= 0 {
				break
			}
		}
	}
	return nil
}

// close puts the panels and pairs in order.
func (s *surveyor) close() {
	order := map[string]int{}
	for i, st := range s.facts.Stats.Stages {
		order[st.Name] = i + 1
	}
	each := func(of int64, n int) float64 { return float64(of) / float64(max(n, 1)) }
	for _, g := range s.panels {
		g.KeptEach, g.DroppedEach = each(s.out.Kept.Of, int(s.out.Kept.Rows)), each(s.out.Dropped.Of, int(s.out.Dropped.Rows))
		switch {
		case g.anew:
			g.KeptEach = each(s.out.Kept.Of, len(s.anew.list))
		case g.Annotated:
			g.DroppedEach = g.KeptEach
		}
		if len(g.Dropped) > 0 || len(g.Kept) > 0 && !(g.anew && slices.Min(g.Kept) == slices.Max(g.Kept)) { // of a limit that nothing comes near
			s.out.Panels = append(s.out.Panels, g.Panel)
		}
	}
	slices.SortStableFunc(s.out.Panels, func(a, b *Panel) int { return cmp.Compare(order[a.Stage], order[b.Stage]) })
	for _, st := range s.facts.Stats.Stages {
		for _, p := range s.pairs[st.Name] {
			s.out.Pairs = append(s.out.Pairs, Pair{*p.survivor, *p.loser})
		}
	}
}

// Cause is what several records in quarantine have in common.
type Cause struct {
	Stage   string // "" of those that the source could not read
	Error   string // its first line, numbers as #
	Records int64
	Example ledger.QuarantineLine
}

const (
	causesRead = 50_000 // lines
	causesHeld = 2_000
)

var (
	digits = regexp.MustCompile(`[0-9]+`)
	quoted = regexp.MustCompile(`"[^"]*"`)
)

// causes groups what is in quarantine.
func (s *surveyor) causes(ctx context.Context, commits []*ledger.Commit) error {
	byCause := map[[2]string]*Cause{}
	read := 0
	for _, c := range commits {
		for _, file := range c.Files {
			if !strings.HasPrefix(file.Name, ledger.QuarantineFolder) || read >= causesRead {
				continue
			}
			err := s.folder.quarantine(ctx, file.Name, func(q ledger.QuarantineLine, _ int64) {
				read++
				first, _, _ := strings.Cut(q.Error, "\n")
				first = strings.ToValidUTF8(first[:min(len(first), 200)], "")
				key := [2]string{q.Stage, digits.ReplaceAllString(quoted.ReplaceAllString(first, `"…"`), "#")}
				x := byCause[key]
				if x == nil {
					if len(byCause) >= causesHeld {
						return
					}
					q.Error = first
					x = &Cause{Stage: key[0], Error: key[1], Example: q}
					byCause[key] = x
				}
				x.Records += max(q.Records, 1)
			})
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("quarantine: %w", err)
			}
		}
	}
	for _, x := range byCause {
		s.out.Causes = append(s.out.Causes, *x)
	}
	slices.SortFunc(s.out.Causes, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(b.Records, a.Records), cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Error, b.Error))
	})
	return nil
}
