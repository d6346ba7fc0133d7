package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

const (
	chunkBytes = 256 << 10 // what a reader hands over at a time
	// progressBytes is what a connection must bring before a break counts as
	// a new one: it bounds the connections of one read.
	progressBytes = 1 << 20
)

// Fetch asks for the bytes of an object from offset on, up to end, which is math.MaxInt64
// for all. It returns them and where they end: end, or the object's size if that is
// smaller. Later connections of a read must insist on the version of the first: two must
// not be glued together.
type Fetch func(ctx context.Context, offset, end int64) (body io.ReadCloser, stop int64, err error)

// Open reads a range of an object ahead of its consumer, by at most readahead bytes, and
// resumes a broken transfer where it stopped.
func (c *Calls) Open(ctx context.Context, name string, offset, end, readahead int64, fetch Fetch) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancel(ctx)
	r := &reader{c: c, ctx: ctx, cancel: cancel, name: name, fetch: fetch, offset: offset, end: end}
	body, err := r.connect()
	if err != nil {
		cancel()
		return nil, err
	}
	chunks := max(int(readahead/chunkBytes)-1, 1)
	r.chunks = make(chan []byte, chunks)
	r.free = make(chan []byte, chunks+1)
	go r.fill(body)
	return r, nil
}

// reader fetches ahead of its consumer in one goroutine.
type reader struct {
	c      *Calls
	ctx    context.Context
	cancel context.CancelFunc
	name   string
	fetch  Fetch

	// Of the fetching goroutine.
	offset int64 // next byte to fetch
	end    int64 // first byte not wanted; cut to the size by the first answer
	lane   *lane

	chunks chan []byte // closed at the end, after err is set
	free   chan []byte // buffers to use again
	err    error

	// Of the consumer.
	current []byte // what is left of chunk
	chunk   []byte
	closed  bool
}

// connect asks for the rest of the range.
func (r *reader) connect() (*watched, error) {
	var w *watched
	var err error
	r.lane, err = r.c.do(r.ctx, "read", r.name, 0, func(ctx context.Context, _ int) error {
		ctx, cancel := context.WithCancel(ctx)
		// The timer covers the wait for the answer as well as each read.
		timer := time.AfterFunc(r.c.Stall, cancel)
		body, stop, err := r.fetch(ctx, r.offset, r.end)
		timer.Stop()
		if err != nil {
			cancel()
			return err
		}
		r.end = min(r.end, stop)
		w = &watched{body: body, timer: timer, stall: r.c.Stall, cancel: cancel}
		return nil
	})
	return w, err
}

// fill fetches until the end of the range, the reader is closed or the tries
// are used up.
func (r *reader) fill(body *watched) {
	defer close(r.chunks)
	defer func() { _ = body.Close(); r.lane.leave() }()
	breaks, since := 0, int64(0)
	for r.offset < r.end {
		buf := r.buffer()
		n, err := io.ReadFull(body, buf)
		r.offset += int64(n)
		since += int64(n)
		if n > 0 {
			if r.err = r.hand(buf[:n]); r.err != nil {
				return
			}
		}
		if err == nil || r.offset >= r.end {
			continue
		}
		_ = body.Close()
		r.lane.leave()
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

// hand gives a chunk to the consumer. A transfer that waits for its consumer is out of its
// lane: it may wait for one who needs that lane.
func (r *reader) hand(chunk []byte) error {
	select {
	case r.chunks <- chunk:
		return nil
	default:
	}
	r.lane.leave()
	select {
	case r.chunks <- chunk:
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
	if r.offset >= r.end {
		return nil
	}
	return r.lane.enter(r.ctx)
}

// pause waits before the next connection.
func (r *reader) pause(breaks int, cause error) error {
	if err := r.ctx.Err(); err != nil {
		return r.c.Fail("read", r.name, 0, err)
	}
	if errors.Is(cause, context.Canceled) {
		cause = fmt.Errorf("no byte came for %s", r.c.Stall)
	} else if errors.Is(cause, io.EOF) {
		cause = io.ErrUnexpectedEOF
	}
	if breaks >= r.c.Tries {
		return r.c.Fail("read", r.name, breaks, fmt.Errorf("the transfer broke at byte %d: %w", r.offset, cause))
	}
	if err := r.c.Sleep(r.ctx, backoff(breaks-1)); err != nil {
		return r.c.Fail("read", r.name, 0, err)
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
		return 0, r.c.Fail("read", r.name, 0, fs.ErrClosed)
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
