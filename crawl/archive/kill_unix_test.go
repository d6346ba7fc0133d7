//go:build unix

package archive_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/crawl/archive"
)

const envChild = "CORPUSMILL_TEST_ARCHIVE"

// TestMain makes this program one that appends pages until it is killed, where a variable
// names the folder; it says the number of each page that is done.
func TestMain(m *testing.M) {
	if dir := os.Getenv(envChild); dir != "" {
		if err := appendForEver(dir); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func appendForEver(dir string) error {
	s := settings()
	s.MaxBytes = 300_000
	a, err := archive.Open(dir, s)
	if err != nil {
		return err
	}
	next := 0
	for e, err := range a.Since(archive.Position{}) {
		if err != nil {
			return err
		}
		if next, err = strconv.Atoi(e.Metadata[0].Value); err != nil {
			return err
		}
	}
	for {
		next++
		p := page(new(testing.T), next, html(next)+strings.Repeat(fmt.Sprint(next), 2000))
		p.Metadata[0].Value = strconv.Itoa(next)
		if _, err := a.Append(p); err != nil {
			return err
		}
		fmt.Println(next)
	}
}

// TestKill kills the process that appends, again and again: every page that was done is there
// once, and in order.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	done := 0
	for kill := range 6 {
		child := exec.Command(os.Args[0], "-test.run=^$")
		child.Env = append(os.Environ(), envChild+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if done, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(lines.Text())
			}
			if n == 20+37*kill {
				_ = child.Process.Kill() // and read on what it said before
			}
		}
		_ = child.Wait()
		a := open(t, dir, settings())
		want := 0
		for e, err := range a.Since(archive.Position{}) {
			if err != nil {
				t.Fatal(err)
			}
			if want++; e.Metadata[0].Value != strconv.Itoa(want) {
				t.Fatalf("page %s stands where %d should", e.Metadata[0].Value, want)
			}
		}
		if want < done || want > done+1 {
			t.Fatalf("%d pages, and %d were done", want, done)
		}
		a.Abandon()
	}
	a := open(t, dir, settings())
	pages := len(since(t, a, archive.Position{}))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	checkFolder(t, dir, pages)
}
