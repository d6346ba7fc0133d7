package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/stage"
)

// assembleTask runs the last section over a part group: consecutive segments,
// planned from their committed text bytes, so that a shard of new documents
// sorted last rewrites only the last group.
type assembleTask struct {
	engine   *Engine
	sec      *Section
	pass     string
	key      string
	group    int
	segments []*ledger.Commit
	edits    []*resolved
}

// partGroups cuts the segments into groups of about partBytes of text.
func partGroups(segments []*ledger.Commit, partBytes int64) [][]*ledger.Commit {
	var groups [][]*ledger.Commit
	var sum int64
	for _, c := range segments {
		if len(groups) == 0 || sum > 0 && sum+c.TextBytes > partBytes {
			groups = append(groups, nil)
			sum = 0
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], c)
		sum += c.TextBytes
	}
	return groups
}

func (t *assembleTask) run(ctx context.Context, p *pool) (c *ledger.Commit, err error) {
	pl := t.engine.plan
	c = &ledger.Commit{Pass: t.pass, Key: t.key, Label: fmt.Sprintf("group %d", t.group), Stats: pl.newStats()}
	side := newSideFiles(pl, t.pass, t.key)
	out := &partWriter{sink: pl.sink, group: t.group, schema: corpus.PartSchema(pl.Signals), commit: c}
	defer func() { err = errors.Join(err, out.abort(), side.abort()) }()
	consume := func(r *result) error {
		t.engine.progress.add(r)
		c.Stats.Add(r.stats)
		c.Documents += r.documents
		c.TextBytes += r.textBytes
		if err := side.add(ctx, r); err != nil {
			return err
		}
		return out.add(ctx, r.kept)
	}
	read := t.engine.segmentInput(t.sec, t.segments, t.edits)
	if err := p.stream(ctx, func(ctx context.Context, emit func(*batch) error) error { return read(ctx, emit, nil) }, consume); err != nil {
		return nil, err
	}
	if err := out.finish(ctx); err != nil {
		return nil, err
	}
	c.Stats.Hosts.Cut()
	return c, side.commit(ctx, c)
}

// partWriter writes the parts of one group; a part is closed when its text
// reaches the sink's size.
type partWriter struct {
	sink   stage.Sink
	schema corpus.Schema
	group  int
	commit *ledger.Commit
	w      stage.Writer
	bytes  int64
}

func (p *partWriter) add(ctx context.Context, docs []*corpus.Document) (err error) {
	for len(docs) > 0 {
		if p.w == nil {
			name := fmt.Sprintf("part-%05d-%03d", p.group, len(p.commit.Parts))
			if p.w, err = p.sink.Create(ctx, name, p.schema); err != nil {
				return err
			}
		}
		n := 0
		for n < len(docs) && p.bytes < p.sink.PartBytes() {
			p.bytes += int64(len(docs[n].Text))
			n++
		}
		if err := p.w.Write(docs[:n]); err != nil {
			return err
		}
		docs = docs[n:]
		if p.bytes >= p.sink.PartBytes() {
			if err := p.finish(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *partWriter) finish(ctx context.Context) error {
	if p.w == nil {
		return nil
	}
	part, err := p.w.Commit(ctx)
	if err != nil {
		return err
	}
	p.w, p.bytes = nil, 0
	p.commit.Parts = append(p.commit.Parts, part)
	return nil
}

func (p *partWriter) abort() error {
	if p.w == nil {
		return nil
	}
	return p.w.Abort()
}
