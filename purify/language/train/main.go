// Command train makes model.bin.gz, the model of package language that tells the
// languages of one script apart. It learns from random words, so that no text is
// needed: words.py counts those of packages, and chain makes those that lingua-go's
// tables of one to five letters (Apache-2.0, Copyright 2021-present Peter M. Stahl)
// describe. Run it in the module's root:
//
//	python purify/language/train/words.py UNPACKED WORDS
//	go run ./purify/language/train -words WORDS -models "$(go list -m -f '{{.Dir}}' github.com/pemistahl/lingua-go)/language-models"
//
// Equal input gives an equal model. The one that is kept learnt Latin letters with
// the flags' defaults and the other scripts with -texts 500000, each by -only.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/purify/language"
)

func main() {
	models := flag.String("models", "", "folder language-models of lingua-go")
	lists := flag.String("words", "", "folder of words.py's counts")
	out := flag.String("o", "purify/language/model.bin.gz", "file to write")
	grams := flag.Int("grams", 120_000, "n-grams to keep")
	texts := flag.Int("texts", 800_000, "texts to learn from")
	words := flag.Int("survey", 80_000, "words to survey")
	rate := flag.Float64("rate", 0.5, "rate")
	parts := flag.String("parts", "", "folder that keeps what is learnt of each script, and has it from earlier runs")
	only := flag.String("only", "", "ISO 15924 code of the script to learn, nothing is written but its part")
	flag.Parse()
	if err := run(*models, *lists, *out, *parts, *only, settings{words: *words, grams: *grams, texts: *texts, rate: *rate, noise: 0.04}); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

// drawn says how often languages are drawn, after the text that the web has in them;
// the others once.
var drawn = []struct {
	weight float64
	codes  string
}{
	{10, "en"},
	{3, "ar cs de es fa fr hi id it nl pl pt ru sv tr uk vi"},
	{2, "bg bs da fi gl hr hu nb nn ro sr"},
	{0.5, "br ckb fo fy gd jv ku lb mg mt oc ps ug und"},
}

func weightOf(code string) float64 {
	for _, d := range drawn {
		if slices.Contains(strings.Fields(d.codes), code) {
			return d.weight
		}
	}
	return 1
}

// step is the unit of a weight in the file, in nats.
const step = 1.0 / 16

func run(models, lists, out, parts, only string, o settings) error {
	var body bytes.Buffer
	trained := language.Trained()
	for i := 0; i < len(trained); {
		s := &script{}
		table := trained[i].Script
		for ; i < len(trained) && trained[i].Script == table; i++ {
			s.codes = append(s.codes, trained[i].Code)
			s.classes = append(s.classes, trained[i])
			weight := weightOf(trained[i].Code)
			if n := len(s.weights); n > 0 {
				weight += s.weights[n-1]
			}
			s.weights = append(s.weights, weight)
		}
		name := language.ScriptName(table)
		if only != "" && only != name {
			continue
		}
		path := filepath.Join(parts, name)
		if parts != "" {
			if part, err := os.ReadFile(path); err == nil {
				body.Write(part)
				continue
			}
		}
		s.sources = make([]drawer, len(s.codes))
		err := each(len(s.codes), func(l int) (err error) {
			s.sources[l], err = newDrawer(s.classes[l], models, lists)
			if err != nil {
				err = fmt.Errorf("%s: %w", s.codes[l], err)
			}
			return err
		})
		if err != nil {
			return err
		}
		so := o
		share := math.Sqrt(float64(len(s.codes)) / 60)
		so.grams, so.texts = int(float64(o.grams)*share), int(float64(o.texts)*share)
		t := time.Now()
		s.survey(so)
		fmt.Println(len(s.codes), "languages", len(s.keys), "grams", time.Since(t))
		s.learn(so)
		fmt.Println("learnt", time.Since(t))
		from := body.Len()
		s.encode(&body)
		if parts != "" {
			if err := os.WriteFile(path, body.Bytes()[from:], 0o644); err != nil {
				return err
			}
		}
	}
	if only != "" {
		return nil
	}
	return write(out, body.Bytes())
}

// encode writes alphabet, n-grams in order and then, by language, their weights.
func (s *script) encode(w *bytes.Buffer) {
	var buf [binary.MaxVarintLen64]byte
	number := func(n uint64) { w.Write(buf[:binary.PutUvarint(buf[:], n)]) }
	number(uint64(len(s.alphabet)))
	for _, c := range s.alphabet {
		number(uint64(c))
	}
	number(uint64(len(s.keys)))
	last := uint64(0)
	for _, key := range s.keys {
		number(key - last)
		last = key
	}
	width := len(s.codes)
	for l := range width {
		for row := range s.keys {
			x := math.Round(float64(s.learnt[row*width+l]) / step)
			w.WriteByte(byte(int8(max(-127, min(127, x)))))
		}
	}
}

func write(path string, body []byte) error {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(body); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	fmt.Println(len(body), packed.Len())
	return os.WriteFile(path, packed.Bytes(), 0o644)
}
