package transfer

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

// enterAll takes so many lanes at once.
func enterAll(t *testing.T, l *Lanes, n int) (all []*lane) {
	t.Helper()
	for range n {
		p, err := l.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// full reports whether nobody gets in.
func full(t *testing.T, l *Lanes) bool {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.busy >= int(l.open)
}

func TestLanesBound(t *testing.T) {
	l := NewLanes(3)
	var busy, most atomic.Int64
	var group sync.WaitGroup
	for range 200 {
		group.Go(func() {
			p, err := l.enter(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			if n := busy.Add(1); n > most.Load() {
				most.Store(n)
			}
			busy.Add(-1)
			p.leave()
			p.leave() // no second time
		})
	}
	group.Wait()
	if most.Load() > 3 || l.busy != 0 || len(l.waiting) != 0 {
		t.Errorf("%d at once, %d stay, %d wait", most.Load(), l.busy, len(l.waiting))
	}
}

// TestLanesAdapt halves the lanes once for requests that were under way together, and
// gives one back for each round of successes.
func TestLanesAdapt(t *testing.T) {
	l := NewLanes(16)
	together := enterAll(t, l, 16)
	for _, p := range together {
		p.narrow()
	}
	if l.open != 8 {
		t.Errorf("%v lanes after 16 refusals of one moment, want 8", l.open)
	}
	for _, p := range together[:8] {
		p.leave()
	}
	if !full(t, l) {
		t.Error("a ninth gets in")
	}
	together[8].leave()
	later := enterAll(t, l, 1)[0]
	later.narrow()
	if l.open != 4 {
		t.Errorf("%v lanes after a later refusal, want 4", l.open)
	}
	for range 10 {
		p := *later
		p.cuts = l.cuts
		p.narrow()
	}
	if l.open != 1 {
		t.Errorf("%v lanes after many refusals, want 1", l.open)
	}
	l.widen()
	if l.open != 2 {
		t.Errorf("%v lanes after one success of one, want 2", l.open)
	}
	for range 1000 {
		l.widen()
	}
	if l.open != 16 {
		t.Errorf("%v lanes at last, want 16", l.open)
	}
}

func TestLanesCancel(t *testing.T) {
	l := NewLanes(1)
	first := enterAll(t, l, 1)[0]
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := l.enter(ctx)
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	first.leave()
	if p := enterAll(t, l, 1)[0]; !p.in || len(l.waiting) != 0 {
		t.Error("the lane is lost")
	}
}

// TestConsumersInOneLane: a transfer that waits for its consumer lets others pass, so that
// who reads two files side by side needs no two lanes.
func TestConsumersInOneLane(t *testing.T) {
	c := testCalls(NewLanes(1))
	data := make([]byte, 4<<20)
	a, b := openData(t, c, data), openData(t, c, data)
	buf := make([]byte, 300_000)
	for read := 0; read < len(data); {
		n, err := readFull(a, buf)
		if err != nil {
			t.Fatal(err)
		}
		if m, err := readFull(b, buf); err != nil || m != n {
			t.Fatal(m, err)
		}
		read += n
	}
	if a.Close() != nil || b.Close() != nil || c.Lanes.busy != 0 {
		t.Errorf("%d lanes stay busy", c.Lanes.busy)
	}
}
