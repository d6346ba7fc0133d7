package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/internal/folderlock"
	"github.com/corpusmill/corpusmill/store"
)

// ErrLocked means that another process writes to the folder.
var ErrLocked = errors.New("another process writes to this archive")

// LockName is the file by which the process that writes holds the folder.
const LockName = ".lock"

// ErrClosed is the answer of an archive that was closed.
var ErrClosed = errors.New("the archive is closed")

// Archive is a folder of WARC files that grows. Its methods may be used by several goroutines,
// except that nothing is appended while [Archive.Since] is read.
type Archive struct {
	dir      string
	settings Settings
	packers  sync.Pool
	release  func() // of the lock

	mu     sync.Mutex
	files  []string // whole ones, in the order written
	open   *openFile
	last   int   // serial of the newest file
	cut    int64 // bytes that Open cut off
	closed error // why nothing can be appended
}

// Open opens the archive in a folder, which is made where it is missing, and takes its lock.
// A file that was open when its process ended is cut behind its last whole page and goes on.
// The error wraps [ErrLocked] where another process has the archive.
func Open(dir string, settings Settings) (*Archive, error) {
	if err := settings.fill(); err != nil {
		return nil, fmt.Errorf("archive %s: %w", dir, err)
	}
	release, err := folderlock.Take(dir, LockName)
	if errors.Is(err, folderlock.ErrHeld) {
		err = ErrLocked
	}
	if err != nil {
		return nil, fmt.Errorf("archive %s: %w", dir, err)
	}
	a := &Archive{dir: dir, settings: settings, release: release}
	a.packers.New = func() any { return newPacker(settings.Level) }
	if err := a.recover(); err != nil {
		a.abandon()
		return nil, fmt.Errorf("archive %s: %w", dir, err)
	}
	return a, nil
}

// Cut is how many bytes of a page that was half written were cut off when the archive was
// opened.
func (a *Archive) Cut() int64 { return a.cut }

// Append adds a page in one write, and returns where it stands. Its metadata record has, before
// the lines of [Page.Metadata], fetchStarted, firstByteMs, fetchTimeMs, remote, and an
// interimStatus for each interim response.
//
// An error of the page itself, such as a metadata line with a line break, leaves the archive
// as it was. After a failed write what was written of the page is cut off again; if that
// fails too, nothing more can be appended.
func (a *Archive) Append(p Page) (Location, error) {
	packer := a.packers.Get().(*packer)
	defer a.packers.Put(packer)
	g, err := packer.pack(&p)
	if err != nil {
		return Location{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed != nil {
		return Location{}, a.closed
	}
	if a.open == nil {
		if a.open, err = a.create(); err != nil {
			return Location{}, a.fail(err)
		}
	}
	loc, err := a.open.append(&g)
	if err != nil {
		return Location{}, a.fail(err)
	}
	if a.open.size >= a.settings.MaxBytes {
		return loc, a.rotate()
	}
	return loc, nil
}

// fail keeps an error that leaves the archive in doubt.
func (a *Archive) fail(err error) error {
	if a.open != nil && a.open.broken {
		a.closed = err
	}
	return err
}

// Position is the place behind the last page.
func (a *Archive) Position() Position {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.open != nil:
		return Position{a.open.name, a.open.size}
	case len(a.files) > 0:
		name := a.files[len(a.files)-1]
		if info, err := os.Stat(filepath.Join(a.dir, name)); err == nil {
			return Position{name, info.Size()}
		}
	}
	return Position{}
}

// Sync makes what was appended durable against a failure of power: against a kill it is
// already.
func (a *Archive) Sync() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open == nil {
		return nil
	}
	return a.open.f.Sync()
}

// Rotate publishes the open file: index, digests, and its name. The next page begins another.
func (a *Archive) Rotate() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed != nil {
		return a.closed
	}
	return a.rotate()
}

// Close publishes the open file and releases the lock.
func (a *Archive) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.release == nil {
		return nil
	}
	var err error
	if a.closed == nil {
		err = a.rotate()
	}
	a.abandon()
	return err
}

// abandon closes the archive as it is: another process finds it as after a kill.
func (a *Archive) abandon() {
	if a.open != nil {
		a.open.close()
	}
	a.closed = ErrClosed
	a.release()
	a.release = nil
}

// create begins a file, with its warcinfo record. Its name is durable: a sync of the file is
// enough later.
func (a *Archive) create() (*openFile, error) {
	now := a.settings.Now()
	name := fmt.Sprintf("%s-%s-%05d%s", a.settings.Prefix, stamp(now), a.last+1, suffix)
	info, err := a.info(name, now)
	if err != nil {
		return nil, err
	}
	created, err := store.Local(a.dir).PutIfAbsent(context.Background(), name+openSuffix, info)
	if err == nil && !created {
		err = fmt.Errorf("%s%s: %w", name, openSuffix, os.ErrExist)
	}
	if err != nil {
		return nil, err
	}
	path := filepath.Join(a.dir, name+openSuffix)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	a.last++
	o := newOpenFile(a.dir, name, f)
	o.took(info)
	return o, nil
}

// info is the packed warcinfo record of a file.
func (a *Archive) info(name string, now time.Time) ([]byte, error) {
	lines := append(append([]warc.Field{}, a.settings.Info...),
		warc.Field{Name: "format", Value: "WARC File Format 1.1"},
		warc.Field{Name: "conformsTo", Value: "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"})
	h, block, err := warc.NewWarcinfo(now, name, lines)
	if err != nil {
		return nil, err
	}
	h.Extra = append(h.Extra, warc.Field{Name: "WARC-Block-Digest", Value: warc.Digest(block)})
	p := newPacker(a.settings.Level)
	_, _, err = p.w.WriteRecord(h, block)
	return p.out.Bytes(), err
}
