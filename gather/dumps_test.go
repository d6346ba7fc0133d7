package gather_test

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/stage"
)

const wikiHead = `<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" xml:lang="en">
  <siteinfo><sitename>Test</sitename><dbname>testwiki</dbname><base>https://test.example/wiki/Main_Page</base>
  <namespaces><namespace key="0" case="first-letter" /><namespace key="1">Talk</namespace></namespaces></siteinfo>
`

// wikiPage is a page as the export writes it.
func wikiPage(title string, ns, id int, revisions ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  <page>\n    <title>%s</title>\n    <ns>%d</ns>\n    <id>%d</id>\n", html.EscapeString(title), ns, id)
	for i, text := range revisions {
		fmt.Fprintf(&b, "    <revision>\n      <id>%d</id>\n      <timestamp>2026-01-0%dT00:00:00Z</timestamp>\n"+
			"      <contributor><username>U</username><id>77</id></contributor>\n      <model>wikitext</model>\n"+
			"      <text bytes=\"%d\" xml:space=\"preserve\">%s</text>\n    </revision>\n", id*10+i, i+1, len(text), html.EscapeString(text))
	}
	return b.String() + "  </page>\n"
}

func openWiki(ctx context.Context, paths []string, env *stage.Env) (stage.Source, error) {
	return gather.OpenMediaWiki(ctx, gather.MediaWiki{Paths: paths}, env)
}

func openStack(ctx context.Context, paths []string, env *stage.Env) (stage.Source, error) {
	return gather.OpenStackExchange(ctx, gather.StackExchange{Paths: paths}, env)
}

func wikiDump() []byte {
	b := wikiHead
	for i := range 20 {
		b += wikiPage(fmt.Sprintf("Page %d", i), 0, i+1, fmt.Sprintf("Text of '''%d''' & <b>more</b> %s", i, strings.Repeat("word ", 20*i)))
	}
	return []byte(b + "</mediawiki>\n")
}

func stackDump() []byte {
	b := "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<posts>\n"
	for i := range 20 {
		b += fmt.Sprintf(`  <row Id="%d" PostTypeId="1" Score="%d" Body="&lt;p&gt;Question %d&lt;/p&gt;&#xA;" Title="T&amp;amp; %d" />`+"\n", 2*i+1, i, i, i)
		b += fmt.Sprintf(`  <row Id="%d" PostTypeId="2" ParentId="%d" Score="1" Body="&lt;p&gt;Answer %d&lt;/p&gt;" />`+"\n", 2*i+2, 2*i+1, i)
	}
	return []byte(b + "</posts>\n")
}

func TestDumpConformance(t *testing.T) {
	for _, c := range []struct {
		name string
		formattest.Source
	}{
		{"mediawiki", formattest.Source{Open: openWiki, File: wikiDump()}},
		{"mediawiki gzip", formattest.Source{Open: openWiki, File: inPieces(wikiDump(), 3000, func(b []byte) []byte { return gzipped(t, b) })}},
		{"stackexchange", formattest.Source{Open: openStack, File: stackDump()}},
		{"stackexchange gzip", formattest.Source{Open: openStack, File: gzipped(t, stackDump())}},
	} {
		t.Run(c.name, func(t *testing.T) { formattest.RunSource(t, c.Source) })
	}
}

// TestDumpCutBetweenRecords has dumps that end where a record does: only the last tag tells.
func TestDumpCutBetweenRecords(t *testing.T) {
	for _, c := range []struct {
		name       string
		open       func(context.Context, []string, *stage.Env) (stage.Source, error)
		file       []byte
		record, in string
	}{
		{"mediawiki", openWiki, wikiDump(), "</page>\n", "</mediawiki>"},
		{"stackexchange", openStack, stackDump(), " />\n", "</posts>"},
	} {
		at := bytes.LastIndex(c.file, []byte(c.record)) + len(c.record)
		for name, file := range map[string][]byte{"whole": c.file, "cut": c.file[:at], "cut, gzip": gzipped(t, c.file[:at]), "comment": append(slices.Clip(c.file[:at]), "<!-- "...)} {
			feeds, err := formattest.Source{Open: c.open}.Read(t, env(), map[string][]byte{"a.xml": file})
			if err != nil || len(feeds[0].Documents) != 20 {
				t.Fatalf("%s %s: %v, %s", c.name, name, err, feeds[0])
			}
			q := feeds[0].Quarantined
			if cut := name != "whole"; len(q) > 1 || cut != (len(q) == 1 && q[0].Loss == corpus.LossRest && strings.Contains(q[0].Err.Error(), c.in)) {
				t.Errorf("%s %s: quarantined %v", c.name, name, q)
			}
		}
	}
}

// TestDamagedHead loses a stretch that begins in what a dump says of itself: it is told, once.
func TestDamagedHead(t *testing.T) {
	for _, element := range []string{"<dbname>", "<base>"} {
		file := wikiDump()
		at := bytes.Index(file, []byte(element)) + len(element) + 3
		lost := gzipped(t, file[at:at+40])
		lost[len(lost)/2] ^= 0xFF
		feeds, err := formattest.Source{Open: openWiki}.Read(t, env(), map[string][]byte{"a.xml": slices.Concat(gzipped(t, file[:at]), lost, gzipped(t, file[at+40:]))})
		if err != nil || len(feeds[0].Documents) != 20 || len(feeds[0].Quarantined) != 1 || feeds[0].Quarantined[0].Offset <= 0 {
			t.Errorf("%s: %v, %s", element, err, feeds[0])
		}
	}
}

// TestMediaWiki reads what a dump holds beside articles.
func TestMediaWiki(t *testing.T) {
	dump := wikiHead +
		wikiPage("A & B/c d?", 0, 1, "old", "new <ref>x</ref> &nbsp;") +
		wikiPage("Talk:A", 1, 2, "talk") +
		strings.Replace(wikiPage("Moved", 0, 3, "#REDIRECT [[A]]"), "<id>3</id>", "<id>3</id>\n    <redirect title=\"A\" />", 1) +
		strings.Replace(wikiPage("Code", 0, 4, "x = 1"), "<model>wikitext", "<model>Scribunto", 1) +
		wikiPage("Empty", 0, 5, "  ") +
		wikiPage("Gone", 0, 6) +
		strings.Replace(wikiPage("Deleted", 0, 7, "x"), "<text bytes=\"1\" xml:space=\"preserve\">x</text>", "<text bytes=\"1\" deleted=\"deleted\" />", 1) +
		wikiPage("Long", 0, 8, strings.Repeat("x", limit+1)) +
		wikiPage("Limit", 0, 9, strings.Repeat("y", limit)) +
		wikiPage("Cut", 0, 10, "cut")
	cut := strings.LastIndex(dump, "</revision>")
	feeds, err := formattest.Source{Open: openWiki}.Read(t, env(), map[string][]byte{"a.xml": []byte(dump[:cut]), "b.xml": []byte("<html>no dump</html>")})
	if err != nil {
		t.Fatal(err)
	}
	f := feeds[0]
	if len(f.Documents) != 2 {
		t.Fatalf("%d documents: %s", len(f.Documents), f)
	}
	d := f.Documents[0]
	if d.ID != "testwiki:1" || d.URL != "https://test.example/wiki/A_&_B/c_d%3F" || string(d.Raw) != "new <ref>x</ref> &nbsp;" || d.Media != "text/x-wiki" {
		t.Errorf("%s %s %q %s", d.ID, d.URL, d.Raw, d.Media)
	}
	if c := d.Cells; c[0].Str != "A & B/c d?" || c[1].Int != 1 || c[2].Int != 11 || c[3].Int != 1767312000000 || dump[d.Origin.Offset:][:6] != "<page>" {
		t.Errorf("cells %+v, origin %+v", c, d.Origin)
	}
	for reason, n := range map[string]int{"namespace": 1, "redirect": 1, "content model": 1, "no text": 3} {
		if f.Skipped[reason] != n {
			t.Errorf("skipped %s: %d, want %d", reason, f.Skipped[reason], n)
		}
	}
	if got := outcome(&formattest.Feed{Quarantined: f.Quarantined}); len(got) != 2 || !strings.Contains(got[0], "!7 ") || !strings.Contains(got[0], "record_bytes_max") || !strings.Contains(got[1], "!9 ") {
		t.Errorf("quarantined: %q", got)
	}
	if got := outcome(feeds[1]); len(got) != 1 || !strings.Contains(got[0], "no page of MediaWiki") {
		t.Errorf("no dump: %q", got)
	}
}

// TestStackExchange joins answers to questions, best first, in whatever order they stand.
func TestStackExchange(t *testing.T) {
	row := func(attributes string) string { return "  <row " + attributes + " />\n" }
	body := func(s string) string { return `Body="` + html.EscapeString(s) + `" ` }
	dump := "<posts>\n" +
		row(`Id="5" PostTypeId="2" ParentId="4" Score="-3" `+body("<p>bad</p>")) +
		row(`Id="4" PostTypeId="1" AcceptedAnswerId="7" CreationDate="2026-01-02T03:04:05.678" Score="9" Tags="&lt;go&gt;&lt;xml&gt;" Title="How &amp;lt;to&amp;gt;?" ContentLicense="CC BY-SA 4.0" `+
			body("<p>Why</p><pre><code>if a &lt; b {\n\tc()\n}</code></pre>")) +
		row(`Id="6" PostTypeId="2" ParentId="4" Score="2" `+body("<p>good</p>")) +
		row(`Id="7" PostTypeId="2" ParentId="4" Score="11" `+body("<p>best</p>")) +
		row(`Id="8" PostTypeId="2" ParentId="4" Score="2" `+body("<p>good too</p>")) +
		row(`Id="9" PostTypeId="2" ParentId="3" Score="2" `+body("<p>alone</p>")) +
		row(`Id="10" PostTypeId="5" `+body("wiki")) +
		row(`Id="11" PostTypeId="1" Score="-1" Title="No" `+body("<p>low</p>")) +
		row(`Id="x" PostTypeId="1"`) + row(`UserId="1"`) +
		row(`Id="12" PostTypeId="1" Score="0" Title="Long" `+body(strings.Repeat("z", limit))) +
		"</posts>\n"
	settings := gather.StackExchange{MinQuestionScore: stage.At(0), MinAnswerScore: stage.At(-2)}
	open := func(ctx context.Context, paths []string, env *stage.Env) (stage.Source, error) {
		settings.Paths = paths
		return gather.OpenStackExchange(ctx, settings, env)
	}
	feeds, err := formattest.Source{Open: open}.Read(t, env(), map[string][]byte{"cooking.stackexchange.com/Posts.xml": []byte(dump)})
	if err != nil {
		t.Fatal(err)
	}
	f := feeds[0]
	if len(f.Documents) != 1 {
		t.Fatalf("%d documents: %s", len(f.Documents), f)
	}
	d := f.Documents[0]
	if d.ID != "cooking.stackexchange.com/q/4" || d.URL != "https://cooking.stackexchange.com/questions/4" {
		t.Errorf("%s at %s", d.ID, d.URL)
	}
	if c := d.Cells; c[0].Str != "How &lt;to&gt;?" || c[1].Str != "go,xml" || c[2].Int != 9 || c[3].Int != 3 || c[4].Int != 1 || c[5].Int != 1767323045678 || c[6].Str != "CC BY-SA 4.0" {
		t.Errorf("cells %+v", c)
	}
	if raw := string(d.Raw); strings.Index(raw, "best") > strings.Index(raw, "good") || strings.Index(raw, "good too") < strings.Index(raw, "<p>good</p>") || strings.Contains(raw, "bad") {
		t.Errorf("not the best answer first:\n%s", raw)
	}
	for reason, n := range map[string]int{"answer score": 1, "question score": 1, "post type": 1, "answer without its question": 1, "answer, stands with its question": 3} {
		if f.Skipped[reason] != n {
			t.Errorf("skipped %s: %d, want %d", reason, f.Skipped[reason], n)
		}
	}
	if got := outcome(&formattest.Feed{Quarantined: f.Quarantined}); len(got) != 3 || !strings.Contains(got[0], "Id") || !strings.Contains(got[1], "PostTypeId") || !strings.Contains(got[2], "record_bytes_max") {
		t.Errorf("quarantined: %q", got)
	}
	settings.MinAnswers = 4
	feeds, err = formattest.Source{Open: open}.Read(t, env(), map[string][]byte{"Posts.xml": []byte(dump)})
	if err != nil || len(feeds[0].Documents) != 0 || feeds[0].Skipped["answers"] != 1 {
		t.Errorf("min_answers: %v %s", err, feeds[0])
	}
}

// TestStackExchangeSorts gives a dump that is sorted on disk.
func TestStackExchangeSorts(t *testing.T) {
	if testing.Short() {
		t.Skip("a dump of 100 MB")
	}
	const questions = 1_100
	filler := strings.Repeat("word &lt;b&gt;x&lt;/b&gt; ", 4_000)
	var b strings.Builder
	for _, kind := range []int{2, 1} { // all answers first
		for i := range questions {
			id, parent := 2*(questions-i)+kind, 2*(questions-i)+1
			fmt.Fprintf(&b, "<row Id=\"%d\" PostTypeId=\"%d\" ParentId=\"%d\" Score=\"1\" Body=\"%d %s\" />\n", id, kind, parent, parent, filler[:(4-kind)*20_000])
		}
	}
	feeds, err := formattest.Source{Open: openStack}.Read(t, stage.NewEnv(), map[string][]byte{"Posts.xml": []byte(b.String())})
	if err != nil || len(feeds[0].Documents) != questions {
		t.Fatalf("%v: %d documents", err, len(feeds[0].Documents))
	}
	if !slices.IsSortedFunc(feeds[0].Documents, func(a, b *corpus.Document) int { return int(b.Origin.Record - a.Origin.Record) }) {
		t.Error("questions are not in the order of their IDs")
	}
	for _, d := range feeds[0].Documents {
		_, after, ok := strings.Cut(string(d.Raw), "<hr>\n")
		if id, _, _ := strings.Cut(after, " "); !ok || !strings.Contains(string(d.Raw), "</h1>\n"+id+" ") {
			t.Fatalf("%.200s", d.Raw)
		}
	}
}
