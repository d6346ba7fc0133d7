package archive

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/internal/extsort"
)

// indexEntry is what the index says of a record, beside where it is: a line of CDXJ in the
// form of pywb and Common Crawl.
type indexEntry struct {
	key      string // SURT key and time
	URL      string `json:"url"`
	Mime     string `json:"mime,omitempty"`
	Status   string `json:"status"`
	Digest   string `json:"digest,omitempty"`
	Length   string `json:"length"`
	Offset   string `json:"offset"`
	Filename string `json:"filename"`
}

func newIndexEntry(page *Page, main *warc.RecordHeader) indexEntry {
	x := page.Exchange
	e := indexEntry{key: surt(x.URL) + " " + x.Started.UTC().Format("20060102150405"), URL: x.URL, Status: strconv.Itoa(x.Status)}
	for _, f := range main.Extra {
		if f.Name == "WARC-Payload-Digest" {
			e.Digest = f.Value
		}
	}
	e.Mime, _ = warc.MediaType(x.Header.Get("Content-Type"))
	if page.Revisit != nil {
		e.Mime = "warc/revisit"
	}
	return e
}

// index sorts the lines of a file.
type index struct{ items *extsort.Items }

func newIndex(dir string) *index { return &index{extsort.NewItems(indexBytes, dir)} }

// add takes the line of a record.
func (x *index) add(e indexEntry, file string, offset, length int64) error {
	e.Filename, e.Offset, e.Length = file, strconv.FormatInt(offset, 10), strconv.FormatInt(length, 10)
	line := bytes.NewBufferString(e.key + " ")
	about := json.NewEncoder(line) // which ends the line
	about.SetEscapeHTML(false)
	if err := about.Encode(e); err != nil {
		return err
	}
	return x.items.Add(extsort.Item{Key: prefixKey(line.Bytes()), Data: line.Bytes()})
}

// prefixKey is the first bytes of a line: lines sorted by it and then by all their bytes are
// sorted by their bytes.
func prefixKey(line []byte) (key extsort.Record) {
	var b [8 * len(key)]byte
	copy(b[:], line)
	for i := range key {
		key[i] = binary.BigEndian.Uint64(b[8*i:])
	}
	return key
}

// write writes the sorted lines. The index is empty afterwards.
func (x *index) write(w io.Writer) error {
	out := bufio.NewWriterSize(w, 64<<10)
	for item, err := range x.items.Sorted() {
		if err != nil {
			return err
		}
		if _, err := out.Write(item.Data); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (x *index) close() { x.items.Close() }

// stamp is a time in the names of files.
func stamp(t time.Time) string { return t.UTC().Format("20060102150405") }
