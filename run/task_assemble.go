package run

import (
	"context"
	"errors"
	"fmt"
)

// assembleTask runs the last section over a part group and writes its parts, of all sinks.
type assembleTask struct {
	engine *Engine
	sec    *Section
	group  int
	keys   map[string]string // that stand in the names of the parts, by sink
	input  input
}

func (t *assembleTask) run(ctx context.Context, p *pool, c *product) (err error) {
	pl := t.engine.plan
	c.stats = t.sec.newStats()
	side := newSideFiles(pl, c.Commit)
	takers := make([]taker, len(pl.sinks))
	for i, s := range pl.sinks {
		key, ok := t.keys[s.Name]
		if !ok {
			return fmt.Errorf("task %s knows no %s", c.Key, s.called())
		}
		takers[i] = newTaker(pl, s, t.group, key)
	}
	defer func() {
		err = errors.Join(err, side.abort())
		for _, x := range takers {
			err = errors.Join(err, x.abort())
		}
	}()
	consume := func(r *result) error {
		t.engine.progress.add(r)
		c.stats.Add(r.stats)
		c.Documents += r.documents
		c.TextBytes += r.textBytes
		if err := side.add(ctx, r); err != nil {
			return err
		}
		for i, x := range takers {
			if err := x.add(ctx, r.routed(i)); err != nil {
				return err
			}
		}
		return nil
	}
	if err := p.stream(ctx, func(ctx context.Context, out intake) error { return t.input(ctx, out, nil) }, consume); err != nil {
		return err
	}
	for _, x := range takers {
		parts, err := x.finish(ctx)
		if err != nil {
			return err
		}
		c.Parts = append(c.Parts, parts...)
	}
	c.stats.Hosts.Cut()
	return side.commit(ctx)
}
