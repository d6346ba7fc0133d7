package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
)

// listing is what the list task commits, and the versions of the shards that have one:
// they are compared with those that finished tasks saw, and go nowhere else.
func (pl *Plan) listing(ctx context.Context, t plan.Task) (*ledger.Commit, versions, error) {
	c := &ledger.Commit{Head: plan.Head{Pass: t.Pass, Kind: t.Kind, Key: t.Key, Label: t.Label}}
	of, names := versions{}, map[string]string{}
	for _, src := range pl.sources {
		shards, err := pl.shards(ctx, src)
		if err != nil {
			return nil, nil, err
		}
		c.Shards = slices.Grow(c.Shards, len(shards))
		for _, s := range shards {
			c.Shards = append(c.Shards, compact(listed(s), names))
			if s.Version != "" {
				of[hashOf(s.String())] = s.Version
			}
		}
	}
	return c, of, nil
}

// versions are those of shards (store.Object), by the hash of <source>/<name>: a run has
// millions. Of two with one hash one is read again.
type versions map[uint64]string

func (v versions) of(s plan.Shard) string { return v[hashOf(shardName(s))] }

// listed is a shard as the plan knows it.
func listed(s corpus.Shard) plan.Shard {
	return plan.Shard{Source: s.Source, Name: s.Name, Size: s.Size, Stamp: s.Stamp, Path: s.Path}
}

func listedAll(shards []corpus.Shard) (list []plan.Shard) {
	for _, s := range shards {
		list = append(list, listed(s))
	}
	return list
}

// compact is a shard that holds its name as a part of its path, and the source's with all
// others.
func compact(s plan.Shard, names map[string]string) plan.Shard {
	if known, ok := names[s.Source]; ok {
		s.Source = known
	} else {
		names[s.Source] = s.Source
	}
	if strings.HasSuffix(s.Path, s.Name) {
		s.Name = s.Path[len(s.Path)-len(s.Name):]
	}
	return s
}

// publishListing writes the listing in place of an older one.
func (e *Engine) publishListing(ctx context.Context, c *ledger.Commit) error {
	old, err := e.plan.ledger.FindListing(ctx, c.Pass, c.Key, c.Shards)
	if errors.Is(err, ledger.ErrDamaged) {
		old, err = nil, e.plan.ledger.Revoke(ctx, c.Pass, c.Key)
	}
	if err != nil {
		return err
	}
	if old != nil && sameListing(old, c) {
		return nil
	}
	if old != nil {
		e.warnMoved(old, c)
		if err := e.plan.ledger.Revoke(ctx, c.Pass, c.Key); err != nil {
			return err
		}
	}
	return e.plan.ledger.Publish(ctx, c)
}

// warnMoved tells of input that lies elsewhere under its old name, once a source: a branch of
// a data set that is another commit now is one.
func (e *Engine) warnMoved(old, now *ledger.Commit) {
	type shard struct{ source, name string }
	places, told := map[shard]string{}, map[string]bool{}
	for _, s := range old.Shards {
		places[shard{s.Source, s.Name}] = s.Path
	}
	for _, s := range now.Shards {
		if was := places[shard{s.Source, s.Name}]; was != "" && was != s.Path && !told[s.Source] {
			told[s.Source] = true
			e.plan.log.Warn("the input lies elsewhere than in the run before, and what changed is read anew", "source", s.Source, "file", s.Path, "before", was)
		}
	}
}

func sameListing(a, b *ledger.Commit) bool {
	return slices.Equal(a.Shards, b.Shards)
}

// shards lists the input of a source, sorted by name. Input that is not there is
// a mistake in the pipeline.
func (pl *Plan) shards(ctx context.Context, src openSource) ([]corpus.Shard, error) {
	shards, err := src.src.Shards(ctx)
	if err == nil && len(shards) == 0 {
		err = fs.ErrNotExist
	}
	if errors.Is(err, fs.ErrNotExist) && src.node != nil {
		return nil, src.node.Errorf("source %s: %v", src.Name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", src.Name, err)
	}
	slices.SortFunc(shards, func(a, b corpus.Shard) int { return strings.Compare(a.Name, b.Name) })
	for i := range shards {
		shards[i].Source = src.Name
	}
	return shards, nil
}
