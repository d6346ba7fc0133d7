package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/internal/folderlock"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/stage"
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

// gather carries the crawl block out, once: one process of a run does, the others
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
	say := func(line string) {
		if o.Progress != nil {
			o.Progress(Progress{Pass: "crawl", Line: line})
		}
	}
	for told := false; ; told = true {
		var got gathered
		err := l.ReadSealed(ctx, ledger.GatheredFile, &got)
		if err == nil && got.Key == want.Key {
			return nil
		}
		if err != nil && !errors.Is(err, store.ErrNotExist) && !errors.Is(err, ledger.ErrFileDamaged) {
			return err
		}
		want.Files, err = a.crawl(ctx, p, env, say)
		if err == nil {
			break
		}
		if !errors.Is(err, folderlock.ErrHeld) {
			return err
		}
		if !told {
			say("another process crawls: this one waits for it")
		}
		if err := pauseFor(ctx, pollMax); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return l.WriteSealed(ctx, ledger.GatheredFile, want)
}

// crawl opens the crawl block and carries it out.
func (a *App) crawl(ctx context.Context, p *Pipeline, env *stage.Env, say func(string)) ([]GatheredFile, error) {
	obj, err := a.Crawl.OpenExact(ctx, p.Crawl, env)
	if err != nil {
		return nil, err
	}
	g, ok := obj.(Gatherer)
	if !ok {
		return nil, fmt.Errorf("crawl: %T fetches nothing", obj)
	}
	files, err := g.Gather(ctx, say)
	if err != nil {
		return nil, fmt.Errorf("crawl: %w", err)
	}
	return files, nil
}
