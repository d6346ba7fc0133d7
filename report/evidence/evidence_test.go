package evidence

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// rows are documents of some sources and hosts.
func rows(n int) (list []*Row) {
	for i := range n {
		list = append(list, &Row{ID: fmt.Sprint("d", i), Source: []string{"web", "web", "books"}[i%3], Text: strings.Repeat("文", i%50),
			Tokens: int64(i % 50), Values: []string{fmt.Sprintf("h%d.example", i%97), []string{"zh", "en", ""}[i%3]}})
	}
	return list
}

// TestTables compares tables that spill with those that do not, and with plain counts.
func TestTables(t *testing.T) {
	for _, room := range []int{1, 2000, tallyBytes} {
		c := NewCollector(Options{By: [][]string{{"host"}, {"host", "lang"}}, Top: 10})
		want := map[string]*Amount{}
		for _, r := range rows(3000) {
			for _, x := range c.tables {
				x.room = min(x.room, room)
			}
			if err := c.Add(r, nil); err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{r.Values[0], r.Values[0] + "+" + r.Values[1]} {
				if want[key] == nil {
					want[key] = &Amount{}
				}
				want[key].add(Amount{1, int64(len(r.Text)), r.Tokens})
			}
		}
		if spilled := c.tables[0].sorter != nil; spilled != (room < tallyBytes) {
			t.Fatalf("room %d: spilled %v", room, spilled)
		}
		seen, last := 0, [2]*TableRow{}
		e, err := c.Finish(func(table int, r *TableRow) error {
			seen++
			if w := want[strings.Join(r.Value, "+")]; w == nil || *w != r.Amount {
				t.Errorf("room %d: %v: %v, want %v", room, r.Value, r.Amount, w)
			}
			if before := last[table]; before != nil && before.Amount.Documents < r.Amount.Documents {
				t.Errorf("room %d: %v stands behind %v", room, r.Value, before.Value)
			}
			last[table] = r
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if seen != len(want) || len(e.Tables[0].Rows) != 10 || e.Tables[0].Values != 97 {
			t.Errorf("room %d: %d values, %d and %d of hosts; want %d, 10 and 97", room, seen, len(e.Tables[0].Rows), e.Tables[0].Values, len(want))
		}
		if e.Total.Documents != 3000 || len(e.Sources) != 2 || e.Sources[0].Name != "web" || math.Abs(e.Sources[0].Shares.Documents-2./3) > 1e-9 {
			t.Errorf("room %d: %+v, %+v", room, e.Total, e.Sources[0])
		}
	}
}

// TestTablesInBoundedMemory counts more hosts than the map has room for.
func TestTablesInBoundedMemory(t *testing.T) {
	const hosts = 1_500_000 // with what an entry takes some 200 MB
	c := NewCollector(Options{By: [][]string{{"host"}}, Top: 10, TempDir: t.TempDir()})
	defer c.Close()
	r := &Row{Source: "web", Values: make([]string, 1)}
	var before, m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range hosts {
		r.Values[0] = fmt.Sprintf("host-%d.some-longer-domain.example", i)
		if err := c.Add(r, nil); err != nil {
			t.Fatal(err)
		}
		if i%500_000 == 499_999 {
			runtime.GC()
			runtime.ReadMemStats(&m)
			if used := int64(m.HeapAlloc) - int64(before.HeapAlloc); used > 128<<20 {
				t.Fatalf("%d hosts take %d MiB", i, used>>20)
			}
		}
	}
	e, err := c.Finish(nil)
	if err != nil {
		t.Fatal(err)
	}
	if e.Tables[0].Values != hosts {
		t.Errorf("%d hosts, want %d", e.Tables[0].Values, hosts)
	}
}

// TestDraw: the same documents in any order give the same sample, another seed another
// one, and every document has the same chance.
func TestDraw(t *testing.T) {
	ids := func(list []*Row, d Draw) (s []string) {
		c := NewCollector(Options{Draw: &d})
		for _, r := range list {
			if err := c.Add(&Row{ID: r.ID, Source: r.Source, Text: r.Text, Values: []string{r.Source}}, nil); err != nil {
				t.Fatal(err)
			}
		}
		for _, x := range c.Drawn() {
			s = append(s, x.Source+" "+x.ID)
		}
		return s
	}
	list := rows(600)
	want := ids(list, Draw{Documents: 60, Seed: "a"})
	shuffled := slices.Clone(list)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	if got := ids(shuffled, Draw{Documents: 60, Seed: "a"}); !slices.Equal(got, want) || len(got) != 60 {
		t.Errorf("another order gives %q, want %q", got, want)
	}
	if slices.Equal(ids(list, Draw{Documents: 60, Seed: "b"}), want) {
		t.Error("another seed gives the same sample")
	}
	per := ids(list, Draw{Documents: 250, Per: "source", Seed: "a"})
	web := 0
	for _, s := range per {
		if strings.HasPrefix(s, "web ") {
			web++
		}
	}
	if web != 250 || len(per) != 450 { // there are 400 and 200
		t.Errorf("%d of web, %d in all", web, len(per))
	}
	drawn := map[string]int{}
	for seed := range 1000 {
		for _, id := range ids(list[:20], Draw{Documents: 5, Seed: fmt.Sprint(seed)}) {
			drawn[id]++
		}
	}
	for _, r := range list[:20] {
		if n := drawn[r.Source+" "+r.ID]; n < 180 || n > 320 { // 250 and five of its deviations
			t.Errorf("%s is drawn %d times of 1000, want about 250", r.ID, n)
		}
	}
}

func TestCut(t *testing.T) {
	for _, x := range []struct {
		text string
		n    int
		want string
	}{{"河水", 0, "河水"}, {"河水", 1, "河"}, {"河水", 2, "河水"}, {"河水", 3, "河水"}, {"", 1, ""}} {
		if got := cut(x.text, x.n); got != x.want {
			t.Errorf("%q at %d: %q", x.text, x.n, got)
		}
	}
}

func TestSampleLimits(t *testing.T) {
	c := NewCollector(Options{Draw: &Draw{Documents: 2, Per: "n"}})
	var err error
	for i := 0; err == nil && i <= StrataMax; i++ {
		err = c.Add(&Row{ID: "x", Values: []string{fmt.Sprint(i)}}, nil)
		if err != nil && i != StrataMax {
			t.Errorf("fails at value %d", i)
		}
	}
	if err == nil {
		t.Errorf("takes %d values", StrataMax+1)
	}
}

// TestForReviewer: each reviewer has all documents in an order of its own.
func TestForReviewer(t *testing.T) {
	c := NewCollector(Options{Draw: &Draw{Documents: 50, Seed: "a"}})
	for _, r := range rows(100) {
		if err := c.Add(r, nil); err != nil {
			t.Fatal(err)
		}
	}
	first, second := ForReviewer(c.Drawn(), "a", 1), ForReviewer(c.Drawn(), "a", 2)
	if slices.Equal(first, second) || len(second) != 50 {
		t.Error("both have one order")
	}
	for _, x := range second {
		if !slices.Contains(first, x) {
			t.Errorf("%s is not with the first", x.ID)
		}
	}
}

// plain finds words as they stand.
type plain []string

func (p plain) Scan(text string, found func(word, start, end int)) {
	for w, word := range p {
		for at := 0; ; {
			i := strings.Index(text[at:], word)
			if i < 0 {
				break
			}
			found(w, at+i, at+i+len(word))
			at += i + 1
		}
	}
}

func TestWords(t *testing.T) {
	l := &Lists{}
	for name, text := range map[string]string{"lists/one.v2.txt": "# mine\nriver\ntown # a comment\nriver\n"} {
		if err := l.Read(name, []byte(text), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Read("two.tsv", []byte("\ufeffone\ttown\nmany\ttown\nnone\tnowhere\n"), nil); err != nil {
		t.Fatal(err)
	}
	if got := l.Words(); !slices.Equal(got, []string{"river", "town", "town", "nowhere"}) || l.Files[0].Words != 2 || l.Files[1].Words != 2 || l.Files[0].File != "one.v2.txt" {
		t.Fatalf("%q, %+v", got, l.Files)
	}
	c := NewCollector(Options{Words: l, Passages: 2, Seed: "1"})
	for i := range 10 {
		r := &Row{ID: fmt.Sprint(i), Source: []string{"a", "b"}[i%2], Text: "the town\nand town"}
		if i == 3 {
			r.Text = strings.Repeat("河", 50) + "river" + strings.Repeat("海", 50)
		}
		if i == 4 {
			r.Text = "nothing"
		}
		if err := c.Add(r, Find(plain(l.Words()), r.Text)); err != nil {
			t.Fatal(err)
		}
	}
	e, err := c.Finish(nil)
	if err != nil {
		t.Fatal(err)
	}
	w := e.Words
	if w.Documents != 9 || w.Ratio != .9 || len(w.BySource) != 2 || w.BySource[0] != (SourceCount{"b", Count{5, 1, 17}}) {
		t.Errorf("%+v", w)
	}
	one := w.Categories[0]
	if one.Category != "one" || one.Words != 2 || one.Found != 2 || one.Count != (Count{9, .9, 17}) {
		t.Errorf("%+v", one)
	}
	if len(w.Words) != 3 || w.Words[0].Word != "town" || w.Words[0].Count != (Count{8, .8, 16}) || len(w.Words[0].Passages) != 2 || len(w.All()) != 4 {
		t.Errorf("%+v", w.Words)
	}
	if p := w.Words[2].Passages[0]; p.Before != strings.Repeat("河", 40) || p.Word != "river" || p.After != strings.Repeat("海", 40) || p.ID != "3" {
		t.Errorf("%+v", p)
	}
	if p := w.Words[0].Passages[0]; p.Before != "the " || p.After != " and town" {
		t.Errorf("%+v", p)
	}
	var b bytes.Buffer
	r := &Row{ID: "3", Text: "a river"}
	if err := l.WriteHits(&b, r, Find(plain(l.Words()), r.Text)); err != nil || !strings.Contains(b.String(), `"start":2,"end":7,"passage":"a river"`) {
		t.Errorf("%s: %v", b.String(), err)
	}
}

func TestListsRefuse(t *testing.T) {
	for text, want := range map[string]string{
		"good\n\tbad\n":     "", // blanks around it do not count
		"good\na\tb\tc\n":   "line 2: want a word",
		"good\n\xff\n":      "line 2: not UTF-8",
		"a\n# b\nunwanted ": "line 3: no",
		"":                  "x.txt: no word in it",
		"\n# a\n \n":        "x.txt: no word in it",
		"good\r\nbad\r\n":   "",
		"good\rbad\r":       "line 1: a carriage return inside",
	} {
		l := &Lists{}
		err := l.Read("x.txt", []byte(text), func(word string) error {
			if word == "unwanted" {
				return fmt.Errorf("no")
			}
			return nil
		})
		if want == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	l := &Lists{}
	var b strings.Builder
	for i := range WordsMax {
		fmt.Fprintln(&b, "w", i)
	}
	if err := l.Read("most", []byte(b.String()), nil); err != nil {
		t.Error(err)
	}
	if err := l.Read("more", []byte("one more"), nil); err == nil || !strings.Contains(err.Error(), "more than 200000 words") {
		t.Errorf("takes more words: %v", err)
	}
}

func TestSheets(t *testing.T) {
	drawn := []*Drawn{{ID: "=1+1", URL: "https://a.example/,", Source: "web", Text: "two\nlines, \"quoted\""}, {ID: "b", Source: "@s", Text: "+x"}}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"csv":   func(b *bytes.Buffer) error { return WriteCSV(b, drawn) },
		"jsonl": func(b *bytes.Buffer) error { return WriteJSONL(b, drawn) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		got, err := ReadSheet(bytes.NewReader(b.Bytes()))
		if err != nil || len(got) != 2 || got[0].Verdict != Open {
			t.Fatalf("%s: %+v, %v", name, got, err)
		}
		e := &Evidence{Sources: []*From{{Name: "web"}, {Name: "@s"}}, Sample: &Sample{Strata: []*Stratum{{}}, Drawn: []SampleID{{"=1+1", "web", 0}, {"b", "@s", 0}}}}
		if _, err := e.Review([]NamedSheet{{"x", got}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name == "csv" {
			rows, err := csv.NewReader(bytes.NewReader(b.Bytes()[3:])).ReadAll()
			if err != nil || rows[1][0] != "'=1+1" || rows[2][3] != "'+x" || rows[1][3] != drawn[0].Text {
				t.Errorf("%q, %v", rows, err)
			}
		}
	}
}

func TestReadSheet(t *testing.T) {
	for text, want := range map[string]string{
		"id,verdict\na,pass\nb,FAIL\nc,\nd, 不合格 \n":              "[{a  1 2} {b  2 3} {c  0 4} {d  2 5}]",
		"Verdict,note,ID,source\npass,\"x\ny\",a,s\nfail,,b,s\n": "[{a s 1 2} {b s 2 4}]", // a cell of two lines
		"id,verdict\n\na\n": "[{a  0 3}]",
		"{\"id\":\"a\",\"verdict\":\"pass\"}\n\n{\"id\":\"b\",\"source\":\"s\",\"verdict\":\"fail\",\"more\":1}": "[{a  1 1} {b s 2 3}]",
		"id;text;verdict\r\na;\"x, y; z\";pass\r\nb;;fail\r\n":                                                   "[{a  1 2} {b  2 3}]",
		"id\ttext\tverdict\na\tx, y; z\tpass\n":                                                                  "[{a  1 2}]",
		"sep=;\r\nid;verdict\r\na;pass\r\n":                                                                      "[{a  1 3}]",
		"sep=;":                                                                                                  "the sheet is empty",
		"sep=x\nid,verdict\n":                                                                                    "line 1: want the columns id and verdict",
		"id,verdict,note\n,,\na,,\n,\n":                                                                          "[{a  0 3}]", // rows that a spreadsheet saves behind the last one
		"id,verdict,note\n,,x\n":                                                                                 "line 2: no id",
		"id,verdict\n\xd6\xd0,\xb2\xbb\xba\xcf\xb8\xf1\n":                                                        "[{中  2 2}]", // GB 18030
		"id,verdict\na,\xff\n":                                                                                   "is no verdict",
		"\xff\xfei\x00d\x00\t\x00v\x00e\x00r\x00d\x00i\x00c\x00t\x00\n\x00a\x00\t\x00\x08T<h\n\x00": "[{a  1 2}]",
		"":                                   "the sheet is empty",
		"id,note\na,b\n":                     "line 1: want the columns id and verdict",
		"id,verdict\na,pass\nb,good\n":       `line 3: "good" is no verdict`,
		"id,verdict\n ,pass\n":               "line 2: no id",
		"{\"id\":\"a\"}":                     "line 1: want id and verdict",
		"{\"id\":\"a\",\"verdict\":1}":       "line 1: ",
		"{\"id\":\"a\",\"verdict\":\"\"}\n[": "line 2: ",
		"id,verdict\n\"a,pass\n":             "quote",
	} {
		got, err := ReadSheet(strings.NewReader(text))
		s := fmt.Sprint(got)
		if err != nil {
			s = err.Error()
		}
		if s != want && (err == nil || !strings.Contains(s, want)) {
			t.Errorf("%q: %s, want %s", text, s, want)
		}
	}
}

// TestWilson has values of Newcombe (1998), table I.
func TestWilson(t *testing.T) {
	for _, x := range []struct {
		k, n      int64
		low, high float64
	}{{81, 263, .2553, .3662}, {15, 148, .0624, .1605}, {0, 20, 0, .1611}, {1, 29, .0061, .1718}, {20, 20, .8389, 1}, {0, 0, 0, 1}} {
		got := Wilson(x.k, x.n)
		if math.Abs(got.Low-x.low) > 5e-5 || math.Abs(got.High-x.high) > 5e-5 {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f", x.k, x.n, got.Low, got.High, x.low, x.high)
		}
	}
}

// TestAgree: kappa by hand, and its error against a bootstrap.
func TestAgree(t *testing.T) {
	a := Agree(20, 5, 10, 15)
	if math.Abs(*a.Kappa-.4) > 1e-12 || *a.Ratio != .7 {
		t.Errorf("%v, %v", *a.Kappa, *a.Ratio)
	}
	r := rand.New(rand.NewPCG(1, 2))
	var list []float64
	for range 4000 {
		var n [4]int64
		for range 200 {
			x := r.IntN(50)
			switch {
			case x < 20:
				n[0]++
			case x < 25:
				n[1]++
			case x < 35:
				n[2]++
			default:
				n[3]++
			}
		}
		list = append(list, *Agree(n[0], n[1], n[2], n[3]).Kappa)
	}
	slices.Sort(list)
	b := Agree(80, 20, 40, 60)
	if math.Abs(b.KappaInterval.Low-list[100]) > .02 || math.Abs(b.KappaInterval.High-list[3899]) > .02 {
		t.Errorf("%+v, the bootstrap has %.3f to %.3f", *b.KappaInterval, list[100], list[3899])
	}
	if a := Agree(10, 0, 0, 0); a.Kappa != nil || *a.Ratio != 1 {
		t.Errorf("%+v", a)
	}
	if a := Agree(0, 0, 0, 0); a.Kappa != nil || a.Ratio != nil {
		t.Errorf("%+v", a)
	}
	if a := Agree(5, 0, 0, 5); *a.Kappa != 1 || a.KappaInterval.Low != 1 {
		t.Errorf("%+v", a)
	}
	if a := Agree(0, 5, 5, 0); *a.Kappa != -1 {
		t.Errorf("%+v", a)
	}
}

// TestWeighed: the rate of all documents goes by how many there are of each value.
func TestWeighed(t *testing.T) {
	e := &Evidence{Sample: &Sample{Per: "lang", Strata: []*Stratum{{"en", 900, 10}, {"zh", 100, 10}}}}
	var judged []Judged
	for i := range 20 {
		id := fmt.Sprint(i)
		e.Sample.Drawn = append(e.Sample.Drawn, SampleID{id, "web", i / 10})
		v := Pass
		if i >= 15 {
			v = Fail
		}
		judged = append(judged, Judged{ID: id, Verdict: v, Line: i})
	}
	review := func(judged []Judged) *Review {
		r, err := e.Review([]NamedSheet{{"x", judged}})
		if err != nil {
			t.Fatal(err)
		}
		return r.Reviews[0]
	}
	r := review(judged)
	if math.Abs(*r.Ratio-.95) > 1e-12 || r.Judged != 20 || r.Passed != 15 {
		t.Errorf("%v of %+v", *r.Ratio, r.Rate)
	}
	en, zh := Wilson(10, 10), Wilson(5, 10)
	low := .95 - math.Hypot(.9*(1-en.Low), .1*(.5-zh.Low))
	if math.Abs(r.Interval.Low-low) > 1e-12 || r.Interval.High > 1 {
		t.Errorf("%+v, want %v", r.Interval, low)
	}
	if r = review(judged[:10]); r.Ratio != nil || r.Interval != (Interval{0, 1}) || r.Missing != 10 {
		t.Errorf("of Chinese nothing is known, and all is %+v", r.Rate)
	}
	e.Sample.Strata = e.Sample.Strata[:1]
	e.Sample.Drawn, judged = e.Sample.Drawn[:10], judged[:10]
	if r = review(judged); math.Abs(r.Interval.Low-en.Low) > 1e-9 || r.Interval.High != 1 {
		t.Errorf("one value: %+v, want %+v", r.Interval, en)
	}
}

func TestBy(t *testing.T) {
	for s, want := range map[string]string{"a": "[a]", "a+b": "[a b]", " a + b ": "[a b]", "": "", "a+": "", "a+a": "", "a+b+c+d": "[a b c d]", "a+b+c+d+e": ""} {
		got, err := By(s)
		if (err != nil) != (want == "") || err == nil && fmt.Sprint(got) != want {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	for s, want := range map[string]bool{"license": true, "consent_train": true, "Licence": true, "lang": false, "copyright_holder": true} {
		if Terms(s) != want {
			t.Errorf("%s: %v", s, !want)
		}
	}
}

func TestReadBack(t *testing.T) {
	c := NewCollector(Options{By: [][]string{{"host"}}, Top: 5, Draw: &Draw{Documents: 5, Seed: "a"}})
	for _, r := range rows(50) {
		if err := c.Add(r, nil); err != nil {
			t.Fatal(err)
		}
	}
	e, err := c.Finish(nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Read(b)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := back.Encode(); err != nil || !bytes.Equal(again, b) {
		t.Errorf("%v\n%s", err, again)
	}
	for _, change := range [][2]string{{`"version": 1`, `"version": 2`}, {`"stratum": 0`, `"stratum": 1`}, {`"stratum": 0`, `"stratum": -1`}, {`"source": "web"`, `"source": "x"`}, {`"sources": [`, `"sources": [null,`}, {`"strata": [`, `"strata": [null,`}} {
		if _, err := Read([]byte(strings.Replace(string(b), change[0], change[1], 1))); err == nil {
			t.Errorf("takes %s", change[1])
		}
	}
}

func FuzzReadSheet(f *testing.F) {
	f.Add("id,verdict\na,pass\n")
	f.Add("\ufeffid,source,verdict\na,s,合格\n")
	f.Add("{\"id\":\"a\",\"verdict\":\"fail\"}\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ReadSheet(strings.NewReader(text))
		if err != nil {
			return
		}
		line := 0
		for _, x := range list {
			if strings.TrimSpace(x.ID) == "" || x.Line <= line || x.Verdict < Open || x.Verdict > Fail {
				t.Fatalf("%q: %+v behind line %d", text, x, line)
			}
			line = x.Line
		}
	})
}

func FuzzLists(f *testing.F) {
	f.Add("a\nb\tc\n# d\n")
	f.Fuzz(func(t *testing.T, text string) {
		l := &Lists{}
		if err := l.Read("own.txt", []byte(text), nil); err != nil {
			return
		}
		for i, w := range l.Words() {
			if w == "" || strings.ContainsAny(w, "\t\n") || w != strings.TrimSpace(w) {
				t.Fatalf("%q: word %d is %q", text, i, w)
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(`{"version":1,"sources":[{"name":"web"}],"sample":{"strata":[{}],"documents":[{"id":"a","source":"web","stratum":0}]}}`)
	f.Fuzz(func(_ *testing.T, text string) {
		e, err := Read([]byte(text))
		if err != nil || e.Sample == nil {
			return
		}
		var rows []Judged
		for i, d := range e.Sample.Drawn {
			rows = append(rows, Judged{d.ID, d.Source, Pass, i})
		}
		_, _ = e.Review([]NamedSheet{{"x", rows}, {"y", rows}}) // it may refuse, and does not panic
	})
}

// A source may have an ID several times: each row of the sheet is then one of its documents.
func TestReviewOfEqualIDs(t *testing.T) {
	e := &Evidence{Sources: []*From{{Name: "a"}, {Name: "b"}}, Sample: &Sample{Strata: []*Stratum{{}},
		Drawn: []SampleID{{"x", "a", 0}, {"x", "a", 0}, {"y", "a", 0}, {"z", "a", 0}, {"z", "b", 0}}}}
	for sheet, want := range map[string]string{
		"id,source,verdict\nx,a,pass\nx,a,fail\ny,a,pass\nz,a,\nz,b,fail\n": "",
		"id,verdict\nx,pass\nx,fail\n":                                      "",
		"id,verdict\nx,pass\nx,fail\nx,fail\n":                              "line 4: x stands there more often than the 2 times of the sample",
		"id,verdict\ny,pass\ny,pass\n":                                      "line 3: y stands there twice",
		"id,verdict\nz,pass\n":                                              "line 2: z: several sources have it",
		"id,source,verdict\nx,b,pass\n":                                     "line 2: x is not of the sample",
	} {
		rows, err := ReadSheet(strings.NewReader(sheet))
		if err != nil {
			t.Fatal(err)
		}
		r, err := e.Review([]NamedSheet{{"s", rows}})
		switch {
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)), want == "" && err != nil:
			t.Errorf("%q: %v, want %q", sheet, err, want)
		case want == "" && (r.Reviews[0].Missing != 5-len(rows) || r.Reviews[0].Passed+r.Reviews[0].Judged < 3):
			t.Errorf("%q: %+v", sheet, r.Reviews[0])
		}
	}
}
