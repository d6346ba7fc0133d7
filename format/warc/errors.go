package warc

import (
	"errors"
	"fmt"
)

// Causes found inside a [RecordError], besides [io.ErrUnexpectedEOF] for a
// truncated tail and the errors of the decompressors.
var (
	// ErrNoRecord: where a record should start there is no "WARC/" line, no line of an
	// ARC file, or no compressed unit.
	ErrNoRecord = errors.New("warc: no record starts here")
	// ErrHeader: the header has no end within 1 MiB, or before the next record.
	ErrHeader = errors.New("warc: header without end")
	// ErrContentLength: the length is absent, no number, or wrong, and the end of the
	// record was not found either.
	ErrContentLength = errors.New("warc: wrong Content-Length")
	// ErrTooLarge: the block is larger than Options.MaxRecordBytes.
	ErrTooLarge = errors.New("warc: record larger than the limit")
)

// ErrDictionary ends a stream: a zstd file needs a dictionary that it does not carry.
var ErrDictionary = errors.New("warc: zstd dictionary required")

// Causes of an error of [Record.HTTP].
var (
	// ErrNotHTTP: the block does not start with an HTTP status line.
	ErrNotHTTP = errors.New("warc: block is not an HTTP response")
	// ErrContentEncoding: the body could not be decoded, and is not plain.
	ErrContentEncoding = errors.New("warc: body does not decode")
	// ErrBodyTooLarge: the decoded body is larger than Options.MaxBodyBytes.
	ErrBodyTooLarge = errors.New("warc: decoded body larger than the limit")
)

// RecordError reports an unreadable record or a damaged stretch. Reading may go on
// with the next call of [Reader.Next].
type RecordError struct {
	// Record is the ordinal of the record from 0, as in [Record.Number].
	Record int64
	// Offset is where it starts, counted as in [Record.Offset].
	Offset int64
	// Decoded tells that Offset counts decompressed bytes.
	Decoded bool
	// Bytes is how many stored bytes are lost up to the next record, 0 if unknown:
	// inside a compressed unit.
	Bytes int64
	// Rest tells that the stream breaks off here, or cannot be decompressed any
	// further: whatever it holds behind this place is lost.
	Rest bool
	// Err is the cause.
	Err error
}

// Error returns the place and the cause.
func (e *RecordError) Error() string {
	unit := "byte"
	if e.Decoded {
		unit = "decompressed byte"
	}
	return fmt.Sprintf("record %d at %s %d: %v", e.Record, unit, e.Offset, e.Err)
}

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }
