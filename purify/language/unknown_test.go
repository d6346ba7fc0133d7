package language

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
)

// Article 1 of the Universal Declaration of Human Rights.
const (
	tongan  = "Ko e kotoa ‘o ha’a tangata ‘oku fanau’i mai ‘oku tau’ataina pea tatau ‘i he ngeia mo e ngaahi totonu. Na’e fakanaunau’i kinautolu ‘aki ‘a e ‘atamai mo e konisenisi pea ‘oku totonu ke nau feohi ‘i he laumalie ‘o e nofo fakatautehina."
	hausa   = "Su dai yan-adam, ana haifuwarsu ne duka yantattu, kuma kowannensu na da mutunci da hakkoki daidai da na kowa. Suna da hankali da tunani, saboda haka duk abin da za su aikata wa juna, ya kamata su yi shi a cikin yan-uwanci."
	program = "for (int i = 0; i < n; i++) { a[i] = b[(i * 7) % n]; if (a[i] == 0) { return -1; } }\n"
)

func TestUnknown(t *testing.T) {
	s := open(t, Language{Keep: map[string]float64{"en": 0}})
	for _, c := range []struct{ text, lang, rule string }{
		{tongan, Undetermined, "language"}, {hausa, "ha", "language"}, {"12:30", Undetermined, "no_text"},
		{strings.Repeat(program, 10), NoLanguage, "language"}, {english, "en", ""},
		{english + strings.Repeat("M-4711  12 x 30 mm  17.20\n", 20), "en", ""}, // the list does not count
		{strings.Repeat(tongan+"\n", 3) + chinese, Undetermined, "language"},
	} {
		d := &corpus.Document{Text: c.text}
		v, err := s.Apply(d)
		if err != nil || d.Lang != c.lang || v.Rule != c.rule || v.Rule == "language" && v.Detail != c.lang || (d.LangScore == 0) != (c.lang == Undetermined) {
			t.Errorf("%.30q: %s %.4f, %v, want %s", c.text, d.Lang, d.LangScore, v, c.lang)
		}
	}
}

// The share of code's signs in a window at both sides of its limit.
func TestCoded(t *testing.T) {
	for _, c := range []struct {
		letters, marks, digits int
		want                   bool
	}{{88, 12, 0, false}, {87, 13, 0, true}, {88, 0, 36, false}, {87, 0, 38, true}, {10, 0, 0, false}, {0, 0, 5, true}, {0, 0, 0, false}} {
		var l letters
		l.count(strings.Repeat("a", c.letters) + strings.Repeat("{", c.marks) + strings.Repeat("7", c.digits))
		if l.signsAbove(signsOfCode) != c.want {
			t.Errorf("%+v: %v", c, !c.want)
		}
	}
}

// Sums in lanes are those of one weight after the other, over many flushes, in steps of
// this processor and in plain ones.
func TestLanes(t *testing.T) {
	m, err := loadModel()
	if err != nil {
		t.Fatal(err)
	}
	s := &m.scripts[0]
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 10*laneFull + 1 {
		var got tally
		var plain, want [maxLanguages]int32
		for range n {
			row := r.IntN(len(s.weights) / s.width)
			if got.added == laneFull {
				s.flush(&got)
			}
			got.rows[got.added] = uint32(row)
			got.added++
			plainAdd(&plain, s.weights, s.width, []uint32{uint32(row)})
			for i, x := range s.weights[row*s.width:][:s.width] {
				for l := range lanes {
					want[i*lanes+l] += int32(x >> (16 * l) & 0xFFFF)
				}
			}
		}
		s.flush(&got)
		if got.sums != want || plain != want {
			t.Fatalf("the sums of %d rows differ", n)
		}
	}
	for _, x := range s.weights {
		for l := range lanes {
			if w := x >> (16 * l) & 0xFFFF; w > laneBias+maxGram*127 {
				t.Fatalf("a weight of %d", w)
			}
		}
	}
}
