package consent

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/stage"
)

// told is an answer to a request for a robots.txt, so many days after the first.
type told struct {
	url    string
	day    int
	status int
	text   string // the address of a redirect, else the body
}

// robotsArchive writes a WARC file of answers, with records of other kinds among them.
func robotsArchive(t testing.TB, answers ...told) string {
	t.Helper()
	var out bytes.Buffer
	w := warc.NewWriter(&out, warc.WriterOptions{Compression: warc.Gzip})
	for _, a := range answers {
		at := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, a.day)
		head, body := []warc.Field{{Name: "Content-Type", Value: "text/plain"}}, a.text
		if a.status/100 == 3 {
			head, body = append(head, warc.Field{Name: "Location", Value: a.text}), ""
		}
		h, block, err := warc.NewResponse(a.url, at, a.status, "", head, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		request := warc.RecordHeader{Type: warc.TypeRequest, TargetURI: a.url, Date: at}
		if _, _, err := w.WriteRecord(request, []byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.WriteRecord(h, block); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(t.TempDir(), "robots.warc.gz")
	if err := os.WriteFile(name, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// row is what a stage says of a document: the columns that are not null, then the verdict.
func row(t *testing.T, s *Stage, d *corpus.Document) string {
	t.Helper()
	cells := make([]corpus.Value, len(columns))
	for i := range cells {
		cells[i] = corpus.Null
	}
	v, err := s.Attach(d, cells)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for i, c := range columns {
		if !cells[i].Null && c.Name != "signals" {
			list = append(list, c.Name+"="+c.Type.Text(cells[i]))
		}
	}
	if !v.Kept() {
		list = append(list, fmt.Sprintf("-> %s (%s)", v.Rule, v.Detail))
	}
	return strings.Join(list, " ")
}

func open(t *testing.T, c Consent) *Stage {
	t.Helper()
	s, err := Open(t.Context(), c, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What is said in the header, in the page and in what the crawler wrote down comes to
// columns, and to a verdict by the policy.
func TestColumns(t *testing.T) {
	const nothing = "noindex=false noai=false"
	page := func(header, html string) *corpus.Document {
		return &corpus.Document{URL: "https://a.test/x", Header: header, Raw: []byte(html), Media: format.MediaHTML, FetchedAt: "2026-01-02T03:04:05Z"}
	}
	for _, c := range []struct {
		name     string
		settings Consent
		d        *corpus.Document
		want     string
	}{
		{"nothing", Consent{}, page("", "<p>x"), nothing},
		{"header", Consent{}, page("x-robots-tag: noindex, noai\n", ""), "against=noai noindex noindex=true noai=true -> noai (header x-robots-tag: noindex, noai)"},
		{"record", Consent{Policy: "record"}, page("x-robots-tag: noai\n", ""), "against=noai noindex=false noai=true"},
		{"strict alone", Consent{}, page("x-robots-tag: noindex\n", ""), "against=noindex noindex=true noai=false"},
		{"strict", Consent{Policy: "strict"}, page("x-robots-tag: noindex\n", ""), "against=noindex noindex=true noai=false -> noindex (header x-robots-tag: noindex)"},
		{"gone when it was fetched", Consent{Policy: "strict"}, page("x-robots-tag: unavailable_after: 2026-01-01\n", ""),
			"against=unavailable_after noindex=false noai=false -> unavailable_after (header x-robots-tag: unavailable_after: 2026-01-01)"},
		{"gone later", Consent{Policy: "strict"}, page("x-robots-tag: unavailable_after: 2026-01-03\n", ""), nothing},
		{"page", Consent{}, page("", `<meta name="tdm-reservation" content="0"><link rel=license href="https://creativecommons.org/licenses/by-sa/4.0/">`),
			nothing + " tdm_reserved=false license=CC-BY-SA-4.0 license_url=https://creativecommons.org/licenses/by-sa/4.0/"},
		{"an agent that binds", Consent{Agents: []string{"GPTBot"}}, page("x-robots-tag: gptbot: noai\n", ""), "against=noai noindex=false noai=true -> noai (header x-robots-tag: noai)"},
		{"another agent", Consent{Agents: []string{"CCBot"}}, page("x-robots-tag: gptbot: noai\n", ""), nothing},
		{"of the crawler", Consent{}, page("metadata/consent: robots.txt disallow: /x (*)\nmetadata/consent: ai.txt ai-txt: allow: / (*)\n", ""),
			"against=robots robots=false robots_rule=disallow: /x (*) noindex=false noai=false ai_txt=true -> robots (robots.txt disallow: /x (*))"},
		{"of the crawler about the page", Consent{}, page("metadata/consent: meta robots: noai\n", ""), nothing}, // the page says it itself or not
		{"uses", Consent{Policy: "strict"}, page("content-usage: train-ai=y\ncontent-signal: ai-input=no, search=yes\n", ""),
			"against=ai_input noindex=false noai=false train_ai=true ai_input=false search=true -> ai_input (header content-signal: ai-input=no, search=yes)"},
		{"a page that is none", Consent{}, &corpus.Document{Raw: []byte(`<meta name=robots content=noai>`), Media: "application/pdf"}, nothing},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := row(t, open(t, c.settings), c.d); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// The signals are a list of JSON, as they are written.
func TestSignalsColumn(t *testing.T) {
	cells := make([]corpus.Value, len(columns))
	if _, err := open(t, Consent{}).Attach(&corpus.Document{Header: "x-robots-tag: a \"b\" <c>\ntdm-reservation: 0\n"}, cells); err != nil {
		t.Fatal(err)
	}
	if got, want := cells[len(cells)-1].Str, `["header x-robots-tag: a \"b\" \u003cc\u003e","header tdm-reservation: 0"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A robots archive says what robots.txt said: the latest answer of the site, of the other
// scheme where its own is not known, behind redirects.
func TestArchive(t *testing.T) {
	const all, none = "User-agent: *\nDisallow:\n", "User-agent: *\nDisallow: /\n"
	robots := robotsArchive(t,
		told{"https://latest.test/robots.txt", 2, 200, "User-agent: *\nDisallow: /x\nAllow: /x/y\n"},
		told{"https://latest.test/robots.txt", 1, 200, all},
		told{"http://scheme.test/robots.txt", 0, 200, none},
		told{"https://both.test/robots.txt", 0, 200, all},
		told{"http://both.test/robots.txt", 0, 200, none},
		told{"https://port.test:444/robots.txt", 0, 200, none},
		told{"HTTPS://Case.test:443/robots.txt?v=1", 0, 200, none},
		told{"https://none.test/robots.txt", 0, 404, "<p>not found"},
		told{"https://many.test/robots.txt", 0, 429, ""},
		told{"https://down.test/robots.txt", 0, 503, ""},
		told{"https://page.test/robots.html", 0, 200, none},
		told{"https://moved.test/robots.txt", 0, 301, "//www.moved.test/robots.txt"},
		told{"https://www.moved.test/robots.txt", 3, 200, none},
		told{"https://home.test/robots.txt", 0, 302, "https://home.test/"},
		told{"https://loop.test/robots.txt", 0, 302, "/robots.txt"},
		told{"https://named.test/robots.txt", 0, 200, "User-agent: GPTBot\nDisallow: /\nUser-agent: *\nContent-Usage: train-ai=y\n"},
	)
	site := func(at, more string) string {
		return strings.TrimSpace("robots_at=" + at + "T00:00:00Z noindex=false noai=false " + more)
	}
	no := func(at string) string {
		return "against=robots robots=false robots_rule=disallow: / (*) " + site(at, "-> robots (robots-archive disallow: / (*))")
	}
	const unknown = "noindex=false noai=false"
	for _, c := range []struct{ url, want string }{
		{"https://latest.test/x/1", "against=robots robots=false robots_rule=disallow: /x (*) " + site("2026-10-03", "-> robots (robots-archive disallow: /x (*))")},
		{"https://latest.test/x/y", "robots=true robots_rule=allow: /x/y (*) " + site("2026-10-03", "")},
		{"https://latest.test/z", "robots=true robots_rule=allow: no rule " + site("2026-10-03", "")},
		{"https://scheme.test/", no("2026-10-01")},
		{"https://both.test/", "robots=true robots_rule=allow: no rule " + site("2026-10-01", "")},
		{"http://both.test/", no("2026-10-01")},
		{"https://port.test:444/", no("2026-10-01")},
		{"http://port.test:444/", unknown},
		{"https://port.test/", unknown},
		{"https://user@CASE.test./#x", no("2026-10-01")},
		{"https://none.test/", "robots=true robots_rule=access: unrestricted " + site("2026-10-01", "")},
		{"https://many.test/", "against=robots robots=false robots_rule=access: unreachable " + site("2026-10-01", "-> robots (robots-archive access: unreachable)")},
		{"https://down.test/", "against=robots robots=false robots_rule=access: unreachable " + site("2026-10-01", "-> robots (robots-archive access: unreachable)")},
		{"https://page.test/", unknown},
		{"https://moved.test/", no("2026-10-04")},
		{"https://home.test/", unknown},
		{"https://loop.test/", unknown},
		{"https://named.test/", "robots=true robots_rule=allow: no rule " + site("2026-10-01", "train_ai=true")},
		{"https://other.test/", unknown},
		{"no address", unknown},
	} {
		if got := row(t, open(t, Consent{Robots: []string{robots}}), &corpus.Document{URL: c.url}); got != c.want {
			t.Errorf("%s: got  %s\nwant %s", c.url, got, c.want)
		}
	}
	// Whose rules bind decides; what the crawler saw counts beside it.
	d := &corpus.Document{URL: "https://named.test/", Header: "metadata/consent: robots.txt allow: no rule\n"}
	if got, want := row(t, open(t, Consent{Robots: []string{robots}, Agents: []string{"CCBot", "gptbot"}}), d),
		"against=robots robots=false robots_rule=disallow: / (gptbot) "+site("2026-10-01", "-> robots (robots-archive disallow: / (gptbot))"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// strict drops what is not known.
	strict := open(t, Consent{Robots: []string{robots}, Policy: "strict"})
	if got, want := row(t, strict, &corpus.Document{URL: "https://other.test/a"}), unknown+" -> robots_unknown (other.test)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := row(t, strict, d); strings.Contains(got, "->") {
		t.Errorf("a site that is known is dropped: %s", got)
	}
	if with, without := strict.Rules(), open(t, Consent{Policy: "strict"}).Rules(); len(with) != len(without)+1 || with[len(without)] != robotsUnknown {
		t.Errorf("rules %v and %v", with, without)
	}
}

// chain are n redirects in a row, then a robots.txt.
func chain(n int) (list []told) {
	for i := range n {
		list = append(list, told{fmt.Sprintf("https://h%d.test/robots.txt", i), 0, 301, fmt.Sprintf("https://h%d.test/robots.txt", i+1)})
	}
	return append(list, told{fmt.Sprintf("https://h%d.test/robots.txt", n), 0, 200, "user-agent: *\ndisallow: /\n"})
}

func TestArchiveRedirects(t *testing.T) {
	for n, want := range map[int]bool{5: true, 6: false} {
		s := open(t, Consent{Robots: []string{robotsArchive(t, chain(n)...)}})
		if got := row(t, s, &corpus.Document{URL: "https://h0.test/"}); strings.Contains(got, "-> robots") != want {
			t.Errorf("behind %d redirects: %s", n, got)
		}
	}
}

// The digest goes by what sites say to the agents, not by files, order or what nobody asks.
func TestArchiveDigest(t *testing.T) {
	a, b := told{"https://a.test/robots.txt", 0, 200, "user-agent: *\ndisallow: /x\n"}, told{"https://b.test/robots.txt", 0, 404, ""}
	older, noisy := a, a
	older.day, older.text = -1, "user-agent: *\ndisallow: /\n"
	noisy.text = "# of today\nsitemap: /s.xml\n\n" + a.text + "User-agent: other\nDisallow: /\n"
	changed, later := a, a
	changed.text += "disallow: /y\n"
	later.day = 1
	digest := func(files ...string) string {
		return open(t, Consent{Robots: files}).Digest()
	}
	want := digest(robotsArchive(t, a, b))
	for name, files := range map[string][]string{
		"order": {robotsArchive(t, b, a)}, "files": {robotsArchive(t, b), robotsArchive(t, a)}, "twice": {robotsArchive(t, a, b, a)},
		"older": {robotsArchive(t, a, older, b)}, "noise": {robotsArchive(t, noisy, b)},
	} {
		if got := digest(files...); got != want {
			t.Errorf("%s: another digest", name)
		}
	}
	for name, file := range map[string]string{"rule": robotsArchive(t, changed, b), "time": robotsArchive(t, later, b), "fewer": robotsArchive(t, a)} {
		if digest(file) == want {
			t.Errorf("%s: the same digest", name)
		}
	}
	if open(t, Consent{}).Digest() != "" {
		t.Error("a digest of no archive")
	}
}

// An archive may hold so much; one more is an error that names the setting.
func TestArchiveMemory(t *testing.T) {
	var list []told
	for i := range 100 {
		list = append(list, told{fmt.Sprintf("https://h%d.test/robots.txt", i), 0, 200, fmt.Sprintf("user-agent: *\ndisallow: /%d\n", i)})
	}
	file := robotsArchive(t, list...)
	held := func(most int64) (*archive, error) {
		return loadArchive(context.Background(), stage.NewEnv(), []string{file}, nil, most)
	}
	a, err := held(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	need := a.holds() + 100*knownBytes
	if _, err := held(need); err != nil {
		t.Error(err)
	}
	if _, err := held(need - 1); err == nil || !strings.Contains(err.Error(), "robots_memory") {
		t.Errorf("below what it needs: %v", err)
	}
	if s := open(t, Consent{Robots: []string{file}}); s.HoldsBytes(0) != a.holds() || s.HoldsBytes(2) <= s.HoldsBytes(1) {
		t.Errorf("it holds %d of %d bytes", s.HoldsBytes(0), a.holds())
	}
	// What is said to nobody who is asked about takes no room.
	for i := range list {
		list[i].text = fmt.Sprintf("user-agent: other%d\ndisallow: /\n", i)
	}
	file = robotsArchive(t, list...)
	if b, err := held(1 << 20); err != nil || len(b.text) != 1 {
		t.Errorf("%d bytes of text: %v", len(b.text), err)
	}
}

func TestArchiveErrors(t *testing.T) {
	page := robotsArchive(t, told{"https://a.test/", 0, 200, "x"})
	text := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(text, []byte("no archive\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{page: "no answer to a request for a robots.txt", filepath.Join(t.TempDir(), "*.gz"): "no such file", text: "no answer to a request"} {
		if _, err := Open(t.Context(), Consent{Robots: []string{name}}, stage.NewEnv()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

func TestSettings(t *testing.T) {
	agents := func(n int) []string { return strings.Fields(strings.Repeat("a ", n)) }
	for _, c := range []struct {
		settings Consent
		want     string // in the error, "" for none
	}{
		{Consent{}, ""},
		{Consent{Policy: "lax"}, "policy"},
		{Consent{Agents: agents(64)}, ""},
		{Consent{Agents: agents(65)}, "at most 64"},
		{Consent{Agents: []string{"CCBot/2.0"}}, "without version"},
		{Consent{Agents: []string{""}}, "product token"},
		{Consent{Robots: []string{""}}, "without a path"},
		{Consent{RobotsMemory: config.Bytes(-1)}, "robots_memory"},
	} {
		_, err := Open(t.Context(), c.settings, stage.NewEnv())
		if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60v: %v, want %q", c.settings, err, c.want)
		}
	}
}
