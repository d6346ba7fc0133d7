package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
)

// input yields the documents of a task in order.
type input func(ctx context.Context, emit func(*batch) error, s *ledger.Stats) error

// batcher cuts documents into batches.
type batcher struct {
	b    *batch
	emit func(*batch) error
}

func (c *batcher) add(d *corpus.Document) error {
	if c.b == nil {
		c.b = &batch{}
	}
	c.b.docs = append(c.b.docs, d)
	c.b.bytes += flow.SizeOf(d)
	if len(c.b.docs) < batchDocuments && c.b.bytes < batchBytes {
		return nil
	}
	return c.flush()
}

func (c *batcher) flush() error {
	b := c.b
	c.b = nil
	if b == nil {
		return nil
	}
	return c.emit(b)
}

// shardFeed is the Feed of one shard: it counts, limits and samples.
type shardFeed struct {
	batcher
	plan  *Plan
	shard corpus.Shard
	stats *ledger.SourceStats
	read  bool        // a record of the shard could be read, whatever became of it
	worst corpus.Loss // of its errors
	bytes int64       // lost
	err   error       // of an emit that Quarantine could not return
}

// errLimit ends the reading of a shard at --limit.
var errLimit = errors.New("limit reached")

func (f *shardFeed) Document(d *corpus.Document) error {
	o := f.plan.Options
	f.read = true
	if f.err != nil {
		return f.err
	}
	if o.Limit > 0 && f.stats.Documents >= o.Limit {
		return errLimit
	}
	d.Origin.Source, d.Origin.Shard = f.shard.Source, f.shard.Name
	if d.ID == "" {
		d.ID = f.shard.RecordID(d.Origin.Record)
	}
	if o.Sample > 0 && f.plan.draw(d) >= o.Sample {
		f.Skip("not sampled")
		return nil
	}
	f.stats.Read++
	f.stats.Documents++
	return f.add(d)
}

// draw is the document's lot, 0..1, by a hash of seed and ID: a larger sample holds
// a smaller.
func (pl *Plan) draw(d *corpus.Document) float64 {
	h := segment.TieOf(d)[0] ^ pl.Seed*0x9E3779B97F4A7C15
	h ^= h >> 29
	h *= 0xBF58476D1CE4E5B9
	return float64((h^h>>32)>>11) / (1 << 53)
}

func (f *shardFeed) Skip(reason string) {
	f.read = true
	f.stats.Read++
	f.stats.Skipped[reason]++
}

func (f *shardFeed) Note(reason string, records int64) { f.stats.Noted[reason] += records }

func (f *shardFeed) Quarantine(e *corpus.RecordError) {
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
// record.
func (f *shardFeed) end() {
	switch {
	case !f.read && f.worst > corpus.LossContent:
		f.stats.ShardsLost++
		f.bytes = max(f.bytes, f.shard.Size)
	case f.worst == corpus.LossRest:
		f.stats.ShardsCut++
	}
	f.stats.BytesLost += f.bytes
}

func (pl *Plan) shardInput(src openSource, shard corpus.Shard) input {
	return func(ctx context.Context, emit func(*batch) error, s *ledger.Stats) error {
		ss := s.Source(src.Name)
		ss.Shards++
		ss.BytesStored += max(shard.Size, 0)
		f := &shardFeed{batcher: batcher{emit: emit}, plan: pl, shard: shard, stats: ss}
		if err := src.src.Read(ctx, shard, f); err != nil && !errors.Is(err, errLimit) {
			return fmt.Errorf("%s: %w", shard, err)
		}
		if f.err != nil {
			return f.err
		}
		f.end()
		return f.flush()
	}
}

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
	return segment.File{Store: l.Store, Name: f.Name, Bytes: f.Bytes}, nil
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
	read := func(ctx context.Context, emit func(*batch) error) error { return t.input(ctx, emit, source) }
	err = p.stream(ctx, read, func(r *result) error {
		t.engine.progress.add(r)
		return w.add(ctx, r)
	})
	if err != nil {
		return err
	}
	if c.Shard != nil {
		c.stats.Sources = source.Sources
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
			if err := w.sorters[i].Add(extsort.Record{k.hi, k.lo, 0, (base + uint64(k.row)) << 32}); err != nil {
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

// sideFiles are the rejects and the quarantine of a task, made when there are any.
type sideFiles struct {
	plan       *Plan
	task       *ledger.Commit
	rejects    stage.Writer
	quarantine *ledger.FileWriter
}

func newSideFiles(pl *Plan, task *ledger.Commit) *sideFiles { return &sideFiles{plan: pl, task: task} }

func (s *sideFiles) name() string { return s.task.Pass + "-" + s.task.Key }

func (s *sideFiles) add(ctx context.Context, r *result) (err error) {
	if len(r.rejects) > 0 {
		if s.rejects == nil {
			if s.rejects, err = s.plan.rejects.Create(ctx, s.name(), corpus.RejectSchema()); err != nil {
				return fmt.Errorf("rejects: %w", err)
			}
		}
		if err := s.rejects.Write(r.rejects); err != nil {
			return fmt.Errorf("rejects: %w", err)
		}
	}
	if len(r.quarantine) > 0 && s.quarantine == nil {
		if s.quarantine, err = s.plan.ledger.Create(ctx, ledger.File{Name: ledger.QuarantineFolder + s.name() + ".jsonl", Role: ledger.RoleQuarantine}); err != nil {
			return err
		}
	}
	for _, line := range r.quarantine {
		b, err := json.Marshal(line)
		if err != nil {
			return err
		}
		if _, err := s.quarantine.Write(append(b, '\n')); err != nil {
			return err
		}
	}
	return nil
}

func (s *sideFiles) commit(ctx context.Context) error {
	if s.rejects != nil {
		part, err := s.rejects.Commit(ctx)
		if err != nil {
			return fmt.Errorf("rejects: %w", err)
		}
		s.task.Rejects = append(s.task.Rejects, part)
	}
	if s.quarantine != nil {
		f, err := s.quarantine.Commit(ctx)
		if err != nil {
			return err
		}
		s.task.Files = append(s.task.Files, f)
	}
	return nil
}

func (s *sideFiles) abort() (err error) {
	if s.rejects != nil {
		err = s.rejects.Abort()
	}
	if s.quarantine != nil {
		err = errors.Join(err, s.quarantine.Abort())
	}
	return err
}

// segmentInput reads segments with the edits of the cut before, in order.
func (e *Engine) segmentInput(sec *Section, r *read) input {
	return func(ctx context.Context, emit func(*batch) error, _ *ledger.Stats) error {
		cut := batcher{emit: emit}
		for i, c := range r.segments {
			if err := e.readSegment(ctx, sec, c, r.first+i, r.edits, &cut); err != nil {
				return err
			}
		}
		return cut.flush()
	}
}

func (e *Engine) readSegment(ctx context.Context, sec *Section, c *ledger.Commit, number int, edits []*resolved, cut *batcher) error {
	lists := make([]editList, len(edits))
	for i, res := range edits {
		var err error
		if lists[i], err = res.of(ctx, e.plan.ledger, number); err != nil {
			return err
		}
	}
	file, err := fileOf(e.plan.ledger, c, ledger.RoleDocuments, "")
	if err != nil {
		return err
	}
	row := uint32(0)
	for d, err := range segment.Documents(ctx, file, c.Documents) {
		if err != nil {
			return fmt.Errorf("segment of %s: %w", c.Label, err)
		}
		for i := range lists {
			if d.Rejection == nil {
				lists[i].apply(d, row, sec.Edits[i])
			}
		}
		if err := cut.add(d); err != nil {
			return err
		}
		row++
	}
	return nil
}
