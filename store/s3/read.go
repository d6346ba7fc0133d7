package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/corpusmill/corpusmill/store"
)

const (
	chunkBytes = 256 << 10 // what a reader hands over at a time
	// progressBytes is what a connection must bring before a break counts as
	// a new one: it bounds the connections of one read.
	progressBytes = 1 << 20
)

func (s *remote) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	return s.OpenRange(ctx, name, 0, -1)
}

func (s *remote) OpenRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if err := store.CheckName("open", name); err != nil {
		return nil, err
	}
	if err := store.CheckRange(s.url(name), offset, length, -1); err != nil {
		return nil, err
	}
	if length == 0 {
		return s.emptyRange(ctx, name, offset)
	}
	end := int64(math.MaxInt64)
	if length > 0 && length < end-offset {
		end = offset + length
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &reader{s: s, ctx: ctx, cancel: cancel, name: name, offset: offset, end: end}
	body, err := r.connect()
	if err != nil {
		cancel()
		if status, _ := answer(err); status == http.StatusRequestedRangeNotSatisfiable {
			return s.emptyRange(context.WithoutCancel(ctx), name, offset)
		}
		return nil, err
	}
	chunks := max(int(s.readahead/chunkBytes)-1, 1)
	r.chunks = make(chan []byte, chunks)
	r.free = make(chan []byte, chunks+1)
	go r.fill(body)
	return r, nil
}

// emptyRange reads nothing, from an offset that must lie within the object.
func (s *remote) emptyRange(ctx context.Context, name string, offset int64) (io.ReadCloser, error) {
	o, err := s.Stat(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := store.CheckRange(s.url(name), offset, 0, o.Size); err != nil {
		return nil, err
	}
	return io.NopCloser(strings.NewReader("")), nil
}

// reader fetches ahead of its consumer in one goroutine.
type reader struct {
	s      *remote
	ctx    context.Context
	cancel context.CancelFunc
	name   string

	// Of the fetching goroutine.
	offset int64 // next byte to fetch
	end    int64 // first byte not wanted; cut to the size by the first answer
	tag    string

	chunks chan []byte // closed at the end, after err is set
	free   chan []byte // buffers to use again
	err    error

	// Of the consumer.
	current []byte // what is left of chunk
	chunk   []byte
	closed  bool
}

// connect asks for the rest of the range. Every later connection insists on
// the ETag of the first: two versions must not be glued together.
func (r *reader) connect() (*watched, error) {
	var w *watched
	err := r.s.retry(r.ctx, "read", r.name, 0, func(ctx context.Context, _ int) error {
		var err error
		w, err = r.get(ctx)
		return err
	})
	if status, _ := answer(err); status == http.StatusPreconditionFailed && r.tag != "" {
		return nil, r.s.fail("read", r.name, 0, permanent("the object was replaced while it was read"))
	}
	return w, err
}

func (r *reader) get(ctx context.Context) (*watched, error) {
	ctx, cancel := context.WithCancel(ctx)
	// The timer covers the wait for the answer as well as each read.
	timer := time.AfterFunc(r.s.stall, cancel)
	var o minio.GetObjectOptions
	if r.offset > 0 || r.end != math.MaxInt64 {
		to := ""
		if r.end != math.MaxInt64 {
			to = strconv.FormatInt(r.end-1, 10)
		}
		o.Set("Range", fmt.Sprintf("bytes=%d-%s", r.offset, to))
	}
	if r.tag != "" {
		_ = o.SetMatchETag(r.tag) // fails for an empty tag only
	}
	body, info, header, err := r.s.core.GetObject(ctx, r.s.bucket, r.s.key(r.name), o)
	timer.Stop()
	if err == nil {
		err = r.accept(info, header)
		if err != nil {
			_ = body.Close() // the answer is refused
		}
	}
	if err != nil {
		cancel()
		return nil, err
	}
	return &watched{body: body, timer: timer, stall: r.s.stall, cancel: cancel}, nil
}

// accept checks that the answer is the range asked for.
func (r *reader) accept(info minio.ObjectInfo, header http.Header) error {
	first, size := int64(0), info.Size
	if given := header.Get("Content-Range"); given != "" {
		var last int64
		if _, err := fmt.Sscanf(given, "bytes %d-%d/%d", &first, &last, &size); err != nil {
			return permanent("the server sent the content range %q", given)
		}
	}
	if first != r.offset {
		return permanent("asked for bytes from %d, the server sends bytes from %d", r.offset, first)
	}
	if size < 0 {
		return permanent("the server does not tell the object's size")
	}
	r.tag, r.end = info.ETag, min(r.end, size)
	return nil
}

// fill fetches until the end of the range, the reader is closed or the tries
// are used up.
func (r *reader) fill(body *watched) {
	defer close(r.chunks)
	defer func() { body.Close() }()
	breaks, since := 0, int64(0)
	for r.offset < r.end {
		buf := r.buffer()
		n, err := io.ReadFull(body, buf)
		r.offset += int64(n)
		since += int64(n)
		if n > 0 {
			select {
			case r.chunks <- buf[:n]:
			case <-r.ctx.Done():
				r.err = r.ctx.Err()
				return
			}
		}
		if err == nil || r.offset >= r.end {
			continue
		}
		body.Close()
		if since >= progressBytes {
			breaks = 0
		}
		breaks, since = breaks+1, 0
		if err := r.pause(breaks, err); err != nil {
			r.err = err
			return
		}
		next, err := r.connect()
		if err != nil {
			r.err = err
			return
		}
		body = next
	}
}

// pause waits before the next connection.
func (r *reader) pause(breaks int, cause error) error {
	if err := r.ctx.Err(); err != nil {
		return r.s.fail("read", r.name, 0, err)
	}
	if errors.Is(cause, context.Canceled) {
		cause = fmt.Errorf("no byte came for %s", r.s.stall)
	} else if errors.Is(cause, io.EOF) {
		cause = io.ErrUnexpectedEOF
	}
	if breaks >= r.s.tries {
		return r.s.fail("read", r.name, breaks, fmt.Errorf("the transfer broke at byte %d: %w", r.offset, cause))
	}
	if err := r.s.sleep(r.ctx, backoff(breaks-1)); err != nil {
		return r.s.fail("read", r.name, 0, err)
	}
	return nil
}

// buffer takes a used buffer or makes one; a small object gets a small one.
func (r *reader) buffer() []byte {
	n := int(min(int64(chunkBytes), r.end-r.offset))
	select {
	case b := <-r.free:
		if cap(b) >= n {
			return b[:n]
		}
	default:
	}
	return make([]byte, n)
}

func (r *reader) Read(p []byte) (int, error) {
	if r.closed {
		return 0, &fs.PathError{Op: "read", Path: r.s.url(r.name), Err: fs.ErrClosed}
	}
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.current) == 0 {
		if r.chunk != nil {
			select {
			case r.free <- r.chunk:
			default:
			}
			r.chunk = nil
		}
		c, ok := <-r.chunks
		if !ok {
			if r.err != nil {
				return 0, r.err
			}
			return 0, io.EOF
		}
		r.chunk, r.current = c, c
	}
	n := copy(p, r.current)
	r.current = r.current[n:]
	return n, nil
}

// Close ends the fetching goroutine and waits for it.
func (r *reader) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	r.cancel()
	for range r.chunks { // lets a blocked fetch end
	}
	return nil
}

// watched is a response body that fails when no byte comes for too long. The
// time its consumer takes does not count.
type watched struct {
	body   io.ReadCloser
	timer  *time.Timer
	stall  time.Duration
	cancel context.CancelFunc
}

func (w *watched) Read(p []byte) (int, error) {
	w.timer.Reset(w.stall)
	defer w.timer.Stop()
	return w.body.Read(p)
}

func (w *watched) Close() error {
	w.timer.Stop()
	w.cancel()
	return w.body.Close()
}
