package archive_test

import (
	"os"
	"os/signal"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/corpusmill/corpusmill/crawl/archive"
)

// TestFull lets the disk take half of a page: what was written of it is cut off, and the page
// can be appended when there is room again.
func TestFull(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, settings())
	first := add(t, a, page(t, 0, html(0)))
	signal.Ignore(unix.SIGXFSZ)
	defer signal.Reset(unix.SIGXFSZ)
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	limited := before
	limited.Cur = uint64(first.End.Offset) + 100
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limited); err != nil {
		t.Skipf("files cannot be limited here: %v", err)
	}
	_, err := a.Append(page(t, 1, html(1)))
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	info, errStat := os.Stat(openName(t, dir))
	if err == nil || errStat != nil || info.Size() != first.End.Offset || a.Position() != first.End {
		t.Fatalf("%v; the file has %v (%v), the position is %v", err, info, errStat, a.Position())
	}
	second := page(t, 1, html(1))
	loc := add(t, a, second)
	all := since(t, a, first.End)
	if len(all) != 1 {
		t.Fatal(len(all))
	}
	same(t, all[0], second, loc)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	checkFolder(t, dir, 2)
}

// TestBroken: where what was written cannot be cut off, nothing more is appended.
func TestBroken(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, settings())
	first := add(t, a, page(t, 0, html(0)))
	f, err := os.Open(openName(t, dir)) // to be read only
	if err != nil {
		t.Fatal(err)
	}
	a.Swap(f)
	_, err = a.Append(page(t, 1, html(1)))
	_, again := a.Append(page(t, 1, html(1)))
	if err == nil || again == nil || again.Error() != err.Error() {
		t.Errorf("%v, then %v", err, again)
	}
	if err := a.Rotate(); err == nil {
		t.Error("it is published")
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	b := open(t, dir, settings())
	if all := since(t, b, archive.Position{}); len(all) != 1 || all[0].Location != first {
		t.Errorf("%v", all)
	}
}
