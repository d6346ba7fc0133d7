// Package store keeps the files of a run: folders of this machine and
// S3-compatible object stores behind one small interface.
//
// Nothing a store writes is visible under its name before it is whole: a
// [Writer] publishes at Commit, [Store.PutIfAbsent] publishes at once and has
// at most one winner. A process that dies leaves at worst a temporary, which
// [Sweep] removes.
//
// Every value of this package may be used by several goroutines, except that
// one reader belongs to one goroutine.
package store

import (
	"context"
	"io"
	"io/fs"
	"iter"
)

// Errors that callers tell apart with errors.Is. They are those of io/fs, so
// that errors of package os match as well.
var (
	ErrNotExist = fs.ErrNotExist // no such object; a missing bucket is not this error
	ErrExist    = fs.ErrExist    // the object is there already
)

// Object describes one stored file.
type Object struct {
	Name  string // slash path relative to the store's root
	Size  int64  // bytes
	Stamp string // changes when the content does: "size-mtime_ns" locally, the ETag on S3
	// Version changes with whatever is done to the object, where the stamp can be set back:
	// "inode-ctime_ns" locally, "" where there is none. List and Stat give it.
	Version string
}

// Described is a reader of [Store.Open] or [Store.OpenRange] that knows which object it
// reads.
type Described interface {
	// Object is the object without its name: as it is now in a folder, as it was when it
	// was opened on S3, where every byte comes from the version that was.
	Object() (Object, error)
}

// Store holds named, immutable byte strings. A name is a slash path without
// "." or ".." elements, at most 1,024 bytes of UTF-8; base names that begin
// with ".tmp-" are reserved for temporaries and never listed.
type Store interface {
	// String is the URL or folder. It never shows credentials.
	String() string

	// List yields every object whose name begins with prefix, at any depth,
	// sorted by Name in byte order. A prefix is a plain string: end it with a
	// slash to mean a folder. What is absent lists as empty. The sequence
	// ends after its first error.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]

	// Stat describes one object; [ErrNotExist] if there is none.
	Stat(ctx context.Context, name string) (Object, error)

	// Open reads a whole object; [ErrNotExist] if there is none. ctx governs
	// every later Read too. On S3 the reader reads ahead and resumes a broken
	// transfer where it stopped.
	Open(ctx context.Context, name string) (io.ReadCloser, error)

	// OpenRange reads length bytes from offset on; length -1 means up to the
	// end. A range that reaches past the end is cut short. An offset past the
	// end is an error, one at the end reads as empty.
	OpenRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error)

	// Create begins an object, which replaces an older one of that name at
	// Commit. Every Create needs a Commit or an Abort; ctx governs the
	// writes in between.
	Create(ctx context.Context, name string) (Writer, error)

	// PutIfAbsent publishes data under name unless that name is taken. Of
	// all callers, in any process, at most one is told created; on return
	// without error the object is there and durable either way. On S3 this
	// needs a server with conditional puts: see [Probe].
	PutIfAbsent(ctx context.Context, name string, data []byte) (created bool, err error)

	// Remove deletes an object; one that is absent is no error.
	Remove(ctx context.Context, name string) error
}

// Privater is a [Writer] whose object can be the owner's alone.
type Privater interface {
	// Private lets nobody but the owner read the object. Call it before the first Write.
	Private() error
}

// Private lets nobody but the owner read what w writes, where the store knows such a thing:
// a local file has mode 0600. Who may read an object of S3, the bucket says.
func Private(w Writer) error {
	if p, ok := w.(Privater); ok {
		return p.Private()
	}
	return nil
}

// Writer writes one object. After an error of Write or Commit the temporary
// is already gone and Abort is a no-op, so that `defer w.Abort()` directly
// after Create is always right. The object is then not visible, except where
// it is whole and only the last step of Commit is in doubt: the sync of the
// folder locally, a lost answer on S3.
type Writer interface {
	io.Writer
	// Commit makes the object durable and visible, whole, in one act.
	Commit(ctx context.Context) (Object, error)
	// Abort removes the temporary. It is safe after Commit and repeatedly.
	Abort() error
}
