package archive_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/crawl/archive"
	"github.com/corpusmill/corpusmill/crawl/wire"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/internal/outbound"
)

// odd are answers as servers send them, with what a parser would lose. Those that end with
// the connection have close.
var odd = []struct {
	answer string
	close  bool
}{
	{"HTTP/1.1 200 OK\r\ncontent-LENGTH: 5\r\nX-b: 1\r\nx-B:2\r\nX-A:\t3 \r\n  folded\r\nSet-Cookie: a\r\nset-cookie: b\r\n\r\nhello", false},
	{"HTTP/1.1 200 F\xfcr alle \xe4\xff\r\nX-Name: caf\xe9\r\nContent-Type: text/html; charset=iso-8859-1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=\"y\"\r\nhel\r\n02\r\nlo\r\n0\r\nX-Trailer: z\r\n\r\n", false},
	{"HTTP/1.0 404 \nServer: old\nContent-Type: text/html\n\n<p>lines end with LF", true},
	{"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n" + chunked(hello()) + "0\r\n\r\n", false},
	{"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false},
	{"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n", false},
	{"HTTP/1.1 204 No Content\r\n\r\n", false},
	{"HTTP/1.1 301 Moved\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n", false},
	{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nWARC/1.0\r\nWARC-Type: response\r\n\r\n", true}, // breaks off, and looks like a record
	{"HTTP/1.1 200 OK\r\n\r\n\x1f\x8b\x08\x00 no gzip \r\n\r\nHTTP/1.1 200 OK\r\n\r\n", true},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot chunked at all", true},
	{"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + strings.Repeat("<p>long\x00\xff\r\n", 5000), true},
}

func hello() string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, "hello, compressed")
	_ = w.Close()
	return b.String()
}

func chunked(s string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(s), s) }

// oddSite serves the answers, the i-th at /i.
func oddSite(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() }) //nolint:errcheck // a test's
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 4096)
				for {
					n, err := c.Read(buf)
					if err != nil {
						return
					}
					var i int
					if _, err := fmt.Sscanf(string(buf[:n]), "GET /%d ", &i); err != nil {
						return
					}
					if _, err := io.WriteString(c, odd[i].answer); err != nil || odd[i].close {
						return
					}
				}
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// fetched is an archive of the odd answers, whole.
func fetched(t *testing.T) (dir string, pages []*wire.Exchange) {
	t.Helper()
	site := oddSite(t)
	tr := &wire.Transport{Allow: outbound.Allow{Loopback: true}, UserAgent: "test/1 (+mailto:a@example.org)"}
	defer tr.Close()
	dir = t.TempDir()
	a := open(t, dir, settings())
	var first archive.Location
	for i := range odd {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, fmt.Sprintf("%s/%d", site, i), nil)
		if err != nil {
			t.Fatal(err)
		}
		x, err := tr.Exchange(r.Context(), r)
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		if got := string(x.Interim) + string(x.Response); got != odd[i].answer {
			t.Fatalf("%d: received %q, sent %q", i, got, odd[i].answer)
		}
		p := archive.Page{Exchange: x, Metadata: []warc.Field{{Name: "via", Value: site}}}
		if x.Status == 304 {
			p.Revisit = &archive.Revisit{Profile: archive.ProfileNotModified, ID: first.ID, URI: pages[0].URL, Date: first.Date}
		}
		loc := add(t, a, p)
		if i == 0 {
			first = loc
		}
		pages = append(pages, x)
	}
	// the first page again, with the payload that it had
	p := archive.Page{Exchange: pages[0], Revisit: &archive.Revisit{Profile: archive.ProfileIdentical, ID: first.ID, URI: pages[0].URL, Date: first.Date, Digest: first.Digest}}
	add(t, a, p)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, pages
}

func oneFile(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.warc.gz"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	return names[0]
}

// TestAsSent: the records of the archive hold what the servers sent, byte for byte, and a
// reader of archives gets the bodies that the fetcher got.
func TestAsSent(t *testing.T) {
	dir, pages := fetched(t)
	f, err := os.Open(oneFile(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := warc.NewReader(f, warc.Options{})
	n := map[string]int{}
	for {
		rec, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec.Version != "1.1" || rec.WrongLength || rec.BadChecksum || rec.Decoded || rec.Header.Get("WARC-Block-Digest") != warc.Digest(rec.Block) {
			t.Errorf("%+v", rec)
		}
		i := n[warc.TypeRequest] - 1
		n[rec.Type]++
		switch rec.Type {
		case warc.TypeWarcinfo:
			want := "software: corpusmill/test\r\nformat: WARC File Format 1.1\r\n"
			if n[warc.TypeWarcinfo] != 1 || rec.Number != 0 || rec.Header.Get("WARC-Filename") != filepath.Base(f.Name()) || !strings.HasPrefix(string(rec.Block), want) {
				t.Errorf("%+v %s", rec, rec.Block)
			}
		case warc.TypeRequest:
			if i+1 < len(pages) && !bytes.Equal(rec.Block, pages[i+1].Request) {
				t.Errorf("request %d: %q", i+1, rec.Block)
			}
		case warc.TypeResponse:
			sent := strings.TrimPrefix(odd[i].answer, string(pages[i].Interim))
			if string(rec.Block) != sent || rec.TargetURI != pages[i].URL || rec.Header.Get("WARC-IP-Address") != "127.0.0.1" || rec.Header.Get("WARC-Truncated") != pages[i].Truncated {
				t.Errorf("response %d: %q, sent %q", i, rec.Block, sent)
			}
			want, flaw, errWant := pages[i].Body()
			got, err := rec.HTTP()
			if err != nil || errWant != nil || !bytes.Equal(got.Body, want) || got.Status != pages[i].Status || got.Partial && flaw == "" {
				t.Errorf("response %d: %v, body %.60q, fetched %.60q (%s)", i, err, got.Body, want, flaw)
			}
		}
	}
	if fmt.Sprint(n) != fmt.Sprintf("map[metadata:%d request:%d response:%d revisit:2 warcinfo:1]", len(odd)+1, len(odd)+1, len(odd)-1) {
		t.Error(n)
	}
}

// peer runs a program of Python over a file, or skips the test where the module is missing.
func peer(t *testing.T, module string, arg ...string) []byte {
	t.Helper()
	python := os.Getenv("CORPUSMILL_TEST_PYTHON")
	if python == "" {
		t.Skip("CORPUSMILL_TEST_PYTHON is not set: other readers are not asked")
	}
	if err := exec.Command(python, "-c", "import "+module).Run(); err != nil {
		t.Skipf("the Python of CORPUSMILL_TEST_PYTHON has no %s: that reader is not asked", module)
	}
	out, err := exec.Command(python, arg...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", module, err, out)
	}
	return out
}

// TestWarcio has warcio verify the digests, and count the records.
func TestWarcio(t *testing.T) {
	dir, _ := fetched(t)
	out := peer(t, "warcio", "-m", "warcio.cli", "check", "-v", oneFile(t, dir))
	records := 3*(len(odd)+1) + 1 // of revisits it checks none
	if n := bytes.Count(out, []byte("offset ")); n != records || bytes.Count(out, []byte("digest pass")) != records-2 || bytes.Contains(out, []byte("fail")) {
		t.Errorf("%d records, want %d:\n%s", n, records, out)
	}
}

// fastwarc prints what FastWARC finds: type, URI, digests that hold, and the content's SHA-256.
const fastwarc = `
import hashlib, json, sys
from fastwarc.warc import ArchiveIterator
payloads = [r.verify_payload_digest() for r in ArchiveIterator(open(sys.argv[1], 'rb'))]
for r, payload in zip(ArchiveIterator(open(sys.argv[1], 'rb'), parse_http=False), payloads, strict=True):
    block = r.verify_block_digest()
    print(json.dumps([r.headers['WARC-Type'], r.headers.get('WARC-Target-URI', ''), block, payload, r.content_length, hashlib.sha256(r.reader.read()).hexdigest()]))
`

// TestFastWARC has FastWARC read the records, and compares what it reads with what was sent.
func TestFastWARC(t *testing.T) {
	dir, pages := fetched(t)
	out := peer(t, "fastwarc", "-c", fastwarc, oneFile(t, dir))
	responses := map[string]string{}
	n := 0
	for line := range bytes.Lines(out) {
		var r [6]any
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		n++
		if r[2] != true {
			t.Errorf("block digest: %s", line)
		}
		if r[0] == "response" {
			responses[r[1].(string)] = r[5].(string)
			if ends := !strings.HasSuffix(r[1].(string), "/2"); r[3] != ends { // it wants CR LF behind a head
				t.Errorf("payload digest: %s", line)
			}
		}
	}
	if n != 3*(len(odd)+1)+1 || len(responses) != len(odd)-1 {
		t.Errorf("%d records, %d responses:\n%s", n, len(responses), out)
	}
	for i, x := range pages {
		if sum := sha256.Sum256(x.Response); x.Status != 304 && responses[x.URL] != hex.EncodeToString(sum[:]) {
			t.Errorf("response %d differs", i)
		}
	}
}
