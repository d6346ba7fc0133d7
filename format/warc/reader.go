package warc

import (
	"io"
)

// Options configures a [Reader]. The zero value means the defaults.
type Options struct {
	// MaxRecordBytes is the largest block that is read, in bytes. Larger
	// records are skipped unbuffered and reported as [RecordError] with
	// [ErrTooLarge]. 0 means 64 MiB.
	MaxRecordBytes int64
	// MaxBodyBytes is the largest body that [Record.HTTP] decodes, in bytes:
	// a guard against compression bombs. 0 means 64 MiB.
	MaxBodyBytes int64
}

// Reader reads the records of one WARC stream in order. It is not safe for
// concurrent use.
type Reader struct{}
type scratch struct{}

// NewReader returns a Reader of r. It reads nothing before the first Next.
func NewReader(r io.Reader, opts Options) *Reader { return &Reader{} }

// Next returns the next record, valid until the following call.
func (r *Reader) Next() (*Record, error) { return nil, io.EOF }

// BytesRead returns the number of bytes read from the underlying stream.
func (r *Reader) BytesRead() int64 { return 0 }
