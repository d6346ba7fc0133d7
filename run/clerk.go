package run

import (
	"math"
	"slices"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// tally counts what the stages of a section make of documents, and keeps those that
// they drop.
type tally struct {
	plan  *Plan
	sec   *Section
	at    []int // place in the section's statistics, by number of the stage
	out   *result
	guess struct{ text, lang string }
}

func newTally(pl *Plan, sec *Section) tally {
	return tally{plan: pl, sec: sec, at: sec.places(len(pl.steps))}
}

func (t *tally) begin(b *batch) {
	t.out = &result{stats: t.sec.newStats(), quarantine: b.quarantine}
}

func (t *tally) end() *result { return t.out }

func (t *tally) forget() { t.out, t.guess.text = nil, "" }

func (t *tally) leave() *draft   { return &draft{out: t.out} }
func (t *tally) resume(d *draft) { t.out = d.out }

// Visited counts a visit and reports whether the document goes on.
func (t *tally) Visited(v *flow.Visit) bool {
	d := v.Document
	if v.Err != nil {
		t.quarantined(v)
		return false
	}
	o := ledger.Outcome{Verdict: v.Verdict, Bypassed: v.Bypassed, Pieces: 1, BytesIn: v.BytesIn, BytesOut: flow.SizeOf(d),
		Units: ledger.UnitStats{In: int64(v.Cut.Units), Cut: int64(v.Cut.UnitsCut), BytesCut: int64(v.Cut.BytesCut)}}
	if v.Pieces != nil || v.Ended {
		o.Pieces, o.BytesOut = len(v.Pieces), 0
		for _, p := range v.Pieces {
			o.BytesOut += flow.SizeOf(p)
		}
	}
	o.Pieces += len(v.Dropped)
	for _, p := range v.Dropped {
		o.Dropped = append(o.Dropped, p.Verdict)
	}
	t.count(v, o)
	for _, p := range v.Dropped {
		t.rejected(v.Step, p.Document, p.Verdict)
	}
	if !v.Verdict.Kept() {
		t.rejected(v.Step, d, v.Verdict)
	}
	return v.Verdict.Kept()
}

func (t *tally) count(v *flow.Visit, o ledger.Outcome) {
	o.Lang, o.Source = t.langOf(v.Document), v.Document.Origin.Source
	account := t.out.stats.Stages[t.at[v.Step.Index]]
	account.Count(o)
	if v.Step.Switch != nil && !o.Quarantined {
		routed(v, account.Switch)
	}
}

// langOf is the document's language, or a cheap guess from its script.
func (t *tally) langOf(d *corpus.Document) string {
	if d.Lang != "" {
		return d.Lang
	}
	if d.Text == "" {
		return "und"
	}
	if t.guess.text != d.Text { // the same string costs one comparison of pointers
		t.guess.text, t.guess.lang = d.Text, "und-"+text.DominantScript(d.Text).String()
	}
	return t.guess.lang
}

func (t *tally) rejected(st *flow.Step, d *corpus.Document, v corpus.Verdict) {
	t.host(d, false)
	d.Rejection = &corpus.Rejection{Stage: st.Name, Verdict: v}
	d.Raw, d.Signals, d.Cells = nil, nil, nil
	tie := segment.TieOf(d)
	if d.Text != "" && float64(tie[1]>>11)/(1<<53) >= t.plan.TextSample {
		t.spare(d, [2]string{st.Name, v.Rule})
	}
	t.out.rejects = append(t.out.rejects, d)
}

// spareBytes is the longest text that is kept beside the sample: nobody reads more, and a
// row group of rejects would hold several.
const spareBytes = 1 << 20

// spare drops the text of a reject that the sample does not have, unless it is among the
// first of its rule in the batch: those of the task are found where batches are in order.
func (t *tally) spare(d *corpus.Document, rule [2]string) {
	if t.plan.TextSample == 0 || len(d.Text) > spareBytes || t.out.ruleTexts[rule] >= t.plan.TextPerRule {
		d.Text = ""
		return
	}
	if t.out.spare == nil {
		t.out.spare, t.out.ruleTexts = map[int]bool{}, map[[2]string]int{}
	}
	t.out.spare[len(t.out.rejects)] = true
	t.out.ruleTexts[rule]++
}

func (t *tally) quarantined(v *flow.Visit) {
	d := v.Document
	t.host(d, false)
	line := ledger.QuarantineLine{Shard: d.Origin.Source + "/" + d.Origin.Shard, Record: d.Origin.Record,
		Offset: d.Origin.Offset, ID: d.ID, URL: d.URL, Error: v.Err.Error()}
	if v.Step != nil {
		line.Stage = v.Step.Name
		t.count(v, ledger.Outcome{Quarantined: true, Pieces: 1, BytesIn: flow.SizeOf(d)})
	}
	t.out.quarantine = append(t.out.quarantine, line)
}

// host counts the document once, where its way ends.
func (t *tally) host(d *corpus.Document, kept bool) {
	host := d.Host()
	if host == "" {
		return
	}
	h := t.out.stats.Hosts.Of(host)
	h.Documents++
	if kept {
		h.Kept++
		h.Bytes += int64(len(d.Text))
	}
}

// through counts a document that passed the section.
func (t *tally) through(d *corpus.Document) {
	t.out.documents++
	t.out.textBytes += int64(len(d.Text))
}

// deliverer is the clerk of the last section: its documents are the output.
type deliverer struct{ tally }

// Done counts a document of the output, once, whatever sinks take it.
func (c *deliverer) Done(d *corpus.Document) {
	route := c.plan.route(d)
	c.host(d, route != 0)
	if route == 0 {
		c.out.stats.Unrouted++
		return
	}
	y := ledger.Yield{Documents: 1, Tokens: d.Tokens, Bytes: int64(len(d.Text)), Words: wordsOf(d)}
	for slot, s := range c.plan.Signals { // the last section has all of them
		if s.Type == corpus.Int && !math.IsNaN(d.Signals[slot]) {
			if y.Counts == nil {
				y.Counts = map[string]int64{}
			}
			y.Counts[s.Name] = int64(d.Signals[slot])
		}
	}
	c.out.stats.CountYield(c.langOf(d), d.Origin.Source, &y)
	for i, s := range c.plan.sinks {
		if route&(1<<i) != 0 && s.Name != "" {
			c.out.stats.CountSink(s.Name, &y)
		}
	}
	c.out.kept, c.out.routes = append(c.out.kept, d), append(c.out.routes, route)
	c.through(d)
}

// wordsOf is the number of words of a text: of those that the view has, unless they would
// take many times the text.
func wordsOf(d *corpus.Document) int64 {
	if len(d.Text) > stage.LargeBytes {
		return text.UAX29.CountWords(d.Text[:min(len(d.Text), text.MaxTextBytes)])
	}
	return int64(len(d.View().Words(text.UAX29)))
}

// storer is the clerk of a section that ends in a cut: it stores documents with their
// grouping keys.
type storer struct {
	tally
	packer       *segment.Compressor
	frame, index []byte
}

func newStorer(pl *Plan, sec *Section) *storer {
	return &storer{tally: newTally(pl, sec), packer: segment.NewCompressor()}
}

func (c *storer) begin(b *batch) {
	c.tally.begin(b)
	c.frame, c.index = c.frame[:0], c.index[:0]
	c.out.keys, c.out.sketches = make([][]keyRecord, len(c.sec.Cut)), make([][]byte, len(c.sec.Cut))
}

func (c *storer) forget() {
	c.tally.forget()
	c.frame, c.packer = nil, segment.NewCompressor()
}

// leave is asked before a document is stored: all wait for the last batched stage. That
// is the chain's affair, and would cost a copy where it were otherwise.
func (c *storer) leave() *draft {
	return &draft{out: c.out, frame: slices.Clone(c.frame), index: slices.Clone(c.index)}
}

func (c *storer) resume(d *draft) {
	c.out = d.out
	c.frame, c.index = append(c.frame[:0], d.frame...), append(c.index[:0], d.index...)
}

// Visited takes the keys of a grouping stage.
func (c *storer) Visited(v *flow.Visit) bool {
	if v.Err != nil {
		c.forgetKeys()
	}
	if v.Err != nil || v.Step.Grouping == nil || v.Role != flow.Work {
		return c.tally.Visited(v)
	}
	i, row := c.sec.column(v.Step), uint32(c.out.documents)
	var tie [2]uint64
	narrow := v.Step.Grouping.KeyBytes() == 8
	if narrow {
		tie = segment.TieOf(v.Document)
	}
	for n, k := range v.Keys {
		if narrow {
			k.Lo = tie[1] // members of a group come in an order of their own
		}
		part := uint32(0)
		if len(v.Parts) > 0 {
			part = v.Parts[n]
		}
		c.out.keys[i] = append(c.out.keys[i], keyRecord{k.Hi, k.Lo, row, part})
	}
	c.out.sketches[i] = append(c.out.sketches[i], v.Sketch...)
	return true
}

// forgetKeys takes back the keys of a document that failed half-way.
func (c *storer) forgetKeys() {
	row := uint32(c.out.documents)
	for i := range c.out.keys {
		c.out.keys[i] = slices.DeleteFunc(c.out.keys[i], func(k keyRecord) bool { return k.row == row })
		c.out.sketches[i] = c.out.sketches[i][:int(row)*c.sec.Cut[i].Grouping.SketchBytes]
	}
}

// Done stores the document and its index row.
func (c *storer) Done(d *corpus.Document) {
	ranks := make([]corpus.Rank, len(c.sec.Cut))
	for i, st := range c.sec.Cut {
		ranks[i] = st.Grouping.Rank(d)
	}
	if size := flow.SizeOf(d); size > stage.LargeBytes { // its growth would take as much again
		c.frame = slices.Grow(c.frame, int(size+beside(d))+4<<10)
	}
	c.frame = segment.AppendDocument(c.frame, d)
	c.index = segment.AppendIndexRow(c.index, segment.IndexRow{Tie: segment.TieOf(d), Weight: max(d.ClusterSize, 1), Ranks: ranks, ID: d.ID})
	c.through(d)
}

func (c *storer) end() *result {
	if c.out.documents > 0 {
		c.out.frame = c.packer.Compress(make([]byte, 0, len(c.frame)/2), c.frame)
		c.out.index = c.packer.Compress(nil, c.index)
	}
	return c.out
}
