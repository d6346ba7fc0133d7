package frontier

import (
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"math"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// Work is an address that one caller has, with its host, which nobody else has meanwhile.
type Work struct {
	Host  Host
	Entry Entry
}

// ErrDone is the error of a frontier where nothing waits and nobody has anything.
var ErrDone = errors.New("nothing is left to ask for")

const (
	// bufferEntries are how many addresses of an active host are in memory.
	bufferEntries = 16
	// horizon is how long a host that has to wait stays in memory where others want its place.
	horizon = 10_000
	never   = math.MaxInt64
)

// Next takes the next address whose host may be asked. Where there is none yet, ok is false
// and wait says how long that will last at most, if nothing changes before: it is negative
// where only a change helps. ErrDone ends a crawl.
func (f *Frontier) Next(now time.Time) (w Work, wait time.Duration, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken != nil {
		return Work{}, 0, false, f.broken
	}
	ms := now.UnixMilli()
	for {
		if err := f.fill(ms); err != nil {
			return Work{}, 0, false, f.fail(err)
		}
		if len(f.agenda) == 0 || f.agenda[0].ready > ms {
			return f.idle(ms)
		}
		h := f.agenda[0]
		heap.Pop(&f.agenda)
		if len(h.buffer) == 0 {
			if err := f.refill(h); err != nil {
				return Work{}, 0, false, f.fail(err)
			}
		}
		if len(h.buffer) == 0 {
			return Work{}, 0, false, f.fail(errDamaged) // it would not be in the agenda
		}
		if at := milli(h.buffer[0].NotBefore); at > ms {
			h.ready = at
			if err := f.park(h, ms); err != nil {
				return Work{}, 0, false, f.fail(err)
			}
			continue
		}
		e := h.buffer[0]
		h.buffer = h.buffer[1:]
		h.head = place{e.Priority, e.number + 1}
		h.leased = true
		h.turn++
		f.leased++
		return Work{h.Host, e}, 0, true, nil
	}
}

// idle says how long nothing can be given out.
func (f *Frontier) idle(ms int64) (Work, time.Duration, bool, error) {
	if f.leased == 0 && f.meta.queued == 0 {
		return Work{}, 0, false, ErrDone
	}
	at := int64(never)
	if f.free() > 0 && f.waiting() {
		at = f.scanAt
	}
	if len(f.agenda) > 0 {
		at = min(at, f.agenda[0].ready)
	}
	if at == never {
		return Work{}, -1, false, nil
	}
	return Work{}, time.Duration(max(at-ms, 1)) * time.Millisecond, false, nil
}

// Release gives a host back that Next gave out. It may be asked again at a time. An entry
// that was neither settled nor queued again goes back to where it was.
func (f *Frontier) Release(w Work, ready, now time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken != nil {
		return f.broken
	}
	h := f.active[w.Host.Origin]
	h.leased = false
	f.leased--
	h.ready = max(milli(ready), now.UnixMilli())
	if !w.Entry.URL.IsZero() {
		m, err := f.lookup(fingerprintOf(w.Entry.URL.String()))
		if err != nil {
			return f.fail(err)
		}
		if m.state == Waiting && m.place == w.Entry.place() {
			h.rewind(m.place)
		}
	}
	return f.fail(f.park(h, now.UnixMilli()))
}

// rewind makes sure that an address at a place is found again.
func (h *host) rewind(p place) {
	if p.before(h.head) {
		h.head = p
	}
	if len(h.buffer) > 0 && p.before(h.buffer[len(h.buffer)-1].place()) {
		h.buffer, h.head = nil, h.first(p)
	}
}

// first is the least place of the buffer and another one.
func (h *host) first(p place) place {
	if b := h.buffer[0].place(); b.before(p) {
		return b
	}
	return p
}

// park puts an active host that nobody has where it belongs: back in the agenda, or to
// disk where others want its place, or out where it has nothing.
func (f *Frontier) park(h *host, ms int64) error {
	switch {
	case h.Queued == 0:
		delete(f.active, h.Origin)
		return f.db.Set(hostKey(nil, h.Origin), h.append(nil), pebble.NoSync)
	case f.waiting() && f.free() <= 0 && (h.turn >= f.settings.Turn || h.ready > ms+horizon):
		return f.deactivate(h)
	}
	heap.Push(&f.agenda, h)
	return nil
}

// deactivate takes a host out of memory.
func (f *Frontier) deactivate(h *host) error {
	delete(f.active, h.Origin)
	b := f.db.NewBatch()
	defer b.Close()                                       //nolint:errcheck // after a commit it does nothing
	_ = b.Delete(agendaKey(nil, h.listed, h.Origin), nil) // a batch in memory takes everything
	h.listed = max(h.ready, 0)
	_ = b.Set(f.list(h), nil, nil)
	_ = b.Set(hostKey(nil, h.Origin), h.append(nil), nil)
	return b.Commit(pebble.NoSync)
}

// list is the key of a host in the agenda on disk, where the next scan will find it.
func (f *Frontier) list(h *host) []byte {
	key := agendaKey(nil, h.listed, h.Origin)
	f.scanAt = min(f.scanAt, h.listed-horizon)
	if bytes.Compare(key, f.scanFrom) < 0 {
		f.scanFrom = key
	}
	return key
}

// free is how many more hosts may be active.
func (f *Frontier) free() int { return f.settings.Active - len(f.active) }

// waiting reports whether hosts have work that are not active.
func (f *Frontier) waiting() bool { return f.meta.working > uint64(len(f.active)) }

// fill makes hosts active that wait on disk, those first that may be asked first. Active
// ones are passed over, so it works when a good part of them is gone or none can be asked.
func (f *Frontier) fill(ms int64) error {
	idle := len(f.agenda) == 0 || f.agenda[0].ready > ms
	if f.free() <= 0 || !f.waiting() || ms < f.scanAt || !idle && f.free() < f.settings.Active/8 {
		return nil
	}
	it, err := f.db.NewIter(&pebble.IterOptions{LowerBound: f.scanFrom, UpperBound: []byte{keyAgenda + 1}})
	if err != nil {
		return err
	}
	defer it.Close() //nolint:errcheck // read only
	f.scanAt = never
	f.scanFrom = []byte{keyAgenda + 1}
	for ok := it.First(); ok; ok = it.Next() {
		ready := int64(binary.BigEndian.Uint64(it.Key()[1:9]))
		if f.free() <= 0 || ready > ms+horizon {
			f.scanAt, f.scanFrom = max(ready-horizon, ms), bytes.Clone(it.Key())
			break
		}
		origin := string(it.Key()[9:])
		if f.active[origin] != nil {
			continue
		}
		h, err := f.loadHost(origin)
		if err != nil {
			return err
		}
		if h == nil || h.Queued == 0 {
			return errDamaged
		}
		f.activate(h)
	}
	return it.Error()
}

// activate takes a host into memory.
func (f *Frontier) activate(h *host) {
	h.turn, h.leased = 0, false
	if f.resumed > 0 {
		h.ready = max(h.ready, f.resumed+max(h.Delay, f.settings.Delay).Milliseconds())
	}
	f.active[h.Origin] = h
	heap.Push(&f.agenda, h)
}

// refill reads the beginning of a host's queue.
func (f *Frontier) refill(h *host) error {
	it, err := f.db.NewIter(&pebble.IterOptions{LowerBound: queueKey(nil, h.Origin, h.head), UpperBound: queueEnd(nil, h.Origin)})
	if err != nil {
		return err
	}
	defer it.Close() //nolint:errcheck // read only
	h.buffer = make([]Entry, 0, bufferEntries)
	for ok := it.First(); ok && len(h.buffer) < bufferEntries; ok = it.Next() {
		e, err := decodeEntry(h.Origin, it.Key(), it.Value())
		if err != nil {
			return err
		}
		h.buffer = append(h.buffer, e)
	}
	return it.Error()
}

// fail keeps the first error: what is in memory no longer fits what is on disk.
func (f *Frontier) fail(err error) error {
	if err != nil && f.broken == nil {
		f.broken = err
	}
	return err
}

// remove takes a host without work out of memory.
func (f *Frontier) remove(h *host) {
	delete(f.active, h.Origin)
	if h.at >= 0 {
		heap.Remove(&f.agenda, h.at)
	}
}

// Claim takes a host without an address of its queue, for a request that a redirect leads
// to. Where it may not be asked yet, or somebody has it, ok is false and wait says when to
// try again.
func (f *Frontier) Claim(origin string, now time.Time) (w Work, wait time.Duration, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken != nil {
		return Work{}, 0, false, f.broken
	}
	h := f.active[origin]
	if h == nil {
		if h, err = f.loadHost(origin); err != nil {
			return Work{}, 0, false, f.fail(err)
		}
		if h == nil {
			h = &host{listed: -1}
			h.Origin = origin
			f.meta.hosts++
		}
		f.activate(h)
	}
	ms := now.UnixMilli()
	switch {
	case h.leased:
		return Work{}, claimAgain, false, nil
	case h.ready > ms:
		if h.Queued == 0 {
			f.remove(h)
		}
		return Work{}, time.Duration(h.ready-ms) * time.Millisecond, false, nil
	}
	heap.Remove(&f.agenda, h.at)
	h.leased = true
	f.leased++
	return Work{Host: h.Host}, 0, true, nil
}

// claimAgain is when to look again at a host that somebody has.
const claimAgain = 20 * time.Millisecond
