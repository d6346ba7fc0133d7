package purify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/purify/fasttext"
	"github.com/corpusmill/corpusmill/text"
)

// ClassifierPreset is how the users of a published kind of fastText classifier
// prepare a text for it and read its answer. A model's scores mean little with
// texts that are prepared otherwise than those it was trained on.
type ClassifierPreset struct {
	// Name is the preset's name in YAML and on the command line.
	Name string
	// Source is the code that it follows, and with which it was compared.
	Source string
	// Label is the label of wanted texts without "__label__"; "": each model has its
	// own, so that the settings must name it.
	Label string
	// Other is the label of all other texts where the code looks at that alone: the
	// score is 1 less its probability if it is the best label, else that of the best.
	Other string
	// Best says that the code asks for the best label alone: the score is its
	// probability if it is Label, else 1 less that. With neither Best nor Other the
	// score is the probability of Label, the best or not.
	Best bool
	// Graded says that a model whose labels are numbers is read as a scale where no label
	// is named: the score is the expected grade.
	Graded bool
	// MinScore is the least score that the code keeps, 0 to 1; 0: it has none.
	MinScore float64

	prepare func(string) string
}

// Prepare returns the text as the classifier wants it, a single line.
func (p ClassifierPreset) Prepare(s string) string { return p.prepare(s) }

// ClassifierPresets lists the presets; the first one is the default.
func ClassifierPresets() []ClassifierPreset {
	return []ClassifierPreset{
		{Name: "plain", Label: "hq", MinScore: dclmMinScore, prepare: newlinesToSpaces,
			Source: "fastText's own documentation: newlines become spaces"},
		{Name: "dclm", Label: "hq", Other: "cc", MinScore: dclmMinScore, prepare: func(s string) string { return joinLines(strip(s)) },
			Source: "mlfoundations/dclm baselines/mappers/enrichers/quality_prediction_enrichers_calc_fasttext.py"},
		{Name: "redpajama_v2", Label: "wiki", Other: "cc", prepare: func(s string) string { return strip(joinLines(s)) },
			Source: "togethercomputer/RedPajama-Data app/src/core/quality_signals/classifiers.py"},
		{Name: "nemo", Label: "hq", Best: true, prepare: func(s string) string {
			return strings.ReplaceAll(newlinesToSpaces(s), "__label__", " ")
		}, Source: "NVIDIA-NeMo/Curator nemo_curator/stages/text/filters/fasttext/fasttext_filters.py"},
		{Name: "datatrove", prepare: func(s string) string { return strings.ReplaceAll(strip(s), "\n", "") },
			Source: "huggingface/datatrove 0.10.1 pipeline/filters/fasttext_filter.py, newline_replacement left at its default"},
		{Name: "words", Graded: true, prepare: spacedWords,
			Source: "our own, for models of train quality --labelled: words by UAX #29 in lower case"},
		{Name: "dolma_1_7", prepare: func(s string) string { return strings.Join(strings.Fields(s), " ") },
			Source: "allenai/dolma python/dolma/taggers/quality.py, dolma17-quality"},
	}
}

// ClassifierPresetNames lists the names, for messages.
func ClassifierPresetNames() string {
	var names []string
	for _, p := range ClassifierPresets() {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}

// FindClassifierPreset returns the preset of a name; "" stands for the first.
func FindClassifierPreset(name string) (ClassifierPreset, bool) {
	for _, p := range ClassifierPresets() {
		if p.Name == name || name == "" {
			return p, true
		}
	}
	return ClassifierPreset{}, false
}

// labels finds the preset's labels in a model; wanted takes the place of Label. Label
// is not looked for where Other alone counts; -1 stands for what is not looked for.
func (p ClassifierPreset) labels(m *fasttext.Model, wanted string) (label, other int, err error) {
	find := func(name string) int {
		name = fasttext.LabelPrefix + strings.TrimPrefix(name, fasttext.LabelPrefix)
		n := slices.Index(m.Labels(), name)
		if n < 0 && err == nil {
			err = fmt.Errorf("label: the model has no label %q, only %s", name, strings.Join(m.Labels(), " "))
		}
		return n
	}
	if p.Other != "" {
		return -1, find(p.Other), err
	}
	return find(cmp.Or(wanted, p.Label)), -1, err
}

// score reads the answer: labels from best to worst with their probabilities.
func (p ClassifierPreset) score(label, other int, best []fasttext.Prediction) float64 {
	if p.Other == "" && !p.Best {
		for _, x := range best {
			if x.Label == label {
				return min(float64(x.Prob), 1)
			}
		}
		return 0
	}
	x := best[0]
	if p.Best && x.Label != label || p.Other != "" && x.Label == other {
		return max(1-float64(x.Prob), 0)
	}
	return min(float64(x.Prob), 1)
}

func newlinesToSpaces(s string) string { return strings.ReplaceAll(s, "\n", " ") }

// strip is Python's str.strip.
func strip(s string) string { return strings.TrimFunc(s, text.IsSpace) }

// wordScratch are the words of a text at hand.
var wordScratch = sync.Pool{New: func() any { return new([]text.Word) }}

// spacedWords are the words of a text in lower case, one space between them: punctuation
// stands alone, and so does each Chinese character, which fastText would take for a part of
// a word as long as its sentence.
func spacedWords(s string) string {
	words := wordScratch.Get().(*[]text.Word)
	b := make([]byte, 0, len(s)+len(s)/4)
	for line := range strings.SplitSeq(s, "\n") { // no word has the end of a line in it
		*words = text.UAX29.AppendWords((*words)[:0], line)
		for _, w := range *words {
			if len(b) > 0 {
				b = append(b, ' ')
			}
			b = text.AppendLower(b, text.Slice(line, w))
		}
	}
	if cap(*words) <= maxPooledWords {
		wordScratch.Put(words)
	}
	return string(b)
}

// maxPooledWords bounds what is kept for the next text.
const maxPooledWords = 1 << 16

// joinLines is Python's " ".join(s.splitlines()).
func joinLines(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	first := true
	text.SplitLines(s, func(l text.Span) bool {
		if !first {
			b.WriteByte(' ')
		}
		first = false
		b.WriteString(s[l.Start:l.End])
		return true
	})
	return b.String()
}
