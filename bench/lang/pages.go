package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// pageRunes is about the length of a page, pagesEach how many there are of a kind and
// language, codeMin the least length of a file of code.
const (
	pageRunes = 3000
	pagesEach = 3
	codeMin   = 6000
)

// pageKinds are pages of sentences with so much else in them, in tenths.
var pageKinds = []struct {
	name          string
	code, numbers int
}{
	{"prose", 0, 0}, {"3/10 code", 3, 0}, {"6/10 code", 6, 0}, {"3/10 lists", 0, 3}, {"6/10 lists", 0, 6},
	{"code", 10, 0}, {"lists of numbers", 0, 10},
}

// writePages writes pages of the sentences of each language with code of the files
// under a folder and lists of numbers among them, as samples.
func writePages(labelled, folder string) error {
	sentences, err := sentencesOf(labelled)
	if err != nil {
		return err
	}
	code, err := codeOf(folder)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(os.Stdout)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	r := rand.New(rand.NewPCG(1, 2))
	for _, kind := range pageKinds {
		langs := slices.Sorted(maps.Keys(sentences))
		if kind.code+kind.numbers == 10 {
			langs = make([]string, 100)
			for i := range langs {
				langs[i] = "zxx"
			}
		}
		for i, lang := range langs {
			for n := range pagesEach {
				text := page(r, sentences[lang], code[(i*pagesEach+n)%len(code)], kind.code, kind.numbers)
				if err := enc.Encode(sample{lang, pageRunes, kind.name, text}); err != nil {
					return err
				}
			}
		}
	}
	return w.Flush()
}

// page puts blocks of about 300 code points together.
func page(r *rand.Rand, prose []string, code string, codeTenths, numberTenths int) string {
	var b strings.Builder
	lines, at := strings.Split(code, "\n"), 0
	for tenth := range 10 {
		size := b.Len() + pageRunes/10
		for b.Len() < size {
			switch k := (tenth*7 + 3) % 10; {
			case k < codeTenths:
				b.WriteString(lines[at%len(lines)])
				at++
			case k < codeTenths+numberTenths:
				fmt.Fprintf(&b, "%s-%d  %d x %d mm  %.2f", []string{"M", "KX", "Nr", "DIN"}[r.IntN(4)], r.IntN(10000), r.IntN(100), r.IntN(100), r.Float64()*100)
			default:
				b.WriteString(prose[r.IntN(len(prose))])
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// sentencesOf reads the sentences of the languages that have twenty.
func sentencesOf(path string) (map[string][]string, error) {
	list, err := samples(path)
	if err != nil {
		return nil, err
	}
	m := map[string][]string{}
	for _, x := range list {
		if x.Source == "sentences" && x.Length == 100 {
			m[x.Lang] = append(m[x.Lang], x.Text)
		}
	}
	for lang, texts := range m {
		if len(texts) < 20 {
			delete(m, lang)
		}
	}
	return m, nil
}

// codeOf reads files of code, a few of each kind and folder.
func codeOf(folder string) (list []string, err error) {
	count := map[string]int{}
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		ext := filepath.Ext(path)
		if err != nil || d.IsDir() || !slices.Contains([]string{".go", ".s", ".js", ".c", ".h", ".py", ".pl", ".sh"}, ext) {
			return err
		}
		if count[ext] == 40 || count[filepath.Dir(path)] == 2 {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil || len(text) < codeMin {
			return err
		}
		count[ext]++
		count[filepath.Dir(path)]++
		list = append(list, strings.ToValidUTF8(string(text), "?"))
		return nil
	})
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%s: no code", folder)
	}
	return list, err
}

// pageTable prints how many pages of each kind are called by their language.
func pageTable(w io.Writer, list []sample, detectors []detector) {
	for _, kind := range pageKinds {
		fmt.Fprintf(w, "| %s |", kind.name)
		for d, x := range detectors {
			var h hits
			for i, s := range list {
				if s.Source != kind.name {
					continue
				}
				h.all++
				if same(x.answers[i], s.Lang) {
					h.right++
				}
			}
			if d == 0 {
				fmt.Fprintf(w, " %d |", h.all)
			}
			fmt.Fprintf(w, " %v |", h)
		}
		fmt.Fprintln(w)
	}
}
