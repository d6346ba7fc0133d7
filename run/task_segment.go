package run

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/segment"
)

// segmentTask reads its input through a section and writes a segment: documents,
// index, and for every grouping stage of the cut its sorted keys and sketches.
type segmentTask struct {
	engine *Engine
	sec    *Section
	input  input
}

// extensions are how the names of intermediate files end. They are for people: programs
// go by the roles in the commit.
var extensions = map[ledger.Role]string{
	ledger.RoleDocuments: ".docs", ledger.RoleIndex: ".index", ledger.RoleKeys: ".keys", ledger.RoleSketches: ".sketch",
	ledger.RoleSample: ".sample", ledger.RoleEdges: ".edges", ledger.RoleEdits: ".edits",
	ledger.RoleCandidates: ".candidates", ledger.RoleWeighed: ".weighed", ledger.RoleCuts: ".cuts",
	ledger.RoleRun: ".run", ledger.RoleComponents: ".components", ledger.RoleNominees: ".nominees", ledger.RoleChosen: ".chosen",
}

// segmentFile is an intermediate file of a task, of a stage of the cut or of none ("").
func segmentFile(key string, role ledger.Role, stage string) ledger.File {
	name := ledger.SegmentsFolder + key
	if stage != "" {
		name += "." + stage
	}
	return ledger.File{Name: name + extensions[role], Role: role, Stage: stage}
}

// fileOf finds an intermediate file that a commit names, for reading.
func fileOf(l *ledger.Ledger, c *ledger.Commit, role ledger.Role, stage string) (segment.File, error) {
	f := c.File(role, stage)
	if f == nil {
		return segment.File{}, fmt.Errorf("commit %s of %s (%s) names no file of %s", c.Key, c.Pass, c.Label, strings.TrimSpace(string(role)+" "+stage))
	}
	return segment.File{Store: l.Store, Name: f.Name, Bytes: f.Bytes, End: f.End}, nil
}

func (t *segmentTask) run(ctx context.Context, p *pool, c *product) (err error) {
	pl := t.engine.plan
	c.stats = t.sec.newStats()
	w := &segmentWriter{plan: pl, cut: t.sec.Cut, commit: c, side: newSideFiles(pl, c.Commit)}
	defer func() { err = errors.Join(err, w.abort()) }()
	if err := w.open(ctx); err != nil {
		return err
	}
	source := pl.sourceStats()
	read := func(ctx context.Context, out intake) error { return t.input(ctx, out, source) }
	err = p.stream(ctx, read, func(r *result) error {
		t.engine.progress.add(r)
		return w.add(ctx, r)
	})
	if err != nil {
		return err
	}
	if len(c.Shards) > 0 {
		c.stats.Sources = []*ledger.SourceStats{source.Source(c.Shards[0].Source)} // the task hangs on no other
	}
	c.stats.Hosts.Cut()
	return w.finish(ctx)
}

// segmentWriter writes the files of one segment.
type segmentWriter struct {
	plan     *Plan
	cut      []*flow.Step
	commit   *product
	side     *sideFiles
	docs     *segment.Writer
	index    *segment.Writer
	sketches []*segment.SketchWriter // by stage of the cut; nil where it keeps none
	files    []*ledger.FileWriter    // all of them
	sorters  []*extsort.Sorter
}

func (w *segmentWriter) open(ctx context.Context) error {
	create := func(role ledger.Role, stage string) (*ledger.FileWriter, error) {
		f, err := w.plan.ledger.Create(ctx, segmentFile(w.commit.Key, role, stage))
		if err == nil {
			w.files = append(w.files, f)
		}
		return f, err
	}
	docs, err := create(ledger.RoleDocuments, "")
	if err != nil {
		return err
	}
	index, err := create(ledger.RoleIndex, "")
	if err != nil {
		return err
	}
	w.docs, w.index = segment.NewWriter(docs), segment.NewWriter(index)
	w.sketches = make([]*segment.SketchWriter, len(w.cut))
	for i, st := range w.cut {
		w.sorters = append(w.sorters, extsort.New(w.plan.sortBytes()/int64(len(w.cut)), w.plan.Options.TempDir))
		if st.Grouping.SketchBytes > 0 {
			f, err := create(ledger.RoleSketches, st.Name)
			if err != nil {
				return err
			}
			w.sketches[i] = segment.NewSketchWriter(f, st.Grouping.SketchBytes)
		}
	}
	return nil
}

// add appends what a worker made of a batch; rows go on counting.
func (w *segmentWriter) add(ctx context.Context, r *result) error {
	c, base := w.commit, uint64(w.commit.Documents)
	c.stats.Add(r.stats)
	c.Documents += r.documents
	c.TextBytes += r.textBytes
	if c.Documents > rowsMax {
		return fmt.Errorf("%s: more than %d documents in one shard: split it", c.Label, int64(rowsMax))
	}
	if err := w.side.add(ctx, r); err != nil {
		return err
	}
	if r.documents == 0 {
		return nil
	}
	if err := errors.Join(w.docs.Add(r.frame, r.documents), w.index.Add(r.index, r.documents)); err != nil {
		return err
	}
	for i := range w.cut {
		for _, k := range r.keys[i] {
			if err := w.sorters[i].Add(extsort.Record{k.hi, k.lo, 0, (base+uint64(k.row))<<32 | uint64(k.part)}); err != nil {
				return err
			}
		}
		if w.sketches[i] != nil {
			if err := w.sketches[i].Write(r.sketches[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *segmentWriter) finish(ctx context.Context) error {
	c := w.commit
	for i, st := range w.cut {
		f, err := writeKeys(ctx, w.plan.ledger, segmentFile(c.Key, ledger.RoleKeys, st.Name), w.sorters[i])
		if err != nil {
			return err
		}
		c.Files = append(c.Files, f)
		c.Keys = append(c.Keys, w.sorters[i].Len())
		if w.sketches[i] != nil {
			if err := w.sketches[i].Close(); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(w.docs.Close(), w.index.Close()); err != nil {
		return err
	}
	for _, f := range w.files {
		done, err := f.Commit(ctx)
		if err != nil {
			return err
		}
		c.Files = append(c.Files, done)
	}
	w.digest()
	return w.side.commit(ctx)
}

// digest sums up what the next section reads, and what each stage of the cut does.
func (w *segmentWriter) digest() {
	c := w.commit
	of := func(role ledger.Role, stage string) string {
		if f := c.File(role, stage); f != nil {
			return f.SHA256
		}
		return "" // of a stage that keeps no sketches
	}
	c.Content = of(ledger.RoleDocuments, "")
	for _, st := range w.cut {
		c.KeyDigests = append(c.KeyDigests, plan.Digest(of(ledger.RoleIndex, ""), of(ledger.RoleKeys, st.Name), of(ledger.RoleSketches, st.Name)))
	}
}

// abort drops what is not committed.
func (w *segmentWriter) abort() error {
	err := w.side.abort()
	for _, f := range w.files {
		err = errors.Join(err, f.Abort())
	}
	for _, s := range w.sorters {
		s.Close()
	}
	return err
}

// rowsMax bounds the documents of a segment: a row is 32 bits of a unit.
const rowsMax = 1 << 31

func writeKeys(ctx context.Context, l *ledger.Ledger, file ledger.File, s *extsort.Sorter) (ledger.File, error) {
	f, err := l.Create(ctx, file)
	if err != nil {
		return ledger.File{}, err
	}
	defer f.Abort() //nolint:errcheck // after Commit it does nothing, before it the first error counts
	if err := segment.WriteKeys(f, s); err != nil {
		return ledger.File{}, err
	}
	return f.Commit(ctx)
}
