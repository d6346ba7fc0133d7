package run

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/ledger/claims"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// finish makes the parts current, writes what is derived from the commits: manifest,
// statistics, sizing; and removes what an earlier plan left behind. One worker of a session
// does, while the plan in the run folder is its own.
func (e *Engine) finish(ctx context.Context, s *Summary) error {
	l := e.plan.ledger
	if why, err := e.differs(ctx, e.plan.Graph); err != nil || why != "" {
		return errors.Join(err, fmt.Errorf("the plan in the run folder is another now (%s): nothing is finished", why))
	}
	if err := e.fileMissing(ctx); err != nil {
		return err
	}
	if e.plan.Segments == "keep" || e.plan.Options.Check {
		if err := e.mend(ctx); err != nil {
			return err
		}
	}
	parts, err := e.sum(ctx, s)
	if err != nil {
		return err
	}
	if e.account.crowded {
		if err := e.account.sumHosts(e.hosts(ctx)); err != nil {
			return err
		}
	}
	stats := e.account.total
	stats.Hosts.Cut()
	if err := e.tenancy.settle(ctx, parts); err != nil {
		return err
	}
	for _, list := range parts[:e.sinks()] {
		s.Parts += len(list)
	}
	if err := e.removeStale(ctx); err != nil {
		return err
	}
	if err := e.writeManifest(ctx); err != nil {
		return err
	}
	if err := l.WriteJSON(ctx, ledger.StatsFile, stats); err != nil {
		return err
	}
	s.take(stats)
	if err := e.size(ctx, s); err != nil {
		return err
	}
	e.describe(s)
	if err := e.countFiles(ctx, s); err != nil {
		return err
	}
	if e.plan.Segments != "keep" {
		if err := e.removeSegments(ctx); err != nil {
			return err
		}
	}
	if err := e.tenancy.sweep(ctx); err != nil {
		return err
	}
	e.finished = true
	return l.Store.Remove(ctx, ledger.UnfinishedFile)
}

// take notes the statistics of the run.
func (s *Summary) take(stats *ledger.Stats) {
	s.Stats, s.Documents, s.Tokens, s.Bytes, s.Quarantined = stats, stats.Documents, stats.Tokens, stats.Bytes, stats.QuarantinedSum()
	d := stats.Damage()
	s.ShardsCut, s.ShardsLost, s.ShardsFailed = d.ShardsCut, d.ShardsLost, d.ShardsFailed
}

// fileMissing writes the tasks of passes whose worker died before it did.
func (e *Engine) fileMissing(ctx context.Context) error {
	tops, err := e.claims.Tops(ctx, filingWork)
	if err != nil {
		return err
	}
	for _, ps := range e.states {
		filed := tops[e.filing(ps.pass.Name)].Done > 0 || ps.filed
		if filed && len(e.aside.shards) == 0 { // else who knew of fewer may have written his

			continue
		}
		tasks, _ := e.plan.Graph.Tasks(ps.pass, e.commits)
		if tasks.Len() == 0 && ps.pass.Optional() {
			continue
		}
		if err := e.file(ctx, ps.pass.Name, tasks); err != nil {
			return err
		}
	}
	return nil
}

// all yields the commits of the run in the order of its plan, but that of the listing: one
// lot after the other is read.
func (e *Engine) all(ctx context.Context) iter.Seq2[*ledger.Commit, error] {
	return func(yield func(*ledger.Commit, error) bool) {
		for _, l := range e.lots(ctx) {
			commits, err := l()
			if err != nil {
				yield(nil, err)
				return
			}
			for _, c := range commits {
				if !yield(c, nil) {
					return
				}
			}
		}
	}
}

// lots are what reads the commits of each lot of the run.
func (e *Engine) lots(ctx context.Context) iter.Seq2[string, func() ([]*ledger.Commit, error)] {
	return func(yield func(string, func() ([]*ledger.Commit, error)) bool) {
		for _, ps := range e.states[1:] {
			tops, err := e.claims.Tops(ctx, ps.pass.Name+"/")
			for _, lot := range ps.ended {
				read := func() ([]*ledger.Commit, error) {
					if err != nil {
						return nil, err
					}
					return e.commitsOf(ctx, ps.pass.Name, lot, tops[lot.name])
				}
				if !yield(lot.name, read) {
					return
				}
			}
		}
	}
}

// commitsOf reads the commits of a lot: what is said of it, and where that is gone or
// damaged each commit.
func (e *Engine) commitsOf(ctx context.Context, pass string, lot endedLot, top claims.Top) ([]*ledger.Commit, error) {
	if top.Done > 0 {
		l, err := e.result(ctx, pass, lot, top)
		if err == nil && l != nil {
			return l.Commits, nil
		}
		if err != nil && !errors.Is(err, store.ErrNotExist) {
			return nil, err
		}
	}
	var list []*ledger.Commit
	for _, key := range lot.keys {
		c, err := e.plan.ledger.Find(ctx, pass, key)
		if err == nil && c == nil {
			err = fmt.Errorf("%s: task %s: %w", pass, key, ErrPending)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// sum adds the statistics of lots that other workers did, and gives the parts of each
// outlet.
func (e *Engine) sum(ctx context.Context, summary *Summary) ([][]stage.Part, error) {
	outlets := e.plan.outlets()
	parts := make([][]stage.Part, len(outlets))
	for name, read := range e.lots(ctx) {
		commits, err := read()
		if err != nil {
			return nil, err
		}
		var others []*ledger.Stats
		for _, c := range commits {
			if len(c.Settled) > 0 {
				summary.Settled = append(summary.Settled, c)
			}
			for i, o := range outlets {
				parts[i] = append(parts[i], o.files(c)...)
			}
			if e.account.own[name] {
				continue
			}
			s, err := e.plan.ledger.Stats(ctx, c)
			if err != nil {
				return nil, fmt.Errorf("%w: the same line again makes them anew", err)
			}
			if s != nil {
				others = append(others, s)
			}
		}
		for _, s := range others {
			e.account.add(s)
		}
		e.account.own[name] = true // who finishes once more has them
	}
	return parts, nil
}

// hosts yields the table of hosts of each task, in the order of the plan.
func (e *Engine) hosts(ctx context.Context) iter.Seq2[ledger.Hosts, error] {
	return func(yield func(ledger.Hosts, error) bool) {
		for c, err := range e.all(ctx) {
			var s *ledger.Stats
			if err == nil {
				s, err = e.plan.ledger.Stats(ctx, c)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if s != nil && !yield(s.Hosts, nil) {
				return
			}
		}
	}
}

// sinks is how many of the outlets are sinks; they come first.
func (e *Engine) sinks() int { return len(e.plan.sinks) }

// writeManifest writes the commits of the run, one after the other.
func (e *Engine) writeManifest(ctx context.Context) (err error) {
	w, err := e.plan.ledger.Create(ctx, ledger.File{Name: ledger.ManifestFile})
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(w, 1<<16)
	for c, err := range e.all(ctx) {
		var line []byte
		if err == nil {
			line, err = json.Marshal(c.Result())
		}
		if err == nil {
			_, err = b.Write(append(line, '\n'))
		}
		if err != nil {
			return errors.Join(err, w.Abort())
		}
	}
	if err := b.Flush(); err != nil {
		return errors.Join(err, w.Abort())
	}
	_, err = w.Commit(ctx)
	return err
}

// size gives the verdict on the tokens, if there are any, and writes it down.
func (e *Engine) size(ctx context.Context, s *Summary) (err error) {
	l := e.plan.ledger
	if s.Documents == 0 {
		s.Cause, err = e.firstQuarantined(ctx)
	}
	verdict, ok := e.verdict(s)
	if ok {
		return errors.Join(err, l.WriteJSON(ctx, ledger.SizingFile, verdict))
	}
	return errors.Join(err, l.Store.Remove(ctx, ledger.SizingFile))
}

// verdict is that on the tokens; ok is false where there is none, and the summary says why.
func (e *Engine) verdict(s *Summary) (verdict any, ok bool) {
	sizer := e.plan.sizer
	switch {
	case sizer == nil || s.Documents == 0:
	case !e.plan.settersBefore(len(e.plan.steps), nil).set("tokens"):
		s.SizingLines = []string{"No verdict on size: nothing in the pipeline counts tokens; put token_count behind its stages."}
	default:
		verdict, lines, err := sizer.Size(s.Tokens)
		if err == nil {
			s.Sizing, s.SizingLines = verdict, lines
			return verdict, true
		}
		s.SizingLines = []string{fmt.Sprintf("No verdict on size: %v.", err)} // of too few tokens: the settings were checked before
	}
	return nil, false
}

// firstQuarantined is the first record in quarantine, nil if there is none.
func (e *Engine) firstQuarantined(ctx context.Context) (*ledger.QuarantineLine, error) {
	for c, err := range e.all(ctx) {
		if err != nil {
			return nil, err
		}
		for _, f := range c.Files {
			if !strings.HasPrefix(f.Name, ledger.QuarantineFolder) {
				continue
			}
			r, err := e.plan.ledger.Store.Open(ctx, f.Name)
			if err != nil {
				return nil, err
			}
			q := new(ledger.QuarantineLine)
			return q, errors.Join(json.NewDecoder(r).Decode(q), r.Close())
		}
	}
	return nil, nil
}

// removeStale removes from the run folder what this manifest does not name: of plans
// that came to their end and of others that never did. Commits go first, so that their
// tasks count as not done. Names are kept by their hashes: a run has millions.
func (e *Engine) removeStale(ctx context.Context) error {
	if err := e.forget(ctx); err != nil {
		return err
	}
	keep := map[uint64]struct{}{}
	commits := map[uint64]struct{}{hashOf(e.tenancy.listing.Pass, e.tenancy.listing.Key): {}}
	for c, err := range e.all(ctx) {
		if err != nil {
			return err
		}
		commits[hashOf(c.Pass, c.Key)] = struct{}{}
		for _, f := range c.Files {
			keep[hashOf(f.Name)] = struct{}{}
		}
	}
	l := e.plan.ledger
	var stale []ledger.ID
	for id, err := range l.Committed(ctx, "") {
		if err != nil {
			return err
		}
		if _, ok := commits[hashOf(id.Pass, id.Key)]; !ok {
			stale = append(stale, id)
		}
	}
	for _, id := range stale {
		if err := l.Revoke(ctx, id.Pass, id.Key); err != nil {
			return err
		}
	}
	for _, folder := range []string{ledger.TaskStatsFolder, ledger.SegmentsFolder, ledger.QuarantineFolder} {
		if err := removeAll(ctx, l.Store, folder, func(name string) bool { _, ok := keep[hashOf(name)]; return !ok }); err != nil {
			return err
		}
	}
	return nil
}

// hashOf tells names apart: of a hundred million two share one by a chance of 1 in 3,700,
// and then one file stays that could go.
func hashOf(parts ...string) uint64 { return xxh3.HashString(strings.Join(parts, "/")) }

// removeAll removes the files of a folder that are wanted to go.
func removeAll(ctx context.Context, s store.Store, folder string, gone func(name string) bool) error {
	var names []string
	for o, err := range s.List(ctx, folder) {
		if err != nil {
			return err
		}
		if gone(o.Name) {
			names = append(names, o.Name)
		}
	}
	for _, name := range names {
		if err := s.Remove(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) removeSegments(ctx context.Context) error {
	for c, err := range e.all(ctx) {
		if err != nil {
			return err
		}
		sec := e.plan.Graph.Sections[e.plan.Graph.Pass(c.Pass).Section]
		if e.plan.Segments == "checkpoints" && c.Kind == plan.Segment && sec.Checkpoint >= 0 {
			continue
		}
		for _, f := range c.Files {
			if f.Intermediate() {
				if err := e.plan.ledger.Store.Remove(ctx, f.Name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// removeTimings removes what the workers of earlier sessions measured.
func (e *Engine) removeTimings(ctx context.Context) error {
	return removeAll(ctx, e.plan.ledger.Store, "timings-", func(name string) bool { return strings.HasSuffix(name, ".json") && !strings.Contains(name, "/") })
}
