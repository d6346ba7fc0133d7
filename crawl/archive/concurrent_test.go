package archive_test

import (
	"sync"
	"testing"

	"github.com/corpusmill/corpusmill/crawl/archive"
)

// TestConcurrent appends from several goroutines, over several files.
func TestConcurrent(t *testing.T) {
	const workers, each = 4, 30
	dir := t.TempDir()
	s := settings()
	s.MaxBytes = 20_000
	a := open(t, dir, s)
	pages, locs := make([]archive.Page, workers*each), make([]archive.Location, workers*each)
	for i := range pages {
		pages[i] = page(t, i, html(i))
	}
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := w * each; i < (w+1)*each; i++ {
				loc, err := a.Append(pages[i])
				if err != nil {
					t.Error(err)
				}
				locs[i] = loc
			}
		})
	}
	wait.Wait()
	if t.Failed() {
		return
	}
	byPlace := map[archive.Position]int{}
	for i, loc := range locs {
		byPlace[loc.End] = i
	}
	all := since(t, a, archive.Position{})
	if len(all) != len(pages) || len(byPlace) != len(pages) {
		t.Fatalf("%d pages at %d places, want %d", len(all), len(byPlace), len(pages))
	}
	for _, e := range all {
		i := byPlace[e.End]
		same(t, e, pages[i], locs[i])
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	checkFolder(t, dir, len(pages))
}
