package archive_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/crawl/archive"
	"github.com/corpusmill/corpusmill/format/warc"
)

// checkIndex looks up each line of an index in its file, and returns how many there are.
func checkIndex(t *testing.T, dir string, index []byte) int {
	t.Helper()
	lines := strings.SplitAfter(strings.TrimSuffix(string(index), "\n"), "\n")
	if !slices.IsSorted(lines) {
		t.Errorf("not sorted:\n%s", index)
	}
	for _, line := range lines {
		part := strings.SplitN(line, " ", 3)
		var about map[string]string
		if err := json.Unmarshal([]byte(part[2]), &about); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(dir, about["filename"]))
		if err != nil {
			t.Fatal(err)
		}
		offset, _ := strconv.Atoi(about["offset"])
		length, _ := strconv.Atoi(about["length"])
		in := warc.NewReader(bytes.NewReader(data[offset:offset+length]), warc.Options{})
		rec, err := in.Next()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if rec.TargetURI != about["url"] || rec.Date.Format("20060102150405") != part[1] || rec.Header.Get("WARC-Payload-Digest") != about["digest"] ||
			(rec.Type == warc.TypeRevisit) != (about["mime"] == "warc/revisit") || rec.Length != int64(length) {
			t.Errorf("%s leads to %+v", line, rec)
		}
	}
	return len(lines)
}

// TestIndex writes pages of some hosts in one file, more than the sorter holds at once.
func TestIndex(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, settings())
	var all []archive.Page
	for i := range 300 {
		p := page(t, i, html(i))
		p.Exchange.URL = "http://h" + strconv.Itoa(i%13) + ".example.org/" + strings.Repeat("ä&\"", i%3)
		switch i % 10 {
		case 0:
			p.Revisit = &archive.Revisit{Profile: archive.ProfileNotModified, URI: "http://a/", Date: begin}
		case 1:
			p = page(t, i, "HTTP/1.1 404 Not Found\r\n\r\n")
		}
		all = append(all, p)
		add(t, a, p)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	checkFolder(t, dir, len(all))
	index, err := os.ReadFile(filepath.Join(dir, "test-20261129154151-00001.cdxj"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(index), "\n")
	if !strings.HasPrefix(first, `org,example)/page/0?a&b=161 20261129154342 {"url":"http://www.Example.org/page/0?b=161&a","status":"404","digest":"sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ","length":"`) {
		t.Errorf("first line %s", first)
	}
}
