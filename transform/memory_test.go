package transform

import (
	"runtime"
	"strings"
	"testing"
)

// An extractor holds on to at most eight times the page's size and what every page
// may need, whatever the page is made of.
func TestMemory(t *testing.T) {
	const size = 512 << 10
	for _, unit := range []string{"<li>x", "<td>1", "<tr><td>1<td>2", "a<b>", "<a href=x>y</a>", "<h1>x</h2>", "<br>x", "x<br><br>",
		"<div><p>x", "<span>x</span><span>Y</span>", "<p class=\"c\">words of it", "<table><tr><td>x", "<select><option>x", "<math><mi>x", "汉<p>"} {
		testMemory(t, unit, strings.Repeat(unit, size/len(unit)))
	}
	text := strings.Repeat("<p>The old mill will stand for another hundred years, the people of the village thought.</p>", 20)
	testMemory(t, "a symbol between paragraphs", "<article>"+text+"<p>★★</p>"+text+"</article>"+strings.Repeat("<li>x", size/5))
}

func testMemory(t *testing.T, name, page string) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := NewExtractor(nil)
	pg, err := x.Extract(page, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(page, "★") && !strings.Contains(pg.Text, "★") {
		t.Fatalf("%s: the symbol is lost", name)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if held := int(after.HeapAlloc) - int(before.HeapAlloc) - len(pg.Text); held > pageFactor*len(page)+spareHeld {
		t.Errorf("%s: %.1f times the size", name, float64(held)/float64(len(page)))
	} else {
		t.Logf("%s: %.1f", name, float64(held)/float64(len(page)))
	}
	runtime.KeepAlive(x)
	runtime.KeepAlive(pg)
}

// Text beyond the nodes that are kept apart stays in lines of its own.
func TestFlattenedLines(t *testing.T) {
	page := "<p>one<p>two<p>three<p><a href=x>four</a> and<p>five"
	pg, err := NewExtractor(nil).Extract(page, Options{Mode: All, MaxNodes: 2})
	if want := "one\ntwo\nthree\nfour and\nfive"; err != nil || pg.Text != want {
		t.Errorf("%q %v, want %q", pg.Text, err, want)
	}
}

// A large page is let go of too where its text was in a script, and that is small.
func TestTrimAfterState(t *testing.T) {
	const sentence = "The bees came back to the garden in the first week of April, and nobody had seen them for a year. "
	state := `<script>window.__INITIAL_STATE__={"text":"` + strings.Repeat(sentence, 10) + `"}</script>`
	for n, want := range map[int]bool{keepPageBytes / 2: false, keepPageBytes: true} {
		x := NewExtractor(nil)
		pg, err := x.Extract("<body>"+state+strings.Repeat("<div></div>", n/len("<div></div>")), Options{})
		if err != nil || !strings.Contains(pg.Text, "The bees") {
			t.Fatalf("%v, %q", err, pg.Text)
		}
		if x.Trim() != want {
			t.Errorf("%d bytes of empty elements: trimmed %v", n, !want)
		}
	}
}
