package purify

import (
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/purify/spam"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// benchTexts are the texts of the parity tests.
func benchTexts(b *testing.B, lang string) (texts []string, bytes int64) {
	for _, c := range peerCases(b) {
		if lang == "" || c.Lang.Best == lang {
			texts = append(texts, c.Text)
			bytes += int64(len(c.Text))
		}
	}
	return texts, bytes
}

// benchmark runs work over all texts with one lent view, as a worker does.
func benchmark(b *testing.B, lang string, work func(*corpus.Document)) {
	texts, bytes := benchTexts(b, lang)
	b.SetBytes(bytes)
	b.ReportAllocs()
	var view text.View
	for b.Loop() {
		for _, t := range texts {
			doc := corpus.Document{Text: t}
			doc.Lend(&view)
			work(&doc)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(texts)), "ns/doc")
}

func BenchmarkWordsAndHashes(b *testing.B) {
	benchmark(b, "", func(doc *corpus.Document) { doc.View().Hashes(text.SpacyEnglish) })
}

func BenchmarkGopherRepetition(b *testing.B) { benchmarkMeasure(b, GopherRepetition{}) }

func BenchmarkGopherQuality(b *testing.B) { benchmarkMeasure(b, GopherQuality{}) }

func BenchmarkFineWebQuality(b *testing.B) { benchmarkMeasure(b, FineWebQuality{}) }

// benchmarkMeasure includes the split that the rules share.
func benchmarkMeasure(b *testing.B, m stage.Measurer) {
	v := corpus.NewValues(len(m.Columns()))
	benchmark(b, "", func(doc *corpus.Document) {
		if err := m.Measure(doc, v); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkC4Quality(b *testing.B) {
	benchmark(b, "", func(doc *corpus.Document) {
		if _, err := fineWebC4.Apply(doc); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkChineseQuality(b *testing.B) {
	v := corpus.NewValues(zhColumns)
	benchmark(b, "zh", func(doc *corpus.Document) {
		if err := (ChineseQuality{}).Measure(doc, v); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkFineWebRules runs the four rules of FineWeb's recipe to the first
// that drops, one split for all unless C4Quality edits.
func BenchmarkFineWebRules(b *testing.B) {
	benchmark(b, "", func(doc *corpus.Document) {
		if !(GopherRepetition{}).Keep(doc).Kept() || !(GopherQuality{}).Keep(doc).Kept() {
			return
		}
		if verdict, err := fineWebC4.Apply(doc); err != nil || !verdict.Kept() {
			return
		}
		FineWebQuality{}.Keep(doc)
	})
}

// BenchmarkEnglishRules is BenchmarkFineWebRules on English texts, all rules of each.
func BenchmarkEnglishRules(b *testing.B) {
	benchmark(b, "en", func(doc *corpus.Document) {
		GopherRepetition{}.Keep(doc)
		GopherQuality{}.Keep(doc)
		FineWebQuality{}.Keep(doc)
		if _, err := fineWebC4.Apply(doc); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkChineseRules runs the rules for Chinese on Chinese texts: trim, spam, quality.
func BenchmarkChineseRules(b *testing.B) {
	trim, err := OpenChineseTrim(b.Context(), ChineseTrim{}, stage.NewEnv())
	if err != nil {
		b.Fatal(err)
	}
	cut, err := spam.OpenChineseSpam(b.Context(), spam.ChineseSpam{}, stage.NewEnv())
	if err != nil {
		b.Fatal(err)
	}
	benchmark(b, "zh", func(doc *corpus.Document) {
		_, _ = trim.Apply(doc)
		_, _ = cut.Apply(doc)
		ChineseQuality{}.Keep(doc)
	})
}

// BenchmarkAllValues measures every value of the three threshold rules, and
// lets C4Quality edit what it keeps.
func BenchmarkAllValues(b *testing.B) {
	r, q, f := corpus.NewValues(repColumns), corpus.NewValues(qualColumns), corpus.NewValues(fineColumns)
	benchmark(b, "", func(doc *corpus.Document) {
		_ = GopherRepetition{}.Measure(doc, r)
		_ = GopherQuality{}.Measure(doc, q)
		_, _ = fineWebC4.Apply(doc)
		_ = FineWebQuality{}.Measure(doc, f)
	})
}
