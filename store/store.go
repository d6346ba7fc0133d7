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
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Errors that callers tell apart with errors.Is. They are those of io/fs, so
// that errors of package os match as well.
var (
	ErrNotExist = fs.ErrNotExist // no such object; a missing bucket is not this error
	ErrExist    = fs.ErrExist    // the object is there already
)

// nameBytesMax is the longest object name in bytes, the limit of S3.
const nameBytesMax = 1024

// Object describes one stored file.
type Object struct {
	Name  string // slash path relative to the store's root
	Size  int64  // bytes
	Stamp string // changes when the content does: "size-mtime_ns" locally, the ETag on S3
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

// Options says how to reach an S3 store; local folders ignore it. The zero
// value is Amazon S3 with credentials from the provider chain of minio-go:
// environment, shared credentials file, instance role. Printing an Options
// shows *** for each secret, and encoders leave the secrets out.
type Options struct {
	Endpoint string // "host:port" or "https://host:port"; default s3.amazonaws.com
	Region   string // default: asked from the server

	AccessKey    string `json:"-" yaml:"-"` // with SecretKey: static credentials
	SecretKey    string `json:"-" yaml:"-"`
	SessionToken string `json:"-" yaml:"-"` // optional, with AccessKey

	PathStyle bool // endpoint/bucket/key in place of bucket.endpoint/key
	Insecure  bool // plain HTTP where Endpoint has no scheme

	// PartBytes is the size of an upload part, 5 MiB to 1 GiB, default 8 MiB.
	// A writer holds at most three parts in memory. The size doubles after
	// each 1,250 parts, as S3 allows 10,000 a file: by default 8 MiB parts up
	// to 9.7 GiB, 16 MiB up to 29 GiB, and so on to 2.4 TiB. Servers that want
	// all parts equal (Cloudflare R2) take files up to 1,250 parts.
	PartBytes int64

	// ReadaheadBytes is how far a reader runs ahead of its consumer, 64 KiB
	// to 1 GiB, default 8 MiB.
	ReadaheadBytes int64

	// Tries is how often one request is tried before it fails, 1 to 100,
	// default 10: about 40 seconds of waiting, with exponential back-off.
	Tries int

	// Transport replaces the HTTP transport, e.g. for a proxy or a private
	// certificate authority. nil is the default of minio-go.
	Transport http.RoundTripper `json:"-" yaml:"-"`
}

// String shows the options with *** in place of each secret.
func (o Options) String() string {
	return fmt.Sprintf("{Endpoint:%s Region:%s AccessKey:%s SecretKey:%s SessionToken:%s PathStyle:%t Insecure:%t PartBytes:%d ReadaheadBytes:%d Tries:%d}",
		hideUser(o.Endpoint), o.Region, hide(o.AccessKey), hide(o.SecretKey), hide(o.SessionToken),
		o.PathStyle, o.Insecure, o.PartBytes, o.ReadaheadBytes, o.Tries)
}

// GoString is String, so that %#v shows no secret either.
func (o Options) GoString() string { return "store.Options" + o.String() }

// hide masks a secret; an unset one stays recognisable as such.
func hide(secret string) string {
	if secret == "" {
		return ""
	}
	return "***"
}

// hideUser masks what stands before an @ in an endpoint or a location.
func hideUser(location string) string {
	scheme, rest, ok := strings.Cut(location, "://")
	if !ok {
		scheme, rest = "", location
	} else {
		scheme += "://"
	}
	host, path, slash := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		host = "***" + host[at:]
	}
	if slash {
		path = "/" + path
	}
	return scheme + host + path
}

// Open returns the store at a location: "dir", "file:///dir" or
// "s3://bucket/prefix". A local folder need not exist yet. Nothing is sent to
// an S3 server before first use; [Probe] finds out whether it works.
func Open(ctx context.Context, location string, o Options) (Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	scheme, rest, ok := strings.Cut(location, "://")
	switch {
	case location == "":
		return nil, errors.New("store: empty location; use a folder, file:///folder or s3://bucket/prefix")
	case !ok:
		return openLocal(location)
	case scheme == "file":
		u, err := url.Parse(location)
		if err != nil {
			return nil, fmt.Errorf("store: location %q is no valid URL", hideUser(location))
		}
		if u.Host != "" && u.Host != "localhost" {
			return nil, fmt.Errorf("store: location %q names a host; a local folder has three slashes: file:///folder", hideUser(location))
		}
		return openLocal(u.Path)
	case scheme == "s3":
		return openS3(rest, o)
	default:
		return nil, fmt.Errorf("store: location %q: unknown scheme %q; known are file and s3", hideUser(location), scheme)
	}
}

func openLocal(dir string) (Store, error) {
	if dir == "" {
		return nil, errors.New("store: empty folder name")
	}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: filepath.Clean(dir), Err: errors.New("not a folder")}
	}
	return Local(dir), nil
}

// checkName refuses a name that could leave the root, that not every store
// can hold, or that is reserved.
func checkName(op, name string) error {
	if why := badName(name); why != "" {
		return &fs.PathError{Op: op, Path: printable(name), Err: fmt.Errorf("%w: %s", fs.ErrInvalid, why)}
	}
	return nil
}

// printable quotes a name that a terminal or a log could not show.
func printable(name string) string {
	if quoted := strconv.Quote(name); len(quoted) != len(name)+2 {
		return quoted
	}
	return name
}

func badName(name string) string {
	switch {
	case name == "":
		return "empty name"
	case len(name) > nameBytesMax:
		return fmt.Sprintf("name longer than %d bytes", nameBytesMax)
	case !utf8.ValidString(name):
		return "name is not UTF-8"
	case strings.IndexByte(name, 0) >= 0:
		return "name holds a NUL byte"
	case name[0] == '/':
		return "absolute name"
	}
	last := ""
	for element := range strings.SplitSeq(name, "/") {
		switch element {
		case "":
			return "empty path element"
		case ".", "..":
			return "path element " + element
		}
		last = element
	}
	if strings.HasPrefix(last, temporaryPrefix) {
		return "names that begin with " + temporaryPrefix + " are reserved"
	}
	return ""
}
