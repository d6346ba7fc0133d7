package e2e_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/corpusmill/corpusmill/format/warc"
)

// repeated writes so many copies of a block into one member.
func repeated(head, block string, copies int, tail string) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	for i := range copies + 2 {
		s := block
		if i == 0 {
			s = head
		} else if i == copies+1 {
			s = tail
		}
		_, _ = w.Write([]byte(s))
	}
	_ = w.Close()
	return b.Bytes()
}

// response is a record of a WARC file, compressed, of so many copies of a block.
func response(n int, media, fields, block string, copies int) []byte {
	head := "HTTP/1.1 200 OK\r\nContent-Type: " + media + "\r\n" + fields + "\r\n"
	h := fmt.Sprintf("WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/%d\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n", n, len(head)+copies*len(block))
	return repeated(h+head, block, copies, "\r\n\r\n")
}

// Records of many times the common size stay within --memory, as the machine sees it, with
// several workers and files: each is read and worked on alone, a body and a line over
// record_bytes_max are never held.
func TestPeakMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("some hundred megabytes of input")
	}
	const budget, copies = 320<<20 + 62<<20, 24 // and the program: a run over one short line has 67 MiB
	mebibyte := strings.Repeat("A sentence that fills a page of very many words about nothing. ", 1<<20/64)
	mebibyte += strings.Repeat(" ", 1<<20-len(mebibyte))
	bomb := string(repeated("<p>", mebibyte, 400, ""))
	archives := func(media, fields, block string, copies int) [][]byte {
		var files [][]byte
		for i := range 2 {
			var b []byte
			for n := range 3 {
				b = append(b, response(10*i+n, media, fields, block, copies)...)
			}
			files = append(files, append(b, archiveOf(t)...))
		}
		return files
	}
	line := repeated(`{"text":"`, mebibyte, copies, "\"}\n")
	for _, c := range []struct {
		name, source string
		files        [][]byte
		documents    int
	}{
		{"pages", "warc: { paths: [%q] }", archives("text/html", "", mebibyte, copies+1), 2}, // over html_text's limit
		{"large pages", "warc: { paths: [%q] }", archives("text/html", "", mebibyte, 7), 3},  // of equal text
		{"texts", "warc: { paths: [%q], media: [text/html, text/plain] }", archives("text/plain", "", mebibyte, 19), 3},
		{"bombs", "warc: { paths: [%q] }", archives("text/html", "Content-Encoding: gzip\r\n", bomb, 1), 2},
		{"lines", "jsonl: { paths: [%q] }", [][]byte{bytes.Repeat(line, 3), bytes.Repeat(line, 2)}, 1},
		{"endless lines", "jsonl: { paths: [%q] }", [][]byte{append(repeated(`{"text":"`, mebibyte, 400, "\"}\n"), repeated("{\"text\":\"short\"}\n", "", 0, "")...)}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, dir := t.TempDir(), t.TempDir()
			for i, b := range c.files {
				writeFile(t, fmt.Sprintf("%s/%d.gz", in, i), b)
			}
			pipeline := writeFile(t, dir+"/p.yaml", []byte("source: { "+fmt.Sprintf(c.source, in+"/*")+" }\nstages: [html_text, exact_dedup]\nsink: { jsonl: {} }\nerrors_max: off\n"))
			code, msg, rss := peak(t, program(t, "run", pipeline, "--run", dir+"/run", "--memory", "320MiB", "--workers", "2"))
			if code != 0 {
				t.Fatalf("exit code %d: %s", code, msg)
			}
			t.Logf("peak RSS %d MiB", rss>>20)
			if rss > budget {
				t.Errorf("peak RSS %d MiB is over the budget", rss>>20)
			}
			if n := len(readParts(t, dir+"/run/parts")); n != c.documents {
				t.Errorf("%d documents, want %d: %s", n, c.documents, msg)
			}
		})
	}
}

// archiveOf is a short page, different each time.
func archiveOf(t *testing.T) []byte {
	var b bytes.Buffer
	w := warc.NewWriter(&b, warc.WriterOptions{Compression: warc.Gzip})
	h, block, err := warc.NewResponse("https://b.example/", time.Unix(1_700_000_000, 0), 200, "OK", []warc.Field{{Name: "Content-Type", Value: "text/html"}},
		fmt.Appendf(nil, "<p>A short page that is like no other, number %d.", time.Now().UnixNano()))
	if err == nil {
		_, _, err = w.WriteRecord(h, block)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A document that no memory is there for stops the run with its name and what to do, and
// more memory goes on from there. It is never dropped because of --memory.
func TestTooLargeForMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a line of 24 MiB")
	}
	in, dir := t.TempDir(), t.TempDir()
	writeFile(t, in+"/a.gz", append(repeated("{\"text\":\"first\"}\n", "", 0, ""), repeated(`{"text":"`, strings.Repeat("a b c d ", 1<<17), 24, "\"}\n")...))
	pipeline := writeFile(t, dir+"/p.yaml", fmt.Appendf(nil, "source: { jsonl: { paths: [%q] } }\nstages: [{ gopher_repetition: { annotate: true } }]\nsink: { jsonl: {} }\n", in+"/*"))
	code, msg, _ := peak(t, program(t, "run", pipeline, "--run", dir+"/run", "--memory", "256MiB", "--workers", "2"))
	if code != 1 || !strings.Contains(msg, "record 1 of jsonl/a.gz, 25.2 MB") || !strings.Contains(msg, "in the stage gopher_repetition") || !strings.Contains(msg, "record_bytes_max") {
		t.Errorf("exit code %d: %s", code, msg)
	}
	code, msg, _ = peak(t, program(t, "run", pipeline, "--run", dir+"/run", "--memory", "2GiB", "--workers", "2"))
	if n := len(readParts(t, dir+"/run/parts")); code != 0 || n != 2 {
		t.Errorf("exit code %d, %d documents: %s", code, n, msg)
	}
}
