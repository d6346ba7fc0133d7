package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/store"
)

// Gatherer fetches what sources read, before they are listed.
type Gatherer interface {
	// Gather fetches, or goes on where it stopped, and returns the files that are there
	// then. Say is called with how far it is.
	Gather(ctx context.Context, say func(line string)) ([]GatheredFile, error)
}

// GatheredFile is a file that was fetched.
type GatheredFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// gathered is what the run folder has of it: with it, nothing is fetched again by the same
// settings.
type gathered struct {
	Key   string         `json:"key"`
	Files []GatheredFile `json:"files"`
}

// gather carries the crawl block out, once: the first process of a run does, the others
// wait for it. What can be wrong with the rest of the pipeline is found before.
func (a *App) gather(ctx context.Context, p *Pipeline, o Options) error {
	if p.Crawl == nil || o.listOnly || o.Only != "" {
		return nil
	}
	pl, err := a.Plan(ctx, p, o)
	if err == nil {
		err = errors.Join(pl.CheckMemory(), pl.Close())
	}
	if err != nil {
		return err
	}
	env := a.env(p, o)
	st, err := env.Stores.Open(ctx, o.Dir)
	if err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	l := &ledger.Ledger{Store: st}
	sum := sha256.Sum256([]byte(config.KeyText(p.Crawl)))
	want := gathered{Key: hex.EncodeToString(sum[:16])}
	for {
		var got gathered
		err := l.ReadSealed(ctx, ledger.GatheredFile, &got)
		if err == nil && got.Key == want.Key {
			return nil
		}
		if err != nil && !errors.Is(err, store.ErrNotExist) && !errors.Is(err, ledger.ErrFileDamaged) {
			return err
		}
		if o.Rank == 0 {
			break
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
	obj, err := a.Crawl.OpenExact(ctx, p.Crawl, env)
	if err != nil {
		return err
	}
	g, ok := obj.(Gatherer)
	if !ok {
		return fmt.Errorf("crawl: %T fetches nothing", obj)
	}
	say := func(line string) {
		if o.Progress != nil {
			o.Progress(Progress{Pass: "crawl", Line: line})
		}
	}
	if want.Files, err = g.Gather(ctx, say); err != nil {
		return fmt.Errorf("crawl: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return l.WriteSealed(ctx, ledger.GatheredFile, want)
}
