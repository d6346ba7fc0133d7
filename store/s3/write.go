package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/corpusmill/corpusmill/internal/transfer"
	"github.com/corpusmill/corpusmill/store"
)

const (
	partsMax        = 10_000 // parts of one S3 object
	partsPerSize    = 1_250  // parts before the size doubles: eight sizes
	uploadsInFlight = 2      // parts of one writer on the way
	bufferFirst     = 64 << 10
)

// partSize is the size of the n-th part, n from 1.
func partSize(first int64, n int) int64 { return first << ((n - 1) / partsPerSize) }

// writer sends parts while it is written to. What fits one part goes in one
// plain put at Commit.
type writer struct {
	s      *remote
	ctx    context.Context // of the parts; ends with the writer
	cancel context.CancelFunc
	name   string
	nonce  string

	mu       sync.Mutex // one call at a time
	buf      []byte
	size     int64
	n        int // parts begun
	uploadID string
	done     error // what ended the writer

	slots chan struct{}
	group sync.WaitGroup

	partMu sync.Mutex // of what the part goroutines touch
	parts  []minio.CompletePart
	spare  [][]byte
	err    error
}

func (s *remote) Create(ctx context.Context, name string) (store.Writer, error) {
	if err := store.CheckName("create", name); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, s.fail("create", name, 0, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	return &writer{
		s: s, ctx: ctx, cancel: cancel, name: name, nonce: newNonce(),
		slots: make(chan struct{}, uploadsInFlight),
	}, nil
}

func (w *writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done != nil {
		return 0, w.done
	}
	written := 0
	for len(p) > 0 {
		if err := w.state(); err != nil {
			return written, w.fail(err)
		}
		limit := partSize(w.s.part, w.n+1)
		if int64(len(w.buf)) >= limit {
			if err := w.send(); err != nil {
				return written, w.fail(err)
			}
			continue
		}
		k := int(min(int64(len(p)), limit-int64(len(w.buf))))
		w.grow(k, limit)
		w.buf = append(w.buf, p[:k]...)
		p = p[k:]
		w.size += int64(k)
		written += k
	}
	return written, nil
}

// grow makes room for k more bytes, by doubling up to the part's size, so
// that a small object holds a small buffer.
func (w *writer) grow(k int, limit int64) {
	need := len(w.buf) + k
	if need <= cap(w.buf) {
		return
	}
	size := max(int64(cap(w.buf))*2, bufferFirst)
	for size < int64(need) {
		size *= 2
	}
	b := make([]byte, len(w.buf), min(size, limit))
	copy(b, w.buf)
	w.buf = b
}

// state is the error of a part or of the context.
func (w *writer) state() error {
	w.partMu.Lock()
	defer w.partMu.Unlock()
	if w.err != nil {
		return w.err
	}
	if err := w.ctx.Err(); err != nil {
		return w.s.fail("write", w.name, 0, err)
	}
	return nil
}

// send hands the buffer to a goroutine that uploads it, waiting for a slot.
func (w *writer) send() error {
	if w.n == partsMax {
		return w.s.fail("write", w.name, 0, transfer.Permanent("the object needs more than %d parts; larger PartBytes would hold it", partsMax))
	}
	if w.uploadID == "" {
		if err := w.begin(); err != nil {
			return err
		}
	}
	select {
	case w.slots <- struct{}{}:
	case <-w.ctx.Done():
		return w.state()
	}
	w.n++
	n, buf := w.n, w.buf
	w.buf = w.reuse()
	w.group.Go(func() {
		defer func() { <-w.slots }()
		w.upload(n, buf)
	})
	return nil
}

func (w *writer) begin() error {
	return w.s.calls.Do(w.ctx, "write", w.name, requestTimeout, func(ctx context.Context, _ int) error {
		id, err := w.s.core.NewMultipartUpload(ctx, w.s.bucket, w.s.key(w.name), w.options())
		w.uploadID = id
		return err
	})
}

func (w *writer) options() minio.PutObjectOptions {
	return minio.PutObjectOptions{
		ContentType:  "application/octet-stream",
		UserMetadata: map[string]string{nonceKey: w.nonce},
	}
}

func (w *writer) upload(n int, buf []byte) {
	sum := sha256.Sum256(buf)
	digest := hex.EncodeToString(sum[:])
	tries := 0
	var part minio.ObjectPart
	err := w.s.calls.Do(w.ctx, "write", w.name, uploadTimeout(len(buf)), func(ctx context.Context, try int) (err error) {
		tries = try + 1
		part, err = w.s.core.PutObjectPart(ctx, w.s.bucket, w.s.key(w.name), w.uploadID, n, bytes.NewReader(buf), int64(len(buf)),
			minio.PutObjectPartOptions{Sha256Hex: digest, DisableContentSha256: true})
		return err
	})
	w.partMu.Lock()
	defer w.partMu.Unlock()
	if err != nil {
		if w.err == nil {
			w.err = err
		}
		w.cancel() // the other parts are of no use
		return
	}
	w.parts = append(w.parts, minio.CompletePart{PartNumber: n, ETag: part.ETag})
	if tries == 1 {
		// After a broken try the transport may still be reading the buffer.
		w.spare = append(w.spare, buf[:0])
	}
}

func (w *writer) reuse() []byte {
	w.partMu.Lock()
	defer w.partMu.Unlock()
	if len(w.spare) == 0 {
		return nil
	}
	b := w.spare[len(w.spare)-1]
	w.spare = w.spare[:len(w.spare)-1]
	return b
}

func (w *writer) Commit(ctx context.Context) (store.Object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done != nil {
		return store.Object{}, w.done
	}
	if err := w.state(); err != nil {
		return store.Object{}, w.fail(err)
	}
	var tag string
	var err error
	if w.uploadID == "" {
		tag, err = w.s.put(ctx, "write", w.name, w.buf, w.options(), nil)
	} else {
		tag, err = w.complete(ctx)
	}
	if err != nil {
		return store.Object{}, w.fail(err)
	}
	w.end(nil)
	return store.Object{Name: w.name, Size: w.size, Stamp: tag}, nil
}

// complete sends the last part and joins all.
func (w *writer) complete(ctx context.Context) (tag string, err error) {
	if len(w.buf) > 0 {
		if err := w.send(); err != nil {
			return "", err
		}
	}
	stop := context.AfterFunc(ctx, w.cancel)
	w.group.Wait()
	stop()
	if err := w.state(); err != nil {
		return "", err
	}
	slices.SortFunc(w.parts, func(a, b minio.CompletePart) int { return a.PartNumber - b.PartNumber })
	tries := 0
	err = w.s.calls.Do(ctx, "commit", w.name, completeTimeout, func(ctx context.Context, try int) error {
		tries = try + 1
		info, err := w.s.core.CompleteMultipartUpload(ctx, w.s.bucket, w.s.key(w.name), w.uploadID, w.parts, minio.PutObjectOptions{})
		tag = info.ETag
		return err
	})
	if _, code := answer(err); code == minio.NoSuchUpload && tries > 1 {
		// An earlier try may have worked and lost its answer.
		if info, mine, headErr := w.s.wrote(ctx, w.name, w.nonce); headErr == nil && mine {
			return info.ETag, nil
		}
	}
	return tag, err
}

// fail ends the writer and drops what was uploaded.
func (w *writer) fail(err error) error {
	w.end(err)
	_ = w.drop() // best effort: Sweep finds what stays
	return err
}

// end makes an error the answer to every later call; nil stands for closed.
func (w *writer) end(err error) {
	if err == nil {
		err = &fs.PathError{Op: "write", Path: w.s.url(w.name), Err: fs.ErrClosed}
	}
	w.done = err
	w.cancel()
	w.buf, w.spare = nil, nil
}

// drop waits for the parts on their way, as a part that arrives after the
// abort could stay for ever, and aborts the upload.
func (w *writer) drop() error {
	w.group.Wait()
	if w.uploadID == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), abortTimeout)
	defer cancel()
	err := w.s.abort(ctx, w.name, w.uploadID)
	if errors.Is(err, context.DeadlineExceeded) {
		return w.s.fail("abort", w.name, 0, transfer.Permanent("the server did not answer in %s; sweep the store later", abortTimeout))
	}
	return err
}

func (w *writer) Abort() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done != nil {
		return nil
	}
	w.settle()
	w.end(nil)
	return w.drop()
}

// settle waits for the parts on their way, but not for ever: of one that is cut off the server
// may make a part when the upload is aborted, and both would stay.
func (w *writer) settle() {
	late := time.AfterFunc(abortTimeout, w.cancel)
	defer late.Stop()
	w.group.Wait()
}
