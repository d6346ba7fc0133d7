package warc

import (
	"errors"
	"fmt"
)

// Causes found inside a [RecordError], besides [io.ErrUnexpectedEOF] for a
// truncated tail and the errors of the decompressors.
var (
	// ErrNoRecord: where a record should start there is no "WARC/" line.
	ErrNoRecord = errors.New("warc: no WARC version line")
	// ErrHeader: the header has no end within 1 MiB, or over 1,000 lines.
	ErrHeader = errors.New("warc: header too long")
	// ErrContentLength: Content-Length is absent, not a number, or does not
	// lead to the end of the record.
	ErrContentLength = errors.New("warc: wrong Content-Length")
	// ErrTooLarge: the block is larger than Options.MaxRecordBytes.
	ErrTooLarge = errors.New("warc: record larger than the limit")
)

// ErrLost ends a stream: after a damaged part, or at the start, no record was
// found within 64 MiB.
var ErrLost = errors.New("warc: no record found within the search limit")

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

// RecordError reports one unreadable record or damaged stretch. Reading may
// go on with the next call of [Reader.Next].
type RecordError struct {
	// Record is the ordinal of the record from 0, as in [Record.Number].
	Record int64
	// Offset is where it starts, counted as in [Record.Offset].
	Offset int64
	// Decoded tells that Offset counts decompressed bytes.
	Decoded bool
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
