package frontier

import (
	"encoding/binary"
	"fmt"
	"iter"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// Host is what is known of a host: of scheme, name and port.
type Host struct {
	// Origin is such as http://a.example:8080.
	Origin string
	// Fetched are answers of any status, Failed requests without one, Bytes what came over
	// the wire.
	Fetched, Failed, Bytes uint64
	// Failures are those in a row.
	Failures int
	// Delay is how long the host is left alone between requests.
	Delay time.Duration
	// Address is where it was reached last, "" if it never was.
	Address string
	// GivenUp says why it is not asked any more; "" while it is.
	GivenUp string
	// Queued are its addresses that wait. Only the frontier sets it.
	Queued uint64
}

// host is a Host with its queue.
type host struct {
	Host
	admitted uint64 // addresses that were ever queued
	// head: no address that waits is before it, but for the one that is given out. It is not
	// stored: after a kill that one waits again.
	head   place
	buffer []Entry // the first of the queue, in order
	ready  int64   // when it may be asked, in milliseconds
	listed int64   // its time in the agenda on disk; -1 if it is in none
	turn   int     // addresses given out since it is active
	leased bool
	at     int // place in the agenda in memory, -1 if it is in none
}

func (h *host) append(b []byte) []byte {
	for _, n := range []uint64{h.Fetched, h.Failed, h.Bytes, uint64(h.Failures), uint64(h.Delay), h.Queued, h.admitted} {
		b = binary.AppendUvarint(b, n)
	}
	b = binary.AppendVarint(binary.AppendVarint(b, h.ready), h.listed)
	return appendBytes(appendBytes(b, h.Address), h.GivenUp)
}

func decodeHost(origin string, v []byte) (*host, error) {
	d := decoder{v}
	h := &host{at: -1}
	h.Origin = origin
	h.Fetched, h.Failed, h.Bytes, h.Failures, h.Delay = d.uint(), d.uint(), d.uint(), int(d.uint()), time.Duration(d.uint())
	h.Queued, h.admitted = d.uint(), d.uint()
	h.ready, h.listed = d.int(), d.int()
	h.Address, h.GivenUp = string(d.bytes()), string(d.bytes())
	return h, d.err()
}

// loadHost reads a host, nil if there is none.
func (f *Frontier) loadHost(origin string) (*host, error) {
	v, err := f.get(hostKey(nil, origin))
	if v == nil {
		return nil, err
	}
	h, err := decodeHost(origin, v)
	if err != nil {
		return nil, fmt.Errorf("host %s: %w", origin, err)
	}
	return h, nil
}

// Hosts yields all hosts in the order of their origins, as they were committed last. The
// sequence ends after its first error.
func (f *Frontier) Hosts() iter.Seq2[Host, error] {
	return func(yield func(Host, error) bool) {
		it, err := f.db.NewIter(&pebble.IterOptions{LowerBound: []byte{keyHost}, UpperBound: []byte{keyHost + 1}})
		if err != nil {
			yield(Host{}, err)
			return
		}
		defer it.Close() //nolint:errcheck // read only
		for ok := it.First(); ok; ok = it.Next() {
			h, err := decodeHost(string(it.Key()[1:]), it.Value())
			if err != nil {
				yield(Host{}, err)
				return
			}
			if !yield(h.Host, nil) {
				return
			}
		}
		if err := it.Error(); err != nil {
			yield(Host{}, err)
		}
	}
}

// agenda is a heap of hosts, the one that may be asked first on top; of equals the one
// with the least origin.
type agenda []*host

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].ready < a[j].ready || a[i].ready == a[j].ready && a[i].Origin < a[j].Origin
}
func (a agenda) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].at, a[j].at = i, j
}
func (a *agenda) Push(x any) {
	h := x.(*host)
	h.at = len(*a)
	*a = append(*a, h)
}
func (a *agenda) Pop() any {
	last := len(*a) - 1
	h := (*a)[last]
	(*a)[last] = nil
	*a, h.at = (*a)[:last], -1
	return h
}
