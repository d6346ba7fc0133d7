package corpus

import (
	"fmt"
	"strconv"
)

// Shard is one unit of input: a file or an object.
type Shard struct {
	Source string // name of the source in the pipeline
	Name   string // path below the fixed prefix of its pattern
	Size   int64  // stored bytes, -1 if unknown
	Stamp  string // changes when the content does: size and mtime, or an ETag
	Path   string // where the source finds it; in no key and no output
	// Version is what else changes with a file, where a stamp can be set back, "" where
	// nothing is known: store.Object has it. It is in no key and no output.
	Version string
	// From and To are a range of its bytes: only records that begin there are to be read,
	// of a source that can; of one that reads ranges in order, those up to the first place
	// at To or behind where it can go on. To is 0 for the whole shard. Neither is part of
	// its name.
	From, To int64
}

// Place is where a record of a shard begins, or the end of the shard.
type Place struct {
	Offset  int64 // stored bytes before it
	Record  int64 // records before it, which is its ordinal
	Decoded int64 // decompressed bytes before it, 0 where nothing is compressed
	// Skip is how many of those stand in the compressed member that begins at Offset: the
	// end of a record that reaches into it, which belongs to the record before.
	Skip int64
}

// String returns <source>/<name>.
func (s Shard) String() string { return s.Source + "/" + s.Name }

// RecordID is the ID of a record that brings none: <source>/<shard name>#<record>.
func (s Shard) RecordID(record int64) string {
	return s.Source + "/" + s.Name + "#" + strconv.FormatInt(record, 10)
}

// Own says of a document that it was read from the shard, if the record does not say where
// it was read first, and names it where the record brings no name.
func (s Shard) Own(d *Document) {
	if d.Origin.Source == "" {
		d.Origin.Source, d.Origin.Shard = s.Source, s.Name
	}
	if d.ID == "" {
		d.ID = s.RecordID(d.Origin.Record)
	}
}

// Loss says how much an error took with it.
type Loss uint8

// What can be lost.
const (
	// LossContent: a record that was read, and whose content is of no use: a null
	// text, a body that does not decode, a stage that failed.
	LossContent Loss = iota
	// LossRecord: bytes that are no record, or a record that cannot be parsed.
	LossRecord
	// LossRest: all that the shard holds behind this place. It is the last error of
	// a shard.
	LossRest
)

// RecordError is a record that could not be processed, or several that were lost
// together. It goes to quarantine and nothing else is lost.
type RecordError struct {
	Shard  string // <source>/<name>
	Record int64  // ordinal in the shard, -1 if unknown
	Offset int64  // byte offset in the stored shard, -1 if unknown
	Stage  string // stage that failed, "" for the reader
	Loss   Loss
	// Records is how many records are lost, where the format tells it: the rows of
	// a row group. 0 counts as 1.
	Records int64
	// Bytes is how many stored bytes are lost, 0 if unknown.
	Bytes int64
	Err   error
}

// Error names shard, record, offset, stage and cause.
func (e *RecordError) Error() string {
	at := e.Shard
	if e.Record >= 0 {
		at += fmt.Sprintf(": record %d", e.Record)
	}
	if e.Offset >= 0 {
		at += fmt.Sprintf(" at byte %d", e.Offset)
	}
	if e.Stage != "" {
		at += ": " + e.Stage
	}
	return at + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }
