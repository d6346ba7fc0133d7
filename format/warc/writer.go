package warc

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Compression is the storage form a [Writer] gives to records.
type Compression uint8

// The storage forms. Compressed records stand alone, each in its own gzip
// member or zstd frame, so that one can be fetched by its byte range.
const (
	Gzip Compression = iota
	Zstd
	None
)

// WriterOptions configures a [Writer]. The zero value writes gzip.
type WriterOptions struct {
	// Compression is the storage form. Default [Gzip].
	Compression Compression
	// Level is the effort: for gzip 1 to 9, for zstd 1 to 4 (fastest,
	// default, better, best). 0 means the default: gzip 6, zstd 2.
	Level int
	// Digests adds WARC-Block-Digest (SHA-1, base 32, as crawls do) and, for
	// responses, WARC-Payload-Digest.
	Digests bool
}

// RecordHeader is what the caller says about a record to be written. Lines
// are written in the order of the fields here, then Extra.
type RecordHeader struct {
	// Type is the WARC-Type; it must be given.
	Type string
	// ID is the record ID without angle brackets. If empty, [RecordID] makes
	// one from the content.
	ID string
	// TargetURI is the URI the content was fetched from; "" leaves it out.
	TargetURI string
	// Date is the time of capture; it must be given and is written in UTC,
	// in whole seconds.
	Date time.Time
	// ContentType is the media type of the block; "" leaves it out.
	ContentType string
	// PayloadType is WARC-Identified-Payload-Type; "" leaves it out.
	PayloadType string
	// Extra holds further lines. Content-Length and the lines above are not
	// allowed in it.
	Extra []Field
}

// Writer writes records to w. It buffers nothing between calls, so there is
// nothing to flush or close. It is not safe for concurrent use.
type Writer struct {
	w      io.Writer
	opts   WriterOptions
	offset int64
	plain  bytes.Buffer
	packed bytes.Buffer
	gz     *gzip.Writer
	zs     *zstd.Encoder
	err    error
}

// NewWriter returns a Writer that appends to w. A wrong level is reported by
// the first WriteRecord.
func NewWriter(w io.Writer, opts WriterOptions) *Writer {
	wr := &Writer{w: w, opts: opts}
	switch opts.Compression {
	case Gzip:
		level := opts.Level
		if level == 0 {
			level = 6
		}
		if level < 1 || level > 9 {
			wr.err = fmt.Errorf("warc: gzip level %d is not in 1 to 9", opts.Level)
			break
		}
		wr.gz, wr.err = gzip.NewWriterLevel(io.Discard, level)
	case Zstd:
		level := opts.Level
		if level == 0 {
			level = 2
		}
		if level < 1 || level > 4 {
			wr.err = fmt.Errorf("warc: zstd level %d is not in 1 to 4", opts.Level)
			break
		}
		wr.zs, wr.err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.EncoderLevel(level)),
			zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(true))
	case None:
	default:
		wr.err = fmt.Errorf("warc: unknown compression %d", opts.Compression)
	}
	return wr
}

// WriteRecord writes one record and returns the byte range it takes in the
// stored file, counted from the Writer's first byte. After an error of the
// underlying writer every further call returns that error; a refused header
// writes nothing and leaves the Writer usable.
func (w *Writer) WriteRecord(h RecordHeader, block []byte) (offset, length int64, err error) {
	if w.err != nil {
		return w.offset, 0, w.err
	}
	w.plain.Reset()
	if err := appendRecord(&w.plain, &h, block, w.opts.Digests); err != nil {
		return w.offset, 0, err
	}
	stored, err := w.pack(w.plain.Bytes())
	if err == nil {
		_, err = w.w.Write(stored)
	}
	if err != nil {
		w.err = err
		return w.offset, 0, err
	}
	offset = w.offset
	w.offset += int64(len(stored))
	return offset, int64(len(stored)), nil
}

func (w *Writer) pack(plain []byte) ([]byte, error) {
	switch w.opts.Compression {
	case Gzip:
		w.packed.Reset()
		w.gz.Reset(&w.packed)
		if _, err := w.gz.Write(plain); err != nil {
			return nil, err
		}
		if err := w.gz.Close(); err != nil {
			return nil, err
		}
		return w.packed.Bytes(), nil
	case Zstd:
		return w.zs.EncodeAll(plain, w.packed.AvailableBuffer()), nil
	}
	return plain, nil
}

// reserved are the lines that RecordHeader's own fields stand for.
var reserved = [...]string{"WARC-Type", "WARC-Record-ID", "WARC-Target-URI", "WARC-Date",
	"Content-Type", "WARC-Identified-Payload-Type", "Content-Length"}

func appendRecord(b *bytes.Buffer, h *RecordHeader, block []byte, digests bool) error {
	if h.Type == "" {
		return errors.New("warc: record without a type")
	}
	if h.Date.IsZero() {
		return errors.New("warc: record without a date")
	}
	for _, f := range h.Extra {
		for _, name := range reserved {
			if strings.EqualFold(f.Name, name) {
				return fmt.Errorf("warc: %s is not allowed in Extra", f.Name)
			}
		}
	}
	id := h.ID
	if id == "" {
		id = RecordID(h.Type, h.TargetURI, h.Date, block)
	}
	lines := make([]Field, 0, 10+len(h.Extra))
	add := func(name, value string) {
		if value != "" {
			lines = append(lines, Field{name, value})
		}
	}
	add("WARC-Type", h.Type)
	add("WARC-Record-ID", "<"+id+">")
	add("WARC-Target-URI", h.TargetURI)
	add("WARC-Date", h.Date.UTC().Format(time.RFC3339))
	add("Content-Type", h.ContentType)
	add("WARC-Identified-Payload-Type", h.PayloadType)
	if digests {
		if h.Type == TypeResponse {
			if i, n := headerEnd(block); n > 0 {
				add("WARC-Payload-Digest", Digest(block[i+n:]))
			}
		}
		add("WARC-Block-Digest", Digest(block))
	}
	lines = append(lines, h.Extra...)
	b.WriteString("WARC/1.1\r\n")
	for _, f := range lines {
		if err := CheckField(f); err != nil {
			return err
		}
		b.WriteString(f.Name + ": " + f.Value + "\r\n")
	}
	b.WriteString("Content-Length: " + strconv.Itoa(len(block)) + "\r\n\r\n")
	b.Write(block)
	b.WriteString("\r\n\r\n")
	return nil
}

// CheckField refuses a line that would be read back as something else.
func CheckField(f Field) error {
	if f.Name == "" || strings.ContainsAny(f.Name, ": \t\r\n\x00") {
		return fmt.Errorf("warc: bad header name %q", f.Name)
	}
	if strings.ContainsAny(f.Value, "\r\n\x00") {
		return fmt.Errorf("warc: header %s: line break or NUL in value", f.Name)
	}
	return nil
}

// Digest is the digest of bytes as WARC headers have it: "sha1:" and SHA-1 in base 32.
func Digest(b []byte) string {
	sum := sha1.Sum(b)
	return "sha1:" + base32.StdEncoding.EncodeToString(sum[:])
}

// RecordID derives a record ID from what the record says: a UUID of version 8
// (RFC 9562, free use) made of the first 16 bytes of a SHA-256. Equal records
// get equal IDs, so files can be made again byte for byte.
func RecordID(recordType, uri string, date time.Time, block []byte) string {
	h := sha256.New()
	h.Write([]byte(recordType + "\n" + uri + "\n" + date.UTC().Format(time.RFC3339) + "\n"))
	h.Write(block)
	u := h.Sum(nil)[:16]
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	x := hex.EncodeToString(u)
	return "urn:uuid:" + x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// NewWarcinfo builds the record that opens a file: fields such as software,
// description, isPartOf. filename may be "".
func NewWarcinfo(date time.Time, filename string, fields []Field) (RecordHeader, []byte, error) {
	var b bytes.Buffer
	for _, f := range fields {
		if err := CheckField(f); err != nil {
			return RecordHeader{}, nil, err
		}
		b.WriteString(f.Name + ": " + f.Value + "\r\n")
	}
	h := RecordHeader{Type: TypeWarcinfo, Date: date, ContentType: "application/warc-fields"}
	if filename != "" {
		h.Extra = []Field{{"WARC-Filename", filename}}
	}
	return h, b.Bytes(), nil
}

// NewResponse builds a response record from its parts. status is the HTTP
// code, 100 to 999; reason may be "". header is written as given: the caller
// says Content-Length and may say no Transfer-Encoding unless body has it.
func NewResponse(uri string, date time.Time, status int, reason string, header []Field, body []byte) (RecordHeader, []byte, error) {
	if status < 100 || status > 999 {
		return RecordHeader{}, nil, fmt.Errorf("warc: HTTP status %d is not in 100 to 999", status)
	}
	if err := CheckField(Field{"reason", reason}); err != nil {
		return RecordHeader{}, nil, err
	}
	var b bytes.Buffer
	b.Grow(256 + len(body))
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", status, reason)
	for _, f := range header {
		if err := CheckField(f); err != nil {
			return RecordHeader{}, nil, err
		}
		b.WriteString(f.Name + ": " + f.Value + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(body)
	h := RecordHeader{Type: TypeResponse, TargetURI: uri, Date: date,
		ContentType: "application/http; msgtype=response"}
	return h, b.Bytes(), nil
}

// NewConversion builds a record as in WET files: the plain text of a page.
// refersTo is the ID of the response it was made from, or "".
func NewConversion(uri string, date time.Time, refersTo string, text []byte) (RecordHeader, []byte) {
	h := RecordHeader{Type: TypeConversion, TargetURI: uri, Date: date, ContentType: "text/plain"}
	if refersTo != "" {
		h.Extra = []Field{{"WARC-Refers-To", "<" + refersTo + ">"}}
	}
	return h, text
}
