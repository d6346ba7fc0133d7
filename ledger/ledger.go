// Package ledger is the run folder: commits, manifest, statistics, quarantine.
// It is the only memory of a run; deleting it starts the run anew.
package ledger

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// Files and folders of a run folder. Folders end in a slash.
const (
	// PlanFile is the pipeline with every default written out; it runs by itself.
	PlanFile = "plan.yaml"
	// ManifestFile has the commits of the last finished run, in the order of its plan.
	ManifestFile = "manifest.jsonl"
	// StatsFile has the statistics of the last finished run, SizingFile its verdict.
	StatsFile  = "stats.json"
	SizingFile = "sizing.json"
	// ReportFile is the report for people, with what was measured: it is no result.
	ReportFile = "report.html"
	// UnfinishedFile is there from the start of a run to its end: while it is, the
	// results in the folder are those of the run before.
	UnfinishedFile = "unfinished"
	// IDFile has the id of the run folder, by which the folders that it writes to know it.
	IDFile = "run.json"
	// GatheredFile says what was fetched before the sources were listed.
	GatheredFile = "gathered.json"
	// TaskStatsFolder holds the statistics of each task, by pass and key.
	TaskStatsFolder = "stats/"
	// SegmentsFolder holds what passes leave for later ones. It may be deleted once
	// nothing reads it.
	SegmentsFolder = "segments/"
	// QuarantineFolder holds what could not be processed, as lines of [QuarantineLine].
	QuarantineFolder = "quarantine/"
)

// Ledger reads and writes one run folder.
type Ledger struct{ Store store.Store }

// File is a committed file of the run folder.
type File struct {
	Name   string `json:"name"` // path below the run folder
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	// End is the last 16 bytes of an intermediate file in hexadecimal, "" if it is shorter:
	// there such a file has a checksum of what it consists of, so that who reads a part of
	// it knows whether it is the file that was committed.
	End string `json:"end,omitempty"`
	// Role says what the file is to those who read the commit, and Stage to which stage
	// of a cut it belongs: a commit has one file of a role and stage, if any. Whoever
	// looks for a file asks by these, never by how its name ends.
	Role  Role   `json:"role"`
	Stage string `json:"stage,omitempty"`
}

// Role is what a file of a commit is for.
type Role string

// Roles of files, by the tasks that write them.
const (
	// Of a segment: its documents and the index of them; sorted keys and sketches of
	// each grouping stage of its cut.
	RoleDocuments Role = "documents"
	RoleIndex     Role = "index"
	RoleKeys      Role = "keys"
	RoleSketches  Role = "sketches"
	// RoleRun has the keys of a bundle of segments, merged.
	RoleRun Role = "run"
	// RoleSample has the values that a calibrate task gathered.
	RoleSample Role = "sample"
	// RoleEdges has the edges that a group task found, RoleEdits what a resolve task
	// decided.
	RoleEdges Role = "edges"
	RoleEdits Role = "edits"
	// Of a stage that compares units: the candidates that a group task found, what a weigh
	// task knows of those of its segment, and the units that an elect task decided to cut.
	RoleCandidates Role = "candidates"
	RoleWeighed    Role = "weighed"
	RoleCuts       Role = "cuts"
	// Of a stage with more edges than one task resolves: the component of each document, the
	// best document of each component among those of some segments, and the survivors.
	RoleComponents Role = "components"
	RoleNominees   Role = "nominees"
	RoleChosen     Role = "chosen"
	// RoleQuarantine has lines of [QuarantineLine], RoleStats the statistics of the task
	// (see [Ledger.Stats]): of tasks that work on documents.
	RoleQuarantine Role = "quarantine"
	RoleStats      Role = "stats"
)

// Intermediate reports whether the file is there for later passes alone: it may be
// deleted when nothing reads it any more, and is made again when something does.
func (f File) Intermediate() bool { return strings.HasPrefix(f.Name, SegmentsFolder) }

// Commit is the record of one finished task. Its existence is the commit; its
// bytes, but those of Seen, are a pure function of the input, the plan and the version. It stays small,
// since a run holds all of them: statistics lie in a file beside it.
type Commit struct {
	plan.Head

	Files   []File       `json:"files,omitempty"`
	Parts   []stage.Part `json:"parts,omitempty"`   // below the sink's folder
	Rejects []stage.Part `json:"rejects,omitempty"` // below the rejects folder
	Settled []Settled    `json:"settled,omitempty"`
	// Seen is what a task that reads the input saw of each of its shards: by it a later run
	// tells that a file holds something else at the same size and time. It is not part of
	// the result: two runs of a task may differ in it.
	Seen []Seen `json:"seen,omitempty"`
}

// Seen is what a shard was when it was read, beside its name, size and stamp.
type Seen struct {
	Version string `json:"version,omitempty"` // of store.Object
	store.Content
}

// Result is the commit without what it saw: what two runs of the task have in common.
func (c *Commit) Result() *Commit {
	r := *c
	r.Seen = nil
	return &r
}

// File returns the file of a role, of that stage or of none (""); nil if the commit has
// no such file.
func (c *Commit) File(role Role, stage string) *File {
	i := slices.IndexFunc(c.Files, func(f File) bool { return f.Role == role && f.Stage == stage })
	if i < 0 {
		return nil
	}
	return &c.Files[i]
}

// Settled is one limit that a calibration settled: the value that parts a share of
// the documents from the rest.
type Settled struct {
	Share     int     `json:"share"` // which of the stage's shares
	Column    string  `json:"column"`
	Ratio     float64 `json:"ratio"` // of the documents, with the highest or lowest values
	Highest   bool    `json:"highest"`
	Group     string  `json:"group"`     // language or source, "*" for all documents
	Documents int64   `json:"documents"` // of the sample, with a value
	Limit     float64 `json:"limit"`
	Low       float64 `json:"low"` // 95 % interval of the limit; equal to it where all documents were seen
	High      float64 `json:"high"`
	// Table are the limits that cut the documents into equal parts, lowest first, in place
	// of Limit, Low and High.
	Table []float64 `json:"table,omitempty"`
	// Why says where the number comes from.
	Why string `json:"why,omitempty"`
	// Fit is set where the share was solved from a token budget.
	Fit *Fit `json:"fit,omitempty"`
}

// Fit is what a token budget asked for and what is to be expected of the input.
type Fit struct {
	Budget    float64 `json:"budget_tokens"`    // tokens that were asked for
	Available float64 `json:"available_tokens"` // tokens of all documents that the limit could keep
	Forecast  float64 `json:"forecast_tokens"`  // tokens at the limit
	// Error is the standard error of Forecast, documents of the sample taken for independent.
	Error float64 `json:"standard_error_tokens"`
}

// ErrNotDeterministic means that a task was run twice with different results.
var ErrNotDeterministic = errors.New("not deterministic")

// ErrDamaged means that a commit is not as it was published: its task is to be run again.
var ErrDamaged = errors.New("damaged commit")

// ErrFileDamaged means that a file of the run folder is not as it was written.
var ErrFileDamaged = errors.New("damaged file")

func commitName(pass, key string) string { return "commits/" + pass + "/" + key + ".json" }

// Find returns the commit of a task, nil if there is none.
func (l *Ledger) Find(ctx context.Context, pass, key string) (*Commit, error) {
	b, err := l.readUpTo(ctx, commitName(pass, key), commitMax)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, errTooLong):
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	case err != nil:
		return nil, err
	}
	c := &Commit{}
	err = unseal(b, c)
	if err == nil && (c.Pass != pass || c.Key != key) {
		err = fmt.Errorf("it is of task %s of pass %s", c.Key, c.Pass)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", commitName(pass, key), ErrDamaged, err)
	}
	return c, nil
}

// A commit ends in the xxh3-64 of all before it, as a last member of its object.
const (
	sealHead = `,"xxh3":"`
	sealTail = "\"}"
)

// seal is an object with its checksum.
func seal(object []byte) []byte {
	body := object[:len(object)-1]
	return append(slices.Clip(body), sealOf(body)...)
}

// sealOf is what follows the body of an object that is sealed.
func sealOf(body []byte) []byte {
	return fmt.Appendf(nil, "%s%016x%s", sealHead, xxh3.Hash(body), sealTail)
}

// unseal reads an object that seal made.
func unseal(b []byte, v any) error {
	if err := checkSeal(b); err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

func checkSeal(b []byte) error {
	n := len(b) - len(sealHead) - 16 - len(sealTail)
	if n < 0 || !bytes.Equal(b[n:], sealOf(b[:n])) {
		return errors.New("its checksum differs")
	}
	return nil
}

// Publish commits a task, atomically and once. If another worker was faster, the
// two results must be equal.
func (l *Ledger) Publish(ctx context.Context, c *Commit) error {
	b, err := sealed(c)
	if err != nil {
		return err
	}
	name := commitName(c.Pass, c.Key)
	old, err := l.put(ctx, name, b)
	if err == nil && old != nil && !bytes.Equal(old, b) {
		if _, damaged := l.Find(ctx, c.Pass, c.Key); errors.Is(damaged, ErrDamaged) { // this one is as good
			if err = l.Revoke(ctx, c.Pass, c.Key); err == nil {
				old, err = l.put(ctx, name, b)
			}
		}
	}
	if err != nil {
		return err
	}
	if old == nil || bytes.Equal(old, b) {
		return nil
	}
	before := &Commit{}
	if err := unseal(old, before); err != nil {
		return fmt.Errorf("%s: %w: %w", name, ErrDamaged, err)
	}
	if sameResult(before, c) {
		return nil
	}
	if path := otherInput(before, c); path != "" {
		return fmt.Errorf("task %s of %s: %s holds something else than when it was read before, at the same size and time: run --check-input reads it again",
			c.Key, c.Pass, path)
	}
	return fmt.Errorf("task %s of %s (%s): a second run gave other results than the commit %s: a stage of this pass is %w",
		c.Key, c.Pass, c.Label, name, ErrNotDeterministic)
}

// sameResult compares what two runs of a task gave. Where the input lies is no part of it.
func sameResult(a, b *Commit) bool {
	text := func(c *Commit) []byte {
		r := c.Result()
		r.Shards = slices.Clone(r.Shards)
		for i := range r.Shards {
			r.Shards[i].Path = ""
		}
		b, _ := json.Marshal(r) // as Publish did
		return b
	}
	return bytes.Equal(text(a), text(b))
}

// otherInput is the first shard that two runs of a task did not read alike, "" if none is
// known.
func otherInput(a, b *Commit) string {
	for i := range min(len(a.Seen), len(b.Seen), len(b.Shards)) {
		if x, y := a.Seen[i], b.Seen[i]; x.Known() && y.Known() && x.XXH3 != y.XXH3 {
			return b.Shards[i].Path
		}
	}
	return ""
}

// Amend replaces what a commit says that its task saw.
func (l *Ledger) Amend(ctx context.Context, c *Commit) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return l.WriteFile(ctx, commitName(c.Pass, c.Key), seal(b))
}

// putTries is how often a commit is put that others take back before it can be read, and
// answers that they withdraw.
const putTries = 5

// put writes a commit where there is none; old is the one that is there.
func (l *Ledger) put(ctx context.Context, name string, b []byte) (old []byte, err error) {
	for range putTries {
		created, err := l.Store.PutIfAbsent(ctx, name, b)
		if err != nil || created {
			return nil, err
		}
		if old, err = l.ReadFile(ctx, name); !errors.Is(err, fs.ErrNotExist) {
			return old, err
		}
	}
	return nil, fmt.Errorf("%s: it is taken back again and again", name)
}

// Revoke removes a commit: the task counts as not done. Revoke before the files of
// a task are removed or written over.
func (l *Ledger) Revoke(ctx context.Context, pass, key string) error {
	return l.Store.Remove(ctx, commitName(pass, key))
}

// ID names a commit.
type ID struct{ Pass, Key string }

// Committed lists the commits of a pass, of all passes where it is "", of this plan and
// of others. It reads none of them.
func (l *Ledger) Committed(ctx context.Context, pass string) iter.Seq2[ID, error] {
	folder := "commits/"
	if pass != "" {
		folder += pass + "/"
	}
	return func(yield func(ID, error) bool) {
		for o, err := range l.Store.List(ctx, folder) {
			if err != nil {
				yield(ID{}, err)
				return
			}
			pass, file, _ := strings.Cut(strings.TrimPrefix(o.Name, "commits/"), "/")
			key, ok := strings.CutSuffix(file, ".json")
			if ok && !yield(ID{pass, key}, nil) {
				return
			}
		}
	}
}

// fileMax bounds the files that are read whole, in bytes, and commitMax the commits; the
// largest of those name each segment of a run. A listing names each shard of the input.
const (
	fileMax    = 4 << 30
	commitMax  = 128 << 20
	listingMax = fileMax
)

var errTooLong = errors.New("longer than such a file can be")

// ReadFile reads a small file of the run folder whole.
func (l *Ledger) ReadFile(ctx context.Context, name string) ([]byte, error) {
	return l.readUpTo(ctx, name, fileMax)
}

func (l *Ledger) readUpTo(ctx context.Context, name string, limit int64) ([]byte, error) {
	r, err := l.Store.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s: more than %d bytes: %w", name, limit, errTooLong)
	}
	return b, err
}

// ReadJSON reads a JSON file of the run folder into v.
func (l *Ledger) ReadJSON(ctx context.Context, name string, v any) error {
	b, err := l.ReadFile(ctx, name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// WriteJSON writes v as indented JSON.
func (l *Ledger) WriteJSON(ctx context.Context, name string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return l.WriteFile(ctx, name, append(b, '\n'))
}

// WriteSealed writes v as JSON that ends in its own checksum.
func (l *Ledger) WriteSealed(ctx context.Context, name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return l.WriteFile(ctx, name, append(seal(b), '\n'))
}

// ReadSealed reads what [Ledger.WriteSealed] wrote, or JSON that has no checksum, as
// earlier versions wrote it. The error of a file that is not as it was written is
// [ErrFileDamaged].
func (l *Ledger) ReadSealed(ctx context.Context, name string, v any) error {
	b, err := l.ReadFile(ctx, name)
	if err != nil {
		return err
	}
	if err = unseal(bytes.TrimSuffix(b, []byte("\n")), v); err != nil && !bytes.Contains(b, []byte(`xxh3`)) {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %w", name, ErrFileDamaged, err)
	}
	return nil
}

// WriteFile writes a file of the run folder whole or not at all.
func (l *Ledger) WriteFile(ctx context.Context, name string, b []byte) error {
	w, err := l.Create(ctx, File{Name: name})
	if err != nil {
		return err
	}
	if _, err := w.Write(b); err != nil {
		return errors.Join(err, w.Abort())
	}
	_, err = w.Commit(ctx)
	return err
}

// FileWriter writes one file of the run folder and takes its digest on the way.
type FileWriter struct {
	*format.File
	made File
	end  []byte // the last bytes written, endBytes of them or all
}

// endBytes is the length of [File.End].
const endBytes = 16

// Create starts a file of that name, role and stage; nothing is visible before its
// Commit.
func (l *Ledger) Create(ctx context.Context, file File) (*FileWriter, error) {
	f, err := format.Create(ctx, l.Store, file.Name)
	if err != nil {
		return nil, err
	}
	if file.private() {
		if err := f.Private(); err != nil {
			return nil, errors.Join(err, f.Abort())
		}
	}
	return &FileWriter{File: f, made: file}, nil
}

// Write appends to the file.
func (f *FileWriter) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	f.end = append(f.end, b[max(0, n-endBytes):n]...)
	f.end = append(f.end[:0], f.end[max(0, len(f.end)-endBytes):]...)
	return n, err
}

// private reports whether the file has settings, or the words of servers and readers: they
// lack the secrets that are known as such, and others may be among them.
func (f File) private() bool {
	return f.Name == PlanFile || f.Name == ReportFile || strings.HasPrefix(f.Name, QuarantineFolder)
}

// Commit makes the file visible and returns it with its size and digest.
func (f *FileWriter) Commit(ctx context.Context) (File, error) {
	p, err := f.File.Commit(ctx)
	made := f.made
	made.Name, made.Bytes, made.SHA256 = p.File, p.Bytes, p.SHA256
	if made.Intermediate() && len(f.end) == endBytes {
		made.End = hex.EncodeToString(f.end)
	}
	return made, err
}

// QuarantineLine is one line of RUN/quarantine/*.jsonl.
type QuarantineLine struct {
	Shard  string `json:"shard"`
	Record int64  `json:"record"`
	Offset int64  `json:"offset"`
	Stage  string `json:"stage,omitempty"`
	ID     string `json:"id,omitempty"`
	URL    string `json:"url,omitempty"`
	Error  string `json:"error"`
	// Records are lost together, where there is more than one; Bytes as far as it is
	// known. Rest says that the shard was not read any further.
	Records int64 `json:"records,omitempty"`
	Bytes   int64 `json:"bytes,omitempty"`
	Rest    bool  `json:"rest,omitempty"`
}

// Quarantined makes the line of a record that could not be processed.
func Quarantined(e *corpus.RecordError) QuarantineLine {
	return QuarantineLine{Shard: e.Shard, Record: e.Record, Offset: e.Offset, Stage: e.Stage, Error: e.Err.Error(),
		Records: e.Records, Bytes: e.Bytes, Rest: e.Loss == corpus.LossRest}
}

// Manifest reads RUN/manifest.jsonl: every commit of the last finished run.
func (l *Ledger) Manifest(ctx context.Context) ([]*Commit, error) {
	b, err := l.ReadFile(ctx, ManifestFile)
	if err != nil {
		return nil, err
	}
	var commits []*Commit
	for line := range bytes.Lines(b) {
		c := &Commit{}
		if err := json.Unmarshal(line, c); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w: %w; the run writes it again", ManifestFile, len(commits)+1, ErrFileDamaged, err)
		}
		commits = append(commits, c)
	}
	return commits, nil
}
