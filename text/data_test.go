package text

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sharedLines calls f with each line of a file of the shared data folder; the
// test is skipped where there is none.
func sharedLines(t *testing.T, name string, f func(line []byte)) {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "shared", "data", name))
	if err != nil {
		t.Skip("no shared data beside the module: ", err)
	}
	defer file.Close()
	var in io.Reader = file
	if strings.HasSuffix(name, ".gz") {
		if in, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		f(lines.Bytes())
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// TestDatatroveWordStatistics compares word counts, lengths and classes of
// SpacyEnglish with those datatrove reported for the extracted pages.
func TestDatatroveWordStatistics(t *testing.T) {
	texts := map[string]string{}
	sharedLines(t, "expected/text.jsonl.gz", func(line []byte) {
		var doc struct{ ID, Text string }
		if err := json.Unmarshal(line, &doc); err != nil {
			t.Fatal(err)
		}
		texts[doc.ID] = doc.Text
	})
	checked := 0
	sharedLines(t, "expected/decisions.jsonl", func(line []byte) {
		var page struct {
			ID      string
			Quality *struct {
				Stats *struct {
					Words  int     `json:"n_words"`
					Plain  int     `json:"n_non_symbol_words"`
					Length float64 `json:"avg_word_len"`
					Alpha  float64 `json:"alpha_words"`
				}
			} `json:"gopher_quality"`
		}
		if err := json.Unmarshal(line, &page); err != nil {
			t.Fatal(err)
		}
		text, ok := texts[page.ID]
		if !ok || page.Quality == nil || page.Quality.Stats == nil {
			return
		}
		want := page.Quality.Stats
		words := SpacyEnglish.AppendWords(nil, text)
		var plain, alpha int
		var runes uint32
		for _, w := range words {
			if w.Class&Symbol == 0 {
				plain++
				runes += w.Runes
			}
			if w.Class&HasAlpha != 0 {
				alpha++
			}
		}
		length, share := float64(runes)/float64(max(plain, 1)), float64(alpha)/float64(max(len(words), 1))
		if len(words) != want.Words || plain != want.Plain || math.Abs(length-want.Length) > 1e-5 || math.Abs(share-want.Alpha) > 1e-5 {
			t.Errorf("%s: %d words, %d plain, length %f, alpha %f; want %+v", page.ID, len(words), plain, length, share, *want)
		}
		checked++
	})
	if checked < 500 {
		t.Errorf("only %d pages had statistics", checked)
	}
	t.Logf("%d pages", checked)
}
