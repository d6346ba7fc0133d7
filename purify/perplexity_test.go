package purify

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

const perplexityData = "testdata/perplexity/"

// perplexityGolden is a line of what bench/parity/kenlm/perplexity.py writes: what
// CCNet's own steps give, of the whole text and by lines.
type perplexityGolden struct {
	Text, Normal  string
	Pieces, Words [2]*float64
}

func readPerplexityGolden(t testing.TB) (g []perplexityGolden) {
	t.Helper()
	raw, err := os.ReadFile(perplexityData + "golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func openPerplexity(t testing.TB, p Perplexity) *PerplexityStage {
	t.Helper()
	s, err := OpenPerplexity(t.Context(), p, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestTextEqualsCCNet(t *testing.T) {
	for _, g := range readPerplexityGolden(t) {
		if got := string(text.AppendCCNet([]byte("> "), g.Text)); got != "> "+g.Normal {
			t.Errorf("%q: %q, want %q", g.Text, got[2:], g.Normal)
		}
	}
}

func TestPerplexityEqualsCCNet(t *testing.T) {
	for _, c := range []struct {
		settings Perplexity
		want     func(perplexityGolden) [2]*float64
	}{
		{Perplexity{Model: perplexityData + "words.trie"}, func(g perplexityGolden) [2]*float64 { return g.Words }},
		{Perplexity{Model: perplexityData + "pieces.trie", SentencePiece: perplexityData + "model.model"}, func(g perplexityGolden) [2]*float64 { return g.Pieces }},
	} {
		for i, dialect := range []string{"ccnet", "lines"} {
			c.settings.Dialect = dialect
			s := openPerplexity(t, c.settings)
			for _, g := range readPerplexityGolden(t) {
				got, want := s.Score("", g.Text), math.NaN()
				if w := c.want(g)[i]; w != nil {
					want = *w
				}
				if math.Abs(got-want) > 1e-12*want || math.IsNaN(got) != math.IsNaN(want) {
					t.Errorf("%s %s: %q: %v, want %v", c.settings.Model, dialect, g.Text, got, want)
				}
			}
		}
	}
}

// perplexityOf returns the values of a text and the verdict.
func perplexityOf(t *testing.T, s *PerplexityStage, d *corpus.Document) (*corpus.Values, corpus.Verdict) {
	t.Helper()
	v := corpus.NewValues(perplexityColumns)
	if err := s.Measure(d, v); err != nil {
		t.Fatal(err)
	}
	return v, s.Decide(v)
}

const mill = "the miller grinds the grain before dawn"

func TestPerplexityBuckets(t *testing.T) {
	model := perplexityData + "words.trie"
	x := openPerplexity(t, Perplexity{Model: model}).Score("", mill)
	up, down := math.Nextafter(x, 1e9), math.Nextafter(x, 0)
	for _, c := range []struct {
		name   string
		p      Perplexity
		bucket float64
		rule   string
	}{
		{"no limits", Perplexity{}, math.NaN(), ""},
		{"no limits, tail dropped", Perplexity{Keep: []string{"head"}}, math.NaN(), ""},
		{"below head_max", Perplexity{HeadMax: stage.At(up)}, 0, ""},
		{"at head_max", Perplexity{HeadMax: stage.At(x)}, 1, ""},
		{"below tail_min", Perplexity{TailMin: stage.At(up)}, 1, ""},
		{"at tail_min", Perplexity{TailMin: stage.At(x)}, 2, ""},
		{"both, between", Perplexity{HeadMax: stage.At(down), TailMin: stage.At(up)}, 1, ""},
		{"tail dropped", Perplexity{HeadMax: stage.At(1), TailMin: stage.At(x), Keep: []string{"head", "middle"}}, 2, "tail"},
		{"middle dropped", Perplexity{HeadMax: stage.At(1), TailMin: stage.At(up), Keep: []string{"head", "tail"}}, 1, "middle"},
		{"head dropped", Perplexity{HeadMax: stage.At(up), Keep: []string{"tail"}}, 0, "head"},
		{"ccnet without languages", Perplexity{Dialect: "ccnet"}, math.NaN(), ""},
	} {
		c.p.Model = model
		v, verdict := perplexityOf(t, openPerplexity(t, c.p), &corpus.Document{Text: mill})
		if got := v.Get(perplexityBucket); got != c.bucket && (got == got || c.bucket == c.bucket) || verdict.Rule != c.rule {
			t.Errorf("%s: bucket %v, %v; want %v, %q", c.name, got, verdict, c.bucket, c.rule)
		}
		if verdict.Rule == "tail" && (verdict.Value != x || verdict.Limit != x) {
			t.Errorf("%s: %+v", c.name, verdict)
		}
	}
}

func TestPerplexityLanguages(t *testing.T) {
	s := openPerplexity(t, Perplexity{HeadMax: stage.At(2), TailMin: stage.At(3), Keep: []string{"head", "middle"}, Models: map[string]PerplexityModel{
		"en": {LM: perplexityData + "words.trie"},
		"de": {LM: perplexityData + "pieces.trie", SP: perplexityData + "model.model", TailMin: stage.Off()},
	}})
	for _, c := range []struct {
		lang  string
		model float64
		rule  string
	}{{"en", 1, "tail"}, {"de", 0, ""}, {"fr", math.NaN(), ""}, {"", math.NaN(), ""}} {
		v, verdict := perplexityOf(t, s, &corpus.Document{Text: mill, Lang: c.lang})
		model, x := v.Get(perplexityModel), v.Get(perplexityValue)
		if model != c.model && (model == model || c.model == c.model) || (x == x) != (model == model) || verdict.Rule != c.rule {
			t.Errorf("%q: model %v, perplexity %v, %v", c.lang, model, x, verdict)
		}
		if got := s.Score(c.lang, mill); got != x && got == got {
			t.Errorf("%q: %v, measured %v", c.lang, got, x)
		}
	}
	ccnet := Perplexity{Dialect: "ccnet", Models: map[string]PerplexityModel{"en": {LM: "x"}, "xx": {LM: "x"}, "zh": {LM: "x", HeadMax: stage.At(7)}}}
	for lang, want := range map[string][2]stage.Limit{
		"en": {stage.At(340), stage.At(520)}, "xx": {stage.Off(), stage.Off()}, "zh": {stage.At(7), stage.At(1950)},
	} {
		if got := ccnet.limitsOf(lang); got != want {
			t.Errorf("%s: %v, want %v", lang, got, want)
		}
	}
}

func TestPerplexityShares(t *testing.T) {
	model := perplexityData + "words.trie"
	s := openPerplexity(t, Perplexity{Model: model, HeadRatio: stage.At(0.3), TailRatio: stage.At(0.4), HeadMax: stage.At(1e9), Keep: []string{"middle"}})
	if got, want := s.Shares(), []stage.Share{{Ratio: 0.3}, {Ratio: 0.4, Highest: true}}; !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
	v, _ := perplexityOf(t, s, &corpus.Document{Text: mill})
	x := v.Get(perplexityValue)
	if b := v.Get(perplexityBucket); b == b {
		t.Errorf("bucket %v before the shares are settled", b)
	}
	for _, c := range []struct {
		limits []float64
		rule   string
	}{
		{[]float64{x, x + 1}, "head"}, {[]float64{x - 1, x}, "tail"}, {[]float64{x - 1, x + 1}, ""}, {[]float64{math.NaN(), math.NaN()}, ""},
	} {
		if got := s.DecideAt(v, c.limits); got.Rule != c.rule {
			t.Errorf("%v: %v, want %q", c.limits, got, c.rule)
		}
	}
	tail := openPerplexity(t, Perplexity{Model: model, TailRatio: stage.At(0.4), HeadMax: stage.At(x + 1), Keep: []string{"tail"}})
	if got := tail.DecideAt(v, []float64{x + 2}); got.Rule != "head" || got.Limit != x+1 {
		t.Errorf("%+v", got)
	}
	if n := openPerplexity(t, Perplexity{Model: model}).Shares(); n != nil {
		t.Error(n)
	}
}

func TestPerplexityMistakes(t *testing.T) {
	en := func(m PerplexityModel) map[string]PerplexityModel { return map[string]PerplexityModel{"en": m} }
	for _, c := range []struct {
		p    Perplexity
		want string
	}{
		{Perplexity{}, "name a KenLM model"},
		{Perplexity{Model: "x", Models: en(PerplexityModel{LM: "x"})}, "not both"},
		{Perplexity{Models: en(PerplexityModel{})}, "models: en: lm"},
		{Perplexity{Models: en(PerplexityModel{LM: "x"}), Pieces: "sentencepiece"}, "models: en: sp: name"},
		{Perplexity{Models: en(PerplexityModel{LM: "x", SP: "y"}), Pieces: "words"}, "models: en: sp: not"},
		{Perplexity{Model: "x", Pieces: "sentencepiece"}, "sentencepiece: name"},
		{Perplexity{Model: "x", SentencePiece: "y", Pieces: "words"}, "sentencepiece: it goes"},
		{Perplexity{Models: en(PerplexityModel{LM: "x"}), SentencePiece: "y"}, "sentencepiece: it goes"},
		{Perplexity{Model: "x", Pieces: "letters"}, "pieces:"},
		{Perplexity{Model: "x", Normalise: "nfc"}, "normalise:"},
		{Perplexity{Model: "x", Dialect: "paragraphs"}, "dialect:"},
		{Perplexity{Model: "x", Keep: []string{"heads"}}, "keep:"},
		{Perplexity{Model: "x", HeadMax: stage.At(0)}, "head_max: 0"},
		{Perplexity{Model: "x", TailMin: stage.At(-1)}, "tail_min: -1"},
		{Perplexity{Model: "x", HeadMax: stage.At(5), TailMin: stage.At(4)}, "head_max: 5 is over"},
		{Perplexity{Models: en(PerplexityModel{LM: "x", TailMin: stage.At(4)}), HeadMax: stage.At(5)}, "models: en: head_max: 5 is over"},
		{Perplexity{Model: "x", HeadRatio: stage.At(1)}, "head_ratio: 1"},
		{Perplexity{Model: "x", TailRatio: stage.At(0)}, "tail_ratio: 0"},
		{Perplexity{Model: "x", HeadRatio: stage.At(0.6), TailRatio: stage.At(0.5)}, "over 1 together"},
	} {
		if _, err := OpenPerplexity(t.Context(), c.p, stage.NewEnv()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.p, err, c.want)
		}
	}
	openPerplexity(t, Perplexity{Model: perplexityData + "words.trie", HeadMax: stage.At(5), TailMin: stage.At(5), HeadRatio: stage.At(0.5), TailRatio: stage.At(0.5)})
	for _, c := range []Perplexity{
		{Model: "none"}, {Model: perplexityData + "golden.json"},
		{Model: perplexityData + "words.trie", SentencePiece: "none"},
		{Models: map[string]PerplexityModel{"de": {LM: perplexityData + "words.trie"}, "en": {LM: perplexityData + "words.trie", SP: perplexityData + "golden.json"}}},
	} {
		if s, err := OpenPerplexity(t.Context(), c, stage.NewEnv()); err == nil {
			t.Errorf("%+v: opened: %v", c, s)
		}
	}
}

func TestPerplexityDigest(t *testing.T) {
	seen := map[string]int{}
	for i, p := range []Perplexity{
		{Model: perplexityData + "words.trie"}, {Model: perplexityData + "pieces.trie"},
		{Model: perplexityData + "pieces.trie", SentencePiece: perplexityData + "model.model"},
		{Models: map[string]PerplexityModel{"en": {LM: perplexityData + "words.trie"}}},
		{Models: map[string]PerplexityModel{"de": {LM: perplexityData + "words.trie"}}},
		{Models: map[string]PerplexityModel{"de": {LM: perplexityData + "words.trie", HeadMax: stage.At(5)}}},
	} {
		d := openPerplexity(t, p).Digest()
		if j, ok := seen[d]; ok || len(d) != 64 {
			t.Errorf("%d and %d: %s", i, j, d)
		}
		seen[d] = i
	}
}

func TestCountUnicodeWords(t *testing.T) {
	for s, want := range map[string]int{"": 0, " ": 0, "a": 1, " a  b ": 2, "a\u00a0b\u3000c": 3, "a\u200bb": 1, "\u00a0": 0} {
		if got := countUnicodeWords(s); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
}

func BenchmarkPerplexity(b *testing.B) {
	doc := strings.Repeat(mill+", they say. Nobody sells no flour at all again!\n", 20)
	for name, p := range map[string]Perplexity{
		"words":  {Model: perplexityData + "words.trie"},
		"pieces": {Model: perplexityData + "pieces.trie", SentencePiece: perplexityData + "model.model"},
	} {
		b.Run(name, func(b *testing.B) {
			s := openPerplexity(b, p)
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				s.Score("", doc)
			}
		})
	}
}
