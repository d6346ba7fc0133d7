package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/cli"
)

// hostile is what a page, an id or a path may hold to deceive who reads it in a terminal.
const hostile = "a\x1b[2Jb\x07\u009b31m\u202ec\u2066d\u200b"

// TestHostile runs every command over hostile pages, ids, headers and paths: nothing that
// a terminal would obey is shown, and the data keep it.
func TestHostile(t *testing.T) {
	t.Chdir(t.TempDir())
	page := "<title>" + hostile + "</title><p>" + strings.Repeat(hostile+" the river of the town is quiet and wide. ", 30) + "</p>"
	body := "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nX-Name: " + hostile + "\r\n\r\n" + page
	record := fmt.Sprintf("WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:%s>\r\nWARC-Target-URI: http://example.org/%s\r\nWARC-Date: 2024-01-01T00:00:00Z\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n",
		hostile, hostile, len(body), body)
	line, err := json.Marshal(map[string]string{"id": hostile, "url": "http://a/" + hostile, "text": hostile + " text"})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"in.warc":          record + record,
		hostile + ".jsonl": string(line) + "\n{" + hostile + "\n",
		hostile + ".html":  page,
		"w.yaml":           "source: { warc: { paths: [in.warc] } }\nstages: [html_text, gopher_quality]\nsink: { jsonl: { dir: out } }\n",
		"j.yaml":           "source: { jsonl: { paths: ['*.jsonl'] } }\nstages: [gopher_quality, exact_dedup]\nsink: { jsonl: { dir: out2 } }\n",
		"bad.yaml":         "source: { jsonl: { paths: [\"" + "\\e[2J\\u202e" + "\"] } }\nsink: { jsonl: { dir: out3 } }\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"run", "w.yaml", "--run", "w"}, {"run", "j.yaml", "--run", "j"}, {"check", "bad.yaml", "--access"}, {"check", "j.yaml", "--access"},
		{"show", "w"}, {"show", "j"}, {"show", "w", "--rejects", "gopher_quality"}, {"show", "j", "--why", hostile}, {"show", "j", "--why", hostile, "--json"},
		{"try", "w.yaml", "--file", hostile + ".html"}, {"try", "j.yaml", "--id", hostile}, {"try", "j.yaml", "--id", hostile, "--json"},
		{"verify", "j"}, {"extract", hostile + ".none"}, {"tokens", hostile + ".jsonl"}, {"tokens", hostile}, {"lang", hostile},
		{"check", hostile}, {hostile}, {"run", "w.yaml", "--" + hostile}, {"run", "w.yaml", "--set", hostile + "=1"}, {"show", hostile},
	} {
		var out, errs bytes.Buffer
		cli.Run(t.Context(), corpusmill.App(), args, strings.NewReader(""), &out, &errs)
		for _, bad := range []string{"\x1b", "\x07", "\u009b", "\u202e", "\u2066"} {
			if i := strings.Index(out.String()+errs.String(), bad); i >= 0 {
				t.Errorf("%q: %q is written: %.300q", args, bad, (out.String() + errs.String())[max(0, i-100):])
			}
		}
		if out.Len()+errs.Len() == 0 {
			t.Errorf("%q says nothing", args)
		}
	}
	if code, stdout, stderr := extract(t, "", hostile+".html"); code != 0 || !strings.Contains(stdout, "\u202e") {
		t.Errorf("the text of a page lost characters: exit code %d\n%q\n%q", code, stdout, stderr)
	}
}
