// Command train makes model.bin.gz, the n-gram model of package language, from
// the word-internal n-gram frequencies that lingua-go ships (Apache-2.0,
// Copyright 2021-present Peter M. Stahl; made from news of the Leipzig Corpora
// Collection). Run it in the module's root:
//
//	go run ./purify/language/train -models "$(go list -m -f '{{.Dir}}' github.com/pemistahl/lingua-go)/language-models"
package main

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"unicode"

	"github.com/pemistahl/lingua-go/serialization"
	"google.golang.org/protobuf/proto"

	"github.com/corpusmill/corpusmill/purify/language"
)

// maxUnpacked bounds one unpacked table.
const maxUnpacked = 256 << 20

func main() {
	models := flag.String("models", "", "folder language-models of lingua-go")
	out := flag.String("o", "purify/language/model.bin.gz", "file to write")
	grams := flag.Int("grams", 24_000, "n-grams to keep")
	flag.Parse()
	if err := run(*models, *out, *grams); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run(models, out string, limit int) error {
	codes := language.Trained()
	conditional := make([]map[string]float64, len(codes))
	weight := map[string]float64{} // the largest share that an n-gram has in any language
	for i, code := range codes {
		c, err := load(filepath.Join(models, code.Code), code.Script)
		if err != nil {
			return fmt.Errorf("%s: %w", code.Code, err)
		}
		conditional[i] = c
		for gram := range c {
			weight[gram] = max(weight[gram], joint(c, []rune(gram)))
		}
	}
	kept := slices.SortedFunc(maps.Keys(weight), func(a, b string) int {
		return cmp.Or(cmp.Compare(weight[b], weight[a]), cmp.Compare(a, b))
	})
	kept = kept[:min(len(kept), limit)]
	slices.Sort(kept)
	var body bytes.Buffer
	_ = binary.Write(&body, binary.LittleEndian, uint32(len(kept)))
	for _, gram := range kept {
		body.WriteString(gram)
		body.WriteByte('\n')
	}
	for i := range codes { // by language: its missing n-grams lie side by side
		for _, gram := range kept {
			body.WriteByte(cost(conditional[i][gram]))
		}
	}
	return write(out, body.Bytes())
}

// joint is the probability of the n-gram at the start of a word.
func joint(c map[string]float64, gram []rune) float64 {
	p := 1.0
	for n := 1; n <= len(gram); n++ {
		p *= c[string(gram[:n])]
	}
	return p
}

// cost is the negative logarithm in steps of 1/16 nat; 255 is "never seen".
func cost(p float64) byte {
	if p == 0 {
		return 255
	}
	return byte(min(254, math.Round(-16*math.Log(p))))
}

// load reads the tables of one to three letters.
func load(folder string, script *unicode.RangeTable) (map[string]float64, error) {
	c := map[string]float64{}
	for _, name := range []string{"unigrams", "bigrams", "trigrams"} {
		z, err := zip.OpenReader(filepath.Join(folder, name+".pb.bin.zip"))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		if len(z.File) != 1 {
			return nil, errors.New("want one file in the archive")
		}
		f, err := z.File[0].Open()
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(io.LimitReader(f, maxUnpacked))
		if err != nil {
			return nil, err
		}
		var m serialization.SerializableLanguageModel
		if err := proto.Unmarshal(data, &m); err != nil {
			return nil, err
		}
		for _, set := range m.NgramSets {
			for _, gram := range set.Ngrams {
				if all(gram, script) {
					c[gram] = set.Probability
				}
			}
		}
	}
	return c, nil
}

func all(gram string, script *unicode.RangeTable) bool {
	for _, r := range gram {
		if !unicode.Is(script, r) || unicode.ToLower(r) != r {
			return false
		}
	}
	return true
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
	return os.WriteFile(path, packed.Bytes(), 0o644)
}
