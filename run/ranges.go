package run

import (
	"context"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/stage"
)

// rangeInput reads a range of a shard from where the range before it ended, and leaves in
// the commit where this one does.
func (e *Engine) rangeInput(src openSource, in stage.Resumer, t plan.Task, c *ledger.Commit) input {
	return func(ctx context.Context, out intake, s *ledger.Stats) error {
		cut := &batcher{out: out}
		defer cut.small()
		f := e.plan.newFeed(cut, s.Source(src.Name), &src, t.Work.Shards[0])
		if t.Work.Shards[0].Aside {
			f.pass()
			return nil
		}
		begin, err := e.begin(ctx, in, t)
		if err != nil {
			return f.ofShard(ctx, err)
		}
		err = f.take(func() error {
			next, err := in.ReadFrom(ctx, f.shard, begin, f)
			// A first range that goes on in a second one has a record that could be read.
			c.Next = &plan.Place{Offset: next.Offset, Record: next.Record, Decoded: next.Decoded, Skip: next.Skip}
			f.part = f.shard.From > 0 || next.Offset < f.shard.Size
			return err
		})
		if err != nil {
			return f.ofShard(ctx, err)
		}
		seen, err := f.watch.seen(ctx, begin.Offset, c.Next.Offset)
		if err != nil {
			return f.ofShard(ctx, err)
		}
		c.Seen = []ledger.Seen{seen}
		return cut.flush()
	}
}

// begin is where the range of a task begins: where the task before it says, if it is
// committed. Else what lies before is read once more, and nothing of it taken.
func (e *Engine) begin(ctx context.Context, in stage.Resumer, t plan.Task) (corpus.Place, error) {
	if t.Work.After == "" {
		return corpus.Place{}, nil
	}
	c, err := e.committed(ctx, t.Pass, t.Work.After)
	if err != nil {
		return corpus.Place{}, err
	}
	if c != nil && c.Next != nil {
		return corpus.Place{Offset: c.Next.Offset, Record: c.Next.Record, Decoded: c.Next.Decoded, Skip: c.Next.Skip}, nil
	}
	before, err := e.task(ctx, t.Pass, t.Work.After)
	if err != nil {
		return corpus.Place{}, err
	}
	at, err := e.begin(ctx, in, before)
	if err != nil {
		return corpus.Place{}, err
	}
	return in.ReadFrom(ctx, corpusShard(before.Work.Shards[0]), at, nothing{})
}

// nothing is a feed that takes nothing.
type nothing struct{}

func (nothing) Document(*corpus.Document) error { return nil }
func (nothing) Skip(string)                     {}
func (nothing) Note(string, int64)              {}
func (nothing) Quarantine(*corpus.RecordError)  {}
func (nothing) Large() error                    { return nil }

// roots gives each task the key of the first range of its file, its own where it reads
// no range in order: what one process takes.
func roots(tasks []plan.Task) []string {
	list, of := make([]string, len(tasks)), map[string]string{}
	for i, t := range tasks {
		list[i] = t.Key
		if root, ok := of[t.Work.After]; ok {
			list[i] = root
		}
		of[t.Key] = list[i]
	}
	return list
}

// chains groups tasks, by their numbers, that are run one after the other.
func chains(tasks []plan.Task, numbers []int) [][]int {
	var list [][]int
	for _, i := range numbers {
		n := len(list) - 1
		if after := tasks[i].Work.After; after != "" && n >= 0 && tasks[list[n][len(list[n])-1]].Key == after {
			list[n] = append(list[n], i)
			continue
		}
		list = append(list, []int{i})
	}
	return list
}
