package spam

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unsafe"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// spamOfNoList has no word of a list.
const spamOfNoList = "主页有惊喜懂的来，老地方上车❤❤不满意不要钱➡️x9k.cc"

// scoreIn is the highest score of a line of a text, and whether the model cut it.
func scoreIn(t *testing.T, cfg ChineseSpam, text string) (score float64, learned int64) {
	t.Helper()
	cells := make([]corpus.Value, len(columns))
	if _, err := openSpam(t, cfg).Attach(&corpus.Document{Text: text}, cells); err != nil {
		t.Fatal(err)
	}
	return cells[2].Float, cells[4].Int
}

// TestModelScore: a line is spam from the score of the setting on, not below.
func TestModelScore(t *testing.T) {
	text := zhProse(6) + spamOfNoList
	score, learned := scoreIn(t, ChineseSpam{}, text)
	if score < 0.9 || learned != 1 {
		t.Fatalf("score %g, %d lines", score, learned)
	}
	if score > 1-1e-6 {
		t.Fatalf("a score of %g has no place above it", score)
	}
	f := func(limit stage.Limit, want int64) {
		t.Helper()
		if _, got := scoreIn(t, ChineseSpam{ModelScore: limit}, text); got != want {
			t.Errorf("%v: %d lines, want %d", limit, got, want)
		}
	}
	f(stage.At(score), 1)
	f(stage.At(score-1e-4*(1-score)), 1)
	f(stage.At(score+1e-4*(1-score)), 0)
	f(stage.Off(), 0)
	doc := &corpus.Document{Text: text}
	if _, err := openSpam(t, ChineseSpam{ModelScore: stage.Off()}).Apply(doc); err != nil || doc.Text != text {
		t.Errorf("off: %v, %q", err, doc.Text)
	}
	for _, bad := range []float64{-1, 0, 1, 2} {
		if err := (&ChineseSpam{ModelScore: stage.At(bad), MaxListBytes: 1}).Validate(); err == nil || !strings.Contains(err.Error(), "model_score") {
			t.Errorf("%g: %v", bad, err)
		}
	}
}

// TestModelAllows: what the model finds is left where it is of a kind that is allowed.
func TestModelAllows(t *testing.T) {
	if _, n := scoreIn(t, ChineseSpam{Allow: []string{"learned"}}, zhProse(6)+spamOfNoList); n != 0 {
		t.Error("a line of no kind is cut though learned is allowed")
	}
}

// TestParseLineModel: what is packed comes back, and damage is told.
func TestParseLineModel(t *testing.T) {
	shapes, grams := make([]float64, MaxShape), make([]float64, 1<<minGramBits)
	shapes[3], grams[7] = -1.5, 0.25
	packed, err := PackLineModel(-2, shapes, grams, minGramBits)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseLineModel(packed)
	if err != nil {
		t.Fatal(err)
	}
	if m.bias != -2<<fixedBits || m.shapes[3] != -3<<(shapeBits-1) || m.grams[7] < 126 {
		t.Errorf("bias %d, shape %d, gram %d", m.bias, m.shapes[3], m.grams[7])
	}
	if got := m.margin(nil, []uint16{3}); got != -7<<(fixedBits-1) {
		t.Errorf("margin %d", got)
	}
	for _, bad := range [][]byte{nil, packed[:20], packed[:len(packed)-1], bytes.Repeat([]byte{1}, 100)} {
		if _, err := ParseLineModel(bad); !errors.Is(err, errModel) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
	if _, err := PackLineModel(0, shapes, grams, minGramBits-1); err == nil {
		t.Error("too few bits")
	}
}

func FuzzParseLineModel(f *testing.F) {
	f.Add(modelFile)
	f.Fuzz(func(t *testing.T, packed []byte) {
		if m, err := ParseLineModel(packed); err == nil && len(m.grams) == 0 {
			t.Error("no weights")
		}
	})
}

func TestLineBytes(t *testing.T) {
	if n := unsafe.Sizeof(spamLine{}); n > lineBytes {
		t.Errorf("a line takes %d bytes", n)
	}
}
