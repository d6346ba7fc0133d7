package page

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/report"
)

// What tables show at most; each says how many rows more there are.
const (
	rulesShown  = 60
	groupsShown = 25
	columnsOf   = 8 // languages or sources side by side
	hostsShown  = 12
	tasksShown  = 15
	causesShown = 30
)

// view is what the template shows.
type view struct {
	Name, Dir, Program, Run string // Run is quoted for a shell
	Version                 string
	Facts                   *report.Facts
	Stats                   *ledger.Stats
	Read                    int64 // documents of all sources
	Parts                   int
	Quarantined             int64
	Questions               []question
	Funnel                  []funnelRow
	Phases                  phases
	Rules                   []ruleRow
	MoreRules               int
	AloneKnown              bool
	Groups                  []groups
	Panels                  []panelView
	MorePanels              int
	Remeasured              bool // of some values, kept documents
	Sampled                 string
	Hosts                   []hostTable
	HostsCut                bool
	Duplicates              duplicates
	Yields                  []yields
	Sentences               []string
	Chart                   template.HTML
	Time                    times
	Causes                  []report.Cause
	MoreCauses              int
	Changes                 *report.Changes
	Plan                    string
	PlanCut                 bool
}

// question is one of those that the first screen answers.
type question struct {
	Q, Lead, Text string
	Command       string
	Link, LinkTo  string
}

// maker fills a view.
type maker struct {
	view
	room room
}

func newView(x *report.Facts, o Options, room room) *view {
	m := &maker{view: view{Name: x.Name, Dir: x.Dir, Program: cmp.Or(o.Program, "corpusmill"), Run: quote(x.Dir), Facts: x, Stats: x.Stats,
		Quarantined: x.Stats.QuarantinedSum(), Changes: o.Against}, room: room}
	for _, s := range x.Stats.Sources {
		m.Read += s.Documents
	}
	for _, s := range x.Sinks {
		m.Parts += len(s.Files)
	}
	if len(x.Timings) > 0 {
		m.Version = x.Timings[0].Version
	}
	m.Plan = x.Plan
	if len(m.Plan) > room.plan {
		m.Plan, m.PlanCut = strings.ToValidUTF8(m.Plan[:room.plan], ""), true
	}
	if o.Sizing != nil && x.Sizing != nil {
		var chart string
		lines, svg := o.Sizing(x.Sizing)
		for _, line := range lines { // a terminal's: what runs on is indented
			if n := len(m.Sentences); n > 0 && strings.HasPrefix(line, "  ") {
				m.Sentences[n-1] += " " + strings.TrimSpace(line)
				continue
			}
			m.Sentences = append(m.Sentences, line)
		}
		chart = svg
		m.Chart = template.HTML(chart)
	}
	m.funnel()
	m.phases()
	m.Groups = []groups{m.groups("lang", "Language"), m.groups("source", "Source")}
	m.panels()
	m.hosts()
	m.duplicates()
	m.Yields = []yields{m.yields("lang", "Language"), m.yields("source", "Source")}
	m.times()
	m.Causes = x.Survey.Causes[:min(len(x.Survey.Causes), causesShown)]
	m.MoreCauses = len(x.Survey.Causes) - len(m.Causes)
	m.questions()
	return &m.view
}

// funnelRow is a stage on the way.
type funnelRow struct {
	Name, Case                string
	In, Kept, Dropped, Broken int64
	Split                     int64
	Total                     int64 // the widest stage
	Note                      string
}

// ruleRow is a rule of a stage.
type ruleRow struct {
	Stage, Rule  string
	Dropped, In  int64
	Alone, Fails int64 // of documents seen
	HasAlone     bool
}

// funnel fills the rows of stages and of rules.
func (m *maker) funnel() {
	most := m.Read
	for _, st := range m.Stats.Stages {
		most = max(most, st.In+st.Split)
	}
	alone := map[[2]string]report.LimitLine{}
	for _, p := range m.Facts.Survey.Panels {
		for _, l := range p.Limits {
			if p.Annotated {
				alone[[2]string{p.Stage, cmp.Or(l.Rule, l.Setting)}] = l
			}
		}
	}
	for _, st := range m.Stats.Stages {
		row := funnelRow{Name: st.Name, In: st.In, Split: st.Split, Kept: st.Kept, Dropped: st.RejectedSum(), Broken: st.Quarantined, Total: most}
		if st.Branch != nil {
			row.Case = st.Branch.String() + " of " + st.Branch.Switch
		}
		if st.Switch != nil {
			var parts []string
			for _, b := range st.Branches() {
				parts = append(parts, cmp.Or(b.Case, "default")+" "+grouped(st.Switch.Of(b)))
			}
			row.Note = "by " + st.Switch.By + ": " + strings.Join(parts, ", ")
		}
		if u := st.Units; u != nil {
			row.Note = fmt.Sprintf("cut %s of %s lines or windows, %s", grouped(u.Cut), grouped(u.In), size(u.BytesCut))
		}
		m.Funnel = append(m.Funnel, row)
		for _, rule := range slices.Sorted(maps.Keys(st.Rejected)) {
			m.Rules = append(m.Rules, ruleRow{Stage: st.Name, Rule: rule, Dropped: st.Rejected[rule], In: st.In})
		}
	}
	slices.SortStableFunc(m.Rules, func(a, b ruleRow) int { return cmp.Compare(b.Dropped, a.Dropped) })
	for _, key := range slices.SortedFunc(maps.Keys(alone), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		l := alone[key]
		m.AloneKnown = true
		m.Rules = append(m.Rules, ruleRow{Stage: key[0], Rule: key[1], In: int64(m.Facts.Survey.Kept.Rows), Alone: l.Alone, Fails: l.Fails, HasAlone: true})
	}
	if n := len(m.Rules); n > rulesShown {
		m.Rules, m.MoreRules = m.Rules[:rulesShown], n-rulesShown
	}
}

// groups is the funnel of each language or source.
type groups struct {
	By, Title string
	Rows      []groupRow
	More      int
	Columns   []string  // the largest groups
	Matrix    []laneRow // stages
}

// groupRow is a language or a source.
type groupRow struct {
	Name     string
	In, Kept int64
	Losses   []loss
}

// loss is what a rule took of a group.
type loss struct {
	Stage, Rule string
	N           int64
}

// Name is the rule with its stage, once where both are called the same.
func (l loss) Name() string {
	if l.Stage == l.Rule {
		return cutName(l.Stage)
	}
	return cutName(l.Stage + " " + l.Rule)
}

// laneRow is a stage, with what it dropped of each of the largest groups.
type laneRow struct {
	Stage string
	Cells []laneCell
}

type laneCell struct{ In, Dropped int64 }

// groups fills the funnel by language or source. What a group had at first is what the stage
// saw that had most of it: before a language is known, documents count by their script.
func (m *maker) groups(by, title string) groups {
	g := groups{By: by, Title: title}
	rows := map[string]*groupRow{}
	for _, st := range m.Stats.Stages {
		for name, f := range st.By[by] {
			r := rows[name]
			if r == nil {
				r = &groupRow{Name: name}
				rows[name] = r
			}
			r.In = max(r.In, f.In+f.Split)
			for rule, n := range f.Rejected {
				r.Losses = append(r.Losses, loss{st.Name, rule, n})
			}
		}
	}
	for name, r := range rows { // of those not known yet the stages saw many that later were
		if by == "lang" && strings.HasPrefix(name, "und") {
			r.In = 0
			for _, l := range r.Losses {
				r.In += l.N
			}
			if y := m.Stats.By[by][name]; y != nil {
				r.In += y.Documents
			}
		}
	}
	for name, y := range m.Stats.By[by] {
		if rows[name] == nil {
			rows[name] = &groupRow{Name: name, In: y.Documents}
		}
		rows[name].Kept = y.Documents
	}
	for _, name := range slices.SortedFunc(maps.Keys(rows), func(a, b string) int {
		return cmp.Or(cmp.Compare(rows[b].Kept, rows[a].Kept), cmp.Compare(rows[b].In, rows[a].In), cmp.Compare(a, b))
	}) {
		r := rows[name]
		if by == "lang" && r.Kept == 0 && strings.HasPrefix(name, "und") && len(r.Losses) == 0 {
			continue // a script that later became a language
		}
		slices.SortFunc(r.Losses, func(a, b loss) int {
			return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Rule, b.Rule))
		})
		r.Losses = r.Losses[:min(len(r.Losses), 3)]
		g.Rows = append(g.Rows, *r)
	}
	if n := len(g.Rows); n > groupsShown {
		g.Rows, g.More = g.Rows[:groupsShown], n-groupsShown
	}
	for _, r := range g.Rows[:min(len(g.Rows), columnsOf)] {
		g.Columns = append(g.Columns, r.Name)
	}
	for _, st := range m.Stats.Stages {
		row := laneRow{Stage: st.Name}
		for _, name := range g.Columns {
			var c laneCell
			if f := st.By[by][name]; f != nil {
				c.In = f.In + f.Split
				for _, n := range f.Rejected {
					c.Dropped += n
				}
			}
			row.Cells = append(row.Cells, c)
		}
		g.Matrix = append(g.Matrix, row)
	}
	return g
}

// tongue is the name of a language for people, where it is none.
func tongue(name string) string {
	switch {
	case name == "und":
		return "not known"
	case strings.HasPrefix(name, "und-"):
		return "not known (" + strings.TrimPrefix(name, "und-") + ")"
	}
	return name
}

// Label is the name of the group for people.
func (r groupRow) Label() string { return tongue(r.Name) }

// panelView is a panel with its chart.
type panelView struct {
	*report.Panel
	Histogram Histogram
	Flag      bool // its values tell yes from no: there is nothing to draw
	Open      bool
	NearKept  []nearView
	NearDrop  []nearView
	KeptNote  string
	ID        string
}

type nearView struct {
	report.Sample
	HTML template.HTML
}

func (m *maker) cut(s report.Sample) report.Sample {
	s.ID, s.URL = cutName(s.ID), cutName(s.URL)
	if len(s.Text) > m.room.text {
		s.Text, s.Cut = strings.ToValidUTF8(s.Text[:m.room.text], ""), true
	}
	return s
}

func (m *maker) near(list []report.Sample) (out []nearView) {
	for _, s := range list {
		s = m.cut(s)
		out = append(out, nearView{s, preview(s)})
	}
	return out
}

// panels draws the values.
func (m *maker) panels() {
	list := m.Facts.Survey.Panels
	m.MorePanels = max(0, len(list)-m.room.panels)
	for i, p := range list[:min(len(list), m.room.panels)] {
		v := panelView{Panel: p, ID: fmt.Sprintf("v%d", i), NearKept: m.near(p.NearKept), NearDrop: m.near(p.NearDropped), Flag: flag(p)}
		if v.Flag && len(v.NearDrop) == 0 {
			continue // nothing to draw and nothing to read
		}
		if !v.Flag {
			v.Histogram = histogram(p, v.ID)
		}
		if p.Remeasured > 0 {
			m.Remeasured = true
		} else if p.Column == "" {
			v.KeptNote = "The values of kept documents are not stored: annotate: true on the stage stores them, and keeps all documents."
		}
		m.Panels = append(m.Panels, v)
	}
	seen := m.Facts.Survey
	if !seen.Kept.Whole() || !seen.Dropped.Whole() {
		m.Sampled = fmt.Sprintf("Values and texts come from %s of %s rows of the parts and %s of %s rejects, the same rows each time; all counts are of all documents.",
			grouped(seen.Kept.Rows), grouped(seen.Kept.Of), grouped(seen.Dropped.Rows), grouped(seen.Dropped.Of))
	}
}

// flag reports whether the values only tell yes from no: whole numbers of at most 2.
func flag(p *report.Panel) bool {
	if p.Column != "" {
		return false
	}
	for _, v := range p.Dropped {
		if v != 0 && v != 1 && v != 2 {
			return false
		}
	}
	for _, l := range p.Limits {
		if l.Value != 0 && l.Value != 1 {
			return false
		}
	}
	return true
}

// hostTable is the hosts with most of something.
type hostTable struct {
	Title string
	Rows  []hostRow
	Of    int64
}

type hostRow struct {
	Host string
	N    int64
}

func (m *maker) hosts() {
	h := m.Stats.Hosts
	m.HostsCut = len(h) >= ledger.HostsMax
	for _, t := range []struct {
		title string
		of    func(*ledger.HostStats) int64
	}{
		{"In", func(s *ledger.HostStats) int64 { return s.Documents }},
		{"Kept", func(s *ledger.HostStats) int64 { return s.Kept }},
		{"Dropped", func(s *ledger.HostStats) int64 { return s.Documents - s.Kept }},
	} {
		table := hostTable{Title: t.title}
		names := slices.SortedFunc(maps.Keys(h), func(a, b string) int { return cmp.Or(cmp.Compare(t.of(h[b]), t.of(h[a])), cmp.Compare(a, b)) })
		for _, name := range names {
			n := t.of(h[name])
			table.Of += n
			if n > 0 && len(table.Rows) < hostsShown {
				table.Rows = append(table.Rows, hostRow{name, n})
			}
		}
		m.Hosts = append(m.Hosts, table)
	}
}

// duplicates is what the stages that compare documents found.
type duplicates struct {
	In, Dropped int64
	Stages      []funnelRow
	Sizes       []sizeRow
	Largest     []report.Sample
	Pairs       []pairView
}

type sizeRow struct {
	Label string
	N     int64
	Most  int64
}

type pairView struct {
	report.Pair
	Diff template.HTML
}

func (m *maker) duplicates() {
	d := &m.Duplicates
	for _, row := range m.Funnel {
		if !m.Facts.Grouping[row.Name] || m.Facts.Auditing[row.Name] {
			continue
		}
		d.Stages = append(d.Stages, row)
		if d.In == 0 {
			d.In = row.In
		}
		d.Dropped += row.Dropped
	}
	s := m.Facts.Survey
	most := int64(0)
	for _, n := range s.Sizes {
		most = max(most, n)
	}
	for i, n := range s.Sizes {
		label := "2"
		if i > 0 {
			label = grouped(1<<i+1) + " to " + grouped(2<<i)
		}
		d.Sizes = append(d.Sizes, sizeRow{label, n, most})
	}
	for _, x := range s.Largest {
		d.Largest = append(d.Largest, m.cut(x))
	}
	for _, p := range s.Pairs {
		p.Survivor, p.Loser = m.cut(p.Survivor), m.cut(p.Loser)
		d.Pairs = append(d.Pairs, pairView{p, diffHTML(p.Loser.Text, p.Survivor.Text, p.Loser.Cut || p.Survivor.Cut)})
	}
}

// yields are tokens and text by language or source.
type yields struct {
	Title string
	Rows  []yieldRow
	More  int
	Rest  yieldRow
}

type yieldRow struct {
	Name string
	*ledger.Yield
	Of int64 // tokens of all, or documents where nothing counts tokens
	N  int64
}

func (m *maker) yields(by, title string) yields {
	t := yields{Title: title}
	all := m.Stats.By[by]
	measure := func(y *ledger.Yield) int64 {
		if m.Stats.Tokens > 0 {
			return y.Tokens
		}
		return y.Documents
	}
	names := slices.SortedFunc(maps.Keys(all), func(a, b string) int { return cmp.Or(cmp.Compare(measure(all[b]), measure(all[a])), cmp.Compare(a, b)) })
	rest := &ledger.Yield{}
	for i, name := range names {
		if i >= groupsShown {
			rest.Add(all[name])
			t.More++
			continue
		}
		label := name
		if by == "lang" {
			label = tongue(name)
		}
		t.Rows = append(t.Rows, yieldRow{label, all[name], measure(&m.Stats.Yield), measure(all[name])})
	}
	t.Rest = yieldRow{Name: fmt.Sprintf("%d more", t.More), Yield: rest, Of: measure(&m.Stats.Yield), N: measure(rest)}
	return t
}

// times is what was measured.
type times struct {
	Processes []report.Timings
	Wall      float64
	Stages    []stageTime
	Sum       float64
	Slowest   []report.TaskSeconds
	Peak      int64
}

type stageTime struct {
	Name    string
	Seconds float64
	In      int64
	Per     string // microseconds a document
	N, Of   int64  // microseconds, for the bar
}

func (m *maker) times() {
	t := &m.Time
	t.Processes = m.Facts.Timings[:min(len(m.Facts.Timings), groupsShown)]
	sums := map[string]float64{}
	for _, p := range m.Facts.Timings {
		t.Wall, t.Peak = max(t.Wall, p.WallSeconds), max(t.Peak, p.PeakRSS)
		for _, s := range p.Stages {
			sums[s.Name] += s.Seconds
			t.Sum += s.Seconds
		}
		t.Slowest = append(t.Slowest, p.Slowest...)
	}
	for _, st := range m.Stats.Stages {
		s, ok := sums[st.Name]
		if !ok {
			continue
		}
		row := stageTime{Name: st.Name, Seconds: s, In: st.In, N: int64(s * 1e6), Of: int64(t.Sum * 1e6)}
		if st.In > 0 {
			row.Per = figure(roundTo(s/float64(st.In)*1e6, 3)) + " µs"
		}
		t.Stages = append(t.Stages, row)
	}
	slices.SortStableFunc(t.Stages, func(a, b stageTime) int { return cmp.Compare(b.Seconds, a.Seconds) })
	slices.SortStableFunc(t.Slowest, func(a, b report.TaskSeconds) int { return cmp.Compare(b.Seconds, a.Seconds) })
	t.Slowest = t.Slowest[:min(len(t.Slowest), tasksShown)]
}
