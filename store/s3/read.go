package s3

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/corpusmill/corpusmill/internal/transfer"
	"github.com/corpusmill/corpusmill/store"
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
	v := &version{s: s, name: name}
	r, err := s.calls.Open(ctx, name, offset, end, s.readahead, v.get)
	if status, _ := answer(err); status == http.StatusRequestedRangeNotSatisfiable {
		return s.emptyRange(ctx, name, offset)
	}
	if err != nil {
		return nil, err
	}
	return described{r, *v.first}, nil
}

// described is a reader that knows the version that it reads.
type described struct {
	io.ReadCloser
	object store.Object
}

// Object implements [store.Described].
func (r described) Object() (store.Object, error) { return r.object, nil }

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

// version is what one read of an object goes on with.
type version struct {
	s    *remote
	name string
	tag  string // of the first answer
	// first is what that answer was of.
	first *store.Object
}

// get asks for a range. Every later request insists on the ETag of the first answer: two
// versions must not be glued together.
func (v *version) get(ctx context.Context, offset, end int64) (io.ReadCloser, int64, error) {
	var o minio.GetObjectOptions
	if offset > 0 || end != math.MaxInt64 {
		to := ""
		if end != math.MaxInt64 {
			to = strconv.FormatInt(end-1, 10)
		}
		o.Set("Range", fmt.Sprintf("bytes=%d-%s", offset, to))
	}
	if v.tag != "" {
		_ = o.SetMatchETag(v.tag) // fails for an empty tag only
	}
	body, info, header, err := v.s.core.GetObject(ctx, v.s.bucket, v.s.key(v.name), o)
	if status, _ := answer(err); status == http.StatusPreconditionFailed && v.tag != "" {
		err = transfer.Permanent("the object was replaced while it was read")
	}
	if err != nil {
		return nil, 0, err
	}
	size, err := sizeOf(info, header, offset)
	if err != nil {
		_ = body.Close() // the answer is refused
		return nil, 0, err
	}
	v.tag = info.ETag
	if v.first == nil {
		v.first = &store.Object{Size: size, Stamp: info.ETag}
	}
	return body, min(end, size), nil
}

// sizeOf is the object's size, of an answer that is the range asked for.
func sizeOf(info minio.ObjectInfo, header http.Header, offset int64) (size int64, err error) {
	first, size := int64(0), info.Size
	if given := header.Get("Content-Range"); given != "" {
		var last int64
		if _, err := fmt.Sscanf(given, "bytes %d-%d/%d", &first, &last, &size); err != nil {
			return 0, transfer.Permanent("the server sent the content range %q", given)
		}
	}
	if first != offset {
		return 0, transfer.Permanent("asked for bytes from %d, the server sends bytes from %d", offset, first)
	}
	if size < 0 {
		return 0, transfer.Permanent("the server does not tell the object's size")
	}
	return size, nil
}
