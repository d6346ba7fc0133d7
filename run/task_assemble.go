package run

import (
	"context"
	"errors"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/stage"
)

// assembleTask runs the last section over a part group and writes its parts.
type assembleTask struct {
	engine *Engine
	sec    *Section
	group  int
	input  input
}

func (t *assembleTask) run(ctx context.Context, p *pool, c *product) (err error) {
	pl := t.engine.plan
	c.stats = t.sec.newStats()
	side := newSideFiles(pl, c.Commit)
	out := &partWriter{sink: pl.sink, set: pl.Pipeline.Sink.Append, group: t.group, schema: corpus.PartSchema(pl.Signals), commit: c.Commit}
	defer func() { err = errors.Join(err, out.abort(), side.abort()) }()
	consume := func(r *result) error {
		t.engine.progress.add(r)
		c.stats.Add(r.stats)
		c.Documents += r.documents
		c.TextBytes += r.textBytes
		if err := side.add(ctx, r); err != nil {
			return err
		}
		return out.add(ctx, r.kept)
	}
	if err := p.stream(ctx, func(ctx context.Context, emit func(*batch) error) error { return t.input(ctx, emit, nil) }, consume); err != nil {
		return err
	}
	if err := out.finish(ctx); err != nil {
		return err
	}
	c.stats.Hosts.Cut()
	return side.commit(ctx)
}

// partWriter writes the parts of one group; a part is closed when its text
// reaches the sink's size.
type partWriter struct {
	sink   stage.Sink
	schema corpus.Schema
	set    string
	group  int
	commit *ledger.Commit
	w      stage.Writer
	bytes  int64
}

func (p *partWriter) add(ctx context.Context, docs []*corpus.Document) (err error) {
	for len(docs) > 0 {
		if p.w == nil {
			name := output.PartName(p.set, p.group, len(p.commit.Parts), p.commit.Key)
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
