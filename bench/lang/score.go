package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/purify/language"
	"github.com/corpusmill/corpusmill/stage"
)

// shown are the languages with a row of their own.
var shown = strings.Fields("en zh ja ko ru de fr es it pt nl pl sv tr cs uk ar fa hi vi id th")

// lacking tells whether lid.176 lacks a language.
func lacking(code string) bool {
	return slices.Contains([]string{"lg", "mi", "sn", "st", "tn", "ts", "xh", "zu"}, code)
}

// detector is one column of the tables.
type detector struct {
	name    string
	answers []string // by sample
}

func openStage(l language.Language) (*language.Stage, error) {
	return language.Open(context.Background(), l, stage.NewEnv())
}

// options of the command score.
type options struct {
	ftz                                   string
	arbiter, perLanguage, variants, pages bool
}

func score(o options, args []string) error {
	list, err := readSamples(args[0])
	if err != nil {
		return err
	}
	settings := []struct {
		name string
		l    language.Language
		on   bool
	}{
		{"own", language.Language{ZhVariants: o.variants}, true},
		{"fastText", language.Language{Model: o.ftz, ZhVariants: o.variants}, o.ftz != ""},
		{"own + lingua", language.Language{Arbiter: "lingua"}, o.arbiter},
		{"fastText + lingua", language.Language{Model: o.ftz, Arbiter: "lingua"}, o.arbiter && o.ftz != ""},
	}
	var detectors []detector
	for _, s := range settings {
		if !s.on {
			continue
		}
		opened, err := openStage(s.l)
		if err != nil {
			return err
		}
		d := detector{name: s.name}
		for _, x := range list {
			code, _ := opened.Identify(x.Text)
			d.answers = append(d.answers, code)
		}
		detectors = append(detectors, d)
	}
	for _, arg := range args[1:] {
		name, path, _ := strings.Cut(arg, "=")
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		d := detector{name: name, answers: strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")}
		if len(d.answers) != len(list) {
			return fmt.Errorf("%s: %d answers to %d samples", path, len(d.answers), len(list))
		}
		detectors = append(detectors, d)
	}
	if o.variants {
		variantTable(os.Stdout, list, detectors)
		return nil
	}
	if o.pages {
		pageTable(os.Stdout, list, detectors)
		return nil
	}
	tables(os.Stdout, list, detectors, o.perLanguage)
	return nil
}

func readSamples(path string) (list []sample, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var x sample
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return list, lines.Err()
}

// same tells whether an answer names the language: fastText has one code for
// Norwegian and one for Serbo-Croatian in Latin letters, and Chinese has kinds.
func same(answer, lang string) bool {
	switch answer {
	case "no":
		return lang == "nb"
	case "sh":
		return lang == "hr"
	case "wuu", "yue", "zh-Hans", "zh-Hant":
		return lang == "zh"
	case "fil":
		return lang == "tl"
	}
	return answer == lang
}

// hits counts right answers.
type hits struct{ right, all int }

func (h hits) String() string {
	if h.all == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", 100*float64(h.right)/float64(h.all))
}

// tables prints the share of right answers: the mean over languages by source and
// length, then languages by length.
func tables(w io.Writer, list []sample, detectors []detector, perLanguage bool) {
	type cell struct {
		source, lang   string
		length, column int
	}
	count := map[cell]hits{}
	codes := map[string]bool{}
	for i, x := range list {
		codes[x.Lang] = true
		for d := range detectors {
			for _, source := range []string{x.Source, "both"} {
				c := cell{source, x.Lang, x.Length, d}
				h := count[c]
				h.all++
				if same(detectors[d].answers[i], x.Lang) {
					h.right++
				}
				count[c] = h
			}
		}
	}
	names := ""
	for _, d := range detectors {
		names += " " + d.name + " |"
	}
	fmt.Fprintf(w, "| texts | code points | samples |%s\n", names)
	sorted := slices.Sorted(maps.Keys(codes))
	for _, source := range []string{"sentences", "udhr"} {
		for _, set := range []struct {
			name  string
			codes []string
		}{{"75", sorted}, {"67", slices.DeleteFunc(slices.Clone(sorted), lacking)}, {"22 main", shown}} {
			for _, n := range lengths {
				row, total := "", 0
				for d := range detectors {
					sum, k := 0.0, 0
					total = 0
					for _, code := range set.codes {
						if h := count[cell{source, code, n, d}]; h.all > 0 {
							sum, k, total = sum+float64(h.right)/float64(h.all), k+1, total+h.all
						}
					}
					row += fmt.Sprintf(" %.1f |", 100*sum/float64(max(k, 1)))
				}
				fmt.Fprintf(w, "| %s, %s languages | %d | %d |%s\n", source, set.name, n, total, row)
			}
		}
	}
	if !perLanguage {
		sorted = shown
	}
	fmt.Fprintf(w, "\n| language | samples |%s\n", names)
	for _, code := range sorted {
		row, samples := "", ""
		for d := range detectors {
			for _, n := range lengths {
				row += fmt.Sprintf(" %v", count[cell{"both", code, n, d}])
			}
			row += " |"
		}
		for _, n := range lengths {
			samples += fmt.Sprintf(" %d", count[cell{"both", code, n, 0}].all)
		}
		fmt.Fprintf(w, "| %s |%s |%s\n", code, samples, row)
	}
}

// variantTable prints the share of right answers by kind of Chinese, source and
// length.
func variantTable(w io.Writer, list []sample, detectors []detector) {
	type key struct{ lang, source string }
	var order []key
	count := map[key]*[len(lengths)][]hits{}
	for i, x := range list {
		k := key{x.Lang, x.Source}
		if count[k] == nil {
			order = append(order, k)
			count[k] = &[len(lengths)][]hits{}
		}
		n := slices.Index(lengths[:], x.Length)
		if n < 0 {
			continue
		}
		if count[k][n] == nil {
			count[k][n] = make([]hits, len(detectors))
		}
		for d := range detectors {
			count[k][n][d].all++
			if detectors[d].answers[i] == x.Lang {
				count[k][n][d].right++
			}
		}
	}
	for _, k := range order {
		for n, row := range count[k] {
			fmt.Fprintf(w, "| %s | %s | %d |", k.lang, k.source, lengths[n])
			for _, h := range row {
				fmt.Fprintf(w, " %d | %v |", h.all, h)
			}
			fmt.Fprintln(w)
		}
	}
}
