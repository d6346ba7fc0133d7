package plan

import "github.com/zeebo/xxh3"

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

// packLabel names a pack by its first file. It does not count the others: a file more
// leaves the pack its place in the sample of a calibration.
func packLabel(pack []Shard) string {
	label := pack[0].Source + "/" + pack[0].Name
	if len(pack) > 1 {
		label += " and following"
	}
	return label
}
