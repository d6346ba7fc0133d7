package plan

import (
	"cmp"
	"math/bits"

	"github.com/zeebo/xxh3"
)

// Scale says from which counts on a run takes more passes or more tasks. It is of the plan
// and not of a machine: all processes of a run must agree on its tasks. Zeros are those of
// [DefaultScale].
type Scale struct {
	// Segments is how many segments of a cut each task reads by itself, as many as a merge
	// opens at once; of more the keys are merged in bundles first.
	Segments int `json:"segments"`
	// Sketches is up to how many bytes of sketches group tasks read from the segments, each
	// block when a group needs it; more are merged with the keys.
	Sketches int64 `json:"sketches"`
	// Keys is about how many keys a group task has.
	Keys int64 `json:"keys"`
	// Files and Bytes are about how many segments, and how many bytes of their keys and
	// sketches, a bundle has in large runs; in others it has less, so that there are some
	// bundlesWanted.
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
	// Spread is about how many tasks share the segments of a cut where one a segment would be
	// too many.
	Spread int `json:"spread"`
	// Edges is how many edges between documents one task resolves in memory; of more the
	// components are found on disk, and their survivors by many tasks.
	Edges int64 `json:"edges"`
	// Choose is about how many edges a task has that chooses survivors.
	Choose int64 `json:"choose"`
}

// DefaultScale is that of every run but those of tests.
var DefaultScale = Scale{Segments: 256, Sketches: 64 << 20, Keys: 64 << 20, Files: 1024, Bytes: 8 << 30, Spread: 256, Edges: 1 << 20, Choose: 32 << 20}

// orDefault fills in what is not given.
func (s Scale) orDefault() Scale {
	d := DefaultScale
	return Scale{
		Segments: cmp.Or(s.Segments, d.Segments),
		Sketches: cmp.Or(s.Sketches, d.Sketches),
		Keys:     cmp.Or(s.Keys, d.Keys),
		Files:    cmp.Or(s.Files, d.Files),
		Bytes:    cmp.Or(s.Bytes, d.Bytes),
		Spread:   cmp.Or(s.Spread, d.Spread),
		Edges:    cmp.Or(s.Edges, d.Edges),
		Choose:   cmp.Or(s.Choose, d.Choose),
	}
}

// keyBytes is what a key takes in a file of keys.
const keyBytes = 24

// bundle is segments from..to-1 of a pass.
type bundle struct{ from, to int }

// bundles cuts the segments of a cut into what one task works on: consecutive ones. As with
// packs a segment begins a bundle by a hash of its label and by its size, whatever stands
// beside it: so a new segment changes the bundle it falls into, and bundles behind that one
// up to the next segment that begins one by itself.
func (s Scale) bundles(segments *Heads, bytes func(*Head) int64) []bundle {
	s = s.sized(segments, bytes)
	var all []bundle
	var sum int64 // of the last bundle
	for i, h := range segments.All() {
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

// Sizes of bundles in runs that are not large.
const (
	bundlesWanted  = 64
	bundleFilesMin = 4
	bundleBytesMin = 256 << 20
)

// sized makes bundles small enough for many tasks. Sizes are powers of two: as segments are
// added all bundles change when their number or bytes have doubled, and not before.
func (s Scale) sized(segments *Heads, bytes func(*Head) int64) Scale {
	var sum int64
	for _, h := range segments.All() {
		sum += bytes(h)
	}
	s.Files = min(s.Files, max(bundleFilesMin, int(powerOfTwo(int64(segments.Len()/bundlesWanted)))))
	s.Bytes = min(s.Bytes, max(bundleBytesMin, powerOfTwo(sum/bundlesWanted)))
	return s
}

// powerOfTwo is the largest that is not more than n, which is not negative; 0 of 0.
func powerOfTwo(n int64) int64 {
	if n == 0 {
		return 0
	}
	return 1 << (bits.Len64(uint64(n)) - 1)
}

// spreadText is the most text that a task of a spread pass reads, about.
const spreadText = 256 << 30

// spread cuts the segments of a cut evenly, for tasks that hang on all of it anyway: into as
// many as Spread, and more where they read texts and these are large.
func (s Scale) spread(segments *Heads, texts bool) []bundle {
	n := s.Spread
	if texts {
		var bytes int64
		for _, h := range segments.All() {
			bytes += h.TextBytes
		}
		n = max(n, int(bytes/spreadText))
	}
	n = min(n, segments.Len())
	all := make([]bundle, n)
	for i := range all {
		all[i] = bundle{i * segments.Len() / n, (i + 1) * segments.Len() / n}
	}
	return all
}
