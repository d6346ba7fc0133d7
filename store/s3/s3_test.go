package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/internal/transfer"
	"github.com/corpusmill/corpusmill/store"
)

// fake opens a store on a server that a test plays; waits are noted, not
// waited for.
func fake(t *testing.T, handle http.HandlerFunc) (*remote, *waits) {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	opened, err := Opener(Settings{
		Server: store.Server{Endpoint: server.URL, Region: "us-east-1", PathStyle: true}, AccessKey: "key", SecretKey: "secret-not-shown", Tries: 5,
	})(t.Context(), "s3://bucket/p")
	if err != nil {
		t.Fatal(err)
	}
	s, w := opened.(*remote), &waits{}
	s.calls.Sleep = w.sleep
	return s, w
}

type waits struct {
	mu  sync.Mutex
	all []time.Duration
}

func (w *waits) sleep(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, d)
	return ctx.Err()
}

func answerError(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s with secret-not-shown</Message></Error>", code, code)
}

var content = bytes.Repeat([]byte("0123456789abcdef"), 3<<20/16)

// serve answers a GET with the content, as a right server does.
func serve(w http.ResponseWriter, r *http.Request, tag string) {
	w.Header().Set("ETag", `"`+tag+`"`)
	w.Header().Set("Last-Modified", time.Unix(1, 0).UTC().Format(http.TimeFormat))
	http.ServeContent(w, r, "", time.Unix(1, 0), bytes.NewReader(content))
}

// cut answers with the headers of the content but only n bytes.
func cut(w http.ResponseWriter, n int) {
	w.Header().Set("ETag", `"a"`)
	w.Header().Set("Last-Modified", time.Unix(1, 0).UTC().Format(http.TimeFormat))
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	_, _ = w.Write(content[:n])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func TestRetryAfter(t *testing.T) {
	var n atomic.Int64
	s, w := fake(t, func(rw http.ResponseWriter, r *http.Request) {
		switch n.Add(1) {
		case 1:
			rw.Header().Set("Retry-After", "7")
			answerError(rw, 503, "SlowDown")
		case 2:
			answerError(rw, 503, "SlowDown")
		case 3:
			rw.Header().Set("Retry-After", "86400")
			answerError(rw, 429, "TooManyRequests")
		default:
			rw.Header().Set("ETag", `"a"`)
		}
	})
	if _, err := s.PutIfAbsent(t.Context(), "x", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if len(w.all) != 3 || w.all[0] != 7*time.Second || w.all[1] > 2*transfer.BackoffFirst || w.all[2] != transfer.RetryAfterMax {
		t.Errorf("waits %v", w.all)
	}
}

func TestTriesBounded(t *testing.T) {
	f := func(status int, code string, wantTries int64, wantKind error) {
		t.Helper()
		var n atomic.Int64
		s, _ := fake(t, func(rw http.ResponseWriter, r *http.Request) {
			n.Add(1)
			answerError(rw, status, code)
		})
		_, err := s.Open(t.Context(), "x")
		if err == nil || n.Load() != wantTries || !strings.HasPrefix(err.Error(), "read s3://bucket/p/x: ") || strings.Contains(err.Error(), "secret-not-shown") {
			t.Errorf("%d %s: %d tries, %v", status, code, n.Load(), err)
		}
		if wantKind != nil && !errors.Is(err, wantKind) {
			t.Errorf("%d %s: %v is no %v", status, code, err, wantKind)
		}
	}
	f(500, "InternalError", 5, nil)
	f(503, "SlowDown", 5, nil)
	f(504, "Unheard", 5, nil)
	f(409, "OperationAborted", 5, nil)
	f(501, "NotImplemented", 1, nil)
	f(403, "AccessDenied", 1, fs.ErrPermission)
	f(404, "NoSuchKey", 1, store.ErrNotExist)
	f(404, "NoSuchBucket", 1, nil)
	f(400, "InvalidRequest", 1, nil)
}

func TestConditionNotOffered(t *testing.T) {
	s, _ := fake(t, func(rw http.ResponseWriter, r *http.Request) { answerError(rw, 501, "NotImplemented") })
	if _, err := s.PutIfAbsent(t.Context(), "x", nil); err == nil || !strings.Contains(err.Error(), "conditional puts") {
		t.Errorf("error %v", err)
	}
}

// readAll reads x and the number of requests that took.
func readAll(t *testing.T, handle func(n int64, w http.ResponseWriter, r *http.Request)) (data []byte, requests int64, err error) {
	t.Helper()
	var n atomic.Int64
	s, _ := fake(t, func(w http.ResponseWriter, r *http.Request) { handle(n.Add(1), w, r) })
	s.calls.Stall = time.Second
	r, err := s.Open(t.Context(), "x")
	if err != nil {
		return nil, n.Load(), err
	}
	defer r.Close()
	data, err = io.ReadAll(r)
	return data, n.Load(), err
}

func TestReadResumes(t *testing.T) {
	f := func(what string, wantRequests int64, wantError string, handle func(n int64, w http.ResponseWriter, r *http.Request)) {
		t.Helper()
		data, n, err := readAll(t, handle)
		switch {
		case wantError != "":
			if err == nil || !strings.Contains(err.Error(), wantError) {
				t.Errorf("%s: error %v", what, err)
			}
			if !bytes.HasPrefix(content, data) {
				t.Errorf("%s: wrong bytes before the error", what)
			}
		case err != nil || !bytes.Equal(data, content):
			t.Errorf("%s: read %d bytes, %v", what, len(data), err)
		}
		if n != wantRequests {
			t.Errorf("%s: %d requests, want %d", what, n, wantRequests)
		}
	}
	f("whole", 1, "", func(n int64, w http.ResponseWriter, r *http.Request) { serve(w, r, "a") })
	f("cut once", 2, "", func(n int64, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			cut(w, 1_500_000)
		}
		serve(w, r, "a")
	})
	f("cut at once", 5, "", func(n int64, w http.ResponseWriter, r *http.Request) {
		if n < 5 {
			cut(w, 0)
		}
		serve(w, r, "a")
	})
	f("always cut at once", 5, "tried 5 times", func(n int64, w http.ResponseWriter, r *http.Request) { cut(w, 0) })
	f("stalled", 2, "", func(n int64, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			w.Header().Set("ETag", `"a"`)
			w.Header().Set("Last-Modified", time.Unix(1, 0).UTC().Format(http.TimeFormat))
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			_, _ = w.Write(content[:1000])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return
		}
		serve(w, r, "a")
	})
	f("replaced", 2, "replaced while it was read", func(n int64, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			cut(w, 1000)
		}
		serve(w, r, "b")
	})
	f("range ignored", 2, "asked for bytes from 1000", func(n int64, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			cut(w, 1000)
		}
		r.Header.Del("Range")
		serve(w, r, "a")
	})
}

func TestNoAnswerInTime(t *testing.T) {
	var n atomic.Int64
	s, w := fake(t, func(_ http.ResponseWriter, r *http.Request) {
		n.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	s.calls.Stall = 20 * time.Millisecond
	_, err := s.Open(t.Context(), "x")
	// A request that is given up at once may never reach the server.
	if err == nil || errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "did not answer in time (tried 5 times)") || len(w.all) != 4 || n.Load() > 5 {
		t.Errorf("%d requests, pauses %v, %v", n.Load(), w.all, err)
	}
	err = s.calls.Do(t.Context(), "stat", "x", time.Millisecond, func(ctx context.Context, _ int) error {
		<-ctx.Done()
		return ctx.Err()
	})
	if err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("limit of an attempt: %v", err)
	}
}

func TestReadCloses(t *testing.T) {
	s, _ := fake(t, func(w http.ResponseWriter, r *http.Request) { serve(w, r, "a") })
	s.readahead = readaheadBytesMin
	r, err := s.Open(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.Close(); err != nil { // returns only when the goroutine has ended
			t.Error(err)
		}
	}
	if _, err := r.Read(make([]byte, 10)); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("read after close: %v", err)
	}
}

func listXML(keys ...string) string {
	var b strings.Builder
	b.WriteString("<ListBucketResult><IsTruncated>false</IsTruncated>")
	for _, k := range keys {
		fmt.Fprintf(&b, "<Contents><Key>%s</Key><Size>1</Size><ETag>a</ETag><LastModified>2026-01-02T03:04:05Z</LastModified></Contents>", k)
	}
	return b.String() + "</ListBucketResult>"
}

func TestListAnswers(t *testing.T) {
	f := func(want, wantError string, keys ...string) {
		t.Helper()
		s, _ := fake(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, listXML(keys...)) })
		var names []string
		var err error
		for o, e := range s.List(t.Context(), "") {
			if err = e; e == nil {
				names = append(names, o.Name)
			}
		}
		if got := strings.Join(names, " "); got != want || (err == nil) != (wantError == "") || err != nil && !strings.Contains(err.Error(), wantError) {
			t.Errorf("keys %q: %s, %v", keys, got, err)
		}
	}
	f("a b/c", "", "p/", "p/a", "p/b/", "p/b/.tmp-x-1-2", "p/b/c")
	f("b", "out of order", "p/b", "p/a")
	f("a", "empty path element", "p/a", "p/b//c")
	f("", "path element ..", "p/../x")
}

// TestMatchStrayKeys: keys that no folder could hold stop nothing that does not
// match them.
func TestMatchStrayKeys(t *testing.T) {
	keys := []string{"p//a.x", "p/../b.x", "p/./b.x", "p/a.x", "p/a//b.x", "p/d/", "p/d/../c.x", "p/d/c.x", "p/e.x/", "p/f//", "p/z" + strings.Repeat("z", 1100)}
	slices.Sort(keys)
	s, _ := fake(t, func(w http.ResponseWriter, r *http.Request) {
		prefix := r.URL.Query().Get("prefix")
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusForbidden) // as for one who may list only
			return
		}
		var found []string
		for _, k := range keys {
			if strings.HasPrefix(k, prefix) {
				found = append(found, k)
			}
		}
		_, _ = io.WriteString(w, listXML(found...))
	})
	f := func(pattern, want, wantError string) {
		t.Helper()
		objects, err := store.Match(t.Context(), s, pattern)
		var names []string
		for _, o := range objects {
			names = append(names, o.Name)
		}
		if got := strings.Join(names, " "); got != want || (err == nil) != (wantError == "") || err != nil && !strings.Contains(err.Error(), wantError) {
			t.Errorf("%s: %s, %v", pattern, got, err)
		}
	}
	f("*.x", "a.x", "")
	f("d/*.x", "d/c.x", "")
	f("{a,d/c}.x", "a.x d/c.x", "")
	f("[a]/*.y", "", "")
	f("**/c.x", "d/c.x", "")
	f("**/b.x", "", "a//b.x: invalid argument: empty path element")
	f("z*", "", "longer than")
	f("a", "", "a is a folder")
	f("..", "", "path element ..")
}

// TestPartSizes checks the bound of the documentation: 10,000 parts.
func TestPartSizes(t *testing.T) {
	total := int64(0)
	for n := 1; n <= partsMax; n++ {
		total += partSize(partBytesDefault, n)
	}
	if want := int64(partBytesDefault) * 1250 * 255; total != want || total < 2<<40 {
		t.Errorf("an object can have %d bytes, want %d", total, want)
	}
	for n, want := range map[int]int64{1: 8 << 20, 1250: 8 << 20, 1251: 16 << 20, 2500: 16 << 20, 2501: 32 << 20, 10_000: 1 << 30} {
		if got := partSize(8<<20, n); got != want {
			t.Errorf("part %d has %d bytes, want %d", n, got, want)
		}
	}
}

func TestTooManyParts(t *testing.T) {
	s, _ := fake(t, func(w http.ResponseWriter, r *http.Request) {})
	created, err := s.Create(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	s.part = 1000 // so that the test needs no gigabytes
	w := created.(*writer)
	w.n = partsMax
	if _, err := w.Write(make([]byte, 256_001)); err == nil || !strings.Contains(err.Error(), "larger PartBytes") {
		t.Errorf("error %v", err)
	}
}

// TestAbortWaitsForParts aborts while a part is on its way: a server that gets one when the
// upload is gone may keep both.
func TestAbortWaitsForParts(t *testing.T) {
	began, answer := make(chan struct{}), make(chan struct{})
	var cut, answered, tooEarly atomic.Bool
	s, _ := fake(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPut:
			_, _ = io.Copy(io.Discard, r.Body)
			close(began)
			select {
			case <-answer:
				answered.Store(true)
			case <-r.Context().Done():
				cut.Store(true)
			}
			w.Header().Set("ETag", `"a"`)
		case r.Method == http.MethodDelete:
			tooEarly.Store(!answered.Load())
			w.WriteHeader(http.StatusNoContent)
		default:
			_, _ = io.WriteString(w, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
		}
	})
	s.part = 1000
	created, err := s.Create(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	w := created.(*writer)
	if _, err := w.Write(make([]byte, 1500)); err != nil {
		t.Fatal(err)
	}
	<-began
	aborted := make(chan error)
	go func() { aborted <- w.Abort() }()
	for w.mu.TryLock() { // until it is at it
		w.mu.Unlock()
		time.Sleep(time.Millisecond)
	}
	time.Sleep(20 * time.Millisecond) // for one that does not wait to cut the part off
	close(answer)
	if err := <-aborted; err != nil {
		t.Error(err)
	}
	if cut.Load() || tooEarly.Load() {
		t.Errorf("the part was cut off: %v; the upload was aborted before the part was answered: %v", cut.Load(), tooEarly.Load())
	}
}

// TestWriterMemory counts the buffers of a writer whose server is slow.
func TestWriterMemory(t *testing.T) {
	var parts, open, most atomic.Int64
	s, _ := fake(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPut:
			parts.Add(1)
			if n := open.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer open.Add(-1)
			_, _ = io.Copy(io.Discard, r.Body)
			time.Sleep(time.Millisecond)
			w.Header().Set("ETag", `"a"`)
		case r.URL.Query().Has("uploads"):
			_, _ = io.WriteString(w, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
		default:
			_, _ = io.WriteString(w, `<CompleteMultipartUploadResult><Bucket>bucket</Bucket><ETag>"t"</ETag></CompleteMultipartUploadResult>`)
		}
	})
	s.part = 100_000
	created, err := s.Create(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	w := created.(*writer)
	data := make([]byte, 33_333)
	for range 150 {
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
		w.partMu.Lock()
		if spare := len(w.spare); spare > uploadsInFlight+1 || int64(cap(w.buf)) > s.part {
			t.Fatalf("%d spare buffers, %d bytes in the current one", spare, cap(w.buf))
		}
		w.partMu.Unlock()
	}
	o, err := w.Commit(t.Context())
	if err != nil || o.Size != 150*33_333 || o.Stamp != "t" {
		t.Errorf("commit %+v, %v", o, err)
	}
	if parts.Load() != 50 || most.Load() > uploadsInFlight {
		t.Errorf("%d parts, %d at once", parts.Load(), most.Load())
	}
}

// TestAbortAfterFailure wants the upload dropped when a part fails for good.
func TestAbortAfterFailure(t *testing.T) {
	var aborted atomic.Int64
	s, _ := fake(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodDelete:
			aborted.Add(1)
			w.WriteHeader(http.StatusNoContent)
		case r.URL.Query().Has("uploads"):
			_, _ = io.WriteString(w, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
		default:
			_, _ = io.Copy(io.Discard, r.Body)
			answerError(w, 403, "AccessDenied")
		}
	})
	s.part = 1000
	w, err := s.Create(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < 1000 && err == nil; n++ {
		_, err = w.Write(make([]byte, 1000))
	}
	if !errors.Is(err, fs.ErrPermission) || aborted.Load() != 1 {
		t.Errorf("%v, %d aborts", err, aborted.Load())
	}
	if err := w.Abort(); err != nil || aborted.Load() != 1 {
		t.Errorf("abort after a failure: %v, %d aborts", err, aborted.Load())
	}
}

// TestGoogleDefaults: gs:// goes to Google, and without its own keys with none, whatever
// the environment holds for others.
func TestGoogleDefaults(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "hush")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hush-hush")
	var hosts, signed []string
	transport := meddle(func(r *http.Request) (*http.Response, error) {
		hosts, signed = append(hosts, r.URL.Host+r.URL.Path), append(signed, r.Header.Get("Authorization"))
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Etag": {`"x"`}, "Last-Modified": {time.Unix(1, 0).UTC().Format(http.TimeFormat)}}, Body: http.NoBody, Request: r}, nil
	})
	for _, o := range []Settings{{Transport: transport}, {Transport: transport, AccessKey: "GOOGKEY", SecretKey: "its"}} {
		s, err := Google(o)(t.Context(), "gs://bucket/p")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Stat(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
	}
	for _, h := range hosts {
		if h != "bucket.storage.googleapis.com/p/x" && h != "storage.googleapis.com/bucket/p/x" {
			t.Errorf("asked %s", h)
		}
	}
	if len(signed) != 2 || signed[0] != "" || !strings.Contains(signed[1], "GOOGKEY") {
		t.Errorf("signed by %q", signed)
	}
	if _, err := Google(Settings{AccessKey: "GOOGKEY"})(t.Context(), "gs://bucket/p"); err == nil {
		t.Error("half a key is taken")
	}
}

type meddle func(*http.Request) (*http.Response, error)

func (m meddle) RoundTrip(r *http.Request) (*http.Response, error) { return m(r) }
