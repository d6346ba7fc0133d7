package e2e_test

import (
	"bytes"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/stage"
)

// takesBytes is the size of the documents that stages are measured with: large ones.
const takesBytes = stage.LargeBytes + 1<<20

// What a stage says that it takes for a large document is no less than what the heap grows
// by while it works: on prose, on words of one letter, on pages of text and of nothing but
// markup. What says nothing takes less than what the engine counts with anyway.
func TestTakes(t *testing.T) {
	if testing.Short() {
		t.Skip("large texts through all stages")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	_, texts := fixtures(t)
	var b strings.Builder
	for b.Len() < takesBytes {
		for _, d := range texts {
			b.WriteString(d.Text + "\n")
		}
	}
	prose := strings.ToValidUTF8(b.String()[:takesBytes], "")
	page := func(markup []byte) *corpus.Document { return &corpus.Document{Raw: markup, Media: format.MediaHTML} }
	docs := map[string]func() *corpus.Document{
		"prose":   func() *corpus.Document { return &corpus.Document{Text: strings.Clone(prose)} },
		"letters": func() *corpus.Document { return &corpus.Document{Text: strings.Repeat("a b c. ", takesBytes/7)} },
		"han": func() *corpus.Document {
			return &corpus.Document{Text: strings.Repeat("汉字语言。", takesBytes/15)}
		},
		"plain": func() *corpus.Document { return &corpus.Document{Raw: []byte(prose), Media: format.MediaText} },
		"page": func() *corpus.Document {
			return page([]byte("<p>" + strings.ReplaceAll(prose, "\n", "</p>\n<p>")))
		},
		"list":  func() *corpus.Document { return page(list(takesBytes)) },
		"spans": func() *corpus.Document { return page(bytes.Repeat([]byte("<a href=x>y</a>"), takesBytes/15)) },
		"table": func() *corpus.Document { return page(bytes.Repeat([]byte("<tr><td>1<td>2"), takesBytes/14)) },
	}
	for _, h := range holdings(t) {
		if !strings.HasPrefix(h.name, "stage-") || h.def.Name == "pdf_text" || h.def.Name == "office_text" {
			continue // what is in those is bounded by the stage itself
		}
		for name, make := range docs {
			d := make()
			if (d.Raw != nil) != (h.def.Name == "html_text") {
				continue
			}
			t.Run(h.name+"/"+name, func(t *testing.T) {
				obj, err := h.def.Open(t.Context(), h.literal, watchedEnv())
				if err != nil {
					t.Fatal(err)
				}
				size := flow.SizeOf(d)
				says := size
				if taker, ok := obj.(stage.Taker); ok {
					says += taker.TakesBytes(d, flow.WordsAtMost(d.Text))
				}
				grown := growth(func() {
					if err := apply(obj, d); err != nil {
						t.Error(err)
					}
				})
				t.Logf("%.1f bytes a byte, says %.1f", float64(grown)/float64(size), float64(says)/float64(size))
				if grown > says+says/10+heapSlack { // a tenth is what the collector had not got to
					t.Errorf("the heap grew by %d bytes at a document of %d, it says %d", grown, size, says)
				}
			})
		}
	}
}

// apply has a worker's copy of a stage work on a document.
func apply(obj any, d *corpus.Document) error {
	if f, ok := obj.(stage.Forker); ok {
		obj = f.Fork()
	}
	switch s := obj.(type) {
	case stage.Editor:
		_, err := s.Apply(d)
		return err
	case stage.Scorer: // asks a server
	case stage.Measurer:
		return s.Measure(d, corpus.NewValues(len(s.Columns())))
	case stage.Grouper:
		return s.Keys(d, func(stage.Key, uint32) {})
	}
	return nil
}

// growth is the most that the heap grew by during the work.
func growth(work func()) int64 {
	before := heapBytes()
	stop, most := make(chan struct{}), make(chan int64)
	go func() {
		s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		top := int64(0)
		for {
			metrics.Read(s)
			top = max(top, int64(s[0].Value.Uint64()))
			select {
			case <-stop:
				most <- top
				return
			case <-time.After(500 * time.Microsecond):
			}
		}
	}()
	work()
	stop <- struct{}{}
	runtime.Gosched()
	return <-most - before
}
