package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// batch is the unit of transport between a reader and the workers. Batches are
// cut by the reader alone, so that they are the same at any worker count.
type batch struct {
	docs       []*corpus.Document
	quarantine []ledger.QuarantineLine // of the reader, before these documents
	bytes      int64
	largest    int64 // of the documents
	alone      bool  // nothing else is in flight, and this takes all of it
}

// Limits of a batch.
const (
	batchDocuments = 128
	batchBytes     = 2 << 20
)

// input yields the documents of a task in order.
type input func(ctx context.Context, out intake, s *ledger.Stats) error

// batcher cuts documents into batches.
type batcher struct {
	b      *batch
	out    intake
	alone  bool  // the reader waited for a large record
	failed error // of what takes the batches
}

// large is told before a record is held that is larger than others, or a part of a file
// that may hold one: no other is read or worked on meanwhile. It returns at once where
// the reader has waited already.
func (c *batcher) large() error {
	if c.alone {
		return nil
	}
	err := c.out.alone()
	c.alone, c.failed = err == nil, err
	return err
}

// small ends that where no document came of it.
func (c *batcher) small() {
	if c.alone {
		c.alone = false
		c.out.again()
	}
}

func (c *batcher) add(d *corpus.Document) error {
	if c.b == nil {
		c.b = &batch{}
	}
	size := flow.SizeOf(d) + beside(d)
	if size > stage.LargeBytes { // of a source that could not know
		if err := c.large(); err != nil {
			return err
		}
	}
	c.b.docs = append(c.b.docs, d)
	c.b.bytes += size
	c.b.largest = max(c.b.largest, size)
	if len(c.b.docs) < batchDocuments && c.b.bytes < batchBytes {
		return nil
	}
	return c.flush()
}

// beside is what a document holds beside its text and raw bytes.
func beside(d *corpus.Document) int64 {
	n := len(d.Extra) + len(d.Header)
	for i := range d.Cells {
		n += len(d.Cells[i].Str)
	}
	return int64(n)
}

func (c *batcher) flush() error {
	b := c.b
	c.b = nil
	if b == nil {
		c.small()
		return nil
	}
	b.alone, c.alone = c.alone, false
	c.failed = c.out.emit(b)
	return c.failed
}

// shardFeed is the Feed of one shard: it counts, limits and samples. Shards of a pack
// share the batcher.
type shardFeed struct {
	*batcher
	plan   *Plan
	source *openSource
	shard  corpus.Shard
	stats  *ledger.SourceStats // of the task
	taken  int64               // documents of the shard
	part   bool                // not all of the shard is read
	read   bool                // a record of the shard could be read, whatever became of it
	worst  corpus.Loss         // of its errors
	bytes  int64               // lost
	watch  watch
	err    error // of an emit that Quarantine could not return
}

// errLimit ends the reading of a shard at --limit.
var errLimit = errors.New("limit reached")

func (f *shardFeed) Document(d *corpus.Document) error {
	o := f.plan.Options
	f.read = true
	if f.err != nil {
		return f.err
	}
	if o.Limit > 0 && f.taken >= o.Limit {
		return errLimit
	}
	f.source.place(d, len(f.plan.Input))
	f.shard.Own(d)
	if o.Sample > 0 && f.plan.draw(d) >= o.Sample {
		f.Skip("not sampled")
		return nil
	}
	f.stats.Read++
	f.stats.Documents++
	f.taken++
	return f.add(d)
}

// Large implements stage.Feed.
func (f *shardFeed) Large() error { return f.large() }

// draw is the document's lot, 0..1, by a hash of seed and ID: a larger sample holds
// a smaller.
func (pl *Plan) draw(d *corpus.Document) float64 {
	h := segment.TieOf(d)[0] ^ pl.Seed*0x9E3779B97F4A7C15
	h ^= h >> 29
	h *= 0xBF58476D1CE4E5B9
	return float64((h^h>>32)>>11) / (1 << 53)
}

// Watch implements stage.Watcher.
func (f *shardFeed) Watch(s store.Store) store.Store { return f.watch.through(s) }

func (f *shardFeed) Skip(reason string) {
	f.read = true
	f.small()
	f.stats.Read++
	f.stats.Skipped[reason]++
}

func (f *shardFeed) Note(reason string, records int64) { f.stats.Noted[reason] += records }

func (f *shardFeed) Quarantine(e *corpus.RecordError) {
	f.small()
	f.read = f.read || e.Loss == corpus.LossContent
	f.worst = max(f.worst, e.Loss)
	f.bytes += e.Bytes
	f.stats.Read += max(e.Records, 1)
	f.stats.Quarantined += max(e.Records, 1)
	if e.Shard == "" {
		e.Shard = f.shard.String()
	}
	if f.b == nil {
		f.b = &batch{}
	}
	f.b.quarantine = append(f.b.quarantine, ledger.Quarantined(e))
	if len(f.b.quarantine) >= batchDocuments && f.err == nil {
		f.err = f.flush()
	}
}

// end counts what of the shard was lost: all of it, where none of its bytes are a
// record. Of a range alone nobody can say that.
func (f *shardFeed) end() {
	switch {
	case !f.read && f.worst == corpus.LossRecord && f.part:
	case !f.read && f.worst > corpus.LossContent && f.shard.From == 0:
		f.stats.ShardsLost++
		f.stats.SeeDamaged(f.shard.Name)
		f.bytes = max(f.bytes, f.shard.Size)
	case f.worst == corpus.LossRest:
		f.stats.ShardsCut++
		f.stats.SeeDamaged(f.shard.Name)
	}
	f.stats.BytesLost += f.bytes
}

// packInput reads the shards of a pack, one after the other. Batches run on from shard to
// shard: what is in a batch hangs on the pack alone.
func (pl *Plan) packInput(src openSource, pack []plan.Shard, c *ledger.Commit) input {
	return func(ctx context.Context, out intake, s *ledger.Stats) error {
		cut := &batcher{out: out}
		defer cut.small()
		for _, x := range pack {
			f := pl.newFeed(cut, s.Source(src.Name), &src, x)
			if x.Aside {
				f.pass()
				c.Seen = append(c.Seen, ledger.Seen{})
				continue
			}
			if err := f.take(func() error { return src.src.Read(ctx, f.shard, f) }); err != nil {
				return f.ofShard(ctx, err)
			}
			seen, err := f.watch.seen(ctx, 0, f.shard.Size)
			if err != nil {
				return f.ofShard(ctx, err)
			}
			c.Seen = append(c.Seen, seen)
		}
		return cut.flush()
	}
}

func (pl *Plan) newFeed(cut *batcher, s *ledger.SourceStats, src *openSource, x plan.Shard) *shardFeed {
	f := &shardFeed{batcher: cut, plan: pl, source: src, stats: s, shard: corpusShard(x), part: x.To > 0}
	f.watch.shard, f.watch.sums, f.watch.count = f.shard, store.NewChecksums(f.shard.Size), &pl.inputRead
	return f
}

func corpusShard(x plan.Shard) corpus.Shard {
	return corpus.Shard{Source: x.Source, Name: x.Name, Size: x.Size, Stamp: x.Stamp, Path: x.Path, From: x.From, To: x.To}
}

// pass counts a shard that is set aside.
func (f *shardFeed) pass() {
	if f.shard.From == 0 {
		f.stats.ShardsFailed++
	}
}

// take counts the shard and what reading it gives.
func (f *shardFeed) take(read func() error) error {
	if f.shard.From == 0 {
		f.stats.Shards++
		f.stats.BytesStored += max(f.shard.Size, 0)
	}
	err := read()
	if changed := f.watch.changed(); changed != nil {
		return changed // and not what the reader made of it
	}
	if f.watch.part = errors.Is(err, errLimit); err != nil && !f.watch.part {
		return fmt.Errorf("%s: %w", f.shard, err)
	}
	if f.err == nil {
		f.end()
	}
	return f.err
}
