package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/segment"
)

const (
	bands       = 16
	sketchBytes = 112
	batch       = 4096 // rows of a block of the index
)

// writeSegments commits the segment tasks, with made-up files.
func (s *settings) writeSegments(ctx context.Context, l *ledger.Ledger, tasks []run.Listed) error {
	if err := os.MkdirAll(filepath.Join(s.dir, "run", ledger.SegmentsFolder), 0o755); err != nil {
		return err
	}
	for i, t := range tasks {
		if t.Kind != plan.Segment {
			continue
		}
		c := &ledger.Commit{Head: plan.Head{Pass: t.Pass, Kind: t.Kind, Key: t.Key, Label: t.Label, TextBytes: 1 << 20, Content: t.Key,
			KeyDigests: []string{t.Key}, Shards: t.Work.Shards}}
		rng := rand.New(rand.NewPCG(uint64(i), 1))
		var err error
		switch {
		case s.edges > 0:
			err = s.writeIndex(c, i)
		case s.sketches:
			err = s.writeSketched(c, rng)
		default:
			err = s.writeKeys(c, rng)
		}
		if err == nil {
			err = l.Publish(ctx, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// put writes a file of a commit, without waiting for the disk.
func (s *settings) put(c *ledger.Commit, role ledger.Role, stage string, write func(io.Writer) error) error {
	name := ledger.SegmentsFolder + c.Key + "." + string(role)
	f, err := os.Create(filepath.Join(s.dir, "run", filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	w := &digesting{w: bufio.NewWriterSize(f, 256<<10), sum: sha256.New()}
	err = write(w)
	if err = errors.Join(err, w.w.Flush(), f.Close()); err != nil {
		return err
	}
	c.Files = append(c.Files, ledger.File{Name: name, Bytes: w.n, SHA256: hex.EncodeToString(w.sum.Sum(nil)), End: hex.EncodeToString(w.end), Role: role, Stage: stage})
	return nil
}

// digesting is what a commit says of a file.
type digesting struct {
	w   *bufio.Writer
	sum hash.Hash
	n   int64
	end []byte // the last 16 bytes
}

func (d *digesting) Write(b []byte) (int, error) {
	d.sum.Write(b)
	d.n += int64(len(b))
	d.end = append(d.end, b[max(0, len(b)-16):]...)
	d.end = append(d.end[:0], d.end[max(0, len(d.end)-16):]...)
	return d.w.Write(b)
}

// skewed are keys as a crawl has them: half of the documents are alone, one in a hundred has
// the one hot key, the others share keys, the more the smaller their number.
func (s *settings) skewed(rng *rand.Rand) uint64 {
	total := float64(s.keys) * float64(s.segments)
	switch lot := rng.Float64(); {
	case lot < 0.5:
		return rng.Uint64()
	case lot < 0.51:
		return 1
	default:
		x := rng.Float64()
		return uint64(2 + x*x*total/4)
	}
}

// mix is the finaliser of splitmix64.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

func (s *settings) writeKeys(c *ledger.Commit, rng *rand.Rand) error {
	c.Documents, c.Keys = s.keys, []int64{s.keys}
	sorter := extsort.New(64<<20, s.dir)
	defer sorter.Close()
	for row := range uint64(s.keys) {
		key := s.skewed(rng)
		if err := sorter.Add(extsort.Record{mix(key), mix(key + 1), 0, row << 32}); err != nil {
			return err
		}
	}
	return s.put(c, ledger.RoleKeys, s.stage(), func(w io.Writer) error { return segment.WriteKeys(w, sorter) })
}

// writeSketched writes documents of bands keys and a sketch each. A shared document shares
// all of its keys, and its sketch.
func (s *settings) writeSketched(c *ledger.Commit, rng *rand.Rand) error {
	c.Documents = s.keys / bands
	c.Keys = []int64{c.Documents * bands}
	sorter := extsort.New(64<<20, s.dir)
	defer sorter.Close()
	sketches := make([]byte, 0, c.Documents*sketchBytes)
	for row := range uint64(c.Documents) {
		id, order := s.skewed(rng), rng.Uint64()
		for band := range uint64(bands) {
			if err := sorter.Add(extsort.Record{mix(id + band<<56), order, 0, row << 32}); err != nil {
				return err
			}
		}
		for i := range uint64(sketchBytes / 8) {
			sketches = binary.LittleEndian.AppendUint64(sketches, mix(id+i<<48))
		}
	}
	err := s.put(c, ledger.RoleKeys, s.stage(), func(w io.Writer) error { return segment.WriteKeys(w, sorter) })
	return errors.Join(err, s.put(c, ledger.RoleSketches, s.stage(), func(w io.Writer) error {
		f := segment.NewSketchWriter(w, sketchBytes)
		return errors.Join(f.Write(sketches), f.Close())
	}))
}

// documents is how many a segment has where there are so many edges.
func (s *settings) documents() int64 { return s.edges*3/2/int64(s.segments) + 1 }

func (s *settings) writeIndex(c *ledger.Commit, number int) error {
	c.Documents, c.Keys = s.documents(), []int64{1}
	if s.only {
		return nil
	}
	return s.put(c, ledger.RoleIndex, "", func(w io.Writer) error {
		f, pack := segment.NewWriter(w), segment.NewCompressor()
		var rows []byte
		n := int64(0)
		for row := range c.Documents {
			id := uint64(number)<<32 | uint64(row)
			rows = segment.AppendIndexRow(rows, segment.IndexRow{Tie: [2]uint64{mix(id), mix(id + 1)}, Weight: 1,
				Ranks: []corpus.Rank{{Order: mix(id) % 5000}}, ID: fmt.Sprintf("d%d-%d", number, row)})
			if n++; n == batch || row == c.Documents-1 {
				if err := f.Add(pack.Compress(nil, rows), n); err != nil {
					return err
				}
				rows, n = rows[:0], 0
			}
		}
		return f.Close()
	})
}

// writeGroups commits the group task with edges: clusters of documents all over the
// segments, mostly of two or three, one with a hundredth of all documents.
func (s *settings) writeGroups(ctx context.Context, l *ledger.Ledger, tasks []run.Listed) error {
	for _, t := range tasks {
		if t.Kind != plan.Group {
			continue
		}
		c := &ledger.Commit{Head: plan.Head{Pass: t.Pass, Kind: t.Kind, Key: t.Key, Label: t.Label, Keys: []int64{s.edges}, Content: t.Key}}
		err := s.put(c, ledger.RoleEdges, "", func(w io.Writer) error { return s.writeEdges(w) })
		if err == nil {
			err = l.Publish(ctx, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *settings) writeEdges(w io.Writer) error {
	f := segment.NewWriter(w)
	var b []byte
	flush := func() error {
		err := f.Add(b, int64(len(b)/16))
		b = b[:0]
		return err
	}
	err := s.eachEdge(func(x, y uint64) error {
		b = binary.BigEndian.AppendUint64(b, min(x, y))
		b = binary.BigEndian.AppendUint64(b, max(x, y))
		if len(b) == 16*batch {
			return flush()
		}
		return nil
	})
	if err == nil && len(b) > 0 {
		err = flush()
	}
	return errors.Join(err, f.Close())
}

// eachEdge gives the edges.
func (s *settings) eachEdge(edge func(x, y uint64) error) error {
	rng := rand.New(rand.NewPCG(2, 3))
	each := uint64(s.documents())
	nodes := each * uint64(s.segments)
	step := nodes/3*2 + 1
	for gcd(step, nodes) != 1 {
		step++
	}
	doc := func(position uint64) uint64 { // members of a cluster lie far from each other
		i := position % nodes * step % nodes
		return i/each<<32 | i%each
	}
	for at, n := uint64(0), int64(0); n < s.edges; {
		size := uint64(2)
		switch lot := rng.IntN(100); {
		case at == 0:
			size = nodes / 100
		case lot >= 95:
			size = 2 + uint64(rng.IntN(200))
		case lot >= 60:
			size = 3
		}
		size = max(size, 2)
		centre := at + rng.Uint64N(size)
		for i := at; i < at+size && n < s.edges; i++ {
			if i == centre {
				continue
			}
			if err := edge(doc(i), doc(centre)); err != nil {
				return err
			}
			n++
		}
		at += size
	}
	return nil
}

// compare holds the components that the run found against those of a union-find over all
// documents in memory.
func (s *settings) compare(ctx context.Context, l *ledger.Ledger) error {
	each := uint64(s.documents())
	node := func(doc uint64) uint32 { return uint32(doc>>32*each + doc&0xFFFFFFFF) }
	parent, touched := make([]uint32, each*uint64(s.segments)), 0
	for i := range parent {
		parent[i] = uint32(i)
	}
	find := func(i uint32) uint32 {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	seen := make([]bool, len(parent))
	if err := s.eachEdge(func(x, y uint64) error {
		for _, n := range [...]uint32{node(x), node(y)} {
			if !seen[n] {
				seen[n] = true
				touched++
			}
		}
		a, b := find(node(x)), find(node(y))
		parent[max(a, b)] = min(a, b)
		return nil
	}); err != nil {
		return err
	}
	for id, err := range l.Committed(ctx, s.stage()+"-components") {
		if err != nil {
			return err
		}
		c, err := l.Find(ctx, id.Pass, id.Key)
		if err != nil {
			return err
		}
		f := c.File(ledger.RoleComponents, "")
		labels, err := segment.OpenSlices(ctx, segment.File{Store: l.Store, Name: f.Name, Bytes: f.Bytes, End: f.End}, c.Keys[0])
		if err != nil {
			return err
		}
		n := 0
		for x, err := range labels.All() {
			if err != nil {
				return err
			}
			if n++; find(node(x.Key[0])) != node(x.Key[1]) {
				return fmt.Errorf("document %x has the component %x, in memory node %d", x.Key[0], x.Key[1], find(node(x.Key[0])))
			}
		}
		if n != touched {
			return fmt.Errorf("%d documents have a component, in memory %d", n, touched)
		}
		fmt.Printf("the components of %d documents are those of a union-find in memory\n", n)
	}
	return nil
}

func gcd(a, b uint64) uint64 {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}
