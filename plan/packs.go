package plan

import (
	"fmt"

	"github.com/zeebo/xxh3"
)

// Packing says how many small files of the input share a task. A file begins a pack by a
// hash of its name and by its size, whatever stands beside it: so a new file changes the
// pack it falls into, and packs behind that one up to the next file that begins one by
// itself.
type Packing struct {
	// Files is about how many files a pack has; with 1 or less every file is alone.
	Files int `json:"files"`
	// Bytes is about how many stored bytes it has. A file of so many, or of unknown size,
	// is alone.
	Bytes int64 `json:"bytes"`
	// Cut is how many bytes of a large file a task reads, where its source cuts; 0 cuts
	// none. What is left over belongs to the last range.
	Cut int64 `json:"cut"`
}

// packMost bounds a pack: so many times what it should have, of files and of bytes.
const packMost = 4

// alone reports whether a file shares its task with no other.
func (p Packing) alone(s Shard) bool { return p.Files <= 1 || s.Size < 0 || s.Size >= p.Bytes }

// begins reports whether a file begins a pack wherever it stands: one in Files does, and
// the more, the larger they are.
func (p Packing) begins(s Shard) bool {
	lot := float64(xxh3.HashString(s.Name)>>11) / (1 << 53)
	return lot < 1/float64(p.Files)+float64(s.Size)/float64(p.Bytes)
}

// Packs cuts the input into what one task reads: consecutive files of one source.
func (p Packing) Packs(shards []Shard) [][]Shard {
	var packs [][]Shard
	var bytes int64 // of the last pack
	for i, s := range shards {
		cut := i == 0 || s.Source != shards[i-1].Source || p.alone(s) || p.alone(shards[i-1]) || p.begins(s)
		if !cut { // else it would be longer than a task should be
			cut = len(packs[len(packs)-1]) >= packMost*p.Files || bytes+s.Size > packMost*p.Bytes
		}
		if cut {
			packs, bytes = append(packs, shards[i:i:len(shards)]), 0
		}
		last := len(packs) - 1
		packs[last] = append(packs[last], s)
		bytes += s.Size
	}
	return packs
}

// Ranges cuts a file into what one task reads each.
func (p Packing) Ranges(s Shard) []Shard {
	n := int64(1)
	if p.Cut > 0 {
		n = s.Size / p.Cut
	}
	if n < 2 {
		return []Shard{s}
	}
	ranges := make([]Shard, n)
	for i := range ranges {
		r := s
		r.From, r.To = int64(i)*p.Cut, int64(i+1)*p.Cut
		ranges[i] = r
	}
	ranges[n-1].To = s.Size
	return ranges
}

// Units are what one task of the first segment pass reads each: packs, files, ranges of
// files.
func (g *Graph) Units(shards []Shard) [][]Shard { return g.units(shards, true) }

// units leaves files whole that can be cut in order alone, unless inOrder. A calibration
// reads such files whole: none of its tasks waits for another.
func (g *Graph) units(shards []Shard, inOrder bool) [][]Shard {
	cuts := map[string]bool{}
	for _, s := range g.Sources {
		cuts[s.Name] = s.Cuts && (inOrder || !s.InOrder)
	}
	var units [][]Shard
	for _, pack := range g.Packing.Packs(shards) {
		if len(pack) > 1 || !cuts[pack[0].Source] {
			units = append(units, pack)
			continue
		}
		ranges := g.Packing.Ranges(pack[0])
		for i := range ranges {
			units = append(units, ranges[i:i+1:i+1])
		}
	}
	return units
}

// stored is how many bytes of the shard are read, 0 if unknown.
func (s Shard) stored() int64 {
	if s.To > 0 {
		return s.To - s.From
	}
	return max(s.Size, 0)
}

// packLabel names a pack by its first file. It does not count the others: a file more
// leaves the pack its place in the sample of a calibration.
func packLabel(pack []Shard) string {
	label := pack[0].Source + "/" + pack[0].Name
	switch s := pack[0]; {
	case len(pack) > 1:
		label += " and following"
	case s.To > 0:
		label += fmt.Sprintf(" bytes %d-%d", s.From, s.To-1)
	}
	return label
}
