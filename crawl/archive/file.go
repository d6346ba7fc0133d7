package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/store"
)

const (
	suffix      = ".warc.gz"
	openSuffix  = ".open"
	indexSuffix = ".cdxj"
	digestsName = "SHA256SUMS"
)

// fileName is that of a WARC file: prefix, time and serial.
var fileName = regexp.MustCompile(`^[A-Za-z0-9_-]+-\d{14}-(\d{5,18})\.warc\.gz$`)

// serial is the number of the file in the archive, which orders them: clocks go back.
func serial(name string) (n int, ok bool) {
	m := fileName.FindStringSubmatch(name)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n, err == nil
}

// openFile is the file that grows.
type openFile struct {
	name   string // once it is whole
	dir    string
	f      *os.File
	size   int64 // up to the end of the last whole page
	sum    hash.Hash
	index  *index
	pages  int
	broken bool // what is behind size could not be cut off
}

func newOpenFile(dir, name string, f *os.File) *openFile {
	return &openFile{name: name, dir: dir, f: f, sum: sha256.New(), index: newIndex(dir)}
}

func (o *openFile) close() {
	_ = o.f.Close() // what counts was synced, or is cut by who comes next
	o.index.close()
}

// write adds bytes at the end, by one call.
func (o *openFile) write(b []byte) error {
	if _, err := o.f.WriteAt(b, o.size); err != nil {
		o.broken = o.f.Truncate(o.size) != nil
		return fmt.Errorf("write to the archive: %w", err)
	}
	o.took(b)
	return nil
}

// took counts what now stands at the end.
func (o *openFile) took(b []byte) {
	o.size += int64(len(b))
	o.sum.Write(b) // never fails
}

// append adds a page.
func (o *openFile) append(g *group) (Location, error) {
	at := o.size
	if err := o.write(g.data); err != nil {
		return Location{}, err
	}
	o.pages++
	loc := g.at
	loc.File, loc.End = o.name, Position{o.name, o.size}
	loc.Offset += at
	if err := o.index.add(g.entry, o.name, loc.Offset, loc.Length); err != nil {
		o.broken = true // the page is there, its index line is not: the next process makes it
		return Location{}, fmt.Errorf("index of the archive: %w", err)
	}
	return loc, nil
}

// recover finds the files of the folder, and goes on with one that was open.
func (a *Archive) recover() error {
	names, err := a.list()
	if err != nil {
		return err
	}
	open := ""
	for _, name := range names {
		n, _ := serial(strings.TrimSuffix(name, openSuffix))
		if n == a.last {
			return fmt.Errorf("%s: another file has its number", name)
		}
		a.last = n
		if !strings.HasSuffix(name, openSuffix) {
			a.files = append(a.files, name)
			continue
		}
		if open = name; n != mustSerial(names[len(names)-1]) {
			return fmt.Errorf("%s is open and not the last file: was another archive's copied here?", name)
		}
	}
	if open != "" {
		if a.open, err = a.reopen(open); err != nil {
			return err
		}
	}
	return a.missingDigests()
}

func mustSerial(name string) int {
	n, _ := serial(strings.TrimSuffix(name, openSuffix))
	return n
}

// list returns the WARC files of the folder, open ones too, by their serials.
func (a *Archive) list() ([]string, error) {
	all, err := os.ReadDir(a.dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range all {
		if _, ok := serial(strings.TrimSuffix(e.Name(), openSuffix)); ok && !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	slices.SortStableFunc(names, func(x, y string) int { return mustSerial(x) - mustSerial(y) })
	return names, nil
}

// reopen cuts an open file behind its last whole page, and makes its index again. One without
// a page is removed.
func (a *Archive) reopen(stored string) (*openFile, error) {
	path := filepath.Join(a.dir, stored)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	o := newOpenFile(a.dir, strings.TrimSuffix(stored, openSuffix), f)
	if err := o.read(); err != nil {
		o.close()
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		a.cut = info.Size() - o.size
		err = f.Truncate(o.size)
	}
	if err == nil && o.pages == 0 {
		o.close()
		a.last--
		return nil, os.Remove(path)
	}
	if err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

// read reads the pages of a file that was open, up to what is torn or damaged.
func (o *openFile) read() error {
	for e, err := range entries(io.NewSectionReader(o.f, 0, 1<<62), o.name, 0) {
		if readFailed := (*os.PathError)(nil); errors.As(err, &readFailed) {
			return err
		}
		if err != nil {
			break
		}
		main, _, err := mainRecord(&e.Page)
		if err != nil {
			return err
		}
		if err := o.index.add(newIndexEntry(&e.Page, &main), o.name, e.Offset, e.Length); err != nil {
			return err
		}
		o.size = e.End.Offset
		o.pages++
	}
	_, err := io.Copy(o.sum, io.NewSectionReader(o.f, 0, o.size))
	return err
}

// rotate publishes the open file: the index first, the name of the file last, then the
// digests, which are made again where a kill has prevented them.
func (a *Archive) rotate() error {
	o := a.open
	if o == nil {
		return nil
	}
	if err := o.f.Sync(); err != nil {
		return err
	}
	ctx := context.Background()
	folder := store.Local(a.dir)
	sum := sha256.New()
	err := put(ctx, folder, indexName(o.name), func(w io.Writer) error { return o.index.write(io.MultiWriter(w, sum)) })
	if err != nil {
		o.broken, a.closed = true, err // the index is used up
		return err
	}
	if err := os.Rename(o.f.Name(), filepath.Join(a.dir, o.name)); err != nil {
		a.closed = err
		return err
	}
	a.open = nil
	o.close()
	a.files = append(a.files, o.name)
	return a.addDigests(map[string]string{o.name: hex.EncodeToString(o.sum.Sum(nil)), indexName(o.name): hex.EncodeToString(sum.Sum(nil))})
}

func indexName(name string) string { return strings.TrimSuffix(name, suffix) + indexSuffix }

// put writes a file of the folder whole.
func put(ctx context.Context, folder store.Store, name string, write func(io.Writer) error) error {
	w, err := folder.Create(ctx, name)
	if err != nil {
		return err
	}
	if err := write(w); err != nil {
		return errors.Join(err, w.Abort())
	}
	_, err = w.Commit(ctx)
	return err
}

// digests reads the list of digests, by name.
func (a *Archive) digests() (map[string]string, error) {
	sums := map[string]string{}
	b, err := os.ReadFile(filepath.Join(a.dir, digestsName))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for line := range bytes.Lines(b) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(string(line), "\n"), "  ")
		if !ok || len(sum) != 2*sha256.Size {
			return nil, fmt.Errorf("%s: %q is no digest with a name: remove the file, and it is made again", digestsName, line)
		}
		sums[name] = sum
	}
	return sums, nil
}

// addDigests adds to the list of digests, which sha256sum -c reads. Its commit makes the
// folder durable, the name of a file that was published among it.
func (a *Archive) addDigests(more map[string]string) error {
	sums, err := a.digests()
	if err != nil {
		return err
	}
	maps.Copy(sums, more)
	names := make([]string, 0, len(sums))
	for name := range sums {
		names = append(names, name)
	}
	slices.Sort(names)
	return put(context.Background(), store.Local(a.dir), digestsName, func(w io.Writer) error {
		for _, name := range names {
			if _, err := fmt.Fprintf(w, "%s  %s\n", sums[name], name); err != nil {
				return err
			}
		}
		return nil
	})
}

// missingDigests adds those of whole files that have none: their process ended before.
func (a *Archive) missingDigests() error {
	sums, err := a.digests()
	if err != nil {
		return err
	}
	more := map[string]string{}
	for _, name := range a.files {
		for _, n := range []string{name, indexName(name)} {
			if sums[n] != "" {
				continue
			}
			sum, err := fileDigest(filepath.Join(a.dir, n))
			if err != nil {
				return err
			}
			more[n] = sum
		}
	}
	if len(more) == 0 {
		return nil
	}
	return a.addDigests(more)
}

func fileDigest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
