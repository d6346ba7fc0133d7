package gather_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/web"
)

const testCrawl = "CC-MAIN-2026-43"

// indexRow is a row of the columnar index, with the columns that are asked and some others.
type indexRow struct {
	Key       string  `parquet:"url_surtkey"`
	URL       string  `parquet:"url"`
	Host      string  `parquet:"url_host_name,dict"`
	Status    int32   `parquet:"fetch_status,int(16)"`
	Digest    *string `parquet:"content_digest,optional"`
	Mime      *string `parquet:"content_mime_type,optional,dict"`
	Detected  *string `parquet:"content_mime_detected,optional,dict"`
	Charset   *string `parquet:"content_charset,optional,dict"`
	Languages *string `parquet:"content_languages,optional,dict"`
	Truncated *string `parquet:"content_truncated,optional,dict"`
	File      string  `parquet:"warc_filename,dict"`
	Offset    int32   `parquet:"warc_record_offset"`
	Length    int32   `parquet:"warc_record_length"`
	Segment   string  `parquet:"warc_segment,dict"`
}

// mirror is a copy of a crawl: its archives and both forms of its index.
type mirror struct {
	dir    string
	rows   []indexRow
	group  map[string]int // of the row group in which the index names a record
	groups int            // of each of the two files of the columnar index
	cdxj   string
}

// surt is the sort-friendly form of an address, as far as a test needs it.
func surt(t *testing.T, address string) (key, host string) {
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	host = strings.ToLower(u.Hostname())
	labels := strings.Split(strings.TrimPrefix(host, "www."), ".")
	slices.Reverse(labels)
	return strings.Join(labels, ",") + ")" + u.RequestURI(), host
}

// newMirror splits the records of an archive over several, and lists their responses.
func newMirror(t *testing.T, members []byte, archives, groups int) *mirror {
	t.Helper()
	m := &mirror{dir: t.TempDir(), groups: groups}
	type cut struct {
		from int64
		row  indexRow
	}
	var cuts []cut
	r := warc.NewReader(bytes.NewReader(members), warc.Options{})
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		c := cut{from: rec.Offset}
		if rec.Type == warc.TypeResponse {
			resp, err := rec.HTTP()
			if err != nil {
				t.Fatal(err)
			}
			key, host := surt(t, rec.TargetURI)
			detected, digest := resp.MediaType, fmt.Sprintf("DIGEST%d", len(cuts))
			if detected == format.MediaHTML && len(cuts)%5 == 0 {
				detected = format.MediaXHTML
			}
			languages := []string{"eng", "deu,eng", "zho", "fra"}[len(cuts)/3%4]
			c.row = indexRow{Key: key, URL: rec.TargetURI, Host: host, Status: int32(resp.Status), Digest: &digest, Mime: &detected, Detected: &detected, Languages: &languages}
			if len(cuts)%7 == 0 {
				why := "length"
				c.row.Truncated, c.row.Languages = &why, nil
			}
		}
		cuts = append(cuts, c)
	}
	var names []string
	per := (len(cuts) + archives - 1) / archives
	for i := range archives {
		part := cuts[min(i*per, len(cuts)):min((i+1)*per, len(cuts))]
		if len(part) == 0 {
			t.Fatalf("%d records are too few for %d archives", len(cuts), archives)
		}
		name := fmt.Sprintf("crawl-data/%s/segments/1.%d/warc/CC-%05d.warc.gz", testCrawl, i%2, i)
		names = append(names, name)
		end := int64(len(members))
		if (i+1)*per < len(cuts) {
			end = cuts[(i+1)*per].from
		}
		m.write(t, name, members[part[0].from:end])
		for j, c := range part {
			next := end
			if j+1 < len(part) {
				next = part[j+1].from
			}
			if c.row.URL != "" {
				c.row.File, c.row.Offset, c.row.Length = name, int32(c.from-part[0].from), int32(next-c.from)
				m.rows = append(m.rows, c.row)
			}
		}
	}
	slices.SortFunc(m.rows, func(a, b indexRow) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.URL, b.URL)) })
	m.write(t, "crawl-data/"+testCrawl+"/warc.paths.gz", gzipped(t, []byte(strings.Join(names, "\n")+"\n")))
	m.index(t)
	return m
}

func (m *mirror) write(t *testing.T, name string, b []byte) {
	t.Helper()
	name = filepath.Join(m.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, b, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// index writes the rows in both forms: two files of the columnar index, and beside them one
// of another subset that is no Parquet at all; and one file of lines.
func (m *mirror) index(t *testing.T) {
	t.Helper()
	folder := "cc-index/table/cc-main/warc/crawl=" + testCrawl
	var list []string
	half := len(m.rows) / 2
	m.group = map[string]int{}
	for i, rows := range [][]indexRow{m.rows[:half], m.rows[half:]} {
		name := fmt.Sprintf("%s/subset=warc/part-%05d.gz.parquet", folder, i)
		list = append(list, name)
		size := (len(rows) + m.groups - 1) / m.groups
		for j, r := range rows {
			m.group[fmt.Sprint(r.File, " ", r.Offset)] = i*m.groups + j/size
		}
		m.write(t, name, tableFile(t, rows, parquet.MaxRowsPerRowGroup(int64(size)), parquet.PageBufferSize(512), parquet.Compression(&parquet.Gzip)))
	}
	list = append(list, folder+"/subset=robotstxt/part-00000.gz.parquet")
	m.write(t, list[2], []byte("none"))
	m.write(t, "crawl-data/"+testCrawl+"/cc-index-table.paths.gz", gzipped(t, []byte(strings.Join(list, "\n"))))
	var lines bytes.Buffer
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	for _, r := range m.rows {
		fmt.Fprintf(&lines, `%s 20261002030405 {"url": %q, "mime": %q, "mime-detected": %q, "status": "%d", "digest": %q, "length": "%d", "offset": "%d", "filename": %q`,
			r.Key, r.URL, text(r.Mime), text(r.Detected), r.Status, text(r.Digest), r.Length, r.Offset, r.File)
		if r.Languages != nil {
			fmt.Fprintf(&lines, `, "languages": %q`, *r.Languages)
		}
		if r.Truncated != nil {
			fmt.Fprintf(&lines, `, "truncated": %q`, *r.Truncated)
		}
		lines.WriteString("}\n")
	}
	m.cdxj = "cc-index/collections/" + testCrawl + "/indexes/cdx-00000.gz"
	m.write(t, m.cdxj, inPieces(lines.Bytes(), 3_000, func(b []byte) []byte { return gzipped(t, b) }))
}

// traffic counts what a server sent.
type traffic struct {
	mu                           sync.Mutex
	under                        sync.WaitGroup // answers that are not counted yet
	gets, archiveGets            int
	indexBytes, archiveBytesSent int64
}

type countedWriter struct {
	http.ResponseWriter
	n int64
}

func (w *countedWriter) Write(b []byte) (int, error) {
	n, err := w.ResponseWriter.Write(b)
	w.n += int64(n)
	return n, err
}

// serve serves the mirror by http on this machine.
func (m *mirror) serve(t *testing.T) (base string, env *stage.Env, seen *traffic) {
	t.Helper()
	files := http.FileServer(http.Dir(m.dir))
	seen = &traffic{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.under.Add(1)
		defer seen.under.Done()
		c := &countedWriter{ResponseWriter: w}
		files.ServeHTTP(c, r)
		seen.mu.Lock()
		defer seen.mu.Unlock()
		switch {
		case r.Method != http.MethodGet:
		case strings.HasSuffix(r.URL.Path, ".warc.gz"):
			seen.archiveGets++
			seen.archiveBytesSent += c.n
		default:
			seen.gets++
			seen.indexBytes += c.n
		}
	}))
	t.Cleanup(server.Close)
	env = stage.NewEnv()
	env.Name = "cc"
	env.Stores = store.Schemes{web.SchemePlain: web.New(web.Settings{}).Open}
	return server.URL, env, seen
}

// read reads all shards of a source; lines are what the documents are, sorted, with their
// columns where there are any.
func readAll(t *testing.T, src stage.Source, err error) (docs []*corpus.Document, feed *formattest.Feed) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	shards, err := src.Shards(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	feed = &formattest.Feed{}
	for _, shard := range shards {
		feed.Shard = shard
		if err := src.Read(t.Context(), shard, feed); err != nil {
			t.Fatal(err)
		}
	}
	return feed.Documents, feed
}

func docLines(docs []*corpus.Document) (lines []string) {
	for _, d := range docs {
		lines = append(lines, fmt.Sprintf("%s %d %s %s %s %s %x", d.Origin.Shard, d.Origin.Offset, d.URL, d.Media, d.Charset, d.FetchedAt, sha256.Sum256(d.Raw)))
	}
	slices.Sort(lines)
	return lines
}

// crawlQueries are what is asked, and what it means of a row.
var crawlQueries = []struct {
	name string
	set  func(*gather.CommonCrawl)
	want func(indexRow) bool
}{
	{"all", func(*gather.CommonCrawl) {}, func(indexRow) bool { return true }},
	{"tld", func(c *gather.CommonCrawl) { c.TLDs = []string{"org", "co.uk"} },
		func(r indexRow) bool { return strings.HasSuffix(r.Host, ".org") || strings.HasSuffix(r.Host, ".co.uk") }},
	{"language", func(c *gather.CommonCrawl) { c.Languages = []string{"eng", "fra"} },
		func(r indexRow) bool {
			return r.Languages != nil && (strings.Contains(*r.Languages, "eng") || *r.Languages == "fra")
		}},
	{"length", func(c *gather.CommonCrawl) { c.MinBytes, c.MaxBytes = 500, 20_000 },
		func(r indexRow) bool { return r.Length >= 500 && r.Length <= 20_000 }},
	{"address", func(c *gather.CommonCrawl) { c.URLs = []string{`[13579]$`, `/news/`} },
		func(r indexRow) bool {
			return strings.ContainsAny(r.URL[len(r.URL)-1:], "13579") || strings.Contains(r.URL, "/news/")
		}},
	{"no gap", func(c *gather.CommonCrawl) { c.GapBytes = 1; c.Languages = []string{"zho"} }, func(r indexRow) bool { return r.Languages != nil && *r.Languages == "zho" }},
}

// A query gives what reading everything and filtering gives, and reads no more than it must.
func testMirror(t *testing.T, m *mirror, domain string) {
	base, env, seen := m.serve(t)
	queries := append(slices.Clip(crawlQueries), struct {
		name string
		set  func(*gather.CommonCrawl)
		want func(indexRow) bool
	}{"domain", func(c *gather.CommonCrawl) { c.Domains = []string{domain} }, func(r indexRow) bool {
		return r.Host == domain || strings.HasSuffix(r.Host, "."+domain)
	}})
	whole, err := gather.OpenWARC(t.Context(), gather.WARC{Paths: []string{"cc:" + testCrawl + "/warc"}, Base: base}, env)
	everything, _ := readAll(t, whole, err)
	indexSize := int64(0)
	for _, name := range []string{"0", "1"} {
		info, err := os.Stat(m.dir + "/cc-index/table/cc-main/warc/crawl=" + testCrawl + "/subset=warc/part-0000" + name + ".gz.parquet")
		if err != nil {
			t.Fatal(err)
		}
		indexSize += info.Size()
	}
	for _, q := range queries {
		asked := map[string]indexRow{}
		for _, r := range m.rows {
			if r.Status == 200 && (*r.Detected == format.MediaHTML || *r.Detected == format.MediaXHTML) && q.want(r) {
				asked[fmt.Sprint(r.File, " ", r.Offset)] = r
			}
		}
		var want []*corpus.Document
		for _, d := range everything {
			if _, ok := asked[fmt.Sprint(d.Origin.Shard, " ", d.Origin.Offset)]; ok {
				want = append(want, d)
			}
		}
		for _, form := range []string{"columnar", "cdxj"} {
			c := gather.CommonCrawl{Crawl: testCrawl, From: base}
			if q.set(&c); form == "cdxj" {
				c.Index = []string{base + "/" + m.cdxj}
			}
			seen.under.Wait()
			seen.gets, seen.archiveGets, seen.indexBytes, seen.archiveBytesSent = 0, 0, 0, 0
			src, err := gather.OpenCommonCrawl(t.Context(), c, env)
			docs, feed := readAll(t, src, err)
			seen.under.Wait()
			if !slices.Equal(docLines(docs), docLines(want)) || len(want) == 0 || len(feed.Quarantined) > 0 {
				t.Errorf("%s, %s: %d documents of %d asked, %d by reading everything, quarantine %v", q.name, form, len(docs), len(asked), len(want), feed.Quarantined)
			}
			for _, d := range docs {
				checkCrawlColumns(t, d, asked[fmt.Sprint(d.Origin.Shard, " ", d.Origin.Offset)])
			}
			gap := int64(64 << 10)
			if c.GapBytes > 0 {
				gap = int64(c.GapBytes)
			}
			needed, most, fewest := spansOf(asked, gap, nil)
			if form == "columnar" {
				needed, most, fewest = spansOf(asked, gap, m.group)
			}
			t.Logf("%s, %s: %d documents; archives: %d requests, %d bytes for %d needed; index: %d requests, %d bytes of %d",
				q.name, form, len(docs), seen.archiveGets, seen.archiveBytesSent, needed, seen.gets, seen.indexBytes, indexSize)
			if limit := max(2*indexSize, 512<<10); seen.indexBytes > limit || form == "columnar" && seen.gets > 8 {
				t.Errorf("%s, %s: %d requests and %d bytes to read an index of %d", q.name, form, seen.gets, seen.indexBytes, indexSize)
			}
			if seen.archiveBytesSent < needed || seen.archiveBytesSent > most {
				t.Errorf("%s, %s: %d bytes of archives were read, %d are needed, %d with gaps", q.name, form, seen.archiveBytesSent, needed, most)
			}
			if seen.archiveGets > fewest+int(most>>21) { // a request is of 4 MiB at most
				t.Errorf("%s, %s: %d requests to archives for %d stretches", q.name, form, seen.archiveGets, fewest)
			}
		}
	}
}

// spansOf is what is needed of the archives, what may be read with the gaps, and how many
// stretches that is, those of each row group by themselves.
func spansOf(rows map[string]indexRow, gap int64, group map[string]int) (needed, most int64, stretches int) {
	last := map[string]indexRow{}
	for _, key := range slices.SortedFunc(maps.Keys(rows), func(a, b string) int { return cmp.Compare(rows[a].Offset, rows[b].Offset) }) {
		r := rows[key]
		needed, most = needed+int64(r.Length), most+int64(r.Length)
		stretch := fmt.Sprint(r.File, " ", group[key])
		before, ok := last[stretch]
		last[stretch] = r
		if d := int64(r.Offset - before.Offset - before.Length); ok && d <= gap {
			most += d
			continue
		}
		stretches++
	}
	return needed, most, stretches
}

func checkCrawlColumns(t *testing.T, d *corpus.Document, r indexRow) {
	t.Helper()
	text := func(s *string) corpus.Value {
		if s == nil {
			return corpus.Null
		}
		return corpus.Str(*s)
	}
	want := []corpus.Value{text(r.Languages), text(r.Truncated), text(r.Detected), text(r.Digest), corpus.Int64(int64(r.Status)), corpus.Str(r.File),
		corpus.Int64(int64(r.Offset)), corpus.Int64(int64(r.Length))}
	if !slices.Equal(d.Cells, want) || d.ID != fmt.Sprintf("cc/%s@%d", r.File, r.Offset) || d.Origin.Source != "cc" || d.Origin.Record != -1 {
		t.Fatalf("%s: %+v %+v, want %+v", d.ID, d.Origin, d.Cells, want)
	}
}

// crawlPages are pages of several hosts, and answers that are none.
func crawlPages(n int) (list []page) {
	hosts := []string{"www.example.org", "example.com", "news.example.com", "shop.example.co.uk", "beispiel.de", "notexample.com"}
	for i := range n {
		p := page{url: fmt.Sprintf("https://%s/%d", hosts[i%len(hosts)], i), head: "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
			body: fmt.Sprintf("<html><p>page %d ", i)}
		for j := range i % 40 {
			p.body += fmt.Sprintf("%x ", sha256.Sum256([]byte{byte(i), byte(j)}))
		}
		switch i % 11 {
		case 3:
			p.head = "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n"
		case 7:
			p.head, p.body = "HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n", "%PDF-1.7"
		}
		list = append(list, p)
	}
	return list
}

func TestCommonCrawl(t *testing.T) {
	testMirror(t, newMirror(t, archive(t, crawlPages(300)), 5, 3), "example.com")
}

func TestCommonCrawlRealPages(t *testing.T) {
	members, err := os.ReadFile("../../shared/data/web.warc.gz")
	if err != nil {
		t.Skip("../shared/data/web.warc.gz beside the checkout is needed: ", err)
	}
	testMirror(t, newMirror(t, members, 6, 1), "wikipedia.org")
}

// A record that is not what the index says is told by its place; the others are read.
func TestCommonCrawlWrongIndex(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*indexRow)
		want string
	}{
		{"short", func(r *indexRow) { r.Length-- }, "unexpected EOF"},
		{"half", func(r *indexRow) { r.Length /= 2 }, "unexpected EOF"},
		{"long", func(r *indexRow) { r.Length += 40 }, ""},
		{"before", func(r *indexRow) { r.Offset -= 3 }, "no record starts here"},
		{"another page", func(r *indexRow) { r.URL += "x" }, "the archive has"},
		{"behind the end", func(r *indexRow) { r.Offset = 1 << 30 }, "ends before"},
		{"nothing", func(r *indexRow) { r.Length = 0 }, "no record has"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMirror(t, archive(t, crawlPages(60)), 5, 2)
			at := slices.IndexFunc(m.rows, func(r indexRow) bool { return r.Status == 200 && r.Offset > 0 && *r.Mime != "application/pdf" })
			c.edit(&m.rows[at])
			wrong := m.rows[at]
			m.index(t)
			env := stage.NewEnv()
			env.Name = "cc"
			src, err := gather.OpenCommonCrawl(t.Context(), gather.CommonCrawl{Crawl: testCrawl, From: m.dir}, env)
			docs, feed := readAll(t, src, err)
			if len(feed.Quarantined) != 1 || len(docs) < 40 {
				t.Fatalf("%d documents, quarantine %v", len(docs), feed.Quarantined)
			}
			q := feed.Quarantined[0]
			if q.Shard != "cc/"+wrong.File || q.Offset != int64(wrong.Offset) || !strings.Contains(q.Error(), c.want) || !strings.Contains(q.Error(), wrong.URL) {
				t.Errorf("%v", q)
			}
			if slices.ContainsFunc(docs, func(d *corpus.Document) bool { return d.URL == wrong.URL }) {
				t.Error("the record is read all the same")
			}
		})
	}
}

// An archive that ends early loses what lies behind; one that is not there stops the run.
func TestCommonCrawlArchives(t *testing.T) {
	m := newMirror(t, archive(t, crawlPages(60)), 5, 2)
	file := filepath.Join(m.dir, m.rows[0].File)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	open := func() (stage.Source, error) {
		return gather.OpenCommonCrawl(t.Context(), gather.CommonCrawl{Crawl: testCrawl, From: m.dir}, nil)
	}
	src, err := open()
	before, _ := readAll(t, src, err)
	if err := os.Truncate(file, info.Size()/2); err != nil {
		t.Fatal(err)
	}
	src, err = open()
	after, feed := readAll(t, src, err)
	if n := len(feed.Quarantined); n == 0 || len(after)+n != len(before) {
		t.Errorf("%d documents and %d in quarantine of %d", len(after), n, len(before))
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	src, err = open()
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range stage.Documents(context.WithoutCancel(t.Context()), src) {
		if err != nil {
			if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "set from") {
				t.Error(err)
			}
			return
		}
	}
	t.Error("the missing archive is no error")
}

// Lines of an index that are none are told, and what a crawler says of its file is passed over.
func TestCommonCrawlLines(t *testing.T) {
	m := newMirror(t, archive(t, crawlPages(10)), 5, 1)
	good := fmt.Sprintf(`%s 20260102030405 {"url": %q, "mime": "text/html", "status": 200, "length": %d, "offset": %d, "filename": %q}`,
		m.rows[0].Key, m.rows[0].URL, m.rows[0].Length, m.rows[0].Offset, m.rows[0].File)
	m.write(t, "a.cdxj", []byte("!meta {}\n"+good+"\nno line\n"+strings.Repeat("x", 2<<20)+"\norg,example)/ 1 {\"url\": 3}\n"+
		`org,example)/ 1 {"url": "https://example.org/", "mime": "text/html", "status": "200"}`+"\n"+good))
	src, err := gather.OpenCommonCrawl(t.Context(), gather.CommonCrawl{From: m.dir, Index: []string{m.dir + "/*.cdxj"}}, nil)
	docs, feed := readAll(t, src, err)
	var lines []int64
	for _, q := range feed.Quarantined {
		lines = append(lines, q.Record)
	}
	if len(docs) != 1 || !slices.Equal(lines, []int64{2, 3, 4, 5}) || feed.Skipped["named twice in the index"] != 1 {
		t.Errorf("%d documents, lines %v, skipped %v", len(docs), lines, feed.Skipped)
	}
}
