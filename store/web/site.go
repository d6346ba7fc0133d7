package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/internal/transfer"
	"github.com/corpusmill/corpusmill/store"
)

const (
	// skipBytes is how much of a file is read for nothing where a server ignores ranges.
	skipBytes = 1 << 20
	// versionsMax is of how many files a store remembers which version it saw.
	versionsMax = 1 << 17
)

// site is a folder of a web server: files can be read by their names, and not listed.
type site struct {
	server   *server
	base     *url.URL // ends with a slash
	location string   // as users know it, without a slash at the end
	escape   func(name string) string
	calls    transfer.Calls

	mu       sync.Mutex
	versions map[string]version
}

func newSite(s *server, base *url.URL, location string, escape func(string) string) *site {
	return &site{
		server: s, base: base, location: strings.TrimRight(location, "/"), escape: escape, versions: map[string]version{},
		calls: transfer.Calls{Tries: s.tries, Stall: stallTimeout, Lanes: s.lanes, Sleep: transfer.Pause, Retryable: retryable, Fail: fail},
	}
}

func (s *site) String() string { return s.location }

// path names a file in errors.
func (s *site) path(name string) string { return s.location + "/" + name }

// address is where a file is.
func (s *site) address(name string) string { return s.base.String() + s.escape(name) }

// escapeWritten makes a path of an address of a name as it was written, which may hold
// escapes already.
func escapeWritten(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c == '%' && i+2 < len(name) && hex(name[i+1]) && hex(name[i+2]):
			b.WriteByte(c)
		case c > ' ' && c < 0x7f && !strings.ContainsRune("%?#\"<>\\^`{|}[]", rune(c)):
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func hex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// noListing is an errors.ErrUnsupported.
type noListing struct{}

func (noListing) Error() string {
	return "a web server lists no files and takes none: to read, name each by its address or give a file of addresses (list); to write, name a folder or an object store"
}
func (noListing) Is(target error) bool { return target == errors.ErrUnsupported }

// List says that there is no listing: errors.ErrUnsupported.
func (s *site) List(ctx context.Context, prefix string) iter.Seq2[store.Object, error] {
	return func(yield func(store.Object, error) bool) {
		err := ctx.Err()
		if err == nil {
			err = noListing{}
		}
		yield(store.Object{}, fail("list", s.path(prefix), 0, err))
	}
}

// Stat asks for the head of a file, and for its first byte where the server does not
// answer that or leaves the size out.
func (s *site) Stat(ctx context.Context, name string) (store.Object, error) {
	if err := store.CheckName("stat", name); err != nil {
		return store.Object{}, err
	}
	v, err := s.look(ctx, name)
	if err != nil {
		return store.Object{}, err
	}
	s.remember(name, v)
	return store.Object{Name: name, Size: v.size, Stamp: v.stamp()}, nil
}

func (s *site) look(ctx context.Context, name string) (v version, err error) {
	err = s.calls.Do(ctx, "stat", s.path(name), requestTimeout, func(ctx context.Context, _ int) error {
		v, err = s.head(ctx, name)
		switch status(err) {
		case 0:
			if err != nil || v.size >= 0 {
				return err
			}
		case http.StatusNotFound, http.StatusGone:
			return err
		default:
			if retryable(err) {
				return err
			}
		}
		v, err = s.firstByte(ctx, name)
		return err
	})
	return v, err
}

func (s *site) head(ctx context.Context, name string) (version, error) {
	r, err := s.newRequest(ctx, http.MethodHead, name)
	if err != nil {
		return version{}, err
	}
	resp, err := s.server.request(r, http.StatusOK)
	if err != nil {
		return version{}, err
	}
	_ = resp.Body.Close() // empty
	return versionOf(resp, resp.ContentLength), nil
}

func (s *site) firstByte(ctx context.Context, name string) (version, error) {
	r, err := s.newRequest(ctx, http.MethodGet, name)
	if err != nil {
		return version{}, err
	}
	r.Header.Set("Range", "bytes=0-0")
	resp, err := s.server.request(r, http.StatusOK, http.StatusPartialContent, http.StatusRequestedRangeNotSatisfiable)
	if err != nil {
		return version{}, err
	}
	_ = resp.Body.Close() // the header is what was asked for
	size := resp.ContentLength
	switch given := resp.Header.Get("Content-Range"); {
	case resp.StatusCode == http.StatusPartialContent:
		if _, size, err = contentRange(given); err != nil {
			return version{}, err
		}
	case resp.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		if given != "bytes */0" {
			return version{}, &statusError{status: resp.StatusCode}
		}
		size = 0
	}
	if size < 0 {
		return version{}, errNoSize
	}
	return versionOf(resp, size), nil
}

var errNoSize = transfer.Permanent("the server does not tell the file's size, without which a cut could not be seen")

func (s *site) newRequest(ctx context.Context, method, name string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.address(name), nil)
	if err != nil {
		return nil, transfer.Permanent("the name makes no address")
	}
	r.Header.Set("Accept-Encoding", "identity") // the bytes as they are kept
	return r, nil
}

func (s *site) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	return s.OpenRange(ctx, name, 0, -1)
}

func (s *site) OpenRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if err := store.CheckName("open", name); err != nil {
		return nil, err
	}
	if err := store.CheckRange(s.path(name), offset, length, -1); err != nil {
		return nil, err
	}
	if length == 0 {
		return s.emptyRange(ctx, name, offset)
	}
	end := int64(math.MaxInt64)
	if length > 0 && length < end-offset {
		end = offset + length
	}
	d := &download{s: s, name: name, known: s.known(name)}
	r, err := s.calls.Open(ctx, s.path(name), offset, end, readaheadBytes, d.get)
	if status(err) == http.StatusRequestedRangeNotSatisfiable {
		return s.emptyRange(ctx, name, offset)
	}
	return r, err
}

// emptyRange reads nothing, from an offset that must lie within the file.
func (s *site) emptyRange(ctx context.Context, name string, offset int64) (io.ReadCloser, error) {
	v, err := s.look(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := store.CheckRange(s.path(name), offset, 0, v.size); err != nil {
		return nil, err
	}
	return io.NopCloser(strings.NewReader("")), nil
}

// known is the version of a file that the store saw, all of whose reads must be of it.
func (s *site) known(name string) version {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.versions[name]; ok {
		return v
	}
	return version{size: -1}
}

func (s *site) remember(name string, v version) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.versions[name]; ok || len(s.versions) < versionsMax {
		s.versions[name] = v
	}
}

// download is what one read of a file goes on with.
type download struct {
	s     *site
	name  string
	known version
}

// get is a [transfer.Fetch].
func (d *download) get(ctx context.Context, offset, end int64) (io.ReadCloser, int64, error) {
	r, err := d.s.newRequest(ctx, http.MethodGet, d.name)
	if err != nil {
		return nil, 0, err
	}
	if offset > 0 || end != math.MaxInt64 {
		to := ""
		if end != math.MaxInt64 {
			to = strconv.FormatInt(end-1, 10)
		}
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-%s", offset, to))
		if v := d.known.validator(); v != "" {
			r.Header.Set("If-Range", v)
		}
	}
	resp, err := d.s.server.request(r, http.StatusOK, http.StatusPartialContent)
	if err != nil {
		return nil, 0, err
	}
	size, err := d.accept(resp, offset)
	if err != nil {
		_ = resp.Body.Close() // the answer is refused
		return nil, 0, err
	}
	return resp.Body, min(end, size), nil
}

// accept checks that an answer is of the version known and brings it to the offset.
func (d *download) accept(resp *http.Response, offset int64) (size int64, err error) {
	first, size := int64(0), resp.ContentLength
	if resp.StatusCode == http.StatusPartialContent {
		if first, size, err = contentRange(resp.Header.Get("Content-Range")); err != nil {
			return 0, err
		}
		if first != offset {
			return 0, transfer.Permanent("asked for bytes from %d, the server sends bytes from %d", offset, first)
		}
	}
	if size < 0 {
		return 0, errNoSize
	}
	v := versionOf(resp, size)
	if d.known.differs(v) {
		return 0, transfer.Permanent("the file was replaced after it was seen first: run again")
	}
	if d.known.size < 0 {
		d.s.remember(d.name, v)
	}
	d.known = v
	if first == offset {
		return size, nil
	}
	switch {
	case offset > size:
		return 0, &statusError{status: http.StatusRequestedRangeNotSatisfiable}
	case offset > skipBytes:
		return 0, transfer.Permanent("the server sends files only from their beginning (it ignores ranges), and byte %d is far from it: copy the file first", offset)
	}
	_, err = io.CopyN(io.Discard, resp.Body, offset)
	return size, err
}

// contentRange reads the header Content-Range of an answer that is part of a file.
func contentRange(given string) (first, size int64, err error) {
	var last int64
	if n, err := fmt.Sscanf(given, "bytes %d-%d/%d", &first, &last, &size); err != nil || first < 0 || last < first || size <= last {
		if n == 2 && strings.HasSuffix(given, "/*") {
			return 0, 0, errNoSize
		}
		return 0, 0, transfer.Permanent("the server sent the content range %.64q", given)
	}
	return first, size, nil
}

// refuse is the answer to every write.
func (s *site) refuse(op, name string) error { return refuseWrite(op, s.path(name)) }

func refuseWrite(op, path string) error {
	return &fs.PathError{Op: op, Path: path, Err: fmt.Errorf("%w: what lies on the web is read-only; write to a folder or an object store", fs.ErrPermission)}
}

func (s *site) Create(_ context.Context, name string) (store.Writer, error) {
	return nil, s.refuse("create", name)
}

func (s *site) PutIfAbsent(_ context.Context, name string, _ []byte) (bool, error) {
	return false, s.refuse("publish", name)
}

func (s *site) Remove(_ context.Context, name string) error { return s.refuse("remove", name) }
