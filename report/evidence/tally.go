package evidence

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/internal/extsort"
)

// Table is the parts by the values of a column, or of several together.
type Table struct {
	By     []string `json:"by"`
	Values int64    `json:"values"` // how many there are
	File   string   `json:"file"`   // has all of them
	// Rows are those with most documents.
	Rows []*TableRow `json:"rows"`
}

// TableRow is a value of a table, "" where documents have none.
type TableRow struct {
	Value []string `json:"value"`
	Amount
	Shares
}

// Memory of a table: what its map takes, and each of its two sorts.
const (
	tallyBytes = 32 << 20
	sortBytes  = 16 << 20
	entryBytes = 96 // beside the key
)

// valueMax bounds a value of a table, in bytes; more of it is cut off.
const valueMax = 4096

// tally counts by values. What its map has no room for is sorted on disk.
type tally struct {
	columns []int
	dir     string
	counts  map[string]*Amount
	room    int
	sorter  *extsort.Items
	key     []byte
}

func newTally(dir string) *tally {
	return &tally{dir: dir, counts: map[string]*Amount{}, room: tallyBytes}
}

// separator stands between the values of a key; one in a value becomes a blank.
const separator = "\x00"

func (t *tally) add(values []string, a Amount) error {
	t.key = t.key[:0]
	for i, column := range t.columns {
		if i > 0 {
			t.key = append(t.key, separator...)
		}
		v := strings.ToValidUTF8(values[column][:min(len(values[column]), valueMax)], "")
		t.key = append(t.key, strings.ReplaceAll(v, separator, " ")...)
	}
	if n := t.counts[string(t.key)]; n != nil {
		n.add(a)
		return nil
	}
	t.counts[string(t.key)] = &a
	if t.room -= len(t.key) + entryBytes; t.room > 0 {
		return nil
	}
	return t.spill()
}

// spill moves the map into the sorter, by the hashes of its keys.
func (t *tally) spill() error {
	if t.sorter == nil {
		t.sorter = extsort.NewItems(sortBytes, t.dir)
	}
	for key, n := range t.counts {
		hash := xxh3.HashString128(key)
		if err := t.sorter.Add(extsort.Item{Key: extsort.Record{hash.Hi, hash.Lo}, Data: encodeCount(key, *n)}); err != nil {
			return err
		}
	}
	clear(t.counts)
	t.room = tallyBytes
	return nil
}

// encodeCount is a key behind its length, so that equal keys stand together, and its counts.
func encodeCount(key string, a Amount) []byte {
	b := append(binary.AppendUvarint(nil, uint64(len(key))), key...)
	for _, n := range []int64{a.Documents, a.Bytes, a.Tokens} {
		b = binary.AppendVarint(b, n)
	}
	return b
}

var errCount = errors.New("a spilled count is damaged")

func decodeCount(b []byte) (key []byte, a Amount, err error) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return nil, a, errCount
	}
	key, b = b[used:used+int(n)], b[used+int(n):]
	for _, x := range []*int64{&a.Documents, &a.Bytes, &a.Tokens} {
		v, used := binary.Varint(b)
		if used <= 0 {
			return nil, a, errCount
		}
		*x, b = v, b[used:]
	}
	return key, a, nil
}

// all yields each key once, in no order.
func (t *tally) all() iter.Seq2[string, Amount] {
	return func(yield func(string, Amount) bool) {
		for key, n := range t.counts {
			if !yield(key, *n) {
				return
			}
		}
	}
}

// merged yields each key of the sorter once.
func (t *tally) merged(yield func(string, Amount) error) error {
	var key []byte
	var sum Amount
	began := false
	for item, err := range t.sorter.Sorted() {
		if err != nil {
			return err
		}
		k, a, err := decodeCount(item.Data)
		if err != nil {
			return err
		}
		if began && bytes.Equal(k, key) {
			sum.add(a)
			continue
		}
		if began {
			if err := yield(string(key), sum); err != nil {
				return err
			}
		}
		key, sum, began = append(key[:0], k...), a, true
	}
	if !began {
		return nil
	}
	return yield(string(key), sum)
}

// table sums up: the values by their documents, all of them to row.
func (t *tally) table(by []string, total Amount, top int, row func(*TableRow) error) (*Table, error) {
	x := &Table{By: by, Rows: []*TableRow{}}
	ranked := extsort.NewItems(sortBytes, t.dir)
	defer ranked.Close()
	rank := func(key string, a Amount) error {
		x.Values++
		r := extsort.Record{^uint64(a.Documents), ^uint64(a.Bytes)}
		var first [16]byte // by the beginnings of their names where they are equal
		copy(first[:], key)
		r[2], r[3] = binary.BigEndian.Uint64(first[:8]), binary.BigEndian.Uint64(first[8:])
		return ranked.Add(extsort.Item{Key: r, Data: encodeCount(key, a)})
	}
	if t.sorter != nil {
		if err := t.spill(); err != nil {
			return nil, err
		}
		if err := t.merged(rank); err != nil {
			return nil, err
		}
	} else {
		for key, a := range t.all() {
			if err := rank(key, a); err != nil {
				return nil, err
			}
		}
	}
	for item, err := range ranked.Sorted() {
		if err != nil {
			return nil, err
		}
		key, a, err := decodeCount(item.Data)
		if err != nil {
			return nil, err
		}
		r := &TableRow{strings.Split(string(key), separator), a, a.sharesOf(total)}
		if len(r.Value) != len(by) {
			return nil, fmt.Errorf("%w: %q", errCount, key)
		}
		if len(x.Rows) < top {
			x.Rows = append(x.Rows, r)
		}
		if err := row(r); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (t *tally) close() {
	if t.sorter != nil {
		t.sorter.Close()
	}
}
