// Package s3 keeps files on S3-compatible object stores: it opens the locations
// "s3://bucket/prefix" of package store, and "gs://bucket/prefix", with the client of
// minio-go.
//
// A request that fails in a way that may pass is tried again, an answer that was
// lost is asked for, and a transfer that broke goes on where it stopped. Nothing
// is visible before it is whole: small files are put in one request, large ones
// in parts that are joined at Commit.
package s3

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/corpusmill/corpusmill/internal/transfer"
	"github.com/corpusmill/corpusmill/store"
)

// Defaults and bounds of [Settings].
const (
	defaultEndpoint = "s3.amazonaws.com"
	googleEndpoint  = "storage.googleapis.com"

	partBytesDefault = 8 << 20
	partBytesMin     = 5 << 20
	partBytesMax     = 1 << 30

	readaheadBytesDefault = 8 << 20
	readaheadBytesMin     = 64 << 10
	readaheadBytesMax     = 1 << 30

	triesDefault = 10
	triesMax     = 100
)

// Time limits of one attempt. What runs into one is tried again.
const (
	requestTimeout   = time.Minute      // a request without a body to speak of
	completeTimeout  = 10 * time.Minute // joining the parts: servers may copy them
	stallTimeout     = time.Minute      // no byte of a download in this time
	abortTimeout     = 15 * time.Second // all attempts to abort an upload
	uploadBytesSlow  = 64 << 10         // an upload slower than this a second fails
	responseTimeout  = completeTimeout  // the transport's own limit must not cut in first
	idleConnsPerHost = 64
)

// lanesMax is how many requests of a process are under way at one server, and fewer where
// it answers SlowDown.
const lanesMax = 256

// nonceKey is the user metadata that marks who wrote an object. When the
// answer to a write is lost, it tells our own object from another's.
const nonceKey = "Corpusmill-Write"

// remote is a prefix of a bucket.
type remote struct {
	scheme    string
	core      minio.Core
	bucket    string
	prefix    string // "" or "a/b/"
	part      int64
	readahead int64
	calls     transfer.Calls
	anyRegion bool        // the server may teach us the bucket's region
	told      *told       // the credentials, masked in errors
	static    bool        // they do not change
	confirmed atomic.Bool // the bucket was seen to exist
}

// The schemes that begin a location.
const (
	Scheme       = "s3://"
	SchemeGoogle = "gs://"
)

// noBucket are characters of a pattern, of credentials or of a port: a name that
// holds one is a slip, no bucket.
const noBucket = `*?[{\@:`

// Opener opens the locations "s3://bucket/prefix" with these settings. Nothing is
// sent to the server before first use of a store; [store.Probe] finds out whether
// it works.
func Opener(o Settings) store.Opener {
	return opener(Scheme, o, func() (credentials.Provider, error) { return provider(o) })
}

// Google opens the locations "gs://bucket/prefix" by the S3-compatible form of Google Cloud
// Storage. AccessKey and SecretKey are an HMAC key of it; without them only what is public
// is read, and no other credentials are looked for. Endpoint and Region have defaults.
func Google(o Settings) store.Opener {
	o.Endpoint, o.Region = cmp.Or(o.Endpoint, googleEndpoint), cmp.Or(o.Region, "auto")
	return opener(SchemeGoogle, o, func() (credentials.Provider, error) {
		if o.AccessKey == "" && o.SecretKey == "" && o.SessionToken == "" {
			return &credentials.Static{Value: credentials.Value{SignerType: credentials.SignatureAnonymous}}, nil
		}
		return provider(o)
	})
}

func opener(scheme string, o Settings, creds func() (credentials.Provider, error)) store.Opener {
	lanes := transfer.NewLanes(lanesMax)
	return func(_ context.Context, location string) (store.Store, error) {
		c, err := creds()
		if err != nil {
			return nil, err
		}
		return open(scheme, location, o, c, lanes)
	}
}

func open(scheme, location string, o Settings, creds credentials.Provider, lanes *transfer.Lanes) (store.Store, error) {
	bucket, prefix, _ := strings.Cut(strings.TrimPrefix(location, scheme), "/")
	if bucket == "" || strings.ContainsAny(bucket, noBucket) {
		return nil, fmt.Errorf("store: the location needs a bucket: %sbucket/prefix; credentials do not belong in it", scheme)
	}
	prefix = strings.TrimSuffix(prefix, "/")
	if prefix != "" {
		if why := store.BadName(prefix); why != "" {
			return nil, fmt.Errorf("store: location %s: %s", location, why)
		}
		prefix += "/"
	}
	s := &remote{scheme: scheme, bucket: bucket, prefix: prefix, anyRegion: o.Region == ""}
	s.calls = transfer.Calls{Stall: stallTimeout, Lanes: lanes, Sleep: transfer.Pause, Retryable: s.retryable, Fail: s.fail}
	if err := s.setLimits(o); err != nil {
		return nil, err
	}
	return s, s.connect(o, creds)
}

func (s *remote) setLimits(o Settings) error {
	var errs []error
	limit := func(name string, value, byDefault, low, high int64) int64 {
		if value == 0 {
			return byDefault
		}
		if value < low || value > high {
			errs = append(errs, fmt.Errorf("store: %s is %d, must lie in %d to %d", name, value, low, high))
		}
		return value
	}
	s.part = limit("PartBytes", o.PartBytes, partBytesDefault, partBytesMin, partBytesMax)
	s.readahead = limit("ReadaheadBytes", o.ReadaheadBytes, readaheadBytesDefault, readaheadBytesMin, readaheadBytesMax)
	s.calls.Tries = int(limit("Tries", int64(o.Tries), triesDefault, 1, triesMax))
	return errors.Join(errs...)
}

// connect makes the client; it sends nothing.
func (s *remote) connect(o Settings, creds credentials.Provider) error {
	host, secure, err := endpoint(o)
	if err != nil {
		return err
	}
	s.told, s.static = &told{Provider: creds}, o.AccessKey != ""
	transport := o.Transport
	if transport == nil {
		t, err := minio.DefaultTransport(secure)
		if err != nil {
			return fmt.Errorf("store: HTTP transport: %w", err)
		}
		t.ResponseHeaderTimeout = responseTimeout
		t.MaxIdleConnsPerHost = idleConnsPerHost
		transport = t
	}
	lookup := minio.BucketLookupAuto
	if o.PathStyle {
		lookup = minio.BucketLookupPath
	}
	core, err := minio.NewCore(host, &minio.Options{
		Creds: credentials.New(s.told), Secure: secure, Region: o.Region, BucketLookup: lookup,
		Transport:  &transfer.Transport{Base: transport},
		MaxRetries: 1, // retries are ours: they must know that an answer may be lost
	})
	if err != nil {
		return fmt.Errorf("store: S3 endpoint %s: %w", host, err)
	}
	s.core = *core
	return nil
}

// endpoint parses "host:port" or "https://host:port".
func endpoint(o Settings) (host string, secure bool, err error) {
	given := o.Endpoint
	if given == "" {
		given = defaultEndpoint
	}
	if !strings.Contains(given, "://") {
		scheme := "https://"
		if o.Insecure {
			scheme = "http://"
		}
		given = scheme + given
	}
	u, err := url.Parse(given)
	switch {
	case err != nil || u.Host == "":
		return "", false, fmt.Errorf("store: S3 endpoint %q is no valid URL", store.HideUser(withoutQuery(o.Endpoint)))
	case u.Scheme != "http" && u.Scheme != "https":
		return "", false, fmt.Errorf("store: S3 endpoint %q: scheme must be http or https", store.HideUser(withoutQuery(o.Endpoint)))
	case u.User != nil:
		return "", false, fmt.Errorf("store: S3 endpoint %q holds credentials; give them as keys", store.HideUser(withoutQuery(o.Endpoint)))
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return "", false, fmt.Errorf("store: S3 endpoint %q must be a host and a port only", store.HideUser(withoutQuery(o.Endpoint)))
	}
	return u.Host, u.Scheme == "https", nil
}

func (s *remote) String() string {
	return s.scheme + s.bucket + "/" + strings.TrimSuffix(s.prefix, "/")
}

// key is the object's key in the bucket.
func (s *remote) key(name string) string { return s.prefix + name }

// url names an object in errors.
func (s *remote) url(name string) string { return s.scheme + s.bucket + "/" + s.prefix + name }

func (s *remote) List(ctx context.Context, prefix string) iter.Seq2[store.Object, error] {
	return s.list(ctx, prefix, func(string) bool { return true })
}

// Select implements [store.Selective].
func (s *remote) Select(ctx context.Context, prefix string, sel store.Selection) iter.Seq2[store.Object, error] {
	return s.list(ctx, prefix, sel.Match)
}

func (s *remote) list(ctx context.Context, prefix string, match func(name string) bool) iter.Seq2[store.Object, error] {
	return func(yield func(store.Object, error) bool) {
		after := ""
		for {
			page, more, err := s.page(ctx, prefix, after)
			if err != nil {
				yield(store.Object{}, err)
				return
			}
			for _, info := range page {
				if info.Key <= after {
					yield(store.Object{}, s.fail("list", prefix, 0, transfer.Permanent("the server lists %q after %q, out of order", info.Key, after)))
					return
				}
				after = info.Key
				name := strings.TrimPrefix(info.Key, s.prefix)
				if strings.HasSuffix(info.Key, "/") || strings.HasPrefix(path.Base(name), store.TemporaryPrefix) || !match(name) {
					continue // a folder marker, a name kept for temporaries, or not asked for
				}
				if err := store.CheckName("list", name); err != nil {
					yield(store.Object{}, err)
					return
				}
				if !yield(store.Object{Name: name, Size: info.Size, Stamp: info.ETag}, nil) {
					return
				}
			}
			if !more {
				return
			}
		}
	}
}

// listPage is how many keys one request brings, the most S3 gives.
const listPage = 1000

// page lists one page after a key. minio-go's own iterator is used for one
// page only, so that a retry cannot repeat or lose keys.
func (s *remote) page(ctx context.Context, prefix, after string) (page []minio.ObjectInfo, more bool, err error) {
	noOwner := false
	err = s.calls.Do(ctx, "list", prefix, requestTimeout, func(ctx context.Context, _ int) error {
		page, more = page[:0], false
		for info := range s.core.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{
			Prefix: s.prefix + prefix, Recursive: true, StartAfter: after, MaxKeys: listPage, FetchOwner: &noOwner,
		}) {
			if info.Err != nil {
				return info.Err
			}
			page = append(page, info)
			if len(page) == listPage {
				more = true
				break
			}
		}
		return ctx.Err() // the iterator ends in silence when cancelled
	})
	return page, more, err
}

func (s *remote) Stat(ctx context.Context, name string) (store.Object, error) {
	if err := store.CheckName("stat", name); err != nil {
		return store.Object{}, err
	}
	info, err := s.head(ctx, name)
	if err != nil {
		return store.Object{}, err
	}
	return store.Object{Name: name, Size: info.Size, Stamp: info.ETag}, nil
}

func (s *remote) head(ctx context.Context, name string) (info minio.ObjectInfo, err error) {
	err = s.calls.Do(ctx, "stat", name, requestTimeout, func(ctx context.Context, _ int) (err error) {
		info, err = s.core.StatObject(ctx, s.bucket, s.key(name), minio.StatObjectOptions{})
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		if bucketErr := s.confirm(ctx); bucketErr != nil {
			return info, bucketErr
		}
	}
	return info, err
}

// confirm tells a missing object from a missing bucket, once: the answer to a
// HEAD has no body and says 404 for both. Whether one may list does not
// matter here.
func (s *remote) confirm(ctx context.Context) error {
	if s.confirmed.Load() {
		return nil
	}
	err := s.calls.Do(ctx, "stat", "", requestTimeout, func(ctx context.Context, _ int) error {
		for info := range s.core.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.prefix, MaxKeys: 1}) {
			return info.Err
		}
		return ctx.Err()
	})
	if status, _ := answer(err); err == nil || status == http.StatusForbidden {
		s.confirmed.Store(true)
		return nil
	}
	return err
}

// wrote reports whether the object that stands under a name carries a nonce.
func (s *remote) wrote(ctx context.Context, name, nonce string) (minio.ObjectInfo, bool, error) {
	info, err := s.head(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return info, false, nil
	}
	if err != nil {
		return info, false, err
	}
	for k, v := range info.UserMetadata {
		if strings.EqualFold(k, nonceKey) {
			return info, v == nonce, nil
		}
	}
	return info, false, nil
}

func newNonce() string {
	var r [16]byte
	_, _ = rand.Read(r[:]) // never fails
	return hex.EncodeToString(r[:])
}

// put sends one object in one request and returns its ETag.
func (s *remote) put(ctx context.Context, op, name string, data []byte, o minio.PutObjectOptions, onTry func(try int)) (string, error) {
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	o.DisableContentSha256 = true // the digest is signed whole, not chunk by chunk
	o.ContentType = "application/octet-stream"
	tag := ""
	err := s.calls.Do(ctx, op, name, uploadTimeout(len(data)), func(ctx context.Context, try int) error {
		if onTry != nil {
			onTry(try)
		}
		info, err := s.core.PutObject(ctx, s.bucket, s.key(name), bytes.NewReader(data), int64(len(data)), "", digest, o)
		tag = info.ETag
		return err
	})
	return tag, err
}

// uploadTimeout allows a slow line its time.
func uploadTimeout(size int) time.Duration {
	return requestTimeout + time.Duration(size/uploadBytesSlow)*time.Second
}

func (s *remote) PutIfAbsent(ctx context.Context, name string, data []byte) (bool, error) {
	const op = "publish"
	if err := store.CheckName(op, name); err != nil {
		return false, err
	}
	nonce := newNonce()
	o := minio.PutObjectOptions{UserMetadata: map[string]string{nonceKey: nonce}}
	o.SetMatchETagExcept("*")
	tries := 0
	_, err := s.put(ctx, op, name, data, o, func(try int) { tries = try + 1 })
	if err == nil {
		return true, nil
	}
	switch status, code := answer(err); {
	case status == http.StatusPreconditionFailed:
		if tries == 1 {
			return false, nil
		}
		// An earlier try may have won and lost its answer.
		_, mine, err := s.wrote(ctx, name, nonce)
		return mine, err
	case status == http.StatusNotImplemented:
		return false, s.fail(op, name, 0, transfer.Permanent("the server does not offer conditional puts (%s), which publishing needs", code))
	}
	return false, err
}

func (s *remote) Remove(ctx context.Context, name string) error {
	if err := store.CheckName("remove", name); err != nil {
		return err
	}
	err := s.calls.Do(ctx, "remove", name, requestTimeout, func(ctx context.Context, _ int) error {
		return s.core.RemoveObject(ctx, s.bucket, s.key(name), minio.RemoveObjectOptions{})
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// sweepMax bounds the unfinished uploads one sweep looks at.
const sweepMax = 1_000_000

// Sweep implements [store.Sweeper]: it aborts unfinished uploads below the prefix.
func (s *remote) Sweep(ctx context.Context, olderThan time.Duration) (int, error) {
	before := time.Now().Add(-olderThan)
	removed, seen := 0, 0
	keyMarker, idMarker := "", ""
	for {
		var page minio.ListMultipartUploadsResult
		err := s.calls.Do(ctx, "sweep", "", requestTimeout, func(ctx context.Context, _ int) (err error) {
			page, err = s.core.ListMultipartUploads(ctx, s.bucket, s.prefix, keyMarker, idMarker, "", listPage)
			return err
		})
		if err != nil {
			return removed, err
		}
		for _, u := range page.Uploads {
			if u.Initiated.After(before) {
				continue
			}
			if err := s.abort(ctx, strings.TrimPrefix(u.Key, s.prefix), u.UploadID); err != nil {
				return removed, err
			}
			removed++
		}
		seen += len(page.Uploads)
		stuck := page.NextKeyMarker == keyMarker && page.NextUploadIDMarker == idMarker
		if !page.IsTruncated || stuck || seen >= sweepMax {
			return removed, nil
		}
		keyMarker, idMarker = page.NextKeyMarker, page.NextUploadIDMarker
	}
}

// abort drops an unfinished upload; one that is gone is no error.
func (s *remote) abort(ctx context.Context, name, uploadID string) error {
	err := s.calls.Do(ctx, "abort", name, requestTimeout, func(ctx context.Context, _ int) error {
		return s.core.AbortMultipartUpload(ctx, s.bucket, s.key(name), uploadID)
	})
	if _, code := answer(err); code == minio.NoSuchUpload || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// withoutQuery leaves out what may be a signature or token.
func withoutQuery(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return address
}
