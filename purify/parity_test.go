package purify

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// peerSays is what one filter of datatrove says of one text.
type peerSays struct {
	Keep   bool               `json:"keep"`
	Reason string             `json:"reason"`
	On     string             `json:"on"`
	Stats  map[string]float64 `json:"stats"`
	Chars  int                `json:"text_chars"`
	SHA1   string             `json:"text_sha1"`
}

// peerCase is one text with datatrove's verdicts on it.
type peerCase struct {
	ID   string `json:"id"`
	Text string `json:"-"`
	Lang struct {
		Best string `json:"best"`
	} `json:"lang"`
	Repetition peerSays `json:"gopher_rep"`
	Quality    peerSays `json:"gopher_quality"`
	C4         peerSays `json:"c4"`
	FineWeb    peerSays `json:"fineweb"`
}

// peerCases reads the texts that datatrove's filters were run on, and what they
// said.
func peerCases(tb testing.TB) []peerCase {
	tb.Helper()
	dir := filepath.Join("..", "..", "shared", "data", "expected")
	texts := map[string]string{}
	eachLine(tb, filepath.Join(dir, "text.jsonl.gz"), func(line []byte) {
		var d struct{ ID, Text string }
		if err := json.Unmarshal(line, &d); err != nil {
			tb.Fatal(err)
		}
		texts[d.ID] = d.Text
	})
	var cases []peerCase
	eachLine(tb, filepath.Join(dir, "decisions.jsonl"), func(line []byte) {
		var c peerCase
		if err := json.Unmarshal(line, &c); err != nil {
			tb.Fatal(err)
		}
		if t, ok := texts[c.ID]; ok {
			c.Text = t
			cases = append(cases, c)
		}
	})
	return cases
}

func eachLine(tb testing.TB, path string, yield func([]byte)) {
	tb.Helper()
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		tb.Skipf("%s is absent: no texts to compare", path)
	}
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if filepath.Ext(path) == ".gz" {
		if r, err = gzip.NewReader(f); err != nil {
			tb.Fatal(err)
		}
	}
	s := bufio.NewScanner(r)
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		yield(s.Bytes())
	}
	if s.Err() != nil {
		tb.Fatal(s.Err())
	}
}

// agreement counts the texts on which we and the peer agree.
type agreement struct{ texts, verdicts, reasons, values, valuesOff int }

func (a *agreement) verdict(t *testing.T, id string, got corpus.Verdict, want peerSays) {
	t.Helper()
	a.texts++
	if got.Kept() == want.Keep {
		a.verdicts++
	}
	if got.Rule == want.Reason {
		a.reasons++
	} else {
		t.Logf("%s: %v, datatrove: keep %v %s", id, got, want.Keep, want.Reason)
	}
}

// stat compares one value with the peer's, who rounds to six places.
func (a *agreement) stat(t *testing.T, id, name string, got float64, want peerSays) {
	t.Helper()
	x, ok := want.Stats[name]
	if !ok {
		return
	}
	a.values++
	if math.Abs(got-x) > 1e-6*math.Max(1, math.Abs(x)) {
		a.valuesOff++
		t.Logf("%s: %s %.7g, datatrove %.7g", id, name, got, x)
	}
}

// check fails below a share of agreement.
func (a *agreement) check(t *testing.T, floor float64) {
	t.Helper()
	t.Logf("%d texts: verdict agrees on %d, reason on %d; %d of %d values differ", a.texts, a.verdicts, a.reasons, a.valuesOff, a.values)
	if a.texts == 0 || float64(a.reasons) < floor*float64(a.texts) {
		t.Errorf("reason agrees on %d of %d texts, want %.0f %%", a.reasons, a.texts, 100*floor)
	}
	if float64(a.valuesOff) > (1-floor)*float64(a.values) {
		t.Errorf("%d of %d values differ", a.valuesOff, a.values)
	}
}

// parityFloor is the share of texts on which a rule must give datatrove's
// verdict and reason.
const parityFloor = 1

func measured(tb testing.TB, m stage.Measurer, doc *corpus.Document) *corpus.Values {
	tb.Helper()
	v := corpus.NewValues(len(m.Columns()))
	if err := m.Measure(doc, v); err != nil {
		tb.Fatal(err)
	}
	return v
}

func TestGopherRepetitionParity(t *testing.T) {
	names := [repColumns]string{"", "dup_para_frac", "dup_para_char_frac", "dup_line_frac", "dup_line_char_frac", "top_2_gram", "top_3_gram", "top_4_gram",
		"dup_5_gram", "dup_6_gram", "dup_7_gram", "dup_8_gram", "dup_9_gram", "dup_10_gram"}
	var a agreement
	for _, c := range peerCases(t) {
		doc := &corpus.Document{Text: c.Text}
		a.verdict(t, c.ID, GopherRepetition{}.Keep(doc), c.Repetition)
		v := measured(t, GopherRepetition{}, doc)
		for i, name := range names {
			a.stat(t, c.ID, name, v.Get(i), c.Repetition)
		}
	}
	a.check(t, parityFloor)
}

func TestGopherQualityParity(t *testing.T) {
	names := [qualColumns]string{"n_words", "n_non_symbol_words", "avg_word_len", "hash_ratio", "ellipsis_ratio", "", "bullet_lines", "ellipsis_lines", "alpha_words", "stop_words"}
	var a agreement
	for _, c := range peerCases(t) {
		doc := &corpus.Document{Text: c.Text}
		a.verdict(t, c.ID, GopherQuality{}.Keep(doc), c.Quality)
		v := measured(t, GopherQuality{}, doc)
		for i, name := range names {
			a.stat(t, c.ID, name, v.Get(i), c.Quality)
		}
	}
	a.check(t, parityFloor)
}

// fineWebC4 is C4Quality as FineWeb's recipe has it.
var fineWebC4 = C4Quality{KeepUnterminated: true}

func TestC4AndFineWebParity(t *testing.T) {
	names := [fineColumns]string{"", "line_punct", "short_lines", "char_dup", "", "new_line"}
	var c4, fineWeb agreement
	for _, c := range peerCases(t) {
		doc := &corpus.Document{Text: c.Text}
		verdict, err := fineWebC4.Apply(doc)
		if err != nil {
			t.Fatal(err)
		}
		c4.verdict(t, c.ID, verdict, c.C4)
		if verdict.Kept() && c.C4.Keep {
			c4.values++
			if sha1Hex(doc.Text) != c.C4.SHA1 {
				c4.valuesOff++
				t.Logf("%s: other text than datatrove's", c.ID)
			}
		}
		if (c.FineWeb.On == "c4") != verdict.Kept() {
			continue // other texts
		}
		fineWeb.verdict(t, c.ID, FineWebQuality{}.Keep(doc), c.FineWeb)
		v := measured(t, FineWebQuality{}, doc)
		for i, name := range names {
			fineWeb.stat(t, c.ID, name, v.Get(i), c.FineWeb)
		}
	}
	c4.check(t, parityFloor)
	fineWeb.check(t, parityFloor)
}
