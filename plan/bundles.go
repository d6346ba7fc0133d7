package plan

import "github.com/zeebo/xxh3"

// Scale says from which counts on a run takes more passes or more tasks. It is of the plan
// and not of a machine: all processes of a run must agree on its tasks. Zeros are those of
// [DefaultScale].
type Scale struct {
	// Segments is how many segments of a cut each task reads by itself; of more the keys are
	// merged in bundles first.
	Segments int `json:"segments"`
	// Keys is about how many keys a group task has.
	Keys int64 `json:"keys"`
	// Files and Bytes are about how many segments, and how many bytes of their keys and
	// sketches, a bundle has.
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
	// Edges is how many edges between documents one task resolves in memory; of more the
	// components are found on disk, and their survivors by many tasks.
	Edges int64 `json:"edges"`
	// Choose is about how many edges a task has that chooses survivors.
	Choose int64 `json:"choose"`
}

// DefaultScale is that of every run but those of tests.
var DefaultScale = Scale{Segments: 64, Keys: 64 << 20, Files: 1024, Bytes: 8 << 30, Edges: 1 << 20, Choose: 32 << 20}

// orDefault fills in what is not given.
func (s Scale) orDefault() Scale {
	d := DefaultScale
	if s.Segments == 0 {
		s.Segments = d.Segments
	}
	if s.Keys == 0 {
		s.Keys = d.Keys
	}
	if s.Files == 0 {
		s.Files = d.Files
	}
	if s.Bytes == 0 {
		s.Bytes = d.Bytes
	}
	if s.Edges == 0 {
		s.Edges = d.Edges
	}
	if s.Choose == 0 {
		s.Choose = d.Choose
	}
	return s
}

// keyBytes is what a key takes in a file of keys.
const keyBytes = 24

// bundle is segments from..to-1 of a pass.
type bundle struct{ from, to int }

// bundles cuts the segments of a cut into what one task works on: consecutive ones. As with
// packs a segment begins a bundle by a hash of its label and by its size, whatever stands
// beside it: so a new segment changes the bundle it falls into, and bundles behind that one
// up to the next segment that begins one by itself.
func (s Scale) bundles(segments []*Head, bytes func(*Head) int64) []bundle {
	var all []bundle
	var sum int64 // of the last bundle
	for i, h := range segments {
		n := bytes(h)
		lot := float64(xxh3.HashString(h.Label)>>11) / (1 << 53)
		cut := i == 0 || lot < 1/float64(s.Files)+float64(n)/float64(s.Bytes)
		if !cut { // else it would be longer than a task should be
			cut = i-all[len(all)-1].from >= packMost*s.Files || sum+n > packMost*s.Bytes
		}
		if cut {
			all, sum = append(all, bundle{i, i}), 0
		}
		all[len(all)-1].to = i + 1
		sum += n
	}
	return all
}

// singles are bundles of one segment each.
func singles(n int) (all []bundle) {
	for i := range n {
		all = append(all, bundle{i, i + 1})
	}
	return all
}
