package warc

import (
	"bufio"
	"io"
)

const (
	firstBuffer = 512 << 10 // size of a window's buffer before it has to grow
	maxEmpty    = 100       // reads without bytes or error before giving up
)

// window is a growing view on a stream: the unread bytes buf[at:end].
type window struct {
	r       io.Reader // nil if buf is all there is
	buf     []byte
	at, end int
	pos     int64 // position of buf[at] in the stream
	read    int64 // bytes taken from r
	err     error // why no more can be read; io.EOF at a clean end
}

// fill tries to have n unread bytes and returns all unread ones: fewer only if
// err is set. The slice is valid until the next fill. The buffer grows with
// the bytes that arrive, not with n, so that a lie about a size costs nothing.
func (w *window) fill(n int) []byte {
	for w.end-w.at < n && w.err == nil {
		if w.r == nil {
			w.err = io.EOF
			break
		}
		w.makeRoom(n)
		w.readOnce()
	}
	return w.buf[w.at:w.end]
}

// makeRoom makes room for at least one byte on the way to n.
func (w *window) makeRoom(n int) {
	if len(w.buf)-w.end >= len(w.buf)/2 && len(w.buf) > 0 {
		return
	}
	if w.at > 0 {
		w.end = copy(w.buf, w.buf[w.at:w.end])
		w.at = 0
	}
	if w.end == len(w.buf) {
		grown := make([]byte, max(firstBuffer, min(2*len(w.buf), n+firstBuffer)))
		copy(grown, w.buf[:w.end])
		w.buf = grown
	}
}

func (w *window) readOnce() {
	for range maxEmpty {
		k, err := w.r.Read(w.buf[w.end:])
		w.end += k
		w.read += int64(k)
		if err != nil {
			w.err = err
			return
		}
		if k > 0 {
			return
		}
	}
	w.err = io.ErrNoProgress
}

// windowKept is the memory that a window keeps when a record is done, of a unit that is
// decompressed whole included.
const windowKept = maxWholeOut + maxWholeOut/4

// letGo gives back a buffer that a large record has made grow.
func (w *window) letGo() {
	if n := w.end - w.at; cap(w.buf) > windowKept && n < cap(w.buf)/4 {
		buf := make([]byte, max(firstBuffer, 2*n))
		w.end = copy(buf, w.buf[w.at:w.end])
		w.at, w.buf = 0, buf
	}
}

// skip drops n unread bytes, which must be there.
func (w *window) skip(n int) {
	w.at += n
	w.pos += int64(n)
}

// discard drops n bytes, reading what it must, and returns how many there were.
func (w *window) discard(n int64) int64 {
	left := n
	for left > 0 {
		b := w.fill(1)
		if len(b) == 0 {
			break
		}
		k := int(min(left, int64(len(b))))
		w.skip(k)
		left -= int64(k)
	}
	return n - left
}

// Read serves the streaming decompressors.
func (w *window) Read(p []byte) (int, error) {
	b := w.fill(1)
	if len(b) == 0 {
		return 0, w.err
	}
	n := copy(p, b)
	w.skip(n)
	return n, nil
}

// unread puts back what br has taken from w and not handed out.
func (w *window) unread(br *bufio.Reader) {
	n := br.Buffered()
	b, _ := br.Peek(n)
	if w.at < n {
		grown := make([]byte, max(firstBuffer, 2*(n+w.end-w.at)))
		w.end = n + copy(grown[n:], w.buf[w.at:w.end])
		w.at, w.buf = n, grown
	}
	w.at -= n
	w.pos -= int64(n)
	copy(w.buf[w.at:], b)
	br.Reset(nil)
}
