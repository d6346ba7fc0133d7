package e2e_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/crawl/urls"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/pipelines/demo"
)

// crawledPipeline crawls the demo web in front of the whole recipe.
const crawledPipeline = `name: crawled
extends: web-zh-en
crawl:
  out: IN
  seeds: ["http://demo.localhost:PORT/"]
  contact: crawler@corpus.example
  scope: { domains: [localhost] }
  allow: [loopback]
  politeness: { delay: 0s, address_delay: 0s, backoff: 10ms }
source: { warc: { paths: ["IN/*.warc.gz"] } }
sink: [ { jsonl: {} } ]
rejects: { jsonl: {} }
`

// handPipeline is the same without a crawl.
const handPipeline = `name: packed
extends: web-zh-en
source: { warc: { paths: ["IN/*.warc.gz"] } }
sink: [ { jsonl: {} } ]
rejects: { jsonl: {} }
`

// TestCrawlEqualsPacked crawls the demo web and runs the recipe over it in one go: the
// documents are those of the same pages packed by hand. The same line again asks for nothing.
func TestCrawlEqualsPacked(t *testing.T) {
	web, err := demo.NewWeb()
	if err != nil {
		t.Fatal(err)
	}
	var requests atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		web.ServeHTTP(w, r)
	}))
	defer s.Close()
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	packed := newGoldenOf(t, packDemo(t, web, port), handPipeline)
	packed.run(t)
	crawled := newGoldenOf(t, filepath.Join(t.TempDir(), "crawl"), string(bytes.ReplaceAll([]byte(crawledPipeline), []byte("PORT"), []byte(port))))
	crawled.run(t)
	for _, folder := range []string{"run/parts/jsonl", "run/rejects"} {
		got, want := sortedTexts(t, crawled, folder), sortedTexts(t, packed, folder)
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s: %d documents of the crawl, %d packed ones, or others", folder, len(got), len(want))
		}
	}
	before := requests.Load()
	if again := crawled.run(t); again.TasksRun != 0 || requests.Load() != before {
		t.Errorf("the same line again: %d tasks, %d requests", again.TasksRun, requests.Load()-before)
	}
}

// sortedTexts are the texts of documents, or rules and texts of rejects.
func sortedTexts(t *testing.T, g golden, folder string) []string {
	t.Helper()
	list := fieldOf(t, g.dir, folder, "text")
	if folder != "run/parts/jsonl" {
		list = fieldOf(t, g.dir, folder, "rule")
	}
	slices.Sort(list)
	return list
}

// packDemo packs the pages of the demo web as they are served. Addresses that are another
// page's but for a session id are one page, which is packed once.
func packDemo(t *testing.T, web *demo.Web, port string) string {
	t.Helper()
	dir := t.TempDir()
	var form urls.Form
	var b bytes.Buffer
	w := warc.NewWriter(&b, warc.WriterOptions{Compression: warc.Gzip})
	for _, address := range web.Addresses(port) {
		u, err := form.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if u.String() != address {
			continue
		}
		answer := httptest.NewRecorder()
		web.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, address, nil))
		header := []warc.Field{{Name: "Content-Length", Value: strconv.Itoa(answer.Body.Len())}}
		for name, values := range answer.Header() {
			for _, v := range values {
				header = append(header, warc.Field{Name: name, Value: v})
			}
		}
		h, block, err := warc.NewResponse(address, time.Unix(1_700_000_000, 0), answer.Code, "", header, answer.Body.Bytes())
		if err == nil {
			_, _, err = w.WriteRecord(h, block)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "packed.warc.gz"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}
