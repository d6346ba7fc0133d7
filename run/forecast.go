package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/stage"
)

// How much is read for a forecast: so many shards of each source, spread over them, and the
// first documents of each.
const (
	forecastShards    = 4
	forecastDocuments = 256
	forecastBytes     = 8 << 20
)

// Forecast says for each stage that makes documents by a server what that will cost about: it
// reads some documents of each source, takes them through the stages before, and asks nobody.
// Stages that ask servers and those that work across documents are passed. Without such a
// stage it reads nothing.
func (pl *Plan) Forecast(ctx context.Context) (lines []string, err error) {
	defer func() { err = pl.Pipeline.secrets.err(err) }()
	for _, st := range pl.steps {
		f, ok := st.Object.(stage.Forecaster)
		if !ok {
			continue
		}
		sum, read, lost := stage.Spending{}, 0, error(nil)
		for _, src := range pl.sources {
			got, err := pl.forecast(ctx, src, st, f)
			if err != nil {
				return lines, err
			}
			sum.Add(got.cost)
			read, lost = read+got.documents, cmp.Or(lost, got.lost)
		}
		if read == 0 {
			lines = append(lines, withoutForecast(st.Name, lost))
			continue
		}
		lines = append(lines, fmt.Sprintf("forecast %s: %s, by %d documents of the input", st.Name, f.Estimate(sum), read))
	}
	return lines, nil
}

// withoutForecast says why nothing is known of the cost: nothing that was looked at has a
// document.
func withoutForecast(name string, lost error) string {
	line := fmt.Sprintf("forecast %s: none, as no file that was looked at has a document", name)
	if lost != nil {
		line += fmt.Sprintf(": %v", lost)
	}
	return line
}

// tasted is what was read of a source for a forecast.
type tasted struct {
	cost      stage.Spending // of the whole source
	documents int
	lost      error // what could not be read, the first of it
}

// tellForecast tells the forecast before a run. What cannot be read now is an error of the
// task that reads it.
func (pl *Plan) tellForecast(ctx context.Context) error {
	if pl.Options.listOnly || pl.Options.Only != "" {
		return nil
	}
	lines, err := pl.Forecast(ctx)
	for _, line := range lines {
		pl.log.Warn(line)
	}
	if ctx.Err() != nil {
		return err
	}
	return nil
}

// forecast is that of one source: what some of its shards cost, by their share of its bytes.
func (pl *Plan) forecast(ctx context.Context, src openSource, st *flow.Step, f stage.Forecaster) (got tasted, err error) {
	shards, err := pl.shards(ctx, src)
	if err != nil {
		return got, err
	}
	total := int64(0)
	for _, x := range shards {
		total += max(x.Size, 1)
	}
	seen := 0.0
	for i := range min(forecastShards, len(shards)) {
		shard := shards[i*len(shards)/min(forecastShards, len(shards))]
		x := &taster{shard: shard}
		if err := src.src.Read(ctx, shard, x); err != nil && !errors.Is(err, errTasted) {
			return got, fmt.Errorf("source %s: %s: %w", src.Name, shard, err)
		}
		got.documents += len(x.docs)
		got.lost = cmp.Or(got.lost, x.lost)
		seen += x.share() * float64(max(shard.Size, 1))
		for _, d := range x.docs {
			src.place(d, len(pl.Input))
		}
		docs, err := pl.arriving(st, x.docs)
		if err != nil {
			return got, err
		}
		for _, d := range docs {
			got.cost.Add(f.Forecast(d))
		}
	}
	if seen == 0 {
		return got, nil
	}
	by := max(float64(total)/seen, 1)
	s := got.cost
	got.cost = stage.Spending{Requests: int64(by * float64(s.Requests)), PromptTokens: int64(by * float64(s.PromptTokens)), CompletionTokens: int64(by * float64(s.CompletionTokens))}
	return got, nil
}

// arriving are those of some documents that come to a stage and that it would ask about.
func (pl *Plan) arriving(st *flow.Step, docs []*corpus.Document) ([]*corpus.Document, error) {
	var links []flow.Link
	for _, before := range pl.steps[:st.Index] {
		_, scores := before.Object.(stage.Scorer)
		_, makes := before.Object.(stage.Generator)
		if !scores && !makes && !before.Checkpoint {
			links = append(links, flow.Link{Step: before})
		}
	}
	chain := flow.New(passerby{}, len(pl.Signals), append(links, flow.Link{Step: st})...)
	var list []*corpus.Document
	for batch := range slices.Chunk(docs, batchDocuments) {
		p := chain.Begin(batch)
		if err := chain.Err(); err != nil {
			return nil, err
		}
		if !p.Waits() {
			continue
		}
		come := p.Documents()
		for i, chosen := range flow.Chosen(st.Object.(stage.Generator), come) {
			if chosen {
				list = append(list, come[i])
			}
		}
	}
	return list, nil
}

// passerby is an observer that writes nothing down.
type passerby struct{}

// Visited implements flow.Observer.
func (passerby) Visited(v *flow.Visit) bool { return v.Err == nil && v.Verdict.Kept() }

// Done implements flow.Observer.
func (passerby) Done(*corpus.Document) {}

var errTasted = errors.New("enough was read for a forecast")

// taster is a feed that takes the first documents.
type taster struct {
	shard corpus.Shard
	docs  []*corpus.Document
	bytes int64
	last  int64 // offset of the last one
	full  bool
	lost  error
}

func (t *taster) Document(d *corpus.Document) error {
	t.shard.Own(d)
	if len(t.docs) == forecastDocuments || t.bytes > forecastBytes {
		t.full, t.last = true, d.Origin.Offset
		return errTasted
	}
	t.docs = append(t.docs, d)
	t.bytes += flow.SizeOf(d)
	return nil
}

func (*taster) Skip(string)        {}
func (*taster) Note(string, int64) {}
func (*taster) Large() error       { return nil }

// Quarantine keeps the first loss.
func (t *taster) Quarantine(e *corpus.RecordError) {
	if t.lost == nil {
		t.lost = e
	}
}

// share is how much of the shard was read: by the place of the last document, or else by the
// bytes of those that were read.
func (t *taster) share() float64 {
	size := float64(max(t.shard.Size, 1))
	switch {
	case !t.full:
		return 1
	case t.last > 0:
		return min(float64(t.last)/size, 1)
	}
	return min(float64(t.bytes)/size, 1)
}
