package report

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// Verification is the outcome of [Folder.Verify].
type Verification struct {
	Commits int   `json:"commits"`
	Files   int   `json:"files"` // of the run folder, digests compared
	Parts   int   `json:"parts"`
	Rejects int   `json:"rejects"` // files of rejects
	Answers int   `json:"answers"` // files of answers that stages got from others, each whole
	Bytes   int64 `json:"bytes"`   // read
	// Removed counts segments that were deleted on purpose (segments: delete).
	Removed int `json:"removed"`
	// ShardsCut and ShardsLost are shards of the input of which something or all could
	// not be read: the run is as its manifest says, and not all of its input is in it.
	ShardsCut  int64 `json:"shards_cut"`
	ShardsLost int64 `json:"shards_lost"`
	// ShardsFailed are set aside: nothing of them is in the run.
	ShardsFailed int64 `json:"shards_failed,omitempty"`
	// Unfinished says that a later run in the folder did not come to its end: what was
	// checked are the results of the one before.
	Unfinished bool `json:"unfinished"`
	// Rows is how many rows of parts and rejects [Folder.VerifyDeep] has read; Unread are
	// folders whose files it could not read back.
	Rows   int64    `json:"rows,omitempty"`
	Unread []string `json:"unread,omitempty"`
	// Problems names every mismatch; none means that the run is whole.
	Problems []string `json:"problems"`
}

// Verify reads every file, part and file of rejects that the manifest names and
// compares size and digest; it reads all answers in the folder; and it checks that every document is accounted for.
// An error means that it could not be checked; a mismatch is a problem.
func (f *Folder) Verify(ctx context.Context) (*Verification, error) {
	commits, err := f.Manifest(ctx)
	if err != nil {
		return nil, err
	}
	stats, err := f.Stats(ctx)
	if err != nil {
		return nil, err
	}
	v := &verifier{folder: f, out: &Verification{Commits: len(commits), Problems: []string{}}}
	sum := newSum(stats)
	for _, c := range commits {
		if err := v.commit(ctx, c, sum); err != nil {
			return nil, err
		}
	}
	if v.out.Unfinished, err = f.Unfinished(ctx); err != nil {
		return nil, err
	}
	if err := v.records(ctx, commits, stats); err != nil {
		return nil, err
	}
	if err := v.files(ctx, commits); err != nil {
		return nil, err
	}
	if err := v.answers(ctx); err != nil {
		return nil, err
	}
	if err := v.folders(ctx, commits); err != nil {
		return nil, err
	}
	v.sums(sum, stats)
	v.accounts(stats)
	d := stats.Damage()
	v.out.ShardsCut, v.out.ShardsLost, v.out.ShardsFailed = d.ShardsCut, d.ShardsLost, d.ShardsFailed
	return v.out, nil
}

type verifier struct {
	folder *Folder
	out    *Verification
}

func (v *verifier) problem(format string, args ...any) {
	v.out.Problems = append(v.out.Problems, fmt.Sprintf(format, args...))
}

// commit compares a line of the manifest with its commit file and with itself, and adds
// its statistics to the sum.
func (v *verifier) commit(ctx context.Context, c *ledger.Commit, sum *sum) error {
	at := c.Pass + " " + c.Label
	stored, err := v.folder.Ledger.Find(ctx, c.Pass, c.Key)
	if err != nil {
		v.problem("%s: %v", at, err)
	} else if stored == nil {
		v.problem("%s: commit %s is missing", at, c.Key)
	} else if a, b := jsonOf(c), jsonOf(stored.Result()); !bytes.Equal(a, b) {
		v.problem("%s: the manifest differs from the commit %s", at, c.Key)
	}
	var rejects int64
	rows := map[string]int64{}
	for _, p := range c.Parts {
		rows[p.Sink] += p.Rows
	}
	for _, p := range c.Rejects {
		rejects += p.Rows
	}
	if n, one := rows[""]; c.Kind == plan.Assemble && n != c.Documents && (one || len(rows) == 0 && c.Documents > 0) {
		v.problem("%s: the parts have %d rows, the commit counts %d documents", at, n, c.Documents)
	}
	for name, n := range rows {
		sum.rows[name] += n
	}
	stats, err := v.folder.Ledger.Stats(ctx, c)
	switch {
	case errors.Is(err, ledger.ErrStatsDamaged):
		sum.lacking = true // the check of the files names it
		return ctx.Err()
	case err != nil:
		return err
	case stats == nil:
		if !sum.lacking && (c.Kind == plan.Segment || c.Kind == plan.Assemble) {
			v.problem("%s: the commit names no statistics: the run is of another version of the program; run it again", at)
			sum.lacking = true
		}
		return ctx.Err()
	}
	var dropped int64
	for _, s := range stats.Stages {
		dropped += s.RejectedSum()
	}
	if dropped != rejects {
		v.problem("%s: %d documents were rejected, %d rejects are filed", at, dropped, rejects)
	}
	v.add(sum, at, stats)
	return ctx.Err()
}

func jsonOf(x any) []byte {
	b, _ := json.Marshal(x) // plain structs of our own
	return b
}

// stored is one file whose digest the manifest has.
type stored struct {
	store  store.Store
	what   string
	name   string
	bytes  int64
	sha256 string
	gone   bool // intermediate, and deleted on purpose
}

// files reads every file of the manifest once.
func (v *verifier) files(ctx context.Context, commits []*ledger.Commit) error {
	f := v.folder
	var list []stored
	parts := func(s store.Store, what string, parts []stage.Part) {
		for _, p := range parts {
			list = append(list, stored{s, what, p.File, p.Bytes, p.SHA256, false})
			for _, c := range p.Companions {
				list = append(list, stored{s, what, c.File, c.Bytes, c.SHA256, false})
			}
		}
	}
	there, err := v.intermediate(ctx)
	if err != nil {
		return err
	}
	for _, c := range commits {
		some := slices.ContainsFunc(c.Files, func(x ledger.File) bool { return there[x.Name] })
		for _, x := range c.Files {
			s := stored{f.Ledger.Store, "file", x.Name, x.Bytes, x.SHA256, false}
			if x.Intermediate() {
				s.gone = !some || f.Pipeline.Segments != "keep"
			}
			list = append(list, s)
		}
		for _, s := range f.parts {
			parts(s.store, "part", s.of(c))
		}
		parts(f.rejects, "rejects", c.Rejects)
		v.out.Files += len(c.Files)
		v.out.Parts += len(c.Parts)
		v.out.Rejects += len(c.Rejects)
	}
	problems := make([]string, len(list))
	var read, removed atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, x := range list {
		g.Go(func() error {
			n, sum, err := digest(ctx, x)
			if sum != "" {
				read.Add(n)
			}
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case errors.Is(err, fs.ErrNotExist) && x.gone:
				removed.Add(1)
			case errors.Is(err, fs.ErrNotExist):
				problems[i] = fmt.Sprintf("%s %s: missing", x.what, x.name)
			case err != nil:
				problems[i] = fmt.Sprintf("%s %s: %v", x.what, x.name, err)
			case n != x.bytes:
				problems[i] = fmt.Sprintf("%s %s: has %d bytes, the manifest says %d", x.what, x.name, n, x.bytes)
			case sum != x.sha256:
				problems[i] = fmt.Sprintf("%s %s: the digest differs from the manifest", x.what, x.name)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	v.out.Bytes, v.out.Removed = read.Load(), int(removed.Load())
	for _, p := range problems {
		if p != "" {
			v.out.Problems = append(v.out.Problems, p)
		}
	}
	return nil
}

// digest reads a file, if it has the size that the manifest says: one of another is
// damaged, and may have no end that is worth reading to. It returns the size, and "" for
// the digest of a file that it has not read to its end.
func digest(ctx context.Context, x stored) (int64, string, error) {
	if o, err := x.store.Stat(ctx, x.name); err != nil || o.Size != x.bytes {
		return o.Size, "", err
	}
	n, sum, err := store.Digest(ctx, x.store, x.name)
	if err != nil {
		sum = ""
	}
	return n, sum, err
}

// answers reads all answers in the run folder, those of earlier plans too. The manifest
// does not name them: parts need none, and a run asks again for what it lacks.
func (v *verifier) answers(ctx context.Context) error {
	for o, err := range v.folder.Ledger.AllAnswers(ctx) {
		switch {
		case errors.Is(err, ledger.ErrAnswersDamaged):
			v.problem("%v", err)
		case err != nil:
			return err
		}
		v.out.Answers++
		v.out.Bytes += o.Size
	}
	return nil
}

// intermediate names the files between passes that are there. Those of a commit that
// are all gone were deleted (segments, or by hand): the run makes them again when it
// needs them.
func (v *verifier) intermediate(ctx context.Context) (map[string]bool, error) {
	there := map[string]bool{}
	for o, err := range v.folder.Ledger.Store.List(ctx, ledger.SegmentsFolder) {
		if err != nil {
			return nil, err
		}
		there[o.Name] = true
	}
	return there, nil
}

// folders compares the manifest in the folder of the parts with that of the run, and
// finds parts there that are of no run: whoever lists the folder would read them too.
func (v *verifier) folders(ctx context.Context, commits []*ledger.Commit) error {
	for _, s := range v.folder.parts {
		if err := v.sink(ctx, s, commits); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) sink(ctx context.Context, s sinkParts, commits []*ledger.Commit) error {
	m, err := v.folder.current(ctx, s)
	if errors.Is(err, ErrReplaced) || errors.Is(err, output.ErrDamaged) {
		v.problem("%v", err)
		return nil
	}
	if err != nil {
		return err
	}
	known := map[string]bool{}
	parts := []stage.Part{}
	for _, c := range commits {
		for _, p := range s.of(c) {
			parts = append(parts, p)
			known[p.File] = true
			for _, x := range p.Companions {
				known[x.File] = true
			}
		}
	}
	if m != nil && !bytes.Equal(jsonOf(m.Parts), jsonOf(parts)) {
		v.problem("%s/%s: lists other parts than the manifest of the run", s.store, output.File(m.Set))
	}
	for name, err := range output.Unnamed(ctx, s.store) {
		if err != nil {
			return err
		}
		if !known[name] && strings.HasPrefix(path.Base(name), "part-") {
			v.problem("part %s: not of this run", name)
		}
	}
	return nil
}

// sum is what the statistics of the tasks add up to. They are read one at a time.
type sum struct {
	total           *ledger.Stats
	sources, stages []string
	rows            map[string]int64 // of the parts, by sink
	// lacking says that statistics of a task are missing or no part of this sum.
	lacking bool
}

// newSum makes a sum of the sources and stages of an account.
func newSum(stats *ledger.Stats) *sum {
	s := &sum{rows: map[string]int64{}}
	for _, x := range stats.Sources {
		s.sources = append(s.sources, x.Name)
	}
	for _, x := range stats.Stages {
		s.stages = append(s.stages, x.Name)
	}
	s.total = ledger.NewStats(s.sources, s.stages)
	for i, x := range stats.Stages {
		s.total.Stages[i].Branch = x.Branch
		if x.Switch != nil {
			s.total.Stages[i].Switch = &ledger.SwitchStats{By: x.Switch.By, Cases: map[string]int64{}}
			for name := range x.Switch.Cases {
				s.total.Stages[i].Switch.Cases[name] = 0
			}
		}
	}
	return s
}

// add adds the statistics of a task.
func (v *verifier) add(sum *sum, at string, stats *ledger.Stats) {
	if !counts(stats, sum.sources, sum.stages) {
		v.problem("%s: the commit counts other stages than stats.json", at)
		sum.lacking = true
		return
	}
	sum.total.Add(stats)
}

// sums checks that the statistics are the sum of those of the tasks.
func (v *verifier) sums(s *sum, stats *ledger.Stats) {
	v.sinks(s, stats)
	if s.lacking {
		return
	}
	sum := s.total
	sum.Hosts.Cut()
	for i, s := range stats.Stages {
		if !bytes.Equal(jsonOf(s), jsonOf(sum.Stages[i])) {
			v.problem("stats.json: stage %s is not the sum of the commits", s.Name)
		}
	}
	for i, s := range stats.Sources {
		if !bytes.Equal(jsonOf(s), jsonOf(sum.Sources[i])) {
			v.problem("stats.json: source %s is not the sum of the commits", s.Name)
		}
	}
	if sum.Unrouted != stats.Unrouted || !bytes.Equal(jsonOf(sum.Sinks), jsonOf(stats.Sinks)) {
		v.problem("stats.json: what the sinks took is not the sum of the commits")
	}
	if !bytes.Equal(jsonOf(sum.Yield), jsonOf(stats.Yield)) || !bytes.Equal(jsonOf(sum.By), jsonOf(stats.By)) {
		v.problem("stats.json: %d documents, %d tokens, %d bytes; the commits sum to %d, %d, %d",
			stats.Documents, stats.Tokens, stats.Bytes, sum.Documents, sum.Tokens, sum.Bytes)
	}
	if !bytes.Equal(jsonOf(sum.Hosts), jsonOf(stats.Hosts)) {
		v.problem("stats.json: hosts are not the sum of the commits")
	}
}

// sinks checks that the parts of every sink have the rows that it took, and that these
// can be the documents, each counted once.
func (v *verifier) sinks(s *sum, stats *ledger.Stats) {
	if len(stats.Sinks) == 0 {
		if s.rows[""] != stats.Documents {
			v.problem("stats.json: %d documents, the parts have %d rows", stats.Documents, s.rows[""])
		}
		return
	}
	var all int64
	for _, name := range slices.Sorted(maps.Keys(stats.Sinks)) {
		n := stats.Sinks[name].Documents
		if n != s.rows[name] {
			v.problem("stats.json: sink %s took %d documents, its parts have %d rows", name, n, s.rows[name])
		}
		if n > stats.Documents {
			v.problem("stats.json: sink %s took %d of %d documents", name, n, stats.Documents)
		}
		all += n
	}
	if all < stats.Documents {
		v.problem("stats.json: %d documents, all sinks together took %d", stats.Documents, all)
	}
	for name, n := range s.rows {
		if stats.Sinks[name] == nil {
			v.problem("stats.json: knows no sink %q, which has %d rows", name, n)
		}
	}
}

// counts reports whether an account has no others than these sources and stages.
func counts(s *ledger.Stats, sources, stages []string) bool {
	for _, x := range s.Sources {
		if !slices.Contains(sources, x.Name) {
			return false
		}
	}
	for _, x := range s.Stages {
		if !slices.Contains(stages, x.Name) {
			return false
		}
	}
	return true
}

// accounts checks that every document is accounted for, stage after stage.
func (v *verifier) accounts(s *ledger.Stats) {
	var docs int64
	for _, src := range s.Sources {
		var skipped int64
		for _, n := range src.Skipped {
			skipped += n
		}
		if src.Read != src.Documents+skipped+src.Quarantined {
			v.problem("source %s: read %d, but %d documents + %d skipped + %d quarantined", src.Name, src.Read, src.Documents, skipped, src.Quarantined)
		}
		docs += src.Documents
	}
	docs, before := v.edges(s.Stages, nil, docs, "the sources")
	if docs != s.Documents+s.Unrouted && s.Unrouted == 0 {
		v.problem("%d documents left %s, %d are in the parts", docs, before, s.Documents)
	} else if docs != s.Documents+s.Unrouted {
		v.problem("%d documents left %s, %d are in the parts and %d in no sink", docs, before, s.Documents, s.Unrouted)
	}
}

// edges checks the stages of a case, nil for those outside of all: what leaves one enters
// the next, and a switch sends each document into one case. It returns how many
// documents leave the last one, and what that is called.
func (v *verifier) edges(stages []*ledger.StageStats, in *ledger.Branch, docs int64, before string) (int64, string) {
	for _, st := range stages {
		if (st.Branch == nil) != (in == nil) || in != nil && *st.Branch != *in {
			continue
		}
		if st.In != docs {
			v.problem("stage %s: %d documents in, but %d left %s", st.Name, st.In, docs, before)
		}
		v.balance(st)
		docs, before = st.Kept, st.Name
		if st.Switch == nil {
			continue
		}
		var sent, back int64
		for _, b := range st.Branches() {
			n := st.Switch.Of(b)
			out, _ := v.edges(stages, &b, n, "switch "+st.Name+" for "+b.String())
			sent, back = sent+n, back+out
		}
		if sent != st.Kept {
			v.problem("switch %s: in %d, but %d in its cases and the default", st.Name, st.Kept, sent)
		}
		docs, before = back, "the cases of "+st.Name
	}
	return docs, before
}

// balance checks that a stage accounts for each of its documents.
func (v *verifier) balance(st *ledger.StageStats) {
	if st.In+st.Split != st.Kept+st.RejectedSum()+st.Quarantined {
		v.problem("stage %s: in %d + split %d, but kept %d + rejected %d + quarantined %d", st.Name, st.In, st.Split, st.Kept, st.RejectedSum(), st.Quarantined)
	}
	if u := st.Units; u != nil {
		switch {
		case u.Cut > u.In || u.BytesCut > st.BytesIn:
			v.problem("stage %s: %d of %d units cut, %d of %d bytes", st.Name, u.Cut, u.In, u.BytesCut, st.BytesIn)
		case st.Kept == st.In && st.BytesIn-u.BytesCut != st.BytesOut:
			v.problem("stage %s: bytes in %d - cut %d, but bytes out %d", st.Name, st.BytesIn, u.BytesCut, st.BytesOut)
		}
	}
	for _, by := range slices.Sorted(maps.Keys(st.By)) {
		var in, kept int64
		for _, f := range st.By[by] {
			in, kept = in+f.In, kept+f.Kept
		}
		if in != st.In || kept != st.Kept {
			v.problem("stage %s by %s: in %d of %d, kept %d of %d", st.Name, by, in, st.In, kept, st.Kept)
		}
	}
}
