package s3_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/s3"
	"github.com/corpusmill/corpusmill/store/s3/s3test"
	"github.com/corpusmill/corpusmill/store/storetest"
)

func openWith(t *testing.T, location string, o s3.Settings) store.Store {
	t.Helper()
	s, err := s3.Opener(o)(t.Context(), location)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestKilledInMidUpload(t *testing.T) {
	g := s3test.StartGateway(t)
	o := g.Settings()
	o.Tries = 2
	location := g.Location()
	s := openWith(t, location, o)
	w, err := s.Create(t.Context(), "d/x")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	data := storetest.Bytes(1<<20, 1)
	for range 12 { // two parts are begun
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	g.Kill()
	for n := 0; n < 100 && err == nil; n++ {
		_, err = w.Write(data)
	}
	if err == nil {
		t.Fatal("100 MiB were written to a dead server")
	}
	if !strings.Contains(err.Error(), "write "+location+"/d/x: ") {
		t.Errorf("the error does not name operation and object: %v", err)
	}
	if _, again := w.Commit(t.Context()); again == nil {
		t.Error("commit after a failed write")
	}
	g.Restart(t)
	if got := storetest.Names(t, s, ""); got != nil {
		t.Errorf("visible: %q", got)
	}
	if n, err := store.Sweep(t.Context(), s, time.Hour); n != 0 || err != nil {
		t.Errorf("swept %d young uploads, %v", n, err)
	}
	if n, err := store.Sweep(t.Context(), s, 0); n != 1 || err != nil {
		t.Errorf("swept %d uploads, %v", n, err)
	}
	if n, err := store.Sweep(t.Context(), s, 0); n != 0 || err != nil {
		t.Errorf("swept %d uploads again, %v", n, err)
	}
	storetest.Put(t, s, "d/x", storetest.Bytes(11<<20, 2))
	if got := storetest.Get(t, s, "d/x"); len(got) != 11<<20 {
		t.Errorf("read %d bytes", len(got))
	}
}

// TestRestartInMidUpload is a restart that the retries outlast.
func TestRestartInMidUpload(t *testing.T) {
	g := s3test.StartGateway(t)
	s := g.Open(t)
	w, err := s.Create(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	data := storetest.Bytes(26<<20, 3)
	if _, err := w.Write(data[:12<<20]); err != nil {
		t.Fatal(err)
	}
	g.Kill()
	back := make(chan struct{})
	time.AfterFunc(time.Second, func() {
		defer close(back)
		g.Restart(t)
	})
	defer func() { <-back }() // before the server is ended with the test
	if _, err := w.Write(data[12<<20:]); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := storetest.Get(t, s, "x"); string(got) != string(data) {
		t.Error("content differs")
	}
}

// TestSweepOfDeadWriter kills the client in mid-upload.
func TestSweepOfDeadWriter(t *testing.T) {
	g := s3test.StartGateway(t)
	location := g.Location()
	_, kill := storetest.Hang(t, storetest.Order{Location: location, Server: g.Address, N: 12 << 20})
	kill()
	elsewhere := g.Open(t)
	if n, err := store.Sweep(t.Context(), elsewhere, 0); n != 0 || err != nil {
		t.Errorf("swept %d uploads of another prefix, %v", n, err)
	}
	s := openWith(t, location, g.Settings())
	if n, err := store.Sweep(t.Context(), s, 0); n != 1 || err != nil {
		t.Errorf("swept %d uploads, %v", n, err)
	}
}

// cutter is a TCP proxy that cuts each connection after some bytes of answer.
type cutter struct {
	net.Listener
	after       atomic.Int64
	connections atomic.Int64
}

func startCutter(t *testing.T, to string, after int64) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{Listener: l}
	c.after.Store(after)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return // closed
			}
			c.connections.Add(1)
			go c.serve(client, to)
		}
	}()
	return c
}

func (c *cutter) serve(client net.Conn, to string) {
	defer client.Close()
	server, err := net.Dial("tcp", to)
	if err != nil {
		return // the client sees a broken connection
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, client) // ends with either side
		server.Close()
	}()
	_, _ = io.CopyN(client, server, c.after.Load()) // the cut
}

func TestCutInMidDownload(t *testing.T) {
	g := s3test.StartGateway(t)
	location := g.Location()
	data := storetest.Bytes(12<<20+5, 4)
	storetest.Put(t, openWith(t, location, g.Settings()), "x", data)
	c := startCutter(t, g.Address, 3<<20)
	o := g.Settings()
	o.Endpoint = "http://" + c.Addr().String()
	s := openWith(t, location, o)
	if got := storetest.Get(t, s, "x"); string(got) != string(data) {
		t.Error("content differs after resuming")
	}
	if n := c.connections.Load(); n < 5 {
		t.Errorf("%d connections: nothing was cut", n)
	}
	r, err := s.OpenRange(t.Context(), "x", 1<<20, 10<<20)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil || string(got) != string(data[1<<20:11<<20]) || r.Close() != nil {
		t.Errorf("range of %d bytes, %v", len(got), err)
	}
	// The line is dead: tries are bounded.
	o.Tries = 3
	s = openWith(t, location, o)
	r, err = s.Open(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c.after.Store(0)
	_, err = io.ReadAll(r)
	if err == nil || !strings.Contains(err.Error(), "tried") || !strings.Contains(err.Error(), "/x: ") {
		t.Errorf("read over a dead line: %v", err)
	}
	if _, err := r.Read(make([]byte, 1)); err == nil {
		t.Error("read after an error")
	}
}

// meddler is a transport that a test changes requests or answers with.
type meddler func(*http.Request) (*http.Response, error)

func (m meddler) RoundTrip(r *http.Request) (*http.Response, error) { return m(r) }

// loseFirst drops the first answer to the requests chosen.
func loseFirst(chosen func(*http.Request) bool, lost *atomic.Int64) meddler {
	return func(r *http.Request) (*http.Response, error) {
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err == nil && chosen(r) && lost.Add(1) == 1 {
			resp.Body.Close()
			return nil, errors.New("the answer is lost")
		}
		return resp, err
	}
}

func TestLostAnswers(t *testing.T) {
	g := s3test.StartGateway(t)
	var lost atomic.Int64
	o, location := g.Settings(), g.Location()
	o.Transport = loseFirst(func(r *http.Request) bool { return r.Header.Get("If-None-Match") == "*" }, &lost)
	s := openWith(t, location, o)
	if created, err := s.PutIfAbsent(t.Context(), "x", []byte("1")); !created || err != nil {
		t.Errorf("the winner whose answer was lost is told %v, %v", created, err)
	}
	lost.Store(0)
	if created, err := s.PutIfAbsent(t.Context(), "x", []byte("1")); created || err != nil {
		t.Errorf("the loser whose answer was lost is told %v, %v", created, err)
	}
	lost.Store(0)
	o.Transport = loseFirst(func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Query().Has("uploadId") }, &lost)
	s = openWith(t, location, o)
	data := storetest.Bytes(6<<20, 5)
	committed := storetest.Put(t, s, "big", data)
	if stat, err := s.Stat(t.Context(), "big"); err != nil || stat != committed || lost.Load() < 2 {
		t.Errorf("commit %+v, stat %+v, %v", committed, stat, err)
	}
}

func TestConditionIgnored(t *testing.T) {
	g := s3test.StartGateway(t)
	o := g.Settings()
	// The header is dropped before signing would notice: it is not signed.
	o.Transport = meddler(func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("If-None-Match") == "" {
			return http.DefaultTransport.RoundTrip(r)
		}
		plain := openWith(t, "s3://test/", g.Settings())
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		storetest.Put(t, plain, strings.TrimPrefix(r.URL.Path, "/test/"), body)
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Etag": {`"x"`}}, Body: http.NoBody, Request: r}, nil
	})
	s := openWith(t, g.Location(), o)
	err := store.Probe(t.Context(), s)
	if err == nil || !strings.Contains(err.Error(), "ignores the condition") {
		t.Errorf("probe of a server that ignores conditions: %v", err)
	}
	if got := storetest.Names(t, s, ""); got != nil {
		t.Errorf("the probe left %q", got)
	}
}

func TestGlob(t *testing.T) {
	g := s3test.StartGateway(t)
	location := g.Location()
	s := openWith(t, location, g.Settings())
	for _, name := range []string{"in/a.gz", "in/b.gz", "in/sub/c.gz", "out/a.gz"} {
		storetest.Put(t, s, name, nil)
	}
	f := func(pattern, want string) {
		t.Helper()
		_, objects, err := g.Schemes().Glob(t.Context(), location+"/"+pattern)
		names := []string{}
		for _, o := range objects {
			names = append(names, o.Name)
		}
		if got := strings.Join(names, " "); err != nil || got != want {
			t.Errorf("%s: %s, %v", pattern, got, err)
		}
	}
	f("in/*.gz", "a.gz b.gz")
	f("in/**", "a.gz b.gz sub/c.gz")
	f("{in,out}/a.gz", "in/a.gz out/a.gz")
	f("in/a.gz", "a.gz")
	f("none/*", "")
	if _, _, err := g.Schemes().Glob(t.Context(), location+"/in"); err == nil || !strings.Contains(err.Error(), "add /**") {
		t.Errorf("folder: %v", err)
	}
	if _, _, err := g.Schemes().Glob(t.Context(), location+"/none"); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}

// TestProviderChain takes the keys from the environment.
func TestProviderChain(t *testing.T) {
	g := s3test.StartGateway(t)
	o := g.Settings()
	t.Setenv("AWS_ACCESS_KEY_ID", o.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", o.SecretKey)
	t.Setenv("AWS_SESSION_TOKEN", "")
	o.AccessKey, o.SecretKey = "", ""
	if err := store.Probe(t.Context(), openWith(t, g.Location(), o)); err != nil {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	g := s3test.StartGateway(t)
	f := func(what string, change func(*s3.Settings), location, want string) {
		t.Helper()
		o := g.Settings()
		o.Tries = 2
		change(&o)
		s := openWith(t, location, o)
		_, err := s.PutIfAbsent(t.Context(), "x", nil)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(fmt.Sprintf("%v %+v", err, err), "hush") {
			t.Errorf("%s: %v", what, err)
		}
	}
	f("wrong secret", func(o *s3.Settings) { o.SecretKey = "hush-hush" }, "s3://test/p", "SignatureDoesNotMatch")
	f("wrong key", func(o *s3.Settings) { o.AccessKey = "hush-hush" }, "s3://test/p", "HTTP 4")
	f("no bucket", func(*s3.Settings) {}, "s3://missing/p", "NoSuchBucket")
	f("no server", func(o *s3.Settings) { o.Endpoint = "http://127.0.0.1:1" }, "s3://test/p", "connection refused (tried 2 times)")
	f("TLS on plain", func(o *s3.Settings) { o.Endpoint = "https://" + g.Address }, "s3://test/p", "HTTP response to HTTPS client")
	o := g.Settings()
	o.SecretKey = "hush"
	s := openWith(t, "s3://test/p", o)
	if _, err := s.Stat(t.Context(), "x"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("stat with a wrong secret: %v", err)
	}
	s = openWith(t, "s3://missing/p", g.Settings())
	if _, err := s.Stat(t.Context(), "x"); err == nil || errors.Is(err, store.ErrNotExist) {
		t.Errorf("stat in a missing bucket: %v", err)
	}
	if _, err := s.Open(t.Context(), "x"); err == nil || errors.Is(err, store.ErrNotExist) {
		t.Errorf("open in a missing bucket: %v", err)
	}
	for _, err := range s.List(t.Context(), "") {
		if err == nil || errors.Is(err, store.ErrNotExist) {
			t.Errorf("list of a missing bucket: %v", err)
		}
	}
}
