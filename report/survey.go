package report

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/stage"
)

// What a survey reads at most, whatever the run: it is to take seconds and a few dozen
// megabytes.
const (
	surveyRows   = 200_000   // of parts, and of rejects
	surveyCells  = 4_000_000 // rows times columns of parts
	surveyFiles  = 48        // of parts, and of rejects
	surveyText   = 48 << 20  // stored bytes of the parts whose texts are looked at, and of rejects
	nearShown    = 3         // texts on either side of a limit
	textShown    = 1500      // bytes of a text that a report shows
	losersHeld   = 4000      // duplicates with a text whose survivor is looked for
	pairsShown   = 4         // pairs of survivor and loser of a stage
	largestShown = 20        // clusters, by size
	textDecoded  = 256 << 20 // bytes of the texts that are read, of parts and of rejects
	measuredAnew = 1000      // kept documents; of fewer than eight times as many an eighth
	measuredMin  = 250       // of them
	measuredMax  = 256 << 10 // bytes of such a document
)

// Survey is what a bounded sample of the rows of a run shows: the same rows each time.
type Survey struct {
	// Kept and Dropped say how many rows of the parts and of the rejects were looked at.
	Kept, Dropped Seen
	// Sink is the one whose parts were read; Blind says why none were.
	Sink  string
	Blind string
	// Panels are the values that were stored or held against a limit.
	Panels []*Panel
	// Pairs are duplicates beside their survivors, Largest the largest clusters seen, and
	// Sizes how many clusters have how many documents: 2, 3 to 4, 5 to 8 and so on.
	Pairs   []Pair
	Largest []Sample
	Sizes   []int64
	// Example is a document that lost to another, for those who ask why.
	Example *Sample
	Causes  []Cause
}

// Seen is how much of the rows was looked at.
type Seen struct{ Rows, Of int64 }

// Whole reports whether all rows were looked at.
func (s Seen) Whole() bool { return s.Rows >= s.Of }

// Panel is one value: of a stored column, of the rejects of a rule, or of both.
type Panel struct {
	Stage, Name string
	Column      string // of the parts; "" where the value is not stored
	// Annotated says that the stage kept all documents: those on the far side of a limit
	// are in the parts too.
	Annotated bool
	// Remeasured is how many kept documents were measured anew for it, by their text in the
	// parts: the run has not stored the values.
	Remeasured int
	Limits     []LimitLine
	// Kept are the values in the parts, Dropped those in the rejects.
	Kept, Dropped []float64
	// KeptEach and DroppedEach are how many documents of all a value stands for.
	KeptEach, DroppedEach float64
	// Near are the texts nearest to the limits.
	NearKept, NearDropped []Sample
}

// LimitLine is a limit of a panel.
type LimitLine struct {
	Rule    string // that the rejects name, "" where none has it
	Setting string // that holds it, "" where that is not known
	Value   float64
	Least   bool // values below it are dropped; else those above
	Strict  bool // so are values that equal it
	// Of an annotated stage: how many of the rows seen are on the far side, and how many of
	// these are on the near side of all other limits.
	Fails, Alone int64
}

// passes reports whether a value is on the near side.
func (l LimitLine) passes(v float64) bool {
	if l.Least {
		return v >= l.Value
	}
	return v <= l.Value
}

// Words say what passes, such as "at least 50".
func (l LimitLine) Words() string {
	switch {
	case l.Least && l.Strict:
		return "above"
	case l.Least:
		return "at least"
	case l.Strict:
		return "below"
	}
	return "at most"
}

// Sample is a document with a text, whole or its beginning.
type Sample struct {
	ID, URL, Lang string
	Stage, Rule   string
	Detail        string
	Value         float64
	Size          int64 // of its cluster
	Text          string
	Cut           bool // the text goes on
}

// Pair is a duplicate and the document that it lost to.
type Pair struct{ Survivor, Loser Sample }

// head keeps of a text what a report shows.
func head(text string) (string, bool) {
	if len(text) <= textShown {
		return strings.ToValidUTF8(text, "\uFFFD"), false
	}
	return strings.ToValidUTF8(text[:textShown], ""), true
}

// survey looks at rows of the rejects, then of the parts.
func (f *Folder) survey(ctx context.Context, x *Facts, commits []*ledger.Commit, read Reading) (*Survey, error) {
	s := &surveyor{folder: f, facts: x, measures: read.Rules, out: &Survey{}, losers: map[string][]*Sample{}, wanted: map[place][]*Sample{}}
	if read.Bare {
		s.out.Blind = "the run had little memory (--memory); corpusmill report reads them"
	} else if err := s.rows(ctx, commits); err != nil {
		return nil, err
	}
	if err := s.causes(ctx, commits); err != nil {
		return nil, err
	}
	s.close()
	return s.out, nil
}

// rows looks at rejects and parts.
func (s *surveyor) rows(ctx context.Context, commits []*ledger.Commit) error {
	if err := s.openPanels(ctx); err != nil {
		return err
	}
	if err := s.rejects(ctx, commits); err != nil || s.facts.Running != nil {
		return err
	}
	return s.parts(ctx)
}

// place is a row of a file.
type place struct{ file, row int }

// surveyor makes a survey.
type surveyor struct {
	folder  *Folder
	facts   *Facts
	out     *Survey
	panels  []*gauge
	columns []string // of the parts, beside the fixed ones
	rules   map[[2]string]*ruleSeen
	losers  map[string][]*Sample // by the document that they lost to
	held    int
	wanted  map[place][]*Sample // of parts: whose texts are read
	pairs   map[string][]*pairSeen

	measures []Rule
	anew     nearest // documents that these measure
}

// gauge is a panel with what is nearest to its limits so far.
type gauge struct {
	*Panel
	anew bool      // its values are measured anew
	near []nearest // by limit: kept, and dropped of an annotated stage
}

// nearest are the documents that are nearest to a limit, on one side.
type nearest struct{ list []*seen }

type seen struct {
	*Sample
	source string
	far    float64
	limit  float64
	hash   uint64
	at     place
}

// take keeps a document if it is among the n nearest.
func (n *nearest) take(x *seen, most int) {
	order := func(a, b *seen) int {
		return cmp.Or(-cmp.Compare(min(len(a.Text), 1), min(len(b.Text), 1)), cmp.Compare(a.far, b.far), cmp.Compare(a.hash, b.hash), cmp.Compare(a.ID, b.ID))
	}
	if len(n.list) == most && order(x, n.list[most-1]) >= 0 {
		return
	}
	i, _ := slices.BinarySearchFunc(n.list, x, order)
	n.list = slices.Insert(n.list, i, x)
	n.list = n.list[:min(len(n.list), most)]
}

// openPanels makes a panel of each stored column, with the limits that the settings of its
// stage have for it: those called min_ or max_ and its name.
func (s *surveyor) openPanels(ctx context.Context) error {
	if len(s.folder.parts) == 0 || s.facts.Running != nil {
		return nil
	}
	for _, sink := range s.folder.parts {
		if !readable(sink.Def) {
			continue
		}
		s.out.Sink = sink.Name
		columns, err := s.folder.Columns(ctx, sink.Name)
		if errors.Is(err, ErrReplaced) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, c := range columns {
			if name, ok := strings.CutPrefix(c.Name, "sig_"); ok {
				s.add(s.panel(c.Name, name), false)
			}
		}
		break
	}
	for _, r := range s.measures {
		for _, c := range r.Columns {
			p := s.panel("sig_"+r.Stage+"_"+c, r.Stage+"_"+c)
			if len(p.Limits) > 0 && !slices.Contains(s.columns, p.Column) {
				s.add(p, true)
			}
		}
	}
	for _, st := range s.folder.Pipeline.Stages {
		if st.Def != "language" || st.settings.Get("keep") == nil {
			continue
		}
		p := &Panel{Stage: st.Instance(), Name: langScore, Column: langScore}
		for _, field := range st.settings.Get("keep").Fields {
			if v, err := strconv.ParseFloat(field.Value.Scalar, 64); err == nil {
				p.Limits = append(p.Limits, LimitLine{Setting: "keep: " + field.Key, Value: v, Least: true})
			}
		}
		slices.SortStableFunc(p.Limits, func(a, b LimitLine) int { return cmp.Compare(a.Value, b.Value) })
		for i := len(p.Limits) - 1; i > 0; i-- { // one line for languages of one limit
			if a, b := &p.Limits[i-1], p.Limits[i]; a.Value == b.Value {
				a.Setting += ", " + strings.TrimPrefix(b.Setting, "keep: ")
				p.Limits = slices.Delete(p.Limits, i, i+1)
			}
		}
		s.add(p, false)
	}
	return nil
}

func readable(sink string) bool { return slices.Contains([]string{"parquet", "arrow", "jsonl"}, sink) }

// add opens a panel; with anew its column is not in the parts.
func (s *surveyor) add(p *Panel, anew bool) {
	s.panels = append(s.panels, &gauge{Panel: p, anew: anew})
	if p.Column != "" && !anew {
		s.columns = append(s.columns, p.Column)
	}
}

// panel makes that of a column sig_<stage>_<name>.
func (s *surveyor) panel(column, name string) *Panel {
	p := &Panel{Name: name, Column: column}
	var of Part
	for _, st := range s.folder.Pipeline.Stages {
		in := st.Instance()
		if rest, ok := strings.CutPrefix(name, in+"_"); ok && len(in) > len(p.Stage) {
			p.Stage, p.Name, of = in, rest, st
		}
	}
	if p.Stage != "" {
		p.Annotated = of.Setting("annotate") == "true"
		for i, key := range []string{"min_" + p.Name, "max_" + p.Name} {
			if v, err := strconv.ParseFloat(of.Setting(key), 64); err == nil {
				p.Limits = append(p.Limits, LimitLine{Setting: key, Value: v, Least: i == 0})
			}
		}
	}
	return p
}

// spread picks files evenly, most of them, and says how many rows of each to read.
type spread struct {
	files []stage.Part
	rows  int64 // of each
	text  int64 // of each, rows whose text is read
	of    int64 // rows of all files there are
}

// evenly spreads what a survey may read over files.
func evenly(files []stage.Part, columns int) spread {
	var s spread
	var stored, rows int64
	for _, p := range files {
		s.of += p.Rows
	}
	n := min(len(files), surveyFiles)
	for i := range n {
		p := files[i*len(files)/n]
		s.files = append(s.files, p)
		stored, rows = stored+p.Bytes, rows+p.Rows
	}
	if n == 0 {
		return s
	}
	budget := int64(min(surveyRows, surveyCells/max(columns, 1)))
	s.rows = share(s.files, budget)
	s.text = s.rows
	if stored > surveyText {
		s.text = min(s.rows, max(1, share(s.files, int64(float64(rows)*surveyText/float64(stored)))))
	}
	return s
}

// share is how many rows of each file may be read so that all are at most the budget: what
// small files leave goes to the large ones.
func share(files []stage.Part, budget int64) int64 {
	sizes := make([]int64, len(files))
	for i, p := range files {
		sizes[i] = p.Rows
	}
	slices.Sort(sizes)
	for i, n := range sizes {
		left := int64(len(sizes) - i)
		if n*left > budget {
			return budget / left
		}
		budget -= n
	}
	return math.MaxInt64
}

// ruleSeen is what the rejects say of a rule.
type ruleSeen struct {
	stage, rule string
	limits      map[float64]int64
	values      []float64
	held        []float64 // the limit of each value
	samples     []*seen
}

// rejects reads values, limits and texts of the rejects.
func (s *surveyor) rejects(ctx context.Context, commits []*ledger.Commit) error {
	var files []stage.Part
	for _, c := range commits {
		files = append(files, c.Rejects...)
	}
	plan := evenly(files, 8)
	s.out.Dropped.Of = plan.of
	s.rules = map[[2]string]*ruleSeen{}
	left := int64(textDecoded)
	for _, p := range plan.files {
		row, kind := int64(0), dropped
		if left <= 0 { // values alone
			kind.columns = slices.DeleteFunc(slices.Clone(kind.columns), func(c string) bool { return c == "text" })
		}
		for r, err := range readRows(ctx, s.folder.rejects, p.File, kind) {
			if errors.Is(err, ErrUnreadable) || errors.Is(err, fs.ErrNotExist) && s.facts.Running != nil {
				break
			}
			if err != nil {
				return err
			}
			left -= int64(len(r.Text))
			s.reject(r, row < plan.text)
			if row++; row >= plan.rows {
				break
			}
		}
		s.out.Dropped.Rows += row
	}
	for _, key := range sortedRules(s.rules) {
		s.place(s.rules[key])
	}
	return nil
}

func sortedRules(rules map[[2]string]*ruleSeen) [][2]string {
	var keys [][2]string
	for k := range rules {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return keys
}

// limitsOfRule is how many different limits of a rule are told apart.
const limitsOfRule = 8

// reject takes one of the rejects.
func (s *surveyor) reject(r *outRow, withText bool) {
	if s.facts.Auditing[r.Stage] {
		return
	}
	x := &Sample{ID: r.ID, URL: r.URL, Lang: r.Lang, Stage: r.Stage, Rule: r.Rule, Detail: r.Detail}
	if withText {
		x.Text, x.Cut = head(r.Text)
	}
	if s.facts.Grouping[r.Stage] {
		if s.out.Example == nil && r.Detail != "" {
			s.out.Example = x
		}
		if x.Text != "" && r.Detail != "" && s.held < losersHeld {
			s.losers[r.Detail] = append(s.losers[r.Detail], x)
			s.held++
		}
		return
	}
	key := [2]string{r.Stage, r.Rule}
	rule := s.rules[key]
	if rule == nil {
		rule = &ruleSeen{stage: r.Stage, rule: r.Rule, limits: map[float64]int64{}}
		s.rules[key] = rule
	}
	if r.Value == nil || r.Limit == nil {
		return
	}
	x.Value = *r.Value
	if _, ok := rule.limits[*r.Limit]; ok || len(rule.limits) < limitsOfRule {
		rule.limits[*r.Limit]++
	}
	rule.values, rule.held = append(rule.values, x.Value), append(rule.held, *r.Limit)
	if x.Text != "" {
		n := nearest{rule.samples}
		n.take(&seen{Sample: x, far: math.Abs(x.Value - *r.Limit), limit: *r.Limit, hash: xxh3.HashString(x.ID)}, nearShown)
		rule.samples = n.list
	}
}

// place puts what is known of a rule into the panel of its value, or into one of its own.
func (s *surveyor) place(r *ruleSeen) {
	limit, ok := r.limit()
	if !ok {
		return
	}
	p := s.match(r, limit)
	if p == nil {
		p = &Panel{Stage: r.stage, Name: r.rule, Limits: []LimitLine{{Rule: r.rule, Value: limit, Least: r.least(limit), Strict: r.strict(limit)}}}
		s.add(p, false)
	}
	for i, v := range r.values {
		if asked(p, r.held[i]) {
			p.Dropped = append(p.Dropped, v)
		}
	}
	for _, x := range r.samples {
		if asked(p, x.limit) {
			p.NearDropped = append(p.NearDropped, *x.Sample)
		}
	}
}

// langScore is the column of the certainty of a language.
const langScore = "lang_score"

// asked reports whether a value was held against a limit of the panel: languages that are
// not asked for have none.
func asked(p *Panel, limit float64) bool { return p.Column != langScore || limit > 0 }

// limit is what most of the rejects were held against.
func (r *ruleSeen) limit() (limit float64, ok bool) {
	most := int64(0)
	for l, n := range r.limits {
		if n > most || n == most && l < limit {
			limit, most = l, n
		}
	}
	return limit, most > 0
}

// least reports whether the rule drops what is below the limit.
func (r *ruleSeen) least(limit float64) bool {
	below := 0
	for i, v := range r.values {
		if v < r.held[i] {
			below++
		}
	}
	return below*2 > len(r.values)
}

// strict reports whether the rule drops the limit itself.
func (r *ruleSeen) strict(limit float64) bool {
	for i, v := range r.values {
		if v == limit && r.held[i] == limit {
			return true
		}
	}
	return false
}

// match finds the panel of a rule's value: that of its name, or the only one of its stage
// that has the limit.
func (s *surveyor) match(r *ruleSeen, limit float64) *Panel {
	var found []*Panel
	var lines []*LimitLine
	for _, g := range s.panels {
		if g.Stage != r.stage || g.Column == "" {
			continue
		}
		if g.Column == langScore {
			return g.Panel
		}
		for i := range g.Limits {
			l := &g.Limits[i]
			if l.Value != limit || l.Least != r.least(limit) {
				continue
			}
			if g.Name == r.rule {
				l.Rule = r.rule
				return g.Panel
			}
			found, lines = append(found, g.Panel), append(lines, l)
		}
	}
	best, second := -1, 0
	for i, p := range found { // of several the one whose name has most words of the rule's
		n := alike(r.rule, p.Name)
		switch {
		case best < 0 || n > alike(r.rule, found[best].Name):
			if best >= 0 {
				second = alike(r.rule, found[best].Name)
			}
			best = i
		default:
			second = max(second, n)
		}
	}
	if best < 0 || len(found) > 1 && alike(r.rule, found[best].Name) == second {
		return nil
	}
	lines[best].Rule = r.rule
	return found[best]
}

// alike counts the words that two names have in common, but for ratio.
func alike(a, b string) (n int) {
	words := func(s string) (list []string) {
		for w := range strings.SplitSeq(s, "_") {
			list = append(list, strings.TrimSuffix(w, "s"))
		}
		return list
	}
	other := words(b)
	for _, w := range words(a) {
		if w != "ratio" && slices.Contains(other, w) {
			n++
		}
	}
	return n
}

// sink is the one whose parts are read.
func (s *surveyor) sink() (sinkParts, bool) {
	for _, p := range s.folder.parts {
		if p.Name == s.out.Sink && readable(p.Def) {
			return p, true
		}
	}
	return sinkParts{}, false
}
