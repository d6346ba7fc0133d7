package language

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

var (
	_ stage.Editor   = (*Stage)(nil)
	_ stage.Lister   = (*Stage)(nil)
	_ stage.Digester = (*Stage)(nil)
)

const (
	english = "The people of the town had always thought that the old mill would stand for another hundred years. "
	german  = "Die Leute in der Stadt hatten immer gedacht, dass die alte Mühle noch hundert Jahre stehen würde. "
	chinese = "镇上的人一直以为这座老磨坊还会再屹立一百年。"
)

func TestIdentify(t *testing.T) {
	s := open(t, Language{})
	for text, want := range map[string]string{
		"": "und", "12:30 — 4,5 € !?": "und", "\xff\xfe": "und",
		english: "en", german: "de", chinese: "zh", strings.ToUpper(english): "en",
		"Les habitants de la ville avaient toujours pensé que le vieux moulin tiendrait encore cent ans.":    "fr",
		"Los vecinos del pueblo siempre habían pensado que el viejo molino seguiría en pie otros cien años.": "es",
		"Жители города всегда думали, что старая мельница простоит ещё сто лет.":                             "ru",
		"Жителі міста завжди думали, що старий млин простоїть ще сто років.":                                 "uk",
		"كان سكان المدينة يعتقدون دائما أن الطاحونة القديمة ستبقى مئة عام أخرى":                              "ar",
		"مردم شهر همیشه فکر می\u200cکردند که آسیاب قدیمی صد سال دیگر هم پابرجا خواهد ماند":                   "fa",
		"शहर के लोग हमेशा सोचते थे कि पुरानी चक्की सौ साल और खड़ी रहेगी":                                     "hi",
		"町の人々はいつも、古い水車小屋があと百年は立っているだろうと思っていた。":                                                               "ja",
		"마을 사람들은 오래된 방앗간이 앞으로 백 년은 더 서 있을 것이라고 생각했다.":                                                        "ko",
		"Οι κάτοικοι της πόλης πίστευαν πάντα ότι ο παλιός μύλος θα στεκόταν άλλα εκατό χρόνια.":             "el",
		"אנשי העיירה תמיד חשבו שהטחנה הישנה תעמוד עוד מאה שנה":                                               "he", "ชาวเมืองคิดเสมอว่าโรงสีเก่าจะตั้งอยู่อีกร้อยปี": "th",
		"քաղաքի մարդիկ միշտ կարծում էին": "hy", "ქალაქის ხალხი ყოველთვის ფიქრობდა": "ka",
	} {
		code, score := s.Identify(text)
		if code != want || score < 0 || score > 1 || (want == "und") != (score == 0) {
			t.Errorf("%.40q: %s %.4f, want %s", text, code, score, want)
		}
	}
}

// Shares of scripts at their limits: kana among Han, and mixtures.
func TestScriptShares(t *testing.T) {
	s := open(t, Language{})
	han, kana := strings.Repeat("水", 90), strings.Repeat("の", 10)
	for text, want := range map[string]Scored{
		han + kana: {"ja", 1}, han + "水" + kana[:len(kana)-3]: {"zh", 1},
		strings.Repeat("水", 20) + " " + strings.Repeat("α", 40): {"zh", 0.6}, strings.Repeat("水", 10) + " " + strings.Repeat("α", 70): {"el", 0.7},
	} {
		if code, score := s.Identify(text); code != want.Code || math.Abs(score-want.Score) > 1e-3 {
			t.Errorf("%.30q: %s %.4f, want %v", text, code, score, want)
		}
	}
	_, pure := s.Identify(strings.Repeat(english, 10))
	_, mixed := s.Identify(strings.Repeat(english, 6) + strings.Repeat(german, 4))
	if pure < 0.9 || mixed > 0.75 || mixed < 0.45 {
		t.Errorf("pure %.2f, six tenths %.2f", pure, mixed)
	}
}

func TestVerdicts(t *testing.T) {
	en := strings.Repeat(english, 3)
	_, score := open(t, Language{}).Identify(en)
	for _, c := range []struct {
		text string
		keep map[string]float64
		want corpus.Verdict
	}{
		{en, nil, corpus.Keep}, {"42", nil, corpus.Keep}, {"42", map[string]float64{"en": 0}, corpus.Verdict{Rule: "no_text", Limit: 1}},
		{en, map[string]float64{"en": score}, corpus.Keep}, {en, map[string]float64{"en": 0, "zh": 1}, corpus.Keep},
		{en, map[string]float64{"en": math.Nextafter(score, 2)}, corpus.Verdict{Rule: "language_score", Value: score, Limit: math.Nextafter(score, 2), Detail: "en"}},
		{en, map[string]float64{"zh": 0}, corpus.Verdict{Rule: "language", Value: score, Detail: "en"}},
	} {
		d := &corpus.Document{Text: c.text}
		v, err := New(c.keep, mustDetector(t), "x").Apply(d)
		if err != nil || v != c.want {
			t.Errorf("%.10q %v: %v %v, want %v", c.text, c.keep, v, err, c.want)
		}
		if d.Text != c.text || d.Lang == "" {
			t.Errorf("text changed or no language: %+v", d)
		}
	}
}

func mustDetector(t testing.TB) *ScriptDetector {
	d, err := NewScriptDetector(nil, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSettings(t *testing.T) {
	for _, ok := range []Language{{}, {Keep: map[string]float64{"en": 0, "zh": 1}}, {Background: []string{"de", "fr"}, MaxChars: 100}, {MaxChars: 100_000}} {
		if _, err := Open(context.Background(), ok, stage.NewEnv()); err != nil {
			t.Errorf("%+v: %v", ok, err)
		}
	}
	for part, bad := range map[string]Language{
		`"xx"`: {Keep: map[string]float64{"xx": 0.5}}, "nb or nn": {Keep: map[string]float64{"no": 0.5}}, "1.1": {Keep: map[string]float64{"en": 1.1}},
		"NaN": {Keep: map[string]float64{"en": math.NaN()}}, "background": {Background: []string{"qq"}}, "max_chars": {MaxChars: 99}, "arbiter": {Arbiter: "x"},
	} {
		if _, err := Open(context.Background(), bad, stage.NewEnv()); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%+v: error %v, want %s in it", bad, err, part)
		}
	}
	// Only English and what has a script of its own are candidates.
	s := open(t, Language{Keep: map[string]float64{"en": 0.5}, Background: []string{"fr"}})
	if code, _ := s.Identify(german); code == "de" {
		t.Error("German is no candidate")
	}
}

// Every language has a threshold of its own.
func TestThresholds(t *testing.T) {
	en, de := strings.Repeat(english, 6), strings.Repeat(german, 6)
	keep := map[string]float64{"en": 0.5, "de": 0.95}
	s := open(t, Language{Keep: keep})
	for _, c := range []struct{ text, rule, lang string }{
		{en + strings.Repeat(chinese, 6), "", "en"}, // a good half
		{de + strings.Repeat(chinese, 6), "language_score", "de"}, {de, "", "de"},
		{strings.Repeat(chinese, 6), "language", "zh"},
	} {
		d := &corpus.Document{Text: c.text}
		v, _ := s.Apply(d)
		if d.Lang != c.lang || v.Rule != c.rule || v.Rule == "language_score" && v.Limit != keep[c.lang] {
			t.Errorf("%.20q of %d bytes: %s %.3f, %v", c.text, len(c.text), d.Lang, d.LangScore, v)
		}
	}
}

// A text in a language that is not kept is called by its own name, unless the
// background was narrowed: then the script alone still tells the others.
func TestBackground(t *testing.T) {
	keep := map[string]float64{"en": 0, "es": 0, "ru": 0, "ar": 0}
	all, none := open(t, Language{Keep: keep}), open(t, Language{Keep: keep, Background: []string{"en"}})
	for code, text := range map[string]string{
		"ca": "Els veïns de la vila sempre havien pensat que el vell molí aguantaria cent anys més.",
		"pt": "Os moradores da cidade sempre pensaram que o velho moinho ficaria de pé por mais cem anos.",
		"uk": "Жителі міста завжди думали, що старий млин простоїть ще сто років.",
		"fa": "مردم شهر همیشه فکر میکردند که آسیاب قدیمی صد سال دیگر هم پابرجا خواهد ماند",
		"el": "Οι κάτοικοι της πόλης πίστευαν πάντα ότι ο παλιός μύλος θα στεκόταν άλλα εκατό χρόνια.",
		"ko": "마을 사람들은 오래된 방앗간이 앞으로 백 년은 더 서 있을 것이라고 생각했다.",
	} {
		d := &corpus.Document{Text: text}
		if v, _ := all.Apply(d); d.Lang != code || v.Rule != "language" || v.Detail != code {
			t.Errorf("%s: %s, %v", code, d.Lang, v)
		}
		v, _ := none.Apply(d)
		if single := code == "el" || code == "ko"; single != (d.Lang == code) || single == v.Kept() {
			t.Errorf("%s among the kept ones alone: %s, %v", code, d.Lang, v)
		}
	}
}

func TestArbiter(t *testing.T) {
	s, err := Open(context.Background(), Language{Keep: map[string]float64{"en": 0}, Background: []string{"de", "zh"}, Arbiter: "lingua"}, stage.NewEnv())
	if err != nil {
		if !strings.Contains(err.Error(), "slim") {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	if code, score := s.Identify("the old mill"); code != "en" || score < 0.5 {
		t.Errorf("%s %.2f", code, score)
	}
	if !strings.HasSuffix(s.Digest(), "lingua-1.4.0") {
		t.Error("the digest does not name the arbiter")
	}
	m, err := Open(context.Background(), Language{Background: []string{"en", "de", "fr"}, Arbiter: "lingua", Model: testModel}, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	if code, _ := m.Identify("die alte Mühle"); code != "de" || !strings.HasPrefix(m.Digest(), "fasttext-") || !strings.HasSuffix(m.Digest(), "lingua-1.4.0") {
		t.Errorf("%s, digest %s", code, m.Digest())
	}
}

func TestWindows(t *testing.T) {
	for _, unit := range []string{")", "é", "水", "\xff"} {
		for _, n := range []int{0, 1, 99, 100, 101, 299, 300, 301, 399, 5000} {
			text := strings.Repeat(unit, n)
			at, runes, count := 0, 0, 0
			for w := newWindows(text, 300); w.next(); {
				count++
				for _, p := range w.pieces[:w.used] {
					runes += utf8.RuneCountInString(text[p.from:p.to])
					at += p.to - p.from
				}
			}
			if want := min(n, 300); runes != want || n <= 300 && at != len(text) || count > 3 {
				t.Errorf("%q x %d: %d code points in %d windows, want %d", unit, n, runes, count, want)
			}
		}
	}
	var starts []string
	long := "first" + strings.Repeat(" ", 1000) + "last"
	for w := newWindows(long, 100*2); w.next(); {
		for _, p := range w.pieces[:w.used] {
			starts = append(starts, strings.TrimSpace(long[p.from:p.to]))
		}
	}
	if !slices.Equal(starts, []string{"first", "last"}) {
		t.Errorf("windows %q", starts)
	}
}

func TestDamagedModel(t *testing.T) {
	for name, data := range map[string][]byte{"empty": nil, "cut": modelFile[:len(modelFile)/2], "no gzip": []byte("model")} {
		if _, err := parseModel(data); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if n := len(Trained()); n > maxLanguages {
		t.Errorf("%d languages, room for %d", n, maxLanguages)
	}
	if len(modelFile) > 6<<20 {
		t.Errorf("the model has %d bytes", len(modelFile))
	}
}

func TestConcurrent(t *testing.T) {
	s := open(t, Language{})
	code, score := s.Identify(english)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				if c, x := s.Identify(english); c != code || x != score {
					t.Errorf("%s %v, then %s %v", code, score, c, x)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzModel(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{1, 'a', 1, byte(first), 1, 2, 3})
	f.Add([]byte{2, 'a', 'b', 2, 3, 1, 1, 2, 255, 128})
	f.Fuzz(func(t *testing.T, body []byte) {
		s := &scriptModel{script: unicode.Latin, to: 2}
		if _, err := s.parse(body); err == nil {
			var sums tally
			const text = "Ab \xff水cabba "
			s.add(&sums, text, 0, len(text))
		}
	})
}

func FuzzDetect(f *testing.F) {
	for _, s := range []string{"", english, chinese, "a", "\xff水", "éß", strings.Repeat("ab ", 500), "K\u0130\u212a"} {
		f.Add(s)
	}
	d, err := NewScriptDetector(nil, 300)
	if err != nil {
		f.Fatal(err)
	}
	known := append(Languages(), Undetermined, NoLanguage)
	f.Fuzz(func(t *testing.T, text string) {
		list := d.Detect(text)
		sum, last := 0.0, 1.0
		for _, s := range list {
			if s.Score <= 0 || s.Score > last || !slices.Contains(known, s.Code) {
				t.Errorf("%q: %v", text, list)
			}
			sum, last = sum+s.Score, s.Score
		}
		if sum > 1.01 {
			t.Errorf("%q: scores sum to %g", text, sum)
		}
		if !slices.Equal(list, d.Detect(text)) {
			t.Errorf("%q: two answers", text)
		}
	})
}

func ExampleOpen() {
	s, err := Open(context.Background(), Language{Keep: map[string]float64{"en": 0.65, "zh": 0.65}}, stage.NewEnv())
	if err != nil {
		panic(err)
	}
	d := &corpus.Document{Text: "Le vieux moulin tiendra encore cent ans, pensaient les habitants."}
	v, _ := s.Apply(d)
	fmt.Println(d.Lang, v.Rule, v.Detail)
	// Output: fr language fr
}
