// Package gather collects documents: it reads archives, files and tables as they
// lie in folders and object stores.
package gather

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// files are the shards of a source that reads files: one shard a file, named by
// its path below the fixed prefix of its pattern.
type files struct {
	name string
	input
	env    *stage.Env
	lines  func(name string) bool // which lines of the list count; nil is all
	mu     sync.Mutex
	stores map[string]store.Store // by location
}

// openBytes is what an open file takes that is read from its beginning to its end: what
// is read ahead, the decoder with a window of 8 MiB. Larger windows are reserved
// (stage.Env.Reserve).
const openBytes = 13 << 20

// HoldsBytes implements stage.Holder: a file of each worker.
func (f *files) HoldsBytes(workers int) int64 { return int64(workers) * openBytes }

// input says which files a source reads: the settings that all sources have.
type input struct {
	patterns   []string
	list, base string
}

func (in input) check() error {
	crawl := false
	for _, p := range in.patterns {
		_, ok, err := crawlOf(p, in.base)
		if err != nil {
			return err
		}
		crawl = crawl || ok
	}
	switch {
	case len(in.patterns) == 0 && in.list == "":
		return errors.New("paths: name at least one file or pattern, or a list of files by list")
	case in.base != "" && in.list == "" && !crawl:
		return errors.New("base: it is what the names of a list lie below, and there is no list")
	}
	return nil
}

func newFiles(in input, env *stage.Env) *files {
	return &files{name: env.Name, input: in, env: env}
}

// Shards lists the files of all patterns and of the list, sorted by name. Two of them may
// name the same file only under the same store.
func (f *files) Shards(ctx context.Context) ([]corpus.Shard, error) {
	found := &listing{of: f, seen: map[string]string{}}
	for _, pattern := range f.patterns {
		if list, ok, _ := crawlOf(pattern, f.base); ok { // checked
			if err := f.readList(ctx, list, found); err != nil {
				return nil, err
			}
			continue
		}
		s, objects, err := f.env.Stores.Glob(ctx, pattern)
		if err != nil {
			return nil, err
		}
		if len(objects) == 0 {
			return nil, noMatch(store.HideUser(pattern))
		}
		for _, o := range objects {
			if err := found.add(s, o); err != nil {
				return nil, err
			}
		}
	}
	if f.list != "" {
		if err := f.readList(ctx, list{f.list, f.base, f.lines}, found); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(found.shards, func(a, b corpus.Shard) int { return strings.Compare(a.Name, b.Name) })
	return found.shards, nil
}

// listing is what was found so far.
type listing struct {
	of     *files
	seen   map[string]string // where the file of a name lies
	shards []corpus.Shard
}

func (l *listing) add(s store.Store, o store.Object) error {
	location := s.String()
	where := location + "/" + o.Name
	if other, ok := l.seen[o.Name]; ok {
		if other == where {
			return nil
		}
		return fmt.Errorf("%s and %s have the same shard name %q: give them to two named sources", other, where, o.Name)
	}
	l.seen[o.Name] = where
	l.of.keep(location, s)
	l.shards = append(l.shards, corpus.Shard{Source: l.of.name, Name: o.Name, Size: o.Size, Stamp: o.Stamp, Version: o.Version, Path: where})
	return nil
}

// noMatch is an fs.ErrNotExist: a pattern without a file.
type noMatch string

func (p noMatch) Error() string {
	return string(p) + ": no file matches: the folder is not there, is empty, or has no such names"
}
func (p noMatch) Is(target error) bool { return target == fs.ErrNotExist }

// Matches implements stage.Matcher.
func (f *files) Matches(place string) bool {
	return slices.ContainsFunc(f.patterns, func(pattern string) bool { return f.env.Stores.Matches(pattern, place) })
}

// store is the folder or object store below which a shard lies: another process may
// have listed it.
func (f *files) store(ctx context.Context, shard corpus.Shard) (store.Store, error) {
	location, ok := strings.CutSuffix(shard.Path, "/"+shard.Name)
	if !ok {
		return nil, fmt.Errorf("shard %s lies at %q, which is not below its name", shard, shard.Path)
	}
	f.mu.Lock()
	s, ok := f.stores[location]
	f.mu.Unlock()
	if ok {
		return s, nil
	}
	s, err := f.env.Stores.Open(ctx, location)
	if err == nil {
		f.keep(location, s)
	}
	return s, err
}

func (f *files) keep(location string, s store.Store) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stores == nil {
		f.stores = map[string]store.Store{}
	}
	f.stores[location] = s
}

// watched is the store of a shard as the feed that takes it wants it read; feed is nil
// where a file is only looked at.
func (f *files) watched(ctx context.Context, shard corpus.Shard, feed stage.Feed) (store.Store, error) {
	s, err := f.store(ctx, shard)
	if w, ok := feed.(stage.Watcher); ok && err == nil {
		s = w.Watch(s)
	}
	return s, err
}

// open opens a shard.
func (f *files) open(ctx context.Context, shard corpus.Shard, feed stage.Feed) (*stored, error) {
	s, err := f.watched(ctx, shard, feed)
	if err != nil {
		return nil, err
	}
	r, err := s.Open(ctx, shard.Name)
	if err != nil {
		return nil, err
	}
	return &stored{ReadCloser: r}, nil
}

// openAt opens a shard at an offset inside it.
func (f *files) openAt(ctx context.Context, shard corpus.Shard, offset int64, feed stage.Feed) (*stored, error) {
	if offset == 0 {
		return f.open(ctx, shard, feed)
	}
	s, err := f.watched(ctx, shard, feed)
	if err != nil {
		return nil, err
	}
	r, err := s.OpenRange(ctx, shard.Name, offset, shard.Size-offset)
	if err != nil {
		return nil, err
	}
	return &stored{ReadCloser: r}, nil
}

// ranges opens a shard for reading at any offset.
func (f *files) ranges(ctx context.Context, shard corpus.Shard, feed stage.Feed) (*format.Ranges, error) {
	s, err := f.watched(ctx, shard, feed)
	if err != nil {
		return nil, err
	}
	o, err := s.Stat(ctx, shard.Name)
	if err != nil {
		return nil, err
	}
	return format.NewRanges(ctx, s, shard.Name, o.Size, 1), nil
}

// stored reads the bytes of a shard and remembers an error of the store: what a
// decoder makes of it must fail the task, not be taken for a damaged file.
type stored struct {
	io.ReadCloser
	err error
}

func (s *stored) Read(b []byte) (int, error) {
	n, err := s.ReadCloser.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// damaged files what of a shard cannot be decoded; what was read before stands. It
// is the last of the shard unless it is damage that ends. An error of the store is
// returned instead.
func (s *stored) damaged(shard corpus.Shard, record int64, err error, feed stage.Feed) error {
	if s.err != nil {
		return s.err
	}
	e := &corpus.RecordError{Shard: shard.String(), Record: record, Offset: -1, Loss: corpus.LossRest, Err: err}
	var d *format.Damage
	if errors.As(err, &d) {
		e.Offset, e.Bytes = d.Offset, d.Bytes
		if !d.Rest || d.Whole() { // bytes behind what is whole are no sign of a cut
			e.Loss = corpus.LossRecord
		}
	}
	feed.Quarantine(e)
	return nil
}

// extra applies the pipeline's carry rule to undeclared fields.
func (f *files) extra(b []byte) []byte {
	if f.env.Carry == "drop" {
		return nil
	}
	return b
}
