package report

import (
	"math"
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/stage"
)

// What small files leave goes to the large ones, and never more than the budget.
func TestShare(t *testing.T) {
	for _, c := range []struct {
		rows   []int64
		budget int64
		want   int64
	}{
		{[]int64{10, 10}, 100, math.MaxInt64},
		{[]int64{10, 10}, 20, math.MaxInt64},
		{[]int64{10, 10}, 19, 9},
		{[]int64{1, 1000, 1000}, 101, 50},
		{[]int64{5}, 0, 0},
	} {
		var files []stage.Part
		for _, n := range c.rows {
			files = append(files, stage.Part{Rows: n})
		}
		if got := share(files, c.budget); got != c.want {
			t.Errorf("%v of %d: %d, want %d", c.rows, c.budget, got, c.want)
		}
	}
}

// However many files and rows there are, a survey reads a bounded number of them.
func TestEvenly(t *testing.T) {
	for _, n := range []int{0, 1, surveyFiles, surveyFiles + 1, 5000} {
		var files []stage.Part
		for range n {
			files = append(files, stage.Part{Rows: 100_000, Bytes: 300 << 20})
		}
		s := evenly(files, 60)
		if len(s.files) != min(n, surveyFiles) || s.of != int64(n)*100_000 {
			t.Errorf("%d files: %d of %d rows", n, len(s.files), s.of)
		}
		rows, text := int64(0), int64(0)
		for range s.files {
			rows, text = rows+min(s.rows, 100_000), text+min(s.text, 100_000)*(300<<20)/100_000
		}
		if rows > surveyCells/60 || text > surveyText {
			t.Errorf("%d files: %d rows, %d bytes of text", n, rows, text)
		}
	}
}

func TestNearest(t *testing.T) {
	var n nearest
	for _, x := range []struct {
		id   string
		far  float64
		text string
	}{{"a", 5, ""}, {"b", 3, "t"}, {"c", 9, "t"}, {"d", 1, ""}, {"e", 2, "t"}} {
		n.take(&seen{Sample: &Sample{ID: x.id, Text: x.text}, far: x.far}, 3)
	}
	var got []string
	for _, x := range n.list {
		got = append(got, x.ID)
	}
	if want := []string{"e", "b", "c"}; !slices.Equal(got, want) { // those with a text come first
		t.Errorf("%v, want %v", got, want)
	}
}

// The rejects of a rule find the value that it was held against.
func TestMatch(t *testing.T) {
	panels := func() []*gauge {
		var list []*gauge
		for _, p := range []struct {
			name  string
			limit float64
			least bool
		}{{"line_punct_ratio", 0.12, true}, {"words", 50, true}, {"digit_ratio", 0.3, false}, {"dup_13_gram_ratio", 0.3, false}, {"sentence_char_ratio", 0.3, true}, {"han_ratio", 0.3, true}} {
			list = append(list, &gauge{Panel: &Panel{Stage: "s", Name: p.name, Column: "sig_s_" + p.name, Limits: []LimitLine{{Value: p.limit, Least: p.least}}}})
		}
		return list
	}
	for _, c := range []struct {
		rule         string
		value, limit float64
		want         string
	}{
		{"line_punct_ratio", 0.1, 0.12, "line_punct_ratio"},
		{"gopher_short_doc", 10, 50, "words"}, // the only one with that limit
		{"gopher_long_doc", 60, 50, ""},       // on the other side of it
		{"high_digit_ratio", 0.5, 0.3, "digit_ratio"},
		{"dup_13_grams", 0.5, 0.3, "dup_13_gram_ratio"},
		{"few_sentences", 0.1, 0.3, "sentence_char_ratio"},
		{"low_han_ratio", 0.1, 0.3, "han_ratio"},
		{"something_else", 0.1, 0.3, ""}, // two have it
		{"other", 1, 7, ""},
	} {
		s := &surveyor{panels: panels()}
		r := &ruleSeen{stage: "s", rule: c.rule, values: []float64{c.value}, held: []float64{c.limit}}
		got := ""
		if p := s.match(r, c.limit); p != nil {
			got = p.Name
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
}

// A card is somebody's own as soon as a byte of it is another.
func TestCardIsOurs(t *testing.T) {
	card := sealCard([]byte("---\n---\n# x\n"))
	if !ours(card) {
		t.Error("it is ours")
	}
	for _, other := range []string{"", "# mine\n", string(card[1:]), string(card) + "\n", string(card[:len(card)-1])} {
		if ours([]byte(other)) {
			t.Errorf("%q is not ours", other)
		}
	}
}

func TestToMeasure(t *testing.T) {
	for _, c := range []struct{ n, kept, want int }{
		{0, 0, 0}, {249, 249, 249}, {250, 250, 250}, {251, 251, 250}, {1000, 2007, 250}, {1000, 2008, 251},
		{1000, 7999, 999}, {1000, 8000, 1000}, {1000, 1 << 40, 1000}, {100, 1 << 40, 100},
	} {
		if got := toMeasure(c.n, int64(c.kept)); got != c.want {
			t.Errorf("of %d chosen among %d kept %d are measured, want %d", c.n, c.kept, got, c.want)
		}
	}
}
