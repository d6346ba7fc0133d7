package warc

import (
	"strings"
	"time"
)

// Record types of WARC 1.1 section 6 (WARC-Type).
const (
	TypeWarcinfo     = "warcinfo"
	TypeResponse     = "response"
	TypeResource     = "resource"
	TypeRequest      = "request"
	TypeMetadata     = "metadata"
	TypeRevisit      = "revisit"
	TypeConversion   = "conversion"
	TypeContinuation = "continuation"
)

// Field is one header line.
type Field struct {
	Name  string // as written, without the colon
	Value string // without surrounding white space
}

// Header is a list of header lines in file order. Names may repeat.
type Header []Field

// Get returns the value of the first line called name, compared without case,
// or "".
func (h Header) Get(name string) string {
	v, _ := h.Lookup(name)
	return v
}

// Lookup is Get that also tells an absent line from an empty one.
func (h Header) Lookup(name string) (value string, ok bool) {
	for i := range h {
		if len(h[i].Name) == len(name) && strings.EqualFold(h[i].Name, name) {
			return h[i].Value, true
		}
	}
	return "", false
}

// Record is one WARC or ARC record. The strings and the time stay valid for ever;
// Header (the slice, not its strings) and Block are the Reader's and are
// valid until the next call of [Reader.Next].
type Record struct {
	// Number counts the records of the stream from 0, unreadable ones included.
	Number int64
	// Version is the version line without "WARC/", such as "1.0"; of ARC files "1"
	// or "2".
	Version string
	// Type is WARC-Type in lower case, such as [TypeResponse]. In ARC files documents
	// of http and https are responses, others resources, and the version block is
	// warcinfo.
	Type string
	// ID is WARC-Record-ID without angle brackets, "" in ARC files.
	ID string
	// TargetURI is WARC-Target-URI without angle brackets and spaces around.
	TargetURI string
	// Date is WARC-Date in UTC, or the zero time if absent or not a time.
	Date time.Time
	// Header holds the named fields, those above included, as written; those of ARC
	// files have the names of its format, such as Archive-date. Of more than 1,000
	// lines it has the first, and those that say what the record is.
	Header Header
	// Offset is where the record starts, in bytes. In a plain file, and in a
	// compressed one with a member (gzip) or frame (zstd) for each record,
	// it is a position in the stored file, fit for a range request. Where
	// several records share a member, or a member is larger than 16 MiB, it
	// is a position in the decompressed stream and Decoded is true.
	Offset int64
	// Length is the size in bytes of the record in the same stream as Offset.
	Length int64
	// Decoded tells that Offset and Length count decompressed bytes of a
	// compressed file.
	Decoded bool
	// Block is the record's content: for a response the HTTP message.
	Block []byte
	// WrongLength tells that the record's length did not lead to its end, or is no
	// number: Block ends where the next record starts, or the compressed unit ends.
	WrongLength bool
	// BadChecksum tells that the record was read whole, and that the checksum or size of
	// its gzip member differs or is cut off: Block may be damaged.
	BadChecksum bool

	scratch *scratch
}

// PayloadType returns what WARC-Identified-Payload-Type says, the media type that the
// crawler found by looking at the payload, as [MediaType] reads it.
func (r *Record) PayloadType() (media, charset string) {
	return r.Header.mediaType("WARC-Identified-Payload-Type")
}

// ContentType returns the record's own Content-Type, such as
// "application/http; msgtype=response", or "".
func (r *Record) ContentType() string { return r.Header.Get("Content-Type") }
