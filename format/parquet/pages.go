package parquet

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"math/bits"
	"sync"

	"github.com/parquet-go/parquet-go"
	meta "github.com/parquet-go/parquet-go/format"
)

// Limits of a page.
const (
	pageHeaderMin  = 256 // the first look at a header
	pageHeaderKept = 1 << 20
	pageHeaderMax  = 128 << 20 // a header holds the smallest and the largest value
	pageValuesMax  = 1 << 26   // pyarrow writes as many into one page
	// chunkSlack is what the stated size of a chunk may lack: old parquet-mr leaves
	// out the header of the dictionary (PARQUET-816).
	chunkSlack = 100
)

// leafType is what the pages of a column hold.
type leafType struct {
	kind     parquet.Kind
	length   int // of a value of FIXED_LEN_BYTE_ARRAY
	def, rep int // the largest levels
	size     int // bits of a value in the encoding PLAIN, 0 if they differ
}

func leafTypeOf(c *parquet.Column) leafType {
	t := leafType{kind: c.Type().Kind(), length: c.Type().Length(), def: c.MaxDefinitionLevel(), rep: c.MaxRepetitionLevel()}
	switch t.kind {
	case parquet.Boolean:
		t.size = 1
	case parquet.Int32, parquet.Float:
		t.size = 32
	case parquet.Int64, parquet.Double:
		t.size = 64
	case parquet.Int96:
		t.size = 96
	case parquet.FixedLenByteArray:
		t.size = 8 * t.length
	}
	return t
}

// pages gives out the pages of a column chunk as a file without compression has
// them: a header and the page, one after the other. Every page is checked first,
// sizes and numbers before anything is allocated by them: parquet-go takes the
// word of the file for them. It is read from its start to its end, once.
type pages struct {
	max     int64 // bytes of a page that is decompressed; 0 is any
	src     io.ReaderAt
	at, end int64 // of what is still to be read
	codec   meta.CompressionCodec
	leaf    leafType
	total   int64 // values of the chunk
	left    int64 // of them that are still to come
	entries int   // of the dictionary, -1 before there is one
	padded  bool  // values may not fill their page

	start      int64 // of the header at hand
	dictionary int64 // where its header is
	resumed    int64 // where to go on behind the dictionary, 0: behind it
	damaged    damage
	chained    bool // the headers up to the end were found to be sound

	lead       []byte // the bytes of a header
	current    meta.PageHeader
	ahead      *meta.PageHeader // given out before its page was read
	given      []byte           // the header that is given out
	page       []byte           // the page that is given out
	head, body []byte           // what is still to be given out
	off        int64            // of it
	err        error
}

// open goes to a chunk that a footer describes, of a file of that many bytes.
// values are those of the chunk.
func (p *pages) open(src io.ReaderAt, size int64, c *meta.ColumnChunk, leaf leafType, values int64) error {
	m := &c.MetaData
	switch {
	case c.FilePath != "":
		return fmt.Errorf("it lies in another file, %q", c.FilePath)
	case c.CryptoMetadata.Value != nil || len(c.EncryptedColumnMetadata) > 0:
		return errors.New("it is encrypted")
	}
	from, n := m.DataPageOffset, m.TotalCompressedSize
	if d := m.DictionaryPageOffset; d > 0 && d < from {
		from = d
	}
	if from < 0 || n < 0 || from > size-n {
		return fmt.Errorf("byte %d, %d bytes: it lies outside the file", from, n)
	}
	if kind := parquet.Kind(m.Type); kind != leaf.kind {
		return fmt.Errorf("it is of the type %s in the row group, %s in the schema", kind, leaf.kind)
	}
	*p = pages{max: p.max, src: src, at: from, end: min(from+n+chunkSlack, size), codec: m.Codec, leaf: leaf, total: values, left: values, entries: -1, padded: p.padded, lead: p.lead, given: p.given, page: p.page}
	return nil
}

var errSequence = errors.New("pages are read in sequence")

// ReadAt implements io.ReaderAt but for one thing, that no reader of a stream
// minds: it stops at the end of a header. The page is then asked for as a whole,
// and a large one is decompressed where it is wanted.
func (p *pages) ReadAt(b []byte, off int64) (n int, err error) {
	if off != p.off {
		return 0, errSequence
	}
	for n < len(b) && (n == 0 || p.ahead == nil) {
		switch {
		case len(p.head) > 0:
			m := copy(b[n:], p.head)
			n, p.head = n+m, p.head[m:]
		case p.ahead != nil:
			start := p.at
			if n, err = p.readInto(b); err != nil {
				p.err = placed(start, err)
			}
		case len(p.body) > 0:
			m := copy(b[n:], p.body)
			if n, p.body = n+m, p.body[m:]; len(p.body) == 0 {
				p.release()
			}
		case p.err != nil:
			p.off += int64(n)
			return n, p.err
		case p.left == 0:
			p.err = io.EOF
		default:
			start := p.at
			if err := p.next(); err != nil {
				p.err = placed(start, err)
			}
		}
	}
	p.off += int64(n)
	return n, nil
}

// placed says where a page begins that could not be read.
func placed(start int64, err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("the page at byte %d: %w", start, err)
}

// next reads the next page, and passes over what is none; of a large page it reads
// the header alone.
func (p *pages) next() error {
	for {
		h, err := p.header()
		if err != nil {
			return err
		}
		switch {
		case h.Type != meta.DataPage && h.Type != meta.DataPageV2 && h.Type != meta.DictionaryPage, h.Type == meta.DictionaryPage && p.entries >= 0:
			p.at += int64(h.CompressedPageSize) // an index, or a second dictionary
			continue
		case h.Type == meta.DictionaryPage:
			p.dictionary = p.start
		}
		if p.direct(h) {
			p.ahead = h
			p.give(h, int(h.UncompressedPageSize))
			return nil
		}
		p.release()
		used := 0
		if p.page, used, err = p.load(h, takeBuffer(trusted(int(h.CompressedPageSize), int(h.UncompressedPageSize)))); err != nil {
			return err
		}
		p.body = p.page[:used]
		p.give(h, used)
		return nil
	}
}

// direct says whether a page is decompressed where it is wanted, which saves a
// copy. The reader allocates by its header's word then.
func (p *pages) direct(h *meta.PageHeader) bool {
	size := int(h.UncompressedPageSize)
	v2 := &h.DataPageHeaderV2.V
	return !p.padded && size >= readBuffer && trusted(int(h.CompressedPageSize), size) == size && (h.Type != meta.DataPageV2 || v2.NumNulls < v2.NumValues)
}

// readInto reads the page whose header was given out into b, or where that is too
// small for it, to the side.
func (p *pages) readInto(b []byte) (n int, err error) {
	h := p.ahead
	p.ahead = nil
	p.release()
	size := int(h.UncompressedPageSize)
	dst := b
	if len(b) < size {
		dst = takeBuffer(size)
	}
	page, _, err := p.load(h, dst[:size:size])
	if err != nil {
		if len(b) < size {
			giveBuffer(dst)
		}
		return 0, err // and nothing of a damaged page is given out
	}
	if &page[0] == &b[0] {
		return size, nil
	}
	p.page, p.body = page, page
	return 0, nil
}

// header reads the header of the next page and checks its numbers.
func (p *pages) header() (*meta.PageHeader, error) {
	p.start = p.at
	for n := int64(pageHeaderMin); ; n *= 8 {
		n = min(n, pageHeaderMax, p.end-p.at)
		if n <= 0 {
			return nil, fmt.Errorf("%d values are missing: %w", p.left, io.ErrUnexpectedEOF)
		}
		b := sized(p.lead, int(n))
		p.lead = b
		if m, err := p.src.ReadAt(b, p.at); m < len(b) {
			return nil, err
		}
		h := &p.current
		used, err := decodeHeader(b, h)
		if errors.Is(err, errThriftShort) && n < min(pageHeaderMax, p.end-p.at) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("the header: %w", err)
		}
		if p.at += int64(used); n > pageHeaderKept {
			p.lead = nil
		}
		return h, p.checkHeader(h)
	}
}

// checkHeader checks what a header says of its page against what is there. What
// compression adds is bounded, and so is what it takes away: see decompress.
func (p *pages) checkHeader(h *meta.PageHeader) error {
	stored, plain := int64(h.CompressedPageSize), int64(h.UncompressedPageSize)
	if stored < 0 || plain < 0 || stored > p.end-p.at || stored > plain+plain/4+1<<10 || p.codec == meta.Uncompressed && stored != plain {
		return fmt.Errorf("%d bytes for %d where %d are left", stored, plain, p.end-p.at)
	}
	if p.max > 0 && plain > p.max {
		p.damaged = damage{first: p.total - p.left, values: valuesOf(h), behind: p.at + stored}
		p.at += stored
		return fmt.Errorf("%d bytes, decompressed, are more than the %d of a page: raise record_bytes_max, of which it is a multiple, or write smaller pages", plain, p.max)
	}
	values, most := int32(0), min(p.left, pageValuesMax)
	switch h.Type {
	case meta.DataPage:
		if !h.DataPageHeader.Valid {
			return errNoHeader
		}
		values = h.DataPageHeader.V.NumValues
	case meta.DataPageV2:
		v := &h.DataPageHeaderV2.V
		if !h.DataPageHeaderV2.Valid {
			return errNoHeader
		}
		if values = v.NumValues; v.NumNulls < 0 || v.NumNulls > values || v.NumRows < 0 || v.NumRows > values {
			return fmt.Errorf("%d values, %d of them null, in %d rows", values, v.NumNulls, v.NumRows)
		}
		if r, d := int64(v.RepetitionLevelsByteLength), int64(v.DefinitionLevelsByteLength); r < 0 || d < 0 || r+d > min(stored, plain) {
			return fmt.Errorf("levels of %d and %d bytes in a page of %d", r, d, stored)
		}
	case meta.DictionaryPage:
		if !h.DictionaryPageHeader.Valid {
			return errNoHeader
		}
		values = h.DictionaryPageHeader.V.NumValues
		most = 8 * plain / int64(max(p.leaf.size, 1))
		if p.leaf.size == 0 {
			most = plain / 4 // each has its length
		}
	}
	if values < 0 || int64(values) > most {
		return fmt.Errorf("%d values where %d fit", values, most)
	}
	return nil
}

var errNoHeader = errors.New("the header is not of the page's type")

// load reads the page of a header, into dst where there is room, and checks it.
// used are its bytes that count.
func (p *pages) load(h *meta.PageHeader, dst []byte) (page []byte, used int, err error) {
	left, behind := p.left, p.at+int64(h.CompressedPageSize)
	if page, err = p.read(h, dst); err == nil {
		used, err = p.check(h, page)
	}
	switch {
	case err != nil && p.at == behind: // it was read
		p.left = left
		p.damaged = damage{first: p.total - left, values: valuesOf(h), behind: behind}
	case err == nil && h.Type == meta.DictionaryPage && p.resumed > 0:
		p.at, p.resumed = p.resumed, 0
	}
	return page, used, err
}

// read reads a page and decompresses it, into dst where there is room.
func (p *pages) read(h *meta.PageHeader, dst []byte) ([]byte, error) {
	n := int(h.CompressedPageSize)
	stored := dst
	if p.codec != meta.Uncompressed {
		stored = takeBuffer(n)
		defer giveBuffer(stored)
	}
	stored = stored[:n]
	if m, err := p.src.ReadAt(stored, p.at); m < n {
		return dst, err
	}
	p.at += int64(n)
	if h.CRC != 0 && crc32.ChecksumIEEE(stored) != uint32(h.CRC) {
		return dst, errors.New("the checksum is wrong")
	}
	if p.codec == meta.Uncompressed {
		return stored, nil
	}
	return p.unpack(h, dst, stored)
}

// unpack decompresses a page. The levels of data pages v2 are never compressed.
func (p *pages) unpack(h *meta.PageHeader, dst, stored []byte) ([]byte, error) {
	levels, compressed := 0, true
	if h.Type == meta.DataPageV2 {
		v := &h.DataPageHeaderV2.V
		levels = int(v.RepetitionLevelsByteLength + v.DefinitionLevelsByteLength)
		compressed = !v.IsCompressed.Valid || v.IsCompressed.V
	}
	size := int(h.UncompressedPageSize)
	switch {
	case !compressed && len(stored) != size:
		return dst, errSize
	case !compressed:
		return append(dst[:0], stored...), nil
	case levels == 0:
		return decompress(p.codec, dst, stored, size)
	}
	dst = append(dst[:0], stored[:levels]...)
	values, err := decompress(p.codec, dst[levels:], stored[levels:], size-levels)
	if len(values) > 0 && levels+len(values) <= cap(dst) && &values[0] == &dst[:levels+1][levels] {
		return dst[:levels+len(values)], err
	}
	return append(dst, values...), err // there was no room
}

// give gives out the header of a page of so many bytes that is not compressed.
func (p *pages) give(h *meta.PageHeader, size int) {
	p.given = appendHeader(p.given[:0], h, size)
	p.head = p.given
}

// release gives the memory of the page back.
func (p *pages) release() {
	giveBuffer(p.page)
	p.page = nil
}

// buffers hold the memory of pages, of small ones and of large ones.
var buffers [2]sync.Pool

func takeBuffer(n int) []byte {
	if b, ok := buffersOf(n).Get().(*[]byte); ok {
		return sized(*b, n)
	}
	return make([]byte, n)
}

func giveBuffer(b []byte) {
	if cap(b) > 0 {
		buffersOf(cap(b)).Put(&b)
	}
}

func buffersOf(n int) *sync.Pool {
	if n < readBuffer {
		return &buffers[0]
	}
	return &buffers[1]
}

// width is how many bits a level or an index up to that one takes.
func width(most int) int { return bits.Len32(uint32(min(most, math.MaxInt32))) }
