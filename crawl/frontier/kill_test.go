package frontier_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/crawl/frontier"
)

// killed names the folder that a process of the test binary fills until it is killed.
const killed = "CORPUSMILL_TEST_FRONTIER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killed); dir != "" {
		if err := fill(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// step is one commit of the process: five new addresses on hosts that follow from the
// number, and one that is taken.
func step(f *frontier.Frontier, n uint64) error {
	var t testing.T
	w, _, taken, err := f.Next(start)
	if err != nil && n > 0 {
		return err
	}
	if err := f.Update(func(b *frontier.Batch) error {
		b.Stand(strconv.FormatUint(n+1, 10), nil)
		for i := range uint64(5) {
			if o, err := b.Add(entry(&t, fmt.Sprintf("http://h%d.example/%d", (n*5+i)*7919%50, n*5+i)), "", 0); err != nil || o != frontier.Added {
				return fmt.Errorf("%d.%d: %v, %w", n, i, o, err)
			}
		}
		if !taken {
			return nil
		}
		_, err := b.Settle(w.Entry, frontier.Fetched)
		return err
	}); err != nil || !taken {
		return err
	}
	return f.Release(w, start, start)
}

func fill(dir string) error {
	f, err := frontier.Open(dir, frontier.Settings{Active: 10, Turn: 5})
	if err != nil {
		return err
	}
	p, _ := f.Position()
	n, _ := strconv.ParseUint(p, 10, 64) // 0 in a new folder
	for ; ; n++ {
		if err := step(f, n); err != nil {
			return err
		}
		fmt.Println(n + 1)
	}
}

// TestKill kills a process at ten moments: each time the folder is as one of its commits
// left it, whole, and it goes on from there.
func TestKill(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	last := uint64(0)
	for kill := range 10 {
		c := exec.Command(self)
		c.Env = append(os.Environ(), killed+"="+dir)
		var complaint strings.Builder
		c.Stderr = &complaint
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range 1 + random.IntN(400) {
			if !lines.Scan() {
				break
			}
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait() // it was killed
		if complaint.Len() > 0 {
			t.Fatalf("before kill %d: %s", kill, complaint.String())
		}
		f, err := frontier.Open(dir, frontier.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		p, _ := f.Position()
		n, _ := strconv.ParseUint(p, 10, 64) // 0 in a new folder
		totals := f.Totals()
		if n < last || totals.Seen != 5*n || n > 0 && totals.Queued != 5*n-(n-1) {
			t.Fatalf("kill %d: commit %d (before %d): %+v", kill, n, last, totals)
		}
		last = n
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	f := open(t, dir, frontier.Settings{})
	totals := f.Totals()
	rest := drain(t, f, start.Add(time.Hour))
	seen := map[string]bool{}
	for _, u := range rest {
		seen[u] = true
	}
	if len(seen) != len(rest) || uint64(len(rest)) != totals.Queued || last < 10 {
		t.Errorf("%d addresses wait, %d different ones come, of %d commits %+v", len(rest), len(seen), last, totals)
	}
}

// BenchmarkFrontier adds addresses, looks as many up, and takes them, with ten a host:
// -benchtime 1000000x is a million.
func BenchmarkFrontier(b *testing.B) {
	f := open(b, b.TempDir(), frontier.Settings{})
	hosts := max(b.N/10, 1)
	at := func(i int) frontier.Entry {
		e := entry(b, fmt.Sprintf("http://host-%d.example/articles/%d/some-title-of-a-page-%d.html", i*7919%hosts, i%977, i))
		e.Via = "http://host-1.example/articles/"
		return e
	}
	phase := func(name string, do func()) {
		began := time.Now()
		do()
		b.ReportMetric(float64(time.Since(began).Nanoseconds())/float64(b.N), name+"-ns/op")
	}
	batches := func(do func(batch *frontier.Batch, i int) error) func() {
		return func() {
			for i := 0; i < b.N; i += 30 {
				update(b, f, func(batch *frontier.Batch) error {
					for j := i; j < min(i+30, b.N); j++ {
						if err := do(batch, j); err != nil {
							return err
						}
					}
					return nil
				})
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	phase("add", batches(func(batch *frontier.Batch, i int) error {
		if o, err := batch.Add(at(i), "", 0); err != nil || o != frontier.Added {
			return fmt.Errorf("%d: %v, %w", i, o, err)
		}
		return nil
	}))
	phase("known", batches(func(batch *frontier.Batch, _ int) error {
		if o, err := batch.Add(at(random.IntN(b.N)), "", 0); err != nil || o != frontier.Known {
			return fmt.Errorf("%v, %w", o, err)
		}
		return nil
	}))
	phase("take", func() {
		for range b.N {
			settle(b, f, next(b, f, start), start, 0)
		}
	})
}
