package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// outlet is one of the sinks that a run writes to, with the folder that it has there.
type outlet struct {
	what  string // for errors
	part  Part
	set   string
	sink  stage.Sink
	place string // of the folder (store.Schemes.Place); "" of a sink that has none
	// files are what a commit has of this outlet.
	files func(*ledger.Commit) []stage.Part
	// final says that the files are the product: losing documents of it is asked about.
	final bool
	// sample is the name of a part, without extension.
	sample string
	// columns are those of the files.
	columns []output.Column
}

const sampleKey = "0123456789abcdef0123456789abcdef"

// outlets are the sinks of the plan.
func (pl *Plan) outlets() []*outlet {
	var list []*outlet
	for _, s := range pl.sinks {
		list = append(list, &outlet{what: s.called(), part: s.Part, set: s.Append, sink: s.sink, final: true, sample: s.sample(), columns: s.columns(), files: s.of})
	}
	list = append(list, &outlet{what: "rejects", part: pl.Pipeline.Rejects, sink: pl.rejects, sample: output.RejectsName("segment", sampleKey), columns: columnsOf(corpus.RejectSchema()),
		files: func(c *ledger.Commit) []stage.Part { return c.Rejects }})
	for _, o := range list {
		if p, ok := o.sink.(stage.Placed); ok {
			o.place = pl.stores.Place(p.Place().String())
		}
	}
	return list
}

// folder is the outlet's folder; nil if it has none.
func (o *outlet) folder() store.Store {
	if p, ok := o.sink.(stage.Placed); ok {
		return p.Place()
	}
	return nil
}

// errorf is an error of the outlet's settings: exit code 2.
func (o *outlet) errorf(pl *Plan, format string, args ...any) error {
	format = o.what + ": " + format
	if o.part.node != nil {
		return o.part.node.Errorf(format, args...)
	}
	return &config.Error{File: pl.File, Msg: fmt.Sprintf(format, args...)}
}

// CheckFolders refuses a pipeline whose sources would read what it writes, or whose
// sinks would write into one folder. It asks no store.
func (pl *Plan) CheckFolders() (err error) {
	defer func() { err = pl.Pipeline.secrets.err(err) }()
	runs := pl.stores.Place(pl.Options.Dir)
	list := pl.outlets()
	for i, o := range list {
		if o.place == "" {
			continue
		}
		if o.place == runs {
			return o.errorf(pl, "%s is the run folder: give the parts a folder of their own", o.place)
		}
		if below, ok := strings.CutPrefix(o.place, strings.TrimSuffix(runs, "/")+"/"); ok && ledger.Keeps(below) {
			return o.errorf(pl, "%s is a folder that the run keeps its own files in, and removes others from: name another, such as %s/parts", o.place, runs)
		}
		for _, other := range list[:i] {
			if other.place == o.place {
				return o.errorf(pl, "%s is the folder of the %s too: give each its own", o.place, other.what)
			}
		}
		if err := pl.apart(o.sink.(stage.Placed).Names(o.sample), o.place, "the folder of the "+o.what); err != nil {
			return err
		}
	}
	return pl.apart(ledger.Samples(), runs, "the run folder")
}

// apart refuses sources that would read one of the files.
func (pl *Plan) apart(files []string, place, what string) error {
	for _, src := range pl.sources {
		m, ok := src.src.(stage.Matcher)
		if !ok {
			continue
		}
		for _, f := range files {
			if m.Matches(place + "/" + f) {
				return pl.sourceErrorf(src, "its pattern covers %s, %s: the run would read what it writes; narrow the pattern, or put the folder elsewhere", what, place)
			}
		}
	}
	return nil
}

func (pl *Plan) sourceErrorf(src openSource, format string, args ...any) error {
	format = "source " + src.Name + ": " + format
	if src.node != nil {
		return src.node.Errorf(format, args...)
	}
	return &config.Error{File: pl.File, Msg: fmt.Sprintf(format, args...)}
}

// tenancy is what a run asks of the folders that it writes to, found to be right before
// it writes a byte.
type tenancy struct {
	pl      *Plan
	id      string // of the run folder, which may not have it yet
	listing *ledger.Commit
	current versions
	aside   map[shardKey]bool // of the listing
	held    []held
}

// held is an outlet with what is known of its folder.
type held struct {
	*outlet
	number  int // of the outlet
	claim   output.Claim
	verdict *output.Verdict
}

// tenancy checks all that makes a run refuse its folders.
func (pl *Plan) tenancy(ctx context.Context) (*tenancy, error) {
	if err := pl.CheckFolders(); err != nil {
		return nil, err
	}
	id, err := pl.ledger.ID(ctx)
	if err != nil {
		return nil, err
	}
	t := &tenancy{pl: pl, id: cmp.Or(id, ledger.NewID())}
	if pl.Options.Only == "" && !pl.Options.filed {
		list := pl.Graph.PassOf(plan.List, -1)
		tasks, _ := pl.Graph.Expand(*list, nil)
		if t.listing, t.current, err = pl.listing(ctx, tasks[0]); err != nil {
			return nil, err
		}
	}
	err = t.check(ctx)
	if err != nil && id == "" { // another process may have begun the run since the id was looked for
		if now, failed := pl.ledger.ID(ctx); failed == nil && now != "" {
			t.id = now
			err = t.check(ctx)
		}
	}
	return t, err
}

func (t *tenancy) check(ctx context.Context) error {
	t.held = nil
	for i, o := range t.pl.outlets() {
		if o.place == "" {
			continue
		}
		h := held{outlet: o, number: i, claim: t.claim(o)}
		v, err := h.claim.Check(ctx, o.folder())
		if errors.Is(err, output.ErrRefused) {
			return o.errorf(t.pl, "%v", err)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", o.what, err)
		}
		h.verdict = v
		t.held = append(t.held, h)
		if err := t.input(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

// claim is what the run asks of an outlet's folder.
func (t *tenancy) claim(o *outlet) output.Claim {
	opts := t.pl.Options
	c := output.Claim{Set: o.set, Columns: o.columns, Replace: opts.Replace, Maker: output.Maker{Run: t.id, Pipeline: t.pl.Name}, Adopt: func(ctx context.Context) ([]stage.Part, error) {
		return t.pl.filed(ctx, o)
	}}
	if o.final {
		c.Limit, c.Sample = opts.Limit, opts.Sample
	}
	for _, other := range t.pl.outlets() {
		c.Inside = append(c.Inside, inside(other.place, o.place)...)
	}
	c.Inside = append(c.Inside, inside(t.pl.stores.Place(opts.Dir), o.place)...)
	return c
}

// inside is a folder as a prefix of names below another, none where it does not lie there.
func inside(place, folder string) []string {
	if below, ok := store.Within(place, folder); ok && below != "" {
		return []string{below + "/"}
	}
	return nil
}

// filed are the files that the records of the run have of an outlet: of the last run
// that was finished, and of one that was not.
func (pl *Plan) filed(ctx context.Context, o *outlet) ([]stage.Part, error) {
	commits, err := pl.ledger.Manifest(ctx)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ledger.ErrFileDamaged) {
		return nil, err
	}
	known := map[string]bool{}
	for _, c := range commits {
		known[c.Key] = true
	}
	for id, err := range pl.ledger.Committed(ctx, "") {
		if err != nil {
			return nil, err
		}
		if known[id.Key] {
			continue
		}
		c, err := pl.ledger.Find(ctx, id.Pass, id.Key)
		if err != nil && !errors.Is(err, ledger.ErrDamaged) {
			return nil, err
		}
		if c != nil {
			commits = append(commits, c)
		}
	}
	var parts []stage.Part
	for _, c := range commits {
		parts = append(parts, o.files(c)...)
	}
	return parts, nil
}

// input refuses an outlet whose folder is read, and to drop documents of shards that are
// gone.
func (t *tenancy) input(ctx context.Context, h held) error {
	if t.listing == nil {
		return nil
	}
	for _, s := range t.listing.Shards {
		if s.Path == "" {
			continue
		}
		if place := t.pl.stores.Place(s.Path); within(place, h.place) {
			return h.errorf(t.pl, "%s is read by source %s: the run would read what it writes; put the folder elsewhere", place, s.Source)
		}
	}
	if o := t.pl.Options; !h.final || !h.verdict.Replaces() || o.Replace || o.InputMoves {
		return nil
	}
	var before ledger.Input
	err := t.pl.ledger.ReadSealed(ctx, ledger.InputFile(h.claim.Set), &before)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if errors.Is(err, ledger.ErrFileDamaged) {
		err = fmt.Errorf("%w; it says of which input the parts are: put it back as it was, or remove it and run again, if no input is gone since", err)
	}
	if err != nil {
		return err
	}
	gone := t.pl.vanished(before.Shards, t.listing.Shards)
	if len(gone) == 0 {
		return nil
	}
	keep := "append to the folder (append: NAME, such as the day) or name another"
	if h.claim.Set != "" {
		keep = fmt.Sprintf("append under another name than %q or name another folder", h.claim.Set)
	}
	return h.errorf(t.pl, "%d of the %d files that the parts in %s were made of are no input any more, the first is %s: to keep these parts, %s; to replace them run again with --replace",
		len(gone), len(before.Shards), h.place, cmp.Or(gone[0].Path, gone[0].Source+"/"+gone[0].Name), keep)
}

func within(place, folder string) bool {
	_, ok := store.Within(place, folder)
	return ok
}

// placed is a shard with its path as a place.
func (pl *Plan) placed(s plan.Shard) plan.Shard {
	if s.Path != "" {
		s.Path = pl.stores.Place(s.Path)
	}
	return s
}

// vanished are shards, with places, that are there no more: neither where they lay, whatever
// they hold now, nor elsewhere as they were.
func (pl *Plan) vanished(before, now []plan.Shard) (gone []plan.Shard) {
	places, contents := map[uint64]bool{}, map[uint64]bool{}
	for _, s := range now {
		if s.Path != "" {
			places[hashOf(pl.placed(s).Path)] = true
		}
		contents[hashOf(s.Source, s.Name, s.Stamp)] = true
	}
	for _, s := range before {
		if !places[hashOf(s.Path)] && !contents[hashOf(s.Source, s.Name, s.Stamp)] {
			gone = append(gone, s)
		}
	}
	return gone
}

// take makes the folders the run's. What it finds now that was not there before may
// still refuse it.
func (t *tenancy) take(ctx context.Context) error {
	id, err := t.pl.ledger.Identify(ctx, t.id)
	if err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	if id != t.id { // another process of the run was faster
		t.id = id
		if err := t.check(ctx); err != nil {
			return err
		}
	}
	for _, h := range t.held {
		if t.pl.Options.Replace && h.final {
			if err := t.agree(ctx, h); err != nil {
				return err
			}
		}
		err := h.verdict.Take(ctx, h.folder())
		if errors.Is(err, output.ErrRefused) {
			return h.errorf(t.pl, "%v", err)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", h.what, err)
		}
		for _, f := range h.verdict.Beside() {
			t.pl.log.Warn("left where it is, although no run wrote it", "folder", h.place, "file", f)
		}
	}
	return nil
}

// join is [tenancy.take] of a worker that comes to a run that others are at. The folders are
// the run's then, and what this worker saw of them before may be long gone: it puts nothing
// unless somebody took one away.
func (t *tenancy) join(ctx context.Context) error {
	id, err := t.pl.ledger.ID(ctx)
	if err != nil {
		return err
	}
	if id != t.id {
		return t.take(ctx) // which looks again
	}
	for _, h := range t.held {
		m, err := output.Read(ctx, h.folder(), h.claim.Set)
		if err == nil && m.Owner() == h.claim.Maker {
			continue
		}
		if err := t.check(ctx); err != nil {
			return err
		}
		return t.take(ctx)
	}
	return nil
}

// agree notes of what input a set is made, so that the same input is no question again.
func (t *tenancy) agree(ctx context.Context, h held) error {
	if t.listing == nil {
		return nil
	}
	return t.pl.ledger.WriteInput(ctx, ledger.InputFile(h.claim.Set), func(yield func(plan.Shard) bool) {
		for _, s := range t.listing.Shards {
			if !t.aside[keyOf(s)] && !yield(t.pl.placed(s)) {
				return
			}
		}
	})
}

// settle makes the parts, by outlet of the plan, the current ones of each folder.
func (t *tenancy) settle(ctx context.Context, parts [][]stage.Part) error {
	for _, h := range t.held {
		if err := h.claim.Finish(ctx, h.folder(), parts[h.number]); err != nil {
			return fmt.Errorf("%s: %w", h.what, err)
		}
		if h.final {
			if err := t.agree(ctx, h); err != nil {
				return err
			}
		}
	}
	return nil
}

// temporaryAge is the age from which a temporary of another machine has no writer.
const temporaryAge = 24 * time.Hour

// sweepTemporaries removes what killed runs left half-written in the run folder and in
// those of its sinks.
func (t *tenancy) sweepTemporaries(ctx context.Context) error {
	places := []store.Store{t.pl.ledger.Store}
	for _, h := range t.held {
		places = append(places, h.folder())
	}
	for _, s := range places {
		n, err := store.Sweep(ctx, s, temporaryAge)
		if err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
		if n > 0 {
			t.pl.log.Info("removed what killed runs left half-written", "folder", s.String(), "files", n)
		}
	}
	return nil
}

// sweep removes what earlier plans and killed runs left in the folders.
func (t *tenancy) sweep(ctx context.Context) error {
	for _, h := range t.held {
		if err := h.claim.Sweep(ctx, h.folder(), h.sink.Remove); err != nil {
			return fmt.Errorf("%s: %w", h.what, err)
		}
	}
	return nil
}
