package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/cli"
	"github.com/corpusmill/corpusmill/internal/smalldocs"
)

func extract(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = cli.Run(t.Context(), corpusmill.App(), append([]string{"extract", "--allow", "loopback"}, args...), strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

const riverPage = `<!doctype html><html lang="en"><head><title>River & bridge</title><meta name="author" content="Ann Lee">
<link rel="license" href="https://creativecommons.org/licenses/by/4.0/"></head><body><nav><a href="/">Home</a></nav>
<article><h1>The river</h1><p>The river that runs through the town with the <b>old bridge</b> is quiet in the evening, and the <a href="/people">people</a> who live beside it walk along the path to the market.</p>
<p>In winter the water is high and the boats have to be carried to the shed that stands behind the mill.</p>
<table><tr><th>Year<th>Boats<tr><td>1900<td>twelve<tr><td>1910<td>nine</table></article></body></html>`

// An address of this machine is not read unasked, and neither is one behind a redirect.
func TestExtractGuard(t *testing.T) {
	reached := 0
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer s.Close()
	for _, c := range []struct {
		allow string
		code  int
		want  string
	}{
		{"wiki.example", 1, s.URL + ": 127.0.0.1 is no public address (loopback): --allow loopback if it is meant\n"},
		{"http://wiki.example", 2, "--allow \"http://wiki.example\": want loopback, private, proxy, or a host"},
	} {
		var out, errs bytes.Buffer
		code := cli.Run(t.Context(), corpusmill.App(), []string{"extract", "--allow", c.allow, s.URL}, strings.NewReader(""), &out, &errs)
		if code != c.code || !strings.Contains(errs.String(), c.want) || reached != 0 {
			t.Errorf("--allow %s: exit code %d, %s, reached %d times", c.allow, code, errs.String(), reached)
		}
	}
}

func TestExtractAddresses(t *testing.T) {
	mux := http.NewServeMux()
	agent := ""
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) {
		agent = r.UserAgent()
		w.Header().Set("Content-Type", "text/html; charset=windows-1252")
		fmt.Fprint(w, strings.Replace(riverPage, "quiet", "qui\xebt", 1))
	})
	mux.HandleFunc("/plain", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprint(w, "a < b\n")
	})
	mux.HandleFunc("/image", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		fmt.Fprint(w, "x")
	})
	mux.HandleFunc("/hop/", func(w http.ResponseWriter, r *http.Request) {
		n := 0
		_, _ = fmt.Sscanf(r.URL.Path, "/hop/%d", &n)
		to := "/page"
		if n > 1 {
			to = fmt.Sprintf("/hop/%d", n-1)
		}
		http.Redirect(w, r, to, http.StatusFound)
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) {
		chunk := bytes.Repeat([]byte("<p>x"), 1<<18)
		for range 22 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
	})
	s := httptest.NewServer(mux)
	defer s.Close()
	for _, c := range []struct {
		name, path     string
		args           []string
		code           int
		stdout, stderr string
	}{
		{"page", "/page", nil, 0, "quiët in the evening", ""},
		{"links", "/page", []string{"--format", "markdown", "--links"}, 0, "[people](" + s.URL + "/people)", ""},
		{"json", "/page", []string{"--json"}, 0, `{"id":"` + s.URL + `/page","url":"` + s.URL + `/page","text":"`, ""},
		{"plain text", "/plain", nil, 0, "a < b\n", ""},
		{"five redirects", "/hop/5", []string{"--json"}, 0, `"id":"` + s.URL + `/hop/5","url":"` + s.URL + `/page"`, ""},
		{"six redirects", "/hop/6", nil, 1, "", s.URL + "/hop/6: more than 5 redirects"},
		{"status", "/absent", nil, 1, "", s.URL + "/absent: 404 Not Found"},
		{"kind", "/image", nil, 1, "", "media_type"},
		{"size", "/large", nil, 1, "", "larger than 20MiB"},
		{"time", "/slow", []string{"--timeout", "50ms"}, 1, "", s.URL + "/slow: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := extract(t, "", append(c.args, s.URL+c.path)...)
			if code != c.code || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) {
				t.Errorf("exit code %d, want %d\nstdout %.300s\nstderr %s", code, c.code, stdout, stderr)
			}
		})
	}
	if want := "corpusmill/" + corpusmill.Version; agent != want {
		t.Errorf("User-Agent %q, want %q", agent, want)
	}
	code, stdout, stderr := extract(t, "", "--json", s.URL+"/absent", s.URL+"/page")
	if code != 1 || strings.Count(stdout, "\n") != 1 || !strings.Contains(stderr, "1 of 2") {
		t.Errorf("one of two: exit code %d\n%s%s", code, stdout, stderr)
	}
}

func TestExtractFormats(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--mode", "all", "--format", "markdown"}, "# The river\n\nThe river that runs through the town with the **old bridge** is"},
		{[]string{"--mode", "all", "--format", "markdown"}, "| Year | Boats |\n| --- | --- |\n| 1900 | twelve |"},
		{[]string{"--format", "markdown"}, "| Year | Boats |\n| --- | --- |\n| 1900 | twelve |"},
		{[]string{"--mode", "all", "--format", "html"}, "<h1>The river</h1>\n<p>The river that runs through the town with the <strong>old bridge</strong>"},
		{[]string{"--format", "html", "--links", "--url", "https://a.example/b"}, `<a href="https://a.example/people">people</a>`},
		{[]string{"--mode", "all"}, "The river\nThe river that runs through the town with the old bridge is"},
		{[]string{"--mode", "all"}, "Year | Boats\n1900 | twelve"},
	} {
		if code, stdout, stderr := extract(t, riverPage, append(c.args, "-")...); code != 0 || !strings.Contains(stdout, c.want) {
			t.Errorf("%v: exit code %d\n%s%s", c.args, code, stdout, stderr)
		}
	}
	if _, stdout, _ := extract(t, riverPage, "--tables=false", "-"); strings.Contains(stdout, "1900") || !strings.Contains(stdout, "the mill") {
		t.Errorf("--tables=false: %s", stdout)
	}
	for want, args := range map[string][]string{
		`--format: "md": want text, markdown or html`: {"--format", "md", "-"},
		"--metadata is for --json":                    {"--metadata", "-"},
		"--timeout must be positive":                  {"--timeout", "0s", "-"},
		"plain text has none":                         {"--links", "-"},
	} {
		if code, _, stderr := extract(t, riverPage, args...); code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%v: exit code %d, %s", args, code, stderr)
		}
	}
}

func TestExtractMetadata(t *testing.T) {
	_, plain, _ := extract(t, riverPage, "--json", "-")
	_, stdout, _ := extract(t, riverPage, "--json", "--metadata", "-")
	var base, full map[string]any
	if err := json.Unmarshal([]byte(plain), &base); err != nil || len(base) != 3 {
		t.Fatalf("%v: %s", err, plain)
	}
	if err := json.Unmarshal([]byte(stdout), &full); err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]any{"id": "-", "url": "", "text": base["text"], "title": "River & bridge", "author": "Ann Lee", "language": "en", "license": "CC-BY-4.0"} {
		if full[k] != want {
			t.Errorf("%s: %v, want %v", k, full[k], want)
		}
	}
	if urls := fmt.Sprint(full["license_urls"]); urls != "[https://creativecommons.org/licenses/by/4.0/]" || len(full) != 8 {
		t.Errorf("%s", stdout)
	}
}

// Documents are told by their bytes: in files, in archives and at addresses.
func TestExtractDocuments(t *testing.T) {
	const boat, mill = "The boat came in.", "The mill stood still."
	docx, pdfFile := string(smalldocs.DOCX(mill)), string(smalldocs.PDF(boat))
	response := func(media, body string) string {
		block := "HTTP/1.1 200 OK\r\nContent-Type: " + media + "\r\n\r\n" + body
		return fmt.Sprintf("WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/\r\nContent-Type: application/http\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n", len(block), block)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", r.URL.Query().Get("type"))
		_, _ = w.Write([]byte(pdfFile))
	}))
	defer s.Close()
	args, want := []string{}, []string{}
	for _, f := range [][]string{{pdfFile, boat}, {docx, mill}, {response("application/pdf", pdfFile) + response("application/octet-stream", docx), boat, mill}} {
		file := filepath.Join(t.TempDir(), "page.html")
		if err := os.WriteFile(file, []byte(f[0]), 0o644); err != nil {
			t.Fatal(err)
		}
		args, want = append(args, file), append(want, f[1:]...)
	}
	for _, media := range []string{"application/pdf", "application/octet-stream", ""} {
		args, want = append(args, s.URL+"/?type="+media), append(want, boat)
	}
	if code, stdout, stderr := extract(t, "", args...); code != 0 || stdout != strings.Join(want, "\n\n")+"\n" {
		t.Errorf("exit code %d\n%q\n%s", code, stdout, stderr)
	}
	titled := strings.Replace(strings.Replace(pdfFile, "/Helvetica", "/Helvetica/Title(Boats)", 1), "/Root 1 0 R", "/Root 1 0 R/Info 5 0 R", 1)
	if _, stdout, stderr := extract(t, titled, "--json", "--metadata", "-"); stdout != `{"id":"-","url":"","text":"The boat came in.","title":"Boats"}`+"\n" {
		t.Errorf("%s%s", stdout, stderr)
	}
	for raw, want := range map[string]string{
		docx[:len(docx)-30]: "damaged document",
		"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10": "media_type: binary",
	} {
		if _, stdout, stderr := extract(t, raw, "-"); stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%q\n%s", stdout, stderr)
		}
	}
}

// What a page says must not become part of the page that explains it.
func TestExtractExplain(t *testing.T) {
	const evil = `</span><script>alert(1)</script><img src=x onerror=alert(2)>"'`
	escaped := html.EscapeString(evil)
	page := strings.Replace(riverPage, "<title>River", "<title>"+escaped, 1)
	page = strings.Replace(page, "In winter", escaped, 1)
	dir := t.TempDir()
	file, why := filepath.Join(dir, "a<b>.html"), filepath.Join(dir, "why.html")
	if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := extract(t, page, "--explain", why, file, "-")
	if code != 0 || strings.Count(stdout, "The river that runs") != 2 {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	b, err := os.ReadFile(why)
	if err != nil {
		t.Fatal(err)
	}
	z := html.NewTokenizer(bytes.NewReader(b))
	tags, text := map[string]int{}, strings.Builder{}
	for z.Next() != html.ErrorToken {
		tok := z.Token()
		switch tok.Type {
		case html.StartTagToken, html.SelfClosingTagToken:
			tags[tok.Data]++
			for _, a := range tok.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "href" || a.Key == "style" {
					t.Errorf("attribute %s=%q", a.Key, a.Val)
				}
			}
		case html.TextToken:
			text.WriteString(tok.Data)
		}
	}
	for _, no := range []string{"script", "img", "link", "a", "iframe"} {
		if tags[no] > 0 {
			t.Errorf("%d <%s>", tags[no], no)
		}
	}
	if tags["section"] != 2 || tags["details"] < 12 {
		t.Errorf("%d pages, %d blocks", tags["section"], tags["details"])
	}
	for _, want := range []string{evil, "a<b>.html", "Home", "dropped", "kept: the score reaches the page's cut of", "heading 1", "paragraph", "table",
		"Score by its own features alone", "effect", "2 pages shown."} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in the page", want)
		}
	}
	if !bytes.Contains(b, []byte("prefers-color-scheme: dark")) || !bytes.Contains(b, []byte("default-src 'none'")) {
		t.Error("no dark colours, or no policy")
	}
	if code, _, _ := extract(t, page, "--explain", filepath.Join(dir, "no", "why.html"), "-"); code != 1 {
		t.Errorf("a folder that is not there: exit code %d", code)
	}
}

func TestExtractExplainsFewPages(t *testing.T) {
	dir := t.TempDir()
	file, why := filepath.Join(dir, "p.html"), filepath.Join(dir, "why.html")
	if err := os.WriteFile(file, []byte("<p>One short page.</p>"), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"--explain", why}
	for range 203 {
		args = append(args, file)
	}
	if code, _, stderr := extract(t, "", args...); code != 0 {
		t.Fatal(stderr)
	}
	b, err := os.ReadFile(why)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(b, []byte("<section>")); n != 200 || !bytes.Contains(b, []byte("200 pages shown, 3 more read.")) {
		t.Errorf("%d pages", n)
	}
}
