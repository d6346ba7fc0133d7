package stage

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/corpusmill/corpusmill/corpus"
)

// Documents yields all documents of a source, shard by shard, for use without an
// engine. A record that could not be read is yielded as a [*corpus.RecordError] without
// a document, and reading goes on; any other error is the last. Records that are none
// of the source's business are passed over.
func Documents(ctx context.Context, src Source) iter.Seq2[*corpus.Document, error] {
	return func(yield func(*corpus.Document, error) bool) {
		shards, err := src.Shards(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, shard := range shards {
			f := &puller{shard: shard, yield: yield}
			if err := src.Read(ctx, shard, f); f.done {
				return
			} else if err != nil {
				yield(nil, fmt.Errorf("%s: %w", shard, err))
				return
			}
		}
	}
}

// puller is a Feed that hands on what somebody ranges over.
type puller struct {
	shard corpus.Shard
	yield func(*corpus.Document, error) bool
	done  bool
}

var errDone = errors.New("nobody ranges over the documents any more")

func (p *puller) Document(d *corpus.Document) error {
	if p.done {
		return errDone
	}
	p.shard.Own(d)
	if p.done = !p.yield(d, nil); p.done {
		return errDone
	}
	return nil
}

func (*puller) Skip(string) {}

func (*puller) Note(string, int64) {}
func (*puller) Large() error       { return nil }

func (p *puller) Quarantine(e *corpus.RecordError) {
	if !p.done {
		p.done = !p.yield(nil, e)
	}
}
