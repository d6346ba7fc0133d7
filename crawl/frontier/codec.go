package frontier

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/corpusmill/corpusmill/crawl/urls"
)

var errDamaged = errors.New("a value of the frontier is damaged: remove the folder, the archive makes it again")

// decoder reads what the append functions wrote; after an error it reads zeros.
type decoder struct{ b []byte }

func (d *decoder) uint() uint64 {
	n, size := binary.Uvarint(d.b)
	if size <= 0 {
		d.b = nil
		return 0
	}
	d.b = d.b[size:]
	return n
}

func (d *decoder) int() int64 {
	n := d.uint()
	return int64(n>>1) ^ -int64(n&1)
}

func (d *decoder) bytes() []byte {
	n := d.uint()
	if uint64(len(d.b)) < n {
		d.b = nil
		return nil
	}
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

// err says whether all was read and nothing is left.
func (d *decoder) err() error {
	if d.b == nil || len(d.b) != 0 {
		return errDamaged
	}
	return nil
}

func appendBytes[T []byte | string](b []byte, v T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}

// Kind is what an address is asked for.
type Kind uint8

// The kinds of addresses.
const (
	Page Kind = iota
	Sitemap
)

// Entry is an address that waits.
type Entry struct {
	URL  urls.URL
	Kind Kind
	// Priority orders the addresses of a host, the least first; of equal ones the first
	// that was added.
	Priority uint8
	// Hops are the links from a seed, Redirects those in a row that led here.
	Hops, Redirects int
	// Attempts are the requests so far that brought nothing.
	Attempts int
	// NotBefore is when it may be asked for again; the zero time is at once.
	NotBefore time.Time
	// Via is the address that named it, "" for seeds.
	Via string

	number uint64 // in the order of adding
}

// place orders the addresses of a host.
type place struct {
	priority uint8
	number   uint64
}

func (p place) before(q place) bool {
	return p.priority < q.priority || p.priority == q.priority && p.number < q.number
}

func (e *Entry) place() place { return place{e.Priority, e.number} }

func (e *Entry) append(b []byte) []byte {
	b = append(b, byte(e.Kind))
	for _, n := range []int{e.Hops, e.Redirects, e.Attempts} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	b = binary.AppendVarint(b, milli(e.NotBefore))
	return appendBytes(appendBytes(b, e.URL.Target()), e.Via)
}

// decodeEntry reads an entry of a host from its key and value.
func decodeEntry(origin string, key, value []byte) (Entry, error) {
	if len(key) < 9 || len(value) < 1 {
		return Entry{}, errDamaged
	}
	e := Entry{Priority: key[len(key)-9], number: binary.BigEndian.Uint64(key[len(key)-8:]), Kind: Kind(value[0])}
	d := decoder{value[1:]}
	e.Hops, e.Redirects, e.Attempts = int(d.uint()), int(d.uint()), int(d.uint())
	e.NotBefore = fromMilli(d.int())
	target, via := d.bytes(), d.bytes()
	e.Via = string(via)
	if err := d.err(); err != nil {
		return Entry{}, err
	}
	var err error
	e.URL, err = urls.Stored(origin + string(target))
	return e, err
}

// milli rounds up: what has to wait is never early.
func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Add(time.Millisecond - 1).UnixMilli()
}

func fromMilli(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func (f *Frontier) seenKey(b []byte, print fingerprint) []byte {
	return append(append(b[:0], keySeen), print[:]...)
}

func queueKey(b []byte, origin string, p place) []byte {
	b = append(append(append(b[:0], keyQueue), origin...), 0, p.priority)
	return binary.BigEndian.AppendUint64(b, p.number)
}

// queueEnd is behind all addresses of a host.
func queueEnd(b []byte, origin string) []byte {
	return append(append(append(b[:0], keyQueue), origin...), 1)
}

func hostKey(b []byte, origin string) []byte { return append(append(b[:0], keyHost), origin...) }

func dataKey(b []byte, origin string) []byte { return append(append(b[:0], keyData), origin...) }

func agendaKey(b []byte, ready int64, origin string) []byte {
	b = binary.BigEndian.AppendUint64(append(b[:0], keyAgenda), uint64(max(ready, 0)))
	return append(b, origin...)
}

func countKey(b []byte, origin string, hash uint64) []byte {
	return binary.BigEndian.AppendUint64(append(append(append(b[:0], keyCount), origin...), 0), hash)
}

func answerKey(b []byte, print fingerprint) []byte {
	return append(append(b[:0], keyAnswer), print[:]...)
}
