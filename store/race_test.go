package store_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

func contextOf(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

// raceTwo lets 16 goroutines here and a second process publish the same
// names; each name must have one winner of all.
func raceTwo(t *testing.T, s store.Store, order childOrder) {
	t.Helper()
	order.Do, order.N = "race", 200
	cmd := startChild(t, order)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ours := storetest.Race(t, s, order.N, func() {
		if _, err := in.Write([]byte{'\n'}); err != nil { // the child's sign to start on this name
			t.Error(err)
		}
	})
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	all := append(ours, strings.Fields(out.String())...)
	slices.Sort(all)
	if n := len(slices.Compact(slices.Clone(all))); len(all) != order.N || n != order.N {
		t.Errorf("%d names, %d wins, %d of them different", order.N, len(all), n)
	}
	t.Logf("won here %d, there %d", len(ours), order.N-len(ours))
}

func TestRaceLocal(t *testing.T) {
	dir := t.TempDir()
	raceTwo(t, store.Local(dir), childOrder{Location: dir})
}

func TestRaceS3(t *testing.T) {
	g := storetest.StartGateway(t)
	location := g.Location()
	s, err := store.Open(t.Context(), location, g.Options())
	if err != nil {
		t.Fatal(err)
	}
	raceTwo(t, s, childOrder{Location: location, Options: g.Options()})
}
