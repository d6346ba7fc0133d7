package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/zeebo/xxh3"
)

// BlockBytes is the size of the blocks of which [Checksums] are taken. Who reads an object
// in pieces has them begin and end where blocks do: a block read in part has no checksum.
const BlockBytes = 64 << 10

const (
	// sampleBlocks is how many blocks stand for all where there are more.
	sampleBlocks = 16
	// stretchesMax bounds the list of a [Content]; blocks behind it are not remembered.
	stretchesMax = 1024
	// blocksMax bounds what [Checksums] remember, of 64 GiB: about 40 MiB of memory.
	blocksMax = 1 << 20
)

// Content says which blocks of an object were read, and what they held. The zero Content
// knows nothing.
type Content struct {
	// Blocks are stretches of blocks: the number of the first, and of the one behind the
	// last.
	Blocks [][2]int64 `json:"blocks,omitempty"`
	// XXH3 is the xxh3-64 of the checksums of all of them, Sample of 16 that are spread
	// over them, where there are more.
	XXH3   string `json:"xxh3,omitempty"`
	Sample string `json:"sample,omitempty"`
}

// Known reports whether there is anything to compare.
func (c Content) Known() bool { return c.XXH3 != "" }

// Bytes is how much of an object of that size it speaks of.
func (c Content) Bytes(size int64) (n int64) {
	for _, x := range c.Blocks {
		n += min(x[1]*BlockBytes, size) - x[0]*BlockBytes
	}
	return n
}

// Holds reads blocks of an object of that size again, all or the sample, and reports
// whether they hold what they held. Of a Content that knows nothing it says no.
func (c Content) Holds(ctx context.Context, s Store, name string, size int64, all bool) (bool, error) {
	blocks, want := c.Blocks, c.XXH3
	if !all && c.Sample != "" {
		blocks, want = stretches(spread(c.numbers())), c.Sample
	}
	if want == "" {
		return false, nil
	}
	sums := NewChecksums(size)
	for _, x := range blocks {
		offset := x[0] * BlockBytes
		r, err := s.OpenRange(ctx, name, offset, min(x[1]*BlockBytes, size)-offset)
		if err != nil {
			return false, err
		}
		r = sums.Reader(r, offset)
		if err := errors.Join(drain(r), r.Close()); err != nil {
			return false, err
		}
	}
	return sums.Content(0, size).XXH3 == want, nil
}

// drain reads to the end.
func drain(r io.Reader) error {
	b := make([]byte, 4*BlockBytes)
	for {
		if _, err := r.Read(b); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func (c Content) numbers() (list []int64) {
	for _, x := range c.Blocks {
		for i := x[0]; i < x[1]; i++ {
			list = append(list, i)
		}
	}
	return list
}

// spread takes a sample, the first and the last with it.
func spread(blocks []int64) (list []int64) {
	for i := range sampleBlocks {
		list = append(list, blocks[i*(len(blocks)-1)/(sampleBlocks-1)])
	}
	return list
}

// stretches joins numbers in order.
func stretches(blocks []int64) (list [][2]int64) {
	for _, i := range blocks {
		if n := len(list); n > 0 && list[n-1][1] == i {
			list[n-1][1]++
			continue
		}
		list = append(list, [2]int64{i, i + 1})
	}
	return list
}

// Checksums are those of the blocks of an object, taken while it is read: about 40
// bytes of memory for each of 64 KiB. Of more than 64 GiB the first ones that are read are
// remembered. Several goroutines may use them.
type Checksums struct {
	size int64
	mu   sync.Mutex
	sums map[int64]uint64
}

// NewChecksums begins with none, of an object of that size in bytes.
func NewChecksums(size int64) *Checksums { return &Checksums{size: size, sums: map[int64]uint64{}} }

func (c *Checksums) add(block int64, sum uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.sums) < blocksMax {
		c.sums[block] = sum
	}
}

// Has reports whether the block that holds a byte was read whole.
func (c *Checksums) Has(offset int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.sums[offset/BlockBytes]
	return ok
}

// Content is that of the blocks that begin in the bytes from..to-1.
func (c *Checksums) Content(from, to int64) Content {
	c.mu.Lock()
	defer c.mu.Unlock()
	blocks := slices.DeleteFunc(slices.Sorted(maps.Keys(c.sums)), func(i int64) bool { return i*BlockBytes < from || i*BlockBytes >= to })
	content := Content{Blocks: stretches(blocks)}
	if len(content.Blocks) > stretchesMax {
		content.Blocks = content.Blocks[:stretchesMax]
		blocks = content.numbers()
	}
	content.XXH3 = c.digest(blocks)
	if len(blocks) > sampleBlocks {
		content.Sample = c.digest(spread(blocks))
	}
	return content
}

func (c *Checksums) digest(blocks []int64) string {
	b := make([]byte, 0, 16*len(blocks))
	for _, i := range blocks {
		b = binary.LittleEndian.AppendUint64(b, uint64(i))
		b = binary.LittleEndian.AppendUint64(b, c.sums[i])
	}
	return fmt.Sprintf("%016x", xxh3.Hash(b))
}

// Reader takes the checksums of what is read of r, which begins at an offset of the object.
func (c *Checksums) Reader(r io.ReadCloser, offset int64) io.ReadCloser {
	return &blockReader{ReadCloser: r, c: c, offset: offset, hash: xxh3.New()}
}

type blockReader struct {
	io.ReadCloser
	c      *Checksums
	offset int64 // of what is read next
	hash   *xxh3.Hasher
	whole  bool // the hash has the block at hand from its beginning on
}

func (r *blockReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.take(p[:n])
	return n, err
}

func (r *blockReader) take(b []byte) {
	for len(b) > 0 {
		in := r.offset % BlockBytes
		n := min(int64(len(b)), BlockBytes-in)
		if in == 0 {
			r.hash.Reset()
			r.whole = true
		}
		if in == 0 && n == BlockBytes { // at once, which is faster
			r.c.add(r.offset/BlockBytes, xxh3.Hash(b[:n]))
			r.offset, r.whole, b = r.offset+n, false, b[n:]
			continue
		}
		if r.whole {
			_, _ = r.hash.Write(b[:n]) // never fails
		}
		r.offset, b = r.offset+n, b[n:]
		if end := r.offset; r.whole && (end%BlockBytes == 0 || end == r.c.size) {
			r.c.add((end-1)/BlockBytes, r.hash.Sum64())
		}
	}
}
