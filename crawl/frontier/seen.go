package frontier

import (
	"crypto/sha256"
	"encoding/binary"
)

// fingerprint stands for an address. It is half of a SHA-256: nobody can make two
// addresses of one.
type fingerprint [16]byte

func fingerprintOf(url string) fingerprint {
	sum := sha256.Sum256([]byte(url))
	return fingerprint(sum[:16])
}

// recent knows whole fingerprints that were seen lately, so that links which stand on
// every page of a site are not looked up: what it knows was seen, what it does not know
// may have been.
type recent [1 << 15]fingerprint

func (r *recent) slot(p fingerprint) *fingerprint {
	return &r[binary.LittleEndian.Uint16(p[:])%uint16(len(r))]
}

func (r *recent) has(p fingerprint) bool { return *r.slot(p) == p }
func (r *recent) add(p fingerprint)      { *r.slot(p) = p }

// State is what became of an address.
type State uint8

// The states of an address.
const (
	// Unseen was never added.
	Unseen State = iota
	// Waiting is in its host's queue, or somebody is asking for it.
	Waiting
	// Fetched has an answer.
	Fetched
	// Failed has none, and is not asked for again.
	Failed
	// Refused may not be asked for.
	Refused
)

// mark is the value of an address that was seen.
type mark struct {
	state State
	place place // while it waits
}

func (m mark) append(b []byte) []byte {
	b = append(b[:0], byte(m.state))
	if m.state == Waiting {
		b = binary.BigEndian.AppendUint64(append(b, m.place.priority), m.place.number)
	}
	return b
}

func decodeMark(v []byte) (mark, error) {
	switch {
	case v == nil:
		return mark{}, nil
	case len(v) == 10 && State(v[0]) == Waiting:
		return mark{Waiting, place{v[1], binary.BigEndian.Uint64(v[2:])}}, nil
	case len(v) == 1 && v[0] > byte(Waiting) && v[0] <= byte(Refused):
		return mark{state: State(v[0])}, nil
	}
	return mark{}, errDamaged
}
