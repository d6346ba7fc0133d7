package run

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
)

// Limits of a task that writes to folders of partitions.
const (
	// partitionsOpenMax is how many have a file open at once; documents of others wait on
	// disk until the task's end.
	partitionsOpenMax = 4
	// partitionsMax is how many there may be in a part group.
	partitionsMax = 10_000
	// spillBytes is what waits in memory before it goes to disk, in bytes.
	spillBytes = 8 << 20
	// partitionBytesMax is the longest folder name that a value may give.
	partitionBytesMax = 240
)

// taker writes the parts of one sink and one part group.
type taker interface {
	add(ctx context.Context, docs []*corpus.Document) error
	finish(ctx context.Context) ([]stage.Part, error)
	abort() error
}

// newTaker makes the writer of a sink for a task: key stands in the names of its parts.
func newTaker(pl *Plan, s *openSink, group int, key string) taker {
	if len(s.by) == 0 {
		return &partWriter{sink: s, group: group, key: key}
	}
	return &partitions{sink: s, group: group, key: key, open: map[string]*partWriter{}, spill: spill{dir: pl.Options.TempDir, waiting: map[string][]byte{}, spans: map[string][]span{}}}
}

// partWriter writes the parts of one folder; a part is closed when its text reaches the
// sink's size.
type partWriter struct {
	sink  *openSink
	dir   string // below the sink's folder
	group int
	key   string
	made  []stage.Part
	w     stage.Writer
	bytes int64
}

func (p *partWriter) add(ctx context.Context, docs []*corpus.Document) (err error) {
	for len(docs) > 0 {
		if p.w == nil {
			name := path.Join(p.dir, output.PartName(p.sink.Append, p.group, len(p.made), p.key))
			if p.w, err = p.sink.sink.Create(ctx, name, p.sink.schema); err != nil {
				return err
			}
		}
		n := 0
		for n < len(docs) && p.bytes < p.sink.sink.PartBytes() {
			p.bytes += int64(len(docs[n].Text))
			n++
		}
		if err := p.w.Write(docs[:n]); err != nil {
			return err
		}
		docs = docs[n:]
		if p.bytes >= p.sink.sink.PartBytes() {
			if err := p.end(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// end closes the open part.
func (p *partWriter) end(ctx context.Context) error {
	if p.w == nil {
		return nil
	}
	part, err := p.w.Commit(ctx)
	if err != nil {
		return err
	}
	part.Sink = p.sink.Name
	p.w, p.bytes = nil, 0
	p.made = append(p.made, part)
	return nil
}

func (p *partWriter) finish(ctx context.Context) ([]stage.Part, error) {
	err := p.end(ctx)
	return p.made, err
}

func (p *partWriter) abort() error {
	if p.w == nil {
		return nil
	}
	return p.w.Abort()
}

// partitions writes to a folder a value. The first values have files of their own from
// the start; what comes for others is written folder after folder at the end. What a
// file holds does not hang on which of the two it was.
type partitions struct {
	sink  *openSink
	group int
	key   string
	open  map[string]*partWriter
	last  *partWriter // of what waited
	spill spill
}

func (p *partitions) add(ctx context.Context, docs []*corpus.Document) error {
	for _, d := range docs {
		if err := p.addOne(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (p *partitions) addOne(ctx context.Context, d *corpus.Document) error {
	dir, err := hiveFolder(p.sink.by, d)
	if err != nil {
		return fmt.Errorf("%s: document %s: %w", p.sink.called(), d.ID, err)
	}
	w := p.open[dir]
	switch {
	case w != nil:
	case len(p.open) < partitionsOpenMax:
		w = p.writer(dir)
		p.open[dir] = w
	default:
		if len(p.open)+p.spill.folders() >= partitionsMax && !p.spill.has(dir) {
			return fmt.Errorf("%s: partition_by: more than %d folders in one part group: partition by columns of fewer values", p.sink.called(), partitionsMax)
		}
		return p.spill.put(dir, d)
	}
	return w.add(ctx, []*corpus.Document{d})
}

func (p *partitions) writer(dir string) *partWriter {
	return &partWriter{sink: p.sink, dir: dir, group: p.group, key: p.key}
}

func (p *partitions) finish(ctx context.Context) (parts []stage.Part, err error) {
	for _, dir := range slices.Sorted(maps.Keys(p.open)) {
		made, err := p.open[dir].finish(ctx)
		if err != nil {
			return nil, err
		}
		parts = append(parts, made...)
	}
	for _, dir := range slices.Sorted(maps.Keys(p.spill.spans)) {
		p.last = p.writer(dir)
		if err := p.spill.each(dir, func(d *corpus.Document) error { return p.last.add(ctx, []*corpus.Document{d}) }); err != nil {
			return nil, err
		}
		made, err := p.last.finish(ctx)
		if err != nil {
			return nil, err
		}
		parts = append(parts, made...)
	}
	slices.SortFunc(parts, func(a, b stage.Part) int { return strings.Compare(a.File, b.File) })
	return parts, p.spill.close()
}

func (p *partitions) abort() error {
	errs := []error{p.spill.close()}
	for _, w := range p.open {
		errs = append(errs, w.abort())
	}
	if p.last != nil {
		errs = append(errs, p.last.abort())
	}
	return errors.Join(errs...)
}

// spill holds documents on disk by the folder that they are for, in order.
type spill struct {
	dir     string // of the file, "" for the system's
	file    *os.File
	size    int64
	waiting map[string][]byte
	bytes   int
	spans   map[string][]span // none of it where all is waiting
}

// span is a piece of the file.
type span struct{ at, n int64 }

func (s *spill) has(dir string) bool { _, ok := s.spans[dir]; return ok }
func (s *spill) folders() int        { return len(s.spans) }

func (s *spill) put(dir string, d *corpus.Document) error {
	before := len(s.waiting[dir])
	s.waiting[dir] = segment.AppendDocument(s.waiting[dir], d)
	s.bytes += len(s.waiting[dir]) - before
	if !s.has(dir) {
		s.spans[dir] = nil
	}
	if s.bytes < spillBytes {
		return nil
	}
	return s.flush()
}

// flush writes what waits.
func (s *spill) flush() (err error) {
	if s.file == nil {
		if s.file, err = os.CreateTemp(s.dir, "corpusmill-partitions-*"); err != nil {
			return err
		}
		_ = os.Remove(s.file.Name()) // unlinked at once: gone with the process
	}
	for dir, b := range s.waiting {
		n, err := s.file.WriteAt(b, s.size)
		if err != nil {
			return err
		}
		s.spans[dir] = append(s.spans[dir], span{s.size, int64(n)})
		s.size += int64(n)
	}
	clear(s.waiting)
	s.bytes = 0
	return nil
}

// each gives the documents of a folder in the order in which they were put.
func (s *spill) each(dir string, do func(*corpus.Document) error) error {
	for _, x := range s.spans[dir] {
		b := make([]byte, x.n)
		if _, err := s.file.ReadAt(b, x.at); err != nil {
			return err
		}
		if err := eachDocument(b, do); err != nil {
			return err
		}
	}
	return eachDocument(s.waiting[dir], do)
}

// eachDocument decodes records as segment.AppendDocument writes them: behind their length.
func eachDocument(b []byte, do func(*corpus.Document) error) error {
	for len(b) > 0 {
		if len(b) < 4 || uint64(binary.LittleEndian.Uint32(b)) > uint64(len(b)-4) {
			return io.ErrUnexpectedEOF
		}
		n := 4 + int(binary.LittleEndian.Uint32(b))
		d, err := segment.DecodeDocument(b[4:n])
		if err != nil {
			return err
		}
		if err := do(d); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

func (s *spill) close() error {
	if s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	err := f.Close()
	_ = os.Remove(f.Name()) // where it could not be unlinked open
	return err
}

// hiveFolder is the folder of a document: column=value, one below the other.
func hiveFolder(by []corpus.Column, d *corpus.Document) (string, error) {
	var elements []string
	for _, c := range by {
		v := c.Value(d)
		e := c.Name + "=" + output.HiveEscape(c.Type.Text(v), v.Null)
		if len(e) > partitionBytesMax {
			return "", fmt.Errorf("partition_by: a value of column %s is too long for the name of a folder: %d bytes, want at most %d", c.Name, len(e), partitionBytesMax)
		}
		elements = append(elements, e)
	}
	return strings.Join(elements, "/"), nil
}
