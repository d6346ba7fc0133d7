package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"reflect"
	"runtime/metrics"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	meta "github.com/parquet-go/parquet-go/format"

	"github.com/corpusmill/corpusmill/corpus"
)

// allocatedBy is how many bytes are allocated by f, about.
func allocatedBy(f func()) uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	before := s[0].Value.Uint64()
	f()
	metrics.Read(s)
	return s[0].Value.Uint64() - before
}

func TestCountRuns(t *testing.T) {
	run := func(n int, v ...byte) []byte { return append(binary.AppendUvarint(nil, uint64(n)<<1), v...) }
	packed := func(groups int, v ...byte) []byte {
		return append(binary.AppendUvarint(nil, uint64(groups)<<1|1), v...)
	}
	for _, c := range []struct {
		name            string
		b               []byte
		width, n, equal int
		want            int
		err             error
	}{
		{"one run", run(10, 1), 1, 10, 1, 10, nil},
		{"another value", run(10, 0), 1, 10, 1, 0, nil},
		{"two bytes", run(10, 1, 1), 9, 10, 257, 10, nil},
		{"two runs", slices.Concat(run(4, 1), run(6, 0)), 1, 10, 1, 4, nil},
		{"a run too short", run(9, 1), 1, 10, 1, 0, errShort},
		{"a run that is cut", run(10), 1, 10, 1, 0, errShort},
		{"a run too long", run(10+runSlack+1, 1), 1, 10, 1, 0, errCounts},
		{"a run of all", run(math.MaxInt32, 1), 1, 10, 1, 0, errCounts},
		{"runs behind the values", slices.Concat(run(10, 1), run(runSlack, 1), run(1, 1)), 1, 10, 1, 0, errCounts},
		{"bits", packed(2, 0b1010_1010, 0b11), 1, 10, 1, 6, nil},
		{"padding does not count", packed(2, 0xff, 0xff), 1, 10, 1, 10, nil},
		{"bits for zero", packed(2, 0b1010_1010, 0b11), 1, 10, 0, 4, nil},
		{"pairs", packed(1, 0b11_10_01_00, 0b10_10_10_10), 2, 8, 2, 5, nil},
		{"bits that are cut", packed(2, 0xff), 1, 10, 1, 0, errShort},
		{"too many groups", packed(math.MaxInt32), 0, 10, 0, 0, errCounts},
		{"no bits", run(10), 0, 10, 0, 10, nil},
		{"nothing", nil, 1, 0, 1, 0, nil},
		{"nothing for one", nil, 1, 1, 1, 0, errShort},
		{"a length without end", bytes.Repeat([]byte{0xff}, 12), 1, 10, 1, 0, errShort},
	} {
		got, err := countRuns(c.b, c.width, c.n, c.equal)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %d, %v, want %d, %v", c.name, got, err, c.want, c.err)
		}
	}
}

func TestDeltaLen(t *testing.T) {
	for _, n := range []int{0, 1, 2, 128, 129, 1_000} {
		ints, longs := make([]int32, n), make([]int64, n)
		for i := range n {
			ints[i], longs[i] = int32(i*i*37), int64(i)*math.MaxInt32*int64(1-i%2*2)
		}
		b32, err32 := parquet.DeltaBinaryPacked.EncodeInt32(nil, ints)
		b64, err64 := parquet.DeltaBinaryPacked.EncodeInt64(nil, longs)
		if err := errors.Join(err32, err64); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			b     []byte
			width int
		}{{b32, 32}, {b64, 64}} {
			behind := append(slices.Clip(c.b), "more"...)
			if got, err := deltaLen(behind, n, c.width); err != nil || got != len(c.b) {
				t.Errorf("%d values of %d bits: %d bytes, %v, want %d", n, c.width, got, err, len(c.b))
			}
			for _, other := range []int{n + 1, n - 1, math.MaxInt32} {
				if _, err := deltaLen(c.b, other, c.width); err == nil {
					t.Errorf("%d values of %d bits as %d: no error", n, c.width, other)
				}
			}
		}
		if n > 100 {
			if _, err := deltaLen(b64, n, 32); !errors.Is(err, errWidth) {
				t.Errorf("%d long values as short ones: %v", n, err)
			}
		}
	}
}

// TestCheckHeader has headers on both sides of what fits: a page of 100 bytes, 50
// values, where 100 bytes and 50 values are left.
func TestCheckHeader(t *testing.T) {
	v1 := func(values int32) meta.PageHeader {
		return meta.PageHeader{DataPageHeader: thrift.New(meta.DataPageHeader{NumValues: values})}
	}
	v2 := func(values, nulls, rows, rep, def int32) meta.PageHeader {
		return meta.PageHeader{Type: meta.DataPageV2, DataPageHeaderV2: thrift.New(meta.DataPageHeaderV2{NumValues: values, NumNulls: nulls, NumRows: rows, RepetitionLevelsByteLength: rep, DefinitionLevelsByteLength: def})}
	}
	dict := func(values int32) meta.PageHeader {
		return meta.PageHeader{Type: meta.DictionaryPage, DictionaryPageHeader: thrift.New(meta.DictionaryPageHeader{NumValues: values})}
	}
	const gz, none = meta.Gzip, meta.Uncompressed
	for _, c := range []struct {
		name          string
		h             meta.PageHeader
		codec         meta.CompressionCodec
		stored, plain int32
		ok            bool
	}{
		{"all", v1(50), gz, 100, 200, true},
		{"a byte too many", v1(50), gz, 101, 200, false},
		{"a value too many", v1(51), gz, 100, 200, false},
		{"all values there are", v1(math.MaxInt32), gz, 100, 200, false},
		{"less than nothing", v1(-1), gz, 100, 200, false},
		{"stored in less than nothing", v1(50), gz, -1, 200, false},
		{"of less than nothing", v1(50), gz, 100, -1, false},
		{"as it is", v1(50), none, 100, 100, true},
		{"as it is and is not", v1(50), none, 100, 101, false},
		{"v2", v2(50, 50, 50, 60, 40), gz, 100, 100, true},
		{"v2, levels too long", v2(50, 50, 50, 61, 40), gz, 100, 100, false},
		{"v2, levels longer than all", v2(50, 50, 50, math.MaxInt32, math.MaxInt32), gz, 100, 100, false},
		{"v2, levels of less than nothing", v2(50, 50, 50, -1, 40), gz, 100, 100, false},
		{"v2, more nulls than values", v2(50, 51, 50, 60, 40), gz, 100, 100, false},
		{"v2, nulls below nothing", v2(50, -1, 50, 60, 40), gz, 100, 100, false},
		{"v2, more rows than values", v2(50, 50, 51, 60, 40), gz, 100, 100, false},
		{"dictionary", dict(25), gz, 100, 100, true},
		{"dictionary, more than there is room for", dict(26), gz, 100, 100, false},
		{"v1 without its header", meta.PageHeader{}, gz, 100, 100, false},
		{"v2 without its header", meta.PageHeader{Type: meta.DataPageV2}, gz, 100, 100, false},
		{"dictionary without its header", meta.PageHeader{Type: meta.DictionaryPage}, gz, 100, 100, false},
	} {
		c.h.CompressedPageSize, c.h.UncompressedPageSize = c.stored, c.plain
		p := pages{codec: c.codec, left: 50, end: 100}
		if err := p.checkHeader(&c.h); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	p := pages{codec: gz, left: 50, end: 1 << 30}
	h := v1(50)
	if h.UncompressedPageSize, h.CompressedPageSize = 8_000, 10_000+1<<10; p.checkHeader(&h) != nil {
		t.Error("what compression adds is not taken")
	}
	if h.CompressedPageSize++; p.checkHeader(&h) == nil {
		t.Error("a page that compression makes larger by more than a quarter is taken")
	}
}

func TestStructLen(t *testing.T) {
	full := meta.PageHeader{Type: meta.DataPage, UncompressedPageSize: 3, CompressedPageSize: 4, CRC: 5, DataPageHeader: thrift.New(meta.DataPageHeader{NumValues: 6,
		Statistics: meta.Statistics{MinValue: bytes.Repeat([]byte("x"), 300)}})}
	b, err := thrift.Marshal(new(thrift.CompactProtocol), &full)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := structLen(append(slices.Clip(b), 1, 2, 3)); n != len(b) || err != nil {
		t.Errorf("%d bytes, %v, want %d", n, err, len(b))
	}
	for n := range b {
		if _, err := structLen(b[:n]); !errors.Is(err, errThriftShort) {
			t.Errorf("%d bytes of %d: %v", n, len(b), err)
		}
	}
	for _, bad := range []string{
		"\x1c" + string(bytes.Repeat([]byte{0x1c}, 100_000)), // structures in structures
		"\x19" + string(bytes.Repeat([]byte{0x19}, 100_000)), // lists in lists
		"\x1f\x00",                                      // of no type
		"\x18\xff\xff\xff\xff\x0f\x00",                  // a string of 4 GiB
		"\x19\xfc\xff\xff\xff\xff\x07\x00\x00",          // a list of 2 Gi structures
		"\x15" + string(bytes.Repeat([]byte{0xff}, 20)), // a number without end
		"\x1b\xff\xff\xff\xff\x07\x88\x01a\x01b" + string(bytes.Repeat([]byte{0x01, 'c'}, 5)) + "\x00", // a map of 2 Gi strings
	} {
		if n, err := structLen([]byte(bad)); err == nil {
			t.Errorf("%.20q: no error, %d bytes", bad, n)
		}
	}
}

// TestHeaders decodes headers as the thrift library encodes them, and writes them
// as it decodes them.
func TestHeaders(t *testing.T) {
	for _, want := range []meta.PageHeader{
		{Type: meta.DataPage, UncompressedPageSize: 1 << 30, CompressedPageSize: 3, CRC: -5, DataPageHeader: thrift.New(meta.DataPageHeader{NumValues: 6, Encoding: meta.DeltaByteArray, DefinitionLevelEncoding: meta.RLE, RepetitionLevelEncoding: meta.BitPacked})},
		{Type: meta.DictionaryPage, UncompressedPageSize: 7, CompressedPageSize: 7, DictionaryPageHeader: thrift.New(meta.DictionaryPageHeader{NumValues: 70_000, Encoding: meta.Plain})},
		{Type: meta.DataPageV2, UncompressedPageSize: 9, CompressedPageSize: 0, DataPageHeaderV2: thrift.New(meta.DataPageHeaderV2{NumValues: 5, NumNulls: 4, NumRows: 3, Encoding: meta.RLEDictionary, DefinitionLevelsByteLength: 2, RepetitionLevelsByteLength: 1, IsCompressed: thrift.New(true)})},
		{Type: meta.DataPageV2, UncompressedPageSize: 9, DataPageHeaderV2: thrift.New(meta.DataPageHeaderV2{NumValues: 5, IsCompressed: thrift.New(false)})},
		{Type: meta.DataPageV2, UncompressedPageSize: 9, DataPageHeaderV2: thrift.New(meta.DataPageHeaderV2{NumValues: -5})},
	} {
		with := want
		with.DataPageHeader.V.Statistics.MinValue, with.DataPageHeaderV2.V.Statistics.MaxValue = []byte("least"), []byte("most")
		for _, h := range []meta.PageHeader{want, with} {
			b, err := thrift.Marshal(new(thrift.CompactProtocol), &h)
			if err != nil {
				t.Fatal(err)
			}
			var got meta.PageHeader
			if n, err := decodeHeader(append(slices.Clip(b), 1, 2), &got); n != len(b) || err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%+v: %+v, %d bytes of %d, %v", h, got, n, len(b), err)
			}
			for n := range b {
				if _, err := decodeHeader(b[:n], &got); !errors.Is(err, errThriftShort) {
					t.Errorf("%+v: %d bytes of %d: %v", h, n, len(b), err)
				}
			}
		}
		want.UncompressedPageSize, want.CompressedPageSize, want.CRC, want.DataPageHeaderV2.V.IsCompressed = 99, 99, 0, thrift.Null[bool]{}
		var got meta.PageHeader
		if err := thrift.Unmarshal(new(thrift.CompactProtocol), appendHeader(nil, &want, 99), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("written: %+v, %v, want %+v", got, err, want)
		}
	}
	for _, bad := range []string{"\x00", "\x15\x00\x15\x02\x00", "\x15\x00\x15\x02\x15\x02\x2c\x15\x02\x00\x00", "\x15\xfe\xff\xff\xff\x7f\x15\x02\x15\x02\x00"} {
		if _, err := decodeHeader([]byte(bad), new(meta.PageHeader)); !errors.Is(err, errThrift) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestRowsOf(t *testing.T) {
	chunk := func(n int64) meta.ColumnChunk { return meta.ColumnChunk{MetaData: meta.ColumnMetaData{NumValues: n}} }
	for _, c := range []struct {
		rows, flat, other, deep, want int64
	}{
		{10, 10, 10, 30, 10},
		{1 << 40, 10, 10, 30, 10},
		{8, 10, 10, 30, 10},
		{-5, 10, 10, 30, 10},
		{10, 1 << 40, 10, 30, 10},
		{10, 10, 8, 30, 10},
		{10, 7, 8, 30, 7},
		{6, 7, 8, 30, 6},
		{10, -10, -9, 30, 0},
		{0, 0, 0, 0, 0},
	} {
		g := meta.RowGroup{NumRows: c.rows, Columns: thrift.Slice[meta.ColumnChunk]{chunk(c.flat), chunk(c.other), chunk(c.deep)}}
		if got := rowsOf(&g, []bool{false, false, true}); got != c.want {
			t.Errorf("%+v: %d rows", c, got)
		}
	}
}

func TestHalf(t *testing.T) {
	for bits, want := range map[uint16]string{0x3c00: "1", 0xbc00: "-1", 0x3800: "0.5", 0xc280: "-3.25", 0x7bff: "65504", 1: "5.9604645e-08", 0x03ff: "6.097555e-05", 0: "0", 0x8000: "-0", 0x7c00: "null", 0xfc00: "null", 0x7e00: "null"} {
		if got := string(half(nil, parquet.FixedLenByteArrayValue(binary.LittleEndian.AppendUint16(nil, bits)))); got != want {
			t.Errorf("%#x: %s, want %s", bits, got, want)
		}
	}
}

// Cells of 16 bits are what the bits say, not the shortest digits of it.
func TestHalfCell(t *testing.T) {
	typ, cell := cellOf(parquet.FixedLenByteArray, new(meta.Float16Type))
	for bits, want := range map[uint16]float64{0x2e66: 0.0999755859375, 0x8000: math.Copysign(0, -1), 0x7bff: 65504, 0x7c00: math.Inf(1), 0xfc00: math.Inf(-1), 1: 1.0 / (1 << 24)} {
		v, ok := cell(parquet.FixedLenByteArrayValue(binary.LittleEndian.AppendUint16(nil, bits)))
		if math.Float64bits(v.Float) != math.Float64bits(want) || !ok || v.Null || typ != corpus.Float {
			t.Errorf("%#x: %+v %v of type %v, want %v", bits, v, ok, typ, want)
		}
	}
	if v, ok := cell(parquet.FixedLenByteArrayValue([]byte{1, 0x7c})); !v.Null || !ok {
		t.Errorf("NaN: %+v %v", v, ok)
	}
}

// FuzzPages reads damaged column chunks of every codec and type: an error, never
// a panic, and never memory that the bytes do not call for.
func FuzzPages(f *testing.F) {
	for _, c := range codecs {
		for v := 1; v <= 2; v++ {
			f.Add(chunkOf(f, c.codec, c.pack, v), int32(c.codec), uint8(v), int64(40))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, codec int32, leaf uint8, values int64) {
		if len(data) > 1<<16 {
			return
		}
		kinds := []leafType{{kind: parquet.ByteArray, def: 1}, {kind: parquet.ByteArray}, {kind: parquet.Int32, size: 32, def: 3, rep: 1}, {kind: parquet.Int64, size: 64}, {kind: parquet.FixedLenByteArray, length: 16, size: 128, def: 1}, {kind: parquet.Boolean, size: 1, def: 1}}
		p := pages{src: bytes.NewReader(data), end: int64(len(data)), codec: meta.CompressionCodec(codec), leaf: kinds[int(leaf)%len(kinds)], left: values % (1 << 30), entries: -1}
		var out bytes.Buffer
		if _, err := io.Copy(&out, io.LimitReader(&sequence{p: &p}, 32<<20)); err == nil && p.err != nil && p.err != io.EOF {
			t.Fatal("the error is lost")
		}
	})
}

// sequence reads pages from their start.
type sequence struct {
	p  *pages
	at int64
}

func (s *sequence) Read(b []byte) (int, error) {
	n, err := s.p.ReadAt(b, s.at)
	s.at += int64(n)
	return n, err
}

// chunkOf is a column chunk of forty texts.
func chunkOf(tb testing.TB, codec meta.CompressionCodec, pack func([]byte) []byte, version int) []byte {
	var values []byte
	for range 40 {
		values = append(binary.LittleEndian.AppendUint32(values, 5), "hello"...)
	}
	levels := []byte{80, 1} // a run of forty ones
	h := meta.PageHeader{}
	var page []byte
	if version == 1 {
		plain := append(append(binary.LittleEndian.AppendUint32(nil, uint32(len(levels))), levels...), values...)
		page = pack(plain)
		h.UncompressedPageSize = int32(len(plain))
		h.DataPageHeader = thrift.New(meta.DataPageHeader{NumValues: 40, DefinitionLevelEncoding: meta.RLE, RepetitionLevelEncoding: meta.RLE})
	} else {
		page = append(levels, pack(values)...)
		h.Type, h.UncompressedPageSize = meta.DataPageV2, int32(len(levels)+len(values))
		h.DataPageHeaderV2 = thrift.New(meta.DataPageHeaderV2{NumValues: 40, NumRows: 40, DefinitionLevelsByteLength: int32(len(levels))})
	}
	h.CompressedPageSize = int32(len(page))
	head, err := thrift.Marshal(new(thrift.CompactProtocol), &h)
	if err != nil {
		tb.Fatal(err)
	}
	return append(head, page...)
}
