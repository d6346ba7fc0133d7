package frontier

import (
	"container/heap"
	"encoding/binary"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/crawl/urls"
)

// Batch is a set of changes that are committed together, see [Frontier.Update].
type Batch struct {
	f      *Frontier
	b      *pebble.Batch
	marks  map[fingerprint]mark
	hosts  map[string]*host // that changed
	counts map[string]uint64
	key    []byte
	value  []byte
}

// Outcome is what became of an address that was added.
type Outcome uint8

// The outcomes of adding.
const (
	Added Outcome = iota
	// Known was seen before.
	Known
	// Spent is one too many of its shape.
	Spent
	// Full is one too many of its host.
	Full
	// Gone is of a host that was given up.
	Gone
)

// Update commits the changes that change makes. An error, of change too, ends the use of
// the frontier: open it again.
func (f *Frontier) Update(change func(b *Batch) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken != nil {
		return f.broken
	}
	b := &f.batch
	b.b = f.db.NewBatch()
	defer b.b.Close() //nolint:errcheck // after a commit it does nothing
	b.marks, b.hosts, b.counts = reset(b.marks), reset(b.hosts), reset(b.counts)
	if err := change(b); err != nil {
		return f.fail(err)
	}
	return f.fail(b.commit())
}

// Stand says what the batch stands for: a position, and a state of the caller's.
func (b *Batch) Stand(position string, state []byte) {
	b.f.meta.position = append(b.f.meta.position[:0], position...)
	b.f.meta.state = append(b.f.meta.state[:0], state...)
}

// reset empties a map and keeps its memory, unless one large batch made it large.
func reset[K comparable, V any](m map[K]V) map[K]V {
	if m == nil || len(m) > 1<<12 {
		return map[K]V{}
	}
	clear(m)
	return m
}

// Add queues an address that was never seen. Of those of a shape that is not "" a host has
// shapeMax at most; 0 is any number.
func (b *Batch) Add(e Entry, shape string, shapeMax int) (Outcome, error) {
	print := fingerprintOf(e.URL.String())
	if b.f.recent.has(print) {
		return Known, nil
	}
	m, err := b.lookup(print)
	if err != nil || m.state != Unseen {
		b.f.recent.add(print)
		return Known, err
	}
	h, err := b.host(e.URL.Origin())
	switch {
	case err != nil:
		return 0, err
	case h.GivenUp != "":
		return Gone, nil
	case h.admitted >= uint64(b.f.settings.QueueMax):
		return Full, nil
	}
	if shape != "" && shapeMax > 0 {
		if ok, err := b.count(h.Origin, shape, uint64(shapeMax)); err != nil || !ok {
			return Spent, err
		}
	}
	h.admitted++
	b.f.meta.seen++
	return Added, b.enqueue(h, e, print)
}

// enqueue gives an entry the next number and its place.
func (b *Batch) enqueue(h *host, e Entry, print fingerprint) error {
	b.f.meta.number++
	e.number = b.f.meta.number
	b.key, b.value = queueKey(b.key, h.Origin, e.place()), e.append(b.value[:0])
	if err := b.b.Set(b.key, b.value, nil); err != nil {
		return err
	}
	h.Queued++
	b.f.meta.queued++
	h.rewind(e.place())
	b.hosts[h.Origin] = h
	return b.mark(print, mark{Waiting, e.place()})
}

// Settle notes what became of an address, and takes it out of its queue. Was is what it
// had been before: of one that is Fetched already nothing changes.
func (b *Batch) Settle(u Entry, state State) (was State, err error) {
	print := fingerprintOf(u.URL.String())
	m, err := b.lookup(print)
	if err != nil || m.state == Fetched || m.state == state {
		return m.state, err
	}
	if err := b.dequeue(u.URL.Origin(), m); err != nil {
		return m.state, err
	}
	if m.state == Unseen {
		b.f.meta.seen++
	}
	return m.state, b.mark(print, mark{state: state})
}

// dequeue takes an address that waits off its queue.
func (b *Batch) dequeue(origin string, m mark) error {
	if m.state != Waiting {
		return nil
	}
	h, err := b.host(origin)
	if err != nil || h.Queued == 0 {
		return err
	}
	h.Queued--
	b.f.meta.queued--
	b.hosts[origin] = h
	h.buffer = slices.DeleteFunc(h.buffer, func(e Entry) bool { return e.place() == m.place })
	b.key = queueKey(b.key, origin, m.place)
	return b.b.Delete(b.key, nil)
}

// Again queues an entry once more, behind those of its priority.
func (b *Batch) Again(e Entry) error {
	print := fingerprintOf(e.URL.String())
	m, err := b.lookup(print)
	if err != nil || m.state != Waiting {
		return err
	}
	if err := b.dequeue(e.URL.Origin(), m); err != nil {
		return err
	}
	h, err := b.host(e.URL.Origin())
	if err != nil {
		return err
	}
	return b.enqueue(h, e, print)
}

// Renew queues an address that was settled, to ask for it once more, of a host that was
// given up too, which is counted anew. It is no change where it waits already.
func (b *Batch) Renew(e Entry) error {
	print := fingerprintOf(e.URL.String())
	m, err := b.lookup(print)
	if err != nil || m.state == Waiting || m.state == Unseen {
		return err
	}
	h, err := b.host(e.URL.Origin())
	if err != nil {
		return err
	}
	h.GivenUp, h.Failures, h.Fetched, h.Failed, h.Bytes = "", 0, 0, 0, 0
	return b.enqueue(h, e, print)
}

// State is what became of an address so far.
func (b *Batch) State(url string) (State, error) {
	m, err := b.lookup(fingerprintOf(url))
	return m.state, err
}

// Host is what is known of a host; a new one has its origin alone.
func (b *Batch) Host(origin string) (Host, error) {
	h, err := b.host(origin)
	if err != nil {
		return Host{}, err
	}
	return h.Host, nil
}

// SetHost stores what the caller knows of a host, and when it may be asked again: the zero
// time changes nothing. One that is given up loses its queue.
func (b *Batch) SetHost(to Host, ready time.Time) error {
	h, err := b.host(to.Origin)
	if err != nil {
		return err
	}
	to.Queued = h.Queued
	h.Host = to
	if !ready.IsZero() {
		h.ready = milli(ready)
	}
	b.hosts[h.Origin] = h
	if to.GivenUp == "" || h.Queued == 0 {
		return nil
	}
	b.f.meta.queued -= h.Queued
	h.Queued, h.buffer = 0, nil
	return b.b.DeleteRange(queueKey(nil, h.Origin, place{}), queueEnd(nil, h.Origin), nil)
}

// SetData stores bytes of the caller's with a host; nil removes them.
func (b *Batch) SetData(origin string, data []byte) error {
	b.key = dataKey(b.key, origin)
	if data == nil {
		return b.b.Delete(b.key, nil)
	}
	return b.b.Set(b.key, data, nil)
}

// SetAnswer stores bytes of the caller's about what an address last answered.
func (b *Batch) SetAnswer(u urls.URL, answer []byte) error {
	b.key = answerKey(b.key, fingerprintOf(u.String()))
	return b.b.Set(b.key, answer, nil)
}

// Answer are the bytes that were stored about an address, nil if there are none.
func (f *Frontier) Answer(u urls.URL) ([]byte, error) {
	return f.get(answerKey(nil, fingerprintOf(u.String())))
}

// Answers yields what was stored about all addresses, in no order that means anything.
// What is yielded is valid until the next one. The sequence ends after its first error.
func (f *Frontier) Answers() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		it, err := f.db.NewIter(&pebble.IterOptions{LowerBound: []byte{keyAnswer}, UpperBound: []byte{keyAnswer + 1}})
		if err != nil {
			yield(nil, err)
			return
		}
		defer it.Close() //nolint:errcheck // read only
		for ok := it.First(); ok; ok = it.Next() {
			if !yield(it.Value(), nil) {
				return
			}
		}
		if err := it.Error(); err != nil {
			yield(nil, err)
		}
	}
}

// Data are the bytes that were stored with a host, nil if there are none.
func (f *Frontier) Data(origin string) ([]byte, error) { return f.get(dataKey(nil, origin)) }

// lookup finds what is known of an address outside of a batch.
func (f *Frontier) lookup(print fingerprint) (mark, error) {
	v, err := f.get(f.seenKey(nil, print))
	if err != nil {
		return mark{}, err
	}
	return decodeMark(v)
}

// lookup finds what is known of an address, with what the batch changed.
func (b *Batch) lookup(print fingerprint) (mark, error) {
	if m, ok := b.marks[print]; ok {
		return m, nil
	}
	return b.f.lookup(print)
}

func (b *Batch) mark(print fingerprint, m mark) error {
	b.marks[print] = m
	b.f.recent.add(print)
	b.key, b.value = b.f.seenKey(b.key, print), m.append(b.value)
	return b.b.Set(b.key, b.value, nil)
}

// host finds a host in memory, among those that changed, or on disk.
func (b *Batch) host(origin string) (*host, error) {
	if h := b.f.active[origin]; h != nil {
		return h, nil
	}
	if h := b.hosts[origin]; h != nil {
		return h, nil
	}
	h, err := b.f.loadHost(origin)
	if h == nil && err == nil {
		h = &host{listed: -1, at: -1}
		h.Origin = origin
		b.f.meta.hosts++
		b.hosts[origin] = h
	}
	return h, err
}

// count adds one to a shape of a host, unless it has as many as it may.
func (b *Batch) count(origin, shape string, most uint64) (bool, error) {
	b.key = countKey(b.key, origin, xxh3.HashString(shape))
	n, ok := b.counts[string(b.key)]
	if !ok {
		v, err := b.f.get(b.key)
		if err != nil {
			return false, err
		}
		if v != nil {
			d := decoder{v}
			if n = d.uint(); d.err() != nil {
				return false, fmt.Errorf("shapes of %s: %w", origin, errDamaged)
			}
		}
	}
	if n >= most {
		return false, nil
	}
	b.counts[string(b.key)] = n + 1
	b.value = binary.AppendUvarint(b.value[:0], n+1)
	return true, b.b.Set(b.key, b.value, nil)
}

// commit writes hosts and the whole, and makes hosts active that have work.
func (b *Batch) commit() error {
	f := b.f
	for origin, h := range b.hosts { // in any order: each has keys of its own
		switch {
		case h.Queued > 0 && h.listed < 0:
			h.listed = max(h.ready, 0)
			f.meta.working++
			if err := b.b.Set(f.list(h), nil, nil); err != nil {
				return err
			}
		case h.Queued == 0 && h.listed >= 0:
			if err := b.b.Delete(agendaKey(nil, h.listed, origin), nil); err != nil {
				return err
			}
			h.listed = -1
			f.meta.working--
		}
		b.key, b.value = hostKey(b.key, origin), h.append(b.value[:0])
		if err := b.b.Set(b.key, b.value, nil); err != nil {
			return err
		}
	}
	if err := b.b.Set([]byte{keyMeta}, f.meta.append(nil), nil); err != nil {
		return err
	}
	if err := b.b.Commit(pebble.NoSync); err != nil {
		return err
	}
	b.settle()
	return nil
}

// settle makes what is in memory follow what was committed.
func (b *Batch) settle() {
	f := b.f
	for _, origin := range slices.Sorted(maps.Keys(b.hosts)) {
		h := b.hosts[origin]
		active := f.active[origin] == h
		switch {
		case !active && h.Queued > 0 && f.free() > 0:
			f.activate(h)
		case active && !h.leased && h.Queued == 0:
			f.remove(h)
		case active && h.at >= 0:
			heap.Fix(&f.agenda, h.at)
		}
	}
}
