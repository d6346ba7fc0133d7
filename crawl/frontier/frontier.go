// Package frontier holds what a crawl has still to ask for, and all that it has ever seen,
// in a folder: a set of addresses without false answers, a queue for each host, and when
// each host may be asked again. Its memory does not grow with either.
//
// All changes are made in a [Batch], which is committed whole with a position that the
// caller gives ([Batch.Stand]): after a kill at any moment the folder is as the last batch left it that
// reached the system, and [Frontier.Position] says which.
package frontier

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Settings are the limits of a frontier.
type Settings struct {
	// Active is how many hosts are in memory at once; default 4,096. While more have work
	// they take turns.
	Active int
	// Turn is how many addresses of a host are given out before another that waits takes
	// its place; default 100.
	Turn int
	// Delay is how long each host is left alone after a folder was opened that had been used
	// before, or as long as its own delay: a request may have been under way when it ended.
	Delay time.Duration
	// QueueMax is how many addresses of one host may wait; default 1,000,000.
	QueueMax int
}

// Keys of the store: one letter, then
//
//	m                                     what is known of the whole
//	s fingerprint(16)                     state and place in the queue of an address
//	q origin 0 priority(1) number(8)      an address that waits
//	h origin                              a host
//	w time(8) origin                      a host that has work, by when it may be asked
//	n origin 0 hash(8)                    how many addresses of a shape a host has
//	d origin                              what the caller keeps of a host
//	a fingerprint(16)                     what the caller keeps of an answer
const (
	keyMeta    = 'm'
	keySeen    = 's'
	keyQueue   = 'q'
	keyHost    = 'h'
	keyAgenda  = 'w'
	keyCount   = 'n'
	keyData    = 'd'
	keyAnswer  = 'a'
	version    = 1
	cacheBytes = 64 << 20
	tableBytes = 16 << 20
	filterBits = 10
)

// Frontier is an open folder. Its methods may be called by several goroutines, one batch
// at a time.
type Frontier struct {
	settings Settings
	db       *pebble.DB
	cache    *pebble.Cache
	lock     io.Closer

	mu     sync.Mutex
	meta   meta
	active map[string]*host
	agenda agenda // active hosts that nobody has, by time
	leased int
	scanAt int64 // from when on a host that is not active may have a turn
	// scanFrom is where the next look at the agenda on disk begins: before it are active
	// hosts alone, and what was deleted.
	scanFrom []byte
	resumed  int64 // when a folder was opened that had been used before; 0 for a new one
	recent   *recent
	batch    Batch
	broken   error
}

// meta is what is known of the whole.
type meta struct {
	number   uint64 // of the last address that was queued
	queued   uint64
	seen     uint64
	hosts    uint64
	working  uint64 // hosts with addresses that wait
	position []byte
	state    []byte
}

// Totals are counts of the whole frontier.
type Totals struct {
	// Queued addresses wait, Seen is all that were ever added, Hosts had an address.
	Queued, Seen, Hosts uint64
}

// ErrInUse is the error of a folder that another process has open.
var ErrInUse = errors.New("another process has it open")

// Open opens or makes a folder.
func Open(dir string, s Settings) (*Frontier, error) {
	if s.Active <= 0 {
		s.Active = 4096
	}
	if s.Turn <= 0 {
		s.Turn = 100
	}
	if s.QueueMax <= 0 {
		s.QueueMax = 1_000_000
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("frontier: %w", err)
	}
	lock, err := pebble.LockDirectory(dir, vfs.Default)
	if err != nil {
		return nil, fmt.Errorf("frontier %s: %w (%w)", dir, ErrInUse, err)
	}
	f := &Frontier{settings: s, cache: pebble.NewCache(cacheBytes), lock: lock, active: map[string]*host{}, recent: new(recent), scanFrom: []byte{keyAgenda}}
	o := &pebble.Options{Cache: f.cache, Logger: silent{}, MemTableSize: tableBytes, MaxOpenFiles: 256, Lock: lock,
		FormatMajorVersion: pebble.FormatNewest}
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(filterBits)
	}
	if f.db, err = pebble.Open(dir, o); err != nil {
		f.cache.Unref()
		return nil, errors.Join(fmt.Errorf("frontier %s: %w", dir, err), lock.Close())
	}
	f.batch.f = f
	if err := f.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("frontier %s: %w", dir, err), f.Close())
	}
	return f, nil
}

// load reads what is known of the whole.
func (f *Frontier) load() error {
	v, err := f.get([]byte{keyMeta})
	if err != nil || v == nil {
		return err
	}
	d := decoder{v}
	if got := d.uint(); got != version {
		return fmt.Errorf("it has format %d, this program reads %d: crawl into a new folder", got, version)
	}
	f.resumed = time.Now().UnixMilli()
	f.meta = meta{number: d.uint(), queued: d.uint(), seen: d.uint(), hosts: d.uint(), working: d.uint(), position: slices.Clone(d.bytes()), state: slices.Clone(d.bytes())}
	return d.err()
}

func (m *meta) append(b []byte) []byte {
	b = binary.AppendUvarint(b, version)
	for _, n := range []uint64{m.number, m.queued, m.seen, m.hosts, m.working} {
		b = binary.AppendUvarint(b, n)
	}
	return appendBytes(appendBytes(b, m.position), m.state)
}

// Close closes the folder; what is committed stays. No batch may be open.
func (f *Frontier) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var err error
	if f.db != nil {
		err = errors.Join(f.db.Close(), f.lock.Close())
		f.db = nil
		f.cache.Unref()
	}
	return err
}

// Position is what the last commit stands for, nothing in a new folder.
func (f *Frontier) Position() (position string, state []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return string(f.meta.position), slices.Clone(f.meta.state)
}

// Totals counts.
func (f *Frontier) Totals() Totals {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Totals{f.meta.queued, f.meta.seen, f.meta.hosts}
}

// Sync makes all that is committed durable also where the machine loses its power. What
// the positions stand for must be durable before.
func (f *Frontier) Sync() error {
	return f.db.LogData(nil, pebble.Sync)
}

// get reads a value, nil if there is none. The value is a copy.
func (f *Frontier) get(key []byte) ([]byte, error) {
	v, closer, err := f.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, len(v)), v...)
	return out, closer.Close()
}

// silent takes what the store logs: it returns its errors too.
type silent struct{}

func (silent) Infof(string, ...any)  {}
func (silent) Errorf(string, ...any) {}

// Fatalf is called where the store cannot go on, such as on a full disk.
func (silent) Fatalf(format string, args ...any) {
	panic("frontier: " + fmt.Sprintf(format, args...))
}
