package spam

import (
	"encoding/json"
	"flag"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/sharedtext"
	"github.com/corpusmill/corpusmill/stage"
)

var labelledFile = flag.String("labelled", "", "JSON Lines of kind, label (spam or sound) and text: print what is cut of them, by counts alone")

var modelScore = flag.Float64("score", 0, "model_score in place of the default")

var otherModel = flag.String("model", "", "a model in place of the embedded one")

// labelled is a passage with what it is.
type labelled struct {
	Kind  string `json:"kind"`
	Label string `json:"label"` // spam or sound
	Text  string `json:"text"`
}

func passages(t testing.TB, path string) (list []labelled) {
	t.Helper()
	sharedtext.Lines(t, path, func(line []byte) {
		var p labelled
		if err := json.Unmarshal(line, &p); err != nil {
			t.Fatal(err)
		}
		p.Text = strings.Trim(p.Text, "\n")
		list = append(list, p)
	})
	return list
}

// tally is what became of the passages of a kind.
type tally struct {
	planted, whole, dropped      int // plantings; those of which nothing is left; articles that went too
	chars, cut                   int // bytes of the passages
	articles, stay               int // bytes of the articles
	sound, lost, soundLine, gone int // sound passages and their lines, and those of which some is cut
}

// tallies plants every passage at head, middle and tail of an article, spam and sound alike.
func tallies(t testing.TB, s *ChineseSpamStage, articles []sharedtext.Gold, list []labelled) map[string]*tally {
	rng := rand.New(rand.NewPCG(5, 6))
	long := slices.DeleteFunc(slices.Clone(articles), func(a sharedtext.Gold) bool { return utf8.RuneCountInString(a.Text) < 300 })
	result := map[string]*tally{}
	for _, p := range list {
		if result[p.Kind] == nil {
			result[p.Kind] = &tally{}
		}
		sum := result[p.Kind]
		for place := range 3 {
			a := long[rng.IntN(len(long))]
			lines := strings.Split(a.Text, "\n")
			at := []int{0, rng.IntN(len(lines) + 1), len(lines)}[place]
			doc := &corpus.Document{Text: strings.Join(slices.Concat(lines[:at], []string{p.Text}, lines[at:]), "\n")}
			v, err := s.Apply(doc)
			if err != nil {
				t.Fatal(err)
			}
			left := map[string]int{}
			if v.Kept() {
				for l := range strings.SplitSeq(doc.Text, "\n") {
					left[l]++
				}
			}
			rest, lost := 0, 0
			for l := range strings.SplitSeq(p.Text, "\n") {
				if left[l] > 0 {
					left[l]--
					rest += len(l)
				} else {
					lost++
				}
			}
			if p.Label != "spam" {
				sum.sound++
				sum.soundLine += 1 + strings.Count(p.Text, "\n")
				sum.gone += lost
				if lost > 0 {
					sum.lost++
				}
				continue
			}
			sum.planted++
			sum.chars += len(p.Text)
			sum.articles += len(a.Text)
			if !v.Kept() {
				sum.dropped++
				continue
			}
			for _, l := range lines {
				if left[l] > 0 {
					left[l]--
					sum.stay += len(l) + 1
				}
			}
			sum.stay--
			for l, n := range left { // sentences that stay of a line
				if n > 0 && !slices.ContainsFunc(lines, func(of string) bool { return strings.HasPrefix(of, l) || strings.HasSuffix(of, l) }) {
					rest += len(l)
				}
			}
			sum.cut += len(p.Text) - min(rest, len(p.Text))
			if rest == 0 {
				sum.whole++
			}
		}
	}
	return result
}

// TestPassages: the model fits what it has learned from, which says nothing of others, and
// sound passages about the same matters stay.
func TestPassages(t *testing.T) {
	files, err := filepath.Glob("train/passages/*.jsonl")
	if err != nil || len(files) < 11 {
		t.Fatal(files, err)
	}
	s, articles := openSpam(t, ChineseSpam{}), sharedtext.Chinese(t, "../..")
	for _, path := range files {
		list := passages(t, path)
		for i := range list[:len(list)/4] { // one of four: planting takes time
			list[i] = list[4*i]
		}
		all := sumOf(tallies(t, s, articles, list[:len(list)/4]))
		t.Logf("%s: %d spam, %.3f cut; %d sound, %d touched", path, all.planted, ratio(all.whole, all.planted), all.sound, all.lost)
		if ratio(all.whole, all.planted) < 0.8 || ratio(all.lost, all.sound) > 0.04 {
			t.Errorf("%s: too little is cut, or too much", path)
		}
	}
}

// TestHeldOut: spam by authors that nothing was learned from is cut, of each kind, and what is
// sound stays.
func TestHeldOut(t *testing.T) {
	s, articles := openSpam(t, ChineseSpam{}), sharedtext.Chinese(t, "../..")
	for _, name := range []string{"plain", "templates"} {
		byKind := tallies(t, s, articles, passages(t, "testdata/heldout/"+name+".jsonl"))
		for kind, p := range byKind {
			if ratio(p.whole, p.planted) < 0.85 || ratio(p.stay, p.articles) < 0.99 {
				t.Errorf("%s %s: %.3f of the passages are cut, %.4f of the articles stay", name, kind, ratio(p.whole, p.planted), ratio(p.stay, p.articles))
			}
		}
		if p := sumOf(sentenceTallies(t, s, articles, passages(t, "testdata/heldout/"+name+".jsonl"))); ratio(p.whole, p.planted) < 0.88 || ratio(p.stay, p.articles) < 0.99 || ratio(p.lost, p.sound) > 0.02 {
			t.Errorf("%s: as sentences of paragraphs %.3f are cut, %.4f of the articles stay, %d of %d sound ones are lost", name, ratio(p.whole, p.planted), ratio(p.stay, p.articles), p.lost, p.sound)
		}
		p := sumOf(byKind)
		t.Logf("%s: %.3f of %d plantings are cut whole, %d of %d sound ones touched, %.4f of the articles stay", name, ratio(p.whole, p.planted), p.planted, p.lost, p.sound, ratio(p.stay, p.articles))
		if ratio(p.whole, p.planted) < 0.92 || ratio(p.lost, p.sound) > 0.02 || p.dropped > 0 || len(byKind) != 12 {
			t.Errorf("%s: %.3f of the passages are cut, %d of %d sound ones are touched", name, ratio(p.whole, p.planted), p.lost, p.sound)
		}
	}
}

// TestLabelledFile prints what is cut of the passages of a file from elsewhere.
func TestLabelledFile(t *testing.T) {
	if *labelledFile == "" {
		t.Skip("no -labelled")
	}
	if *otherModel != "" {
		var err error
		if modelFile, err = os.ReadFile(*otherModel); err != nil {
			t.Fatal(err)
		}
	}
	cfg := ChineseSpam{}
	if *modelScore > 0 {
		cfg.ModelScore = stage.At(*modelScore)
	}
	result := tallies(t, openSpam(t, cfg), sharedtext.Chinese(t, "../.."), passages(t, *labelledFile))
	say := func(kind string, p *tally) {
		t.Logf("%-12s %4d planted, %.3f whole, %.3f of letters, %d dropped, %.4f of articles kept; sound %d, touched %d, lines %d, cut %d",
			kind, p.planted, ratio(p.whole, p.planted), ratio(p.cut, p.chars), p.dropped, ratio(p.stay, p.articles), p.sound, p.lost, p.soundLine, p.gone)
	}
	for _, kind := range slices.Sorted(maps.Keys(result)) {
		say(kind, result[kind])
	}
	say("all", sumOf(result))
}

// sumOf adds up all kinds.
func sumOf(byKind map[string]*tally) *tally {
	var all tally
	for _, p := range byKind {
		all.planted += p.planted
		all.whole += p.whole
		all.dropped += p.dropped
		all.chars += p.chars
		all.cut += p.cut
		all.articles += p.articles
		all.stay += p.stay
		all.sound += p.sound
		all.lost += p.lost
		all.soundLine += p.soundLine
		all.gone += p.gone
	}
	return &all
}

// TestLabelledSentences prints what is cut of the passages of a file that stand as sentences in
// paragraphs.
func TestLabelledSentences(t *testing.T) {
	if *labelledFile == "" {
		t.Skip("no -labelled")
	}
	result := sentenceTallies(t, openSpam(t, ChineseSpam{}), sharedtext.Chinese(t, "../.."), passages(t, *labelledFile))
	for _, kind := range slices.Sorted(maps.Keys(result)) {
		p := result[kind]
		t.Logf("%-12s %4d planted, %.3f cut, %.4f of paragraphs kept; sound %d, lost %d", kind, p.planted, ratio(p.whole, p.planted), ratio(p.stay, p.articles), p.sound, p.lost)
	}
	p := sumOf(result)
	t.Logf("all %4d planted, %.3f cut, %.4f of paragraphs kept; sound %d, lost %d", p.planted, ratio(p.whole, p.planted), ratio(p.stay, p.articles), p.sound, p.lost)
}

// sentenceTallies plants passages of a line between the sentences of paragraphs, and the next
// paragraphs of the same article behind.
func sentenceTallies(t testing.TB, s *ChineseSpamStage, articles []sharedtext.Gold, list []labelled) map[string]*tally {
	rng := rand.New(rand.NewPCG(7, 8))
	var texts [][3]string // before the paragraph, it, behind
	for _, a := range articles {
		at := 0
		for l := range strings.SplitSeq(a.Text, "\n") {
			if strings.Count(l, "。") >= 3 && utf8.RuneCountInString(l) >= 100 && strings.HasSuffix(l, "。") {
				texts = append(texts, [3]string{a.Text[:at], l, a.Text[at+len(l):]})
				break
			}
			at += len(l) + 1
		}
	}
	result := map[string]*tally{}
	for _, p := range list {
		if strings.Contains(p.Text, "\n") {
			continue
		}
		if result[p.Kind] == nil {
			result[p.Kind] = &tally{}
		}
		sum, x := result[p.Kind], texts[rng.IntN(len(texts))]
		planted := strings.TrimRight(p.Text, "！。!?？") + "。"
		at := strings.Index(x[1], "。") + len("。")
		doc := &corpus.Document{Text: x[0] + x[1][:at] + planted + x[1][at:] + x[2]}
		v, err := s.Apply(doc)
		if err != nil {
			t.Fatal(err)
		}
		left := v.Kept() && strings.Contains(doc.Text, planted)
		if p.Label != "spam" {
			sum.sound++
			if !left {
				sum.lost++
			}
			continue
		}
		sum.planted++
		if !left {
			sum.whole++
		}
		all := len(x[0]) + len(x[1]) + len(x[2])
		sum.articles += all
		rest := len(doc.Text)
		if left {
			rest -= len(planted)
		}
		sum.stay += min(all, rest)
	}
	return result
}
