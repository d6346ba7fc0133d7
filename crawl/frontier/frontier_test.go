package frontier_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/crawl/frontier"
	"github.com/corpusmill/corpusmill/crawl/urls"
)

func open(t testing.TB, dir string, s frontier.Settings) *frontier.Frontier {
	t.Helper()
	f, err := frontier.Open(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func entry(t testing.TB, raw string) frontier.Entry {
	t.Helper()
	var form urls.Form
	u, err := form.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return frontier.Entry{URL: u}
}

func update(t testing.TB, f *frontier.Frontier, change func(b *frontier.Batch) error) {
	t.Helper()
	if err := f.Update(func(b *frontier.Batch) error {
		b.Stand("p", []byte("s"))
		return change(b)
	}); err != nil {
		t.Fatal(err)
	}
}

// add queues addresses and returns what became of each.
func add(t testing.TB, f *frontier.Frontier, entries ...frontier.Entry) (outcomes []frontier.Outcome) {
	t.Helper()
	update(t, f, func(b *frontier.Batch) error {
		for _, e := range entries {
			o, err := b.Add(e, "", 0)
			if err != nil {
				return err
			}
			outcomes = append(outcomes, o)
		}
		return nil
	})
	return outcomes
}

// start is when tests begin: far from folders that were just opened.
var start = time.Now().Add(time.Hour).Truncate(time.Millisecond)

// next takes an address that must be there.
func next(t testing.TB, f *frontier.Frontier, now time.Time) frontier.Work {
	t.Helper()
	w, wait, ok, err := f.Next(now)
	if err != nil || !ok {
		t.Fatalf("nothing is given out: wait %v, %v", wait, err)
	}
	return w
}

// settle is what a fetch does in the end.
func settle(t testing.TB, f *frontier.Frontier, w frontier.Work, now time.Time, delay time.Duration) {
	t.Helper()
	update(t, f, func(b *frontier.Batch) error {
		_, err := b.Settle(w.Entry, frontier.Fetched)
		return err
	})
	if err := f.Release(w, now.Add(delay), now); err != nil {
		t.Fatal(err)
	}
}

// drain takes all that is there and returns it in order.
func drain(t testing.TB, f *frontier.Frontier, now time.Time) (list []string) {
	t.Helper()
	for {
		w, wait, ok, err := f.Next(now)
		if errors.Is(err, frontier.ErrDone) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			now = now.Add(wait)
			continue
		}
		list = append(list, w.Entry.URL.String())
		settle(t, f, w, now, 0)
	}
}

// TestOrder: addresses of a host come by priority, then as they were added, also where
// they are more than fit in memory and some come in between.
func TestOrder(t *testing.T) {
	f := open(t, t.TempDir(), frontier.Settings{})
	var want []string
	for i := range 40 {
		e := entry(t, fmt.Sprintf("http://a.example/%d", i))
		e.Priority = 2
		want = append(want, e.URL.String())
		add(t, f, e)
	}
	var got []string
	take := func() {
		w := next(t, f, start)
		got = append(got, w.Entry.URL.String())
		settle(t, f, w, start, 0)
	}
	take()
	urgent := entry(t, "http://a.example/urgent")
	urgent.Priority = 1
	add(t, f, urgent)
	take()
	got = append(got, drain(t, f, start)...)
	if want := slices.Insert(want, 1, "http://a.example/urgent"); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestAdd has each outcome of adding, in one batch and over several.
func TestAdd(t *testing.T) {
	f := open(t, t.TempDir(), frontier.Settings{QueueMax: 5})
	a := entry(t, "http://a.example/1")
	if got := add(t, f, a, a); !slices.Equal(got, []frontier.Outcome{frontier.Added, frontier.Known}) {
		t.Errorf("twice in a batch: %v", got)
	}
	if got := add(t, f, a); got[0] != frontier.Known {
		t.Errorf("in another batch: %v", got)
	}
	update(t, f, func(b *frontier.Batch) error {
		for i, want := range []frontier.Outcome{frontier.Added, frontier.Added, frontier.Spent} {
			if got, err := b.Add(entry(t, fmt.Sprintf("http://a.example/s/%d", i)), "/s/0", 2); err != nil || got != want {
				t.Errorf("%d of 2: %v, %v", i, got, err)
			}
		}
		return nil
	})
	update(t, f, func(b *frontier.Batch) error {
		if got, err := b.Add(entry(t, "http://a.example/s/9"), "/s/0", 2); err != nil || got != frontier.Spent {
			t.Errorf("the count is kept: %v, %v", got, err)
		}
		if got, err := b.Add(entry(t, "http://b.example/s/9"), "/s/0", 2); err != nil || got != frontier.Added {
			t.Errorf("another host has a count of its own: %v, %v", got, err)
		}
		return nil
	})
	if got := add(t, f, entry(t, "http://a.example/4"), entry(t, "http://a.example/5"), entry(t, "http://a.example/6")); !slices.Equal(got, []frontier.Outcome{frontier.Added, frontier.Added, frontier.Full}) {
		t.Errorf("five of five: %v", got)
	}
	if got := f.Totals(); got != (frontier.Totals{Queued: 6, Seen: 6, Hosts: 2}) {
		t.Errorf("%+v", got)
	}
}

// TestStates has what can become of an address.
func TestStates(t *testing.T) {
	f := open(t, t.TempDir(), frontier.Settings{})
	add(t, f, entry(t, "http://a.example/1"), entry(t, "http://a.example/2"))
	w := next(t, f, start)
	if _, wait, ok, err := f.Next(start); ok || err != nil || wait >= 0 {
		t.Errorf("a host is given out once: %v, %v, %v", ok, wait, err)
	}
	if err := f.Release(w, start, start); err != nil {
		t.Fatal(err)
	}
	if again := next(t, f, start); again.Entry.URL != w.Entry.URL {
		t.Errorf("what was given back comes first: %s", again.Entry.URL)
	}
	late := w.Entry
	late.Attempts, late.Priority, late.NotBefore = 1, 9, start.Add(time.Minute).Truncate(time.Millisecond)
	update(t, f, func(b *frontier.Batch) error { return b.Again(late) })
	if err := f.Release(w, start, start); err != nil {
		t.Fatal(err)
	}
	second := next(t, f, start)
	if second.Entry.URL.Target() != "/2" {
		t.Errorf("what has to wait comes last: %s", second.Entry.URL)
	}
	settle(t, f, second, start, time.Second)
	if _, wait, ok, err := f.Next(start.Add(30 * time.Second)); ok || err != nil || wait.Round(time.Second) != 30*time.Second {
		t.Errorf("an address that has to wait: %v, %v, %v", ok, wait, err)
	}
	third := next(t, f, start.Add(time.Minute))
	if third.Entry.Attempts != 1 || !third.Entry.NotBefore.Equal(late.NotBefore) {
		t.Errorf("%+v", third.Entry)
	}
	update(t, f, func(b *frontier.Batch) error {
		if was, err := b.Settle(third.Entry, frontier.Failed); err != nil || was != frontier.Waiting {
			t.Errorf("was %v, %v", was, err)
		}
		if was, err := b.Settle(second.Entry, frontier.Refused); err != nil || was != frontier.Fetched {
			t.Errorf("what was fetched stays fetched: %v, %v", was, err)
		}
		if was, err := b.Settle(entry(t, "http://b.example/new"), frontier.Fetched); err != nil || was != frontier.Unseen {
			t.Errorf("an address nobody added: %v, %v", was, err)
		}
		return nil
	})
	if err := f.Release(third, start, start); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := f.Next(start); !errors.Is(err, frontier.ErrDone) {
		t.Errorf("all is done: %v", err)
	}
	update(t, f, func(b *frontier.Batch) error { return errors.Join(b.Renew(second.Entry), b.Renew(second.Entry)) })
	if got := drain(t, f, start.Add(time.Hour)); !slices.Equal(got, []string{"http://a.example/2"}) {
		t.Errorf("renewed: %q", got)
	}
}

// TestHosts: each host waits for itself, and one that is given up loses its queue.
func TestHosts(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir, frontier.Settings{})
	add(t, f, entry(t, "http://a.example/1"), entry(t, "http://a.example/2"), entry(t, "http://b.example/1"), entry(t, "http://b.example/2"))
	a, b := next(t, f, start), next(t, f, start)
	settle(t, f, a, start, 3*time.Second)
	settle(t, f, b, start, 2*time.Second)
	if _, wait, ok, err := f.Next(start); ok || err != nil || wait != 2*time.Second {
		t.Errorf("both wait: %v, %v, %v", ok, wait, err)
	}
	second := next(t, f, start.Add(2*time.Second))
	if second.Host.Origin != b.Host.Origin {
		t.Errorf("%s is ready first", second.Host.Origin)
	}
	update(t, f, func(batch *frontier.Batch) error {
		h := second.Host
		h.GivenUp, h.Failures, h.Address, h.Delay = "dead", 3, "192.0.2.1", time.Second
		return errors.Join(batch.SetHost(h, time.Time{}), batch.SetData(h.Origin, []byte("robots")))
	})
	if err := f.Release(second, start, start); err != nil {
		t.Fatal(err)
	}
	if got := add(t, f, entry(t, "http://b.example/3")); got[0] != frontier.Gone {
		t.Errorf("of a host that was given up: %v", got)
	}
	if got := drain(t, f, start); !slices.Equal(got, []string{"http://a.example/2"}) {
		t.Errorf("%q", got)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = open(t, dir, frontier.Settings{})
	var hosts []frontier.Host
	for h, err := range f.Hosts() {
		if err != nil {
			t.Fatal(err)
		}
		hosts = append(hosts, h)
	}
	if want := (frontier.Host{Origin: "http://b.example", GivenUp: "dead", Failures: 3, Address: "192.0.2.1", Delay: time.Second}); len(hosts) != 2 || hosts[1] != want {
		t.Errorf("%+v", hosts)
	}
	if data, err := f.Data("http://b.example"); err != nil || string(data) != "robots" {
		t.Errorf("%q, %v", data, err)
	}
	if p, s := f.Position(); p != "p" || string(s) != "s" {
		t.Errorf("%q, %q", p, s)
	}
}

// TestTurns: with memory for two hosts all of ten have their turn, and each address comes once.
func TestTurns(t *testing.T) {
	f := open(t, t.TempDir(), frontier.Settings{Active: 2, Turn: 3})
	want := map[string]int{}
	for i := range 10 {
		for j := range 20 {
			e := entry(t, fmt.Sprintf("http://h%d.example/%d", i, j))
			want[e.URL.String()] = 1
			add(t, f, e)
		}
	}
	got := map[string]int{}
	firstTen := map[string]bool{}
	for i, u := range drain(t, f, start) {
		got[u]++
		if i < 60 {
			firstTen[entry(t, u).URL.Origin()] = true
		}
	}
	for u := range want {
		if got[u] != 1 {
			t.Errorf("%s came %d times", u, got[u])
		}
	}
	if len(firstTen) < 10 {
		t.Errorf("after 60 addresses only %d hosts had a turn", len(firstTen))
	}
}

// TestFarHosts: hosts that wait long do not keep others from their turn.
func TestFarHosts(t *testing.T) {
	f := open(t, t.TempDir(), frontier.Settings{Active: 2})
	for i := range 4 {
		add(t, f, entry(t, fmt.Sprintf("http://h%d.example/1", i)), entry(t, fmt.Sprintf("http://h%d.example/2", i)))
	}
	for range 4 {
		settle(t, f, next(t, f, start), start, time.Hour)
	}
	_, wait, ok, err := f.Next(start)
	if ok || err != nil || wait < 59*time.Minute || wait > time.Hour {
		t.Errorf("all wait an hour: %v, %v, %v", ok, wait, err)
	}
	if got := drain(t, f, start); len(got) != 4 {
		t.Errorf("%q", got)
	}
}

// TestResumed: a host is left alone for its delay after a folder was opened again.
func TestResumed(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir, frontier.Settings{Delay: time.Second})
	add(t, f, entry(t, "http://a.example/1"), entry(t, "http://b.example/1"))
	update(t, f, func(b *frontier.Batch) error {
		return b.SetHost(frontier.Host{Origin: "http://b.example", Delay: 5 * time.Second}, time.Time{})
	})
	next(t, f, time.Now())
	next(t, f, time.Now())
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if again, err := frontier.Open(dir, frontier.Settings{Delay: time.Second}); err != nil {
		t.Fatal(err)
	} else {
		f = again
	}
	defer f.Close()
	if _, err := frontier.Open(dir, frontier.Settings{}); !errors.Is(err, frontier.ErrInUse) {
		t.Errorf("open twice: %v", err)
	}
	_, wait, ok, err := f.Next(time.Now())
	if ok || err != nil || wait <= 0 || wait > time.Second {
		t.Errorf("right after it was opened: %v, %v, %v", ok, wait, err)
	}
	w := next(t, f, time.Now().Add(2*time.Second))
	if w.Host.Origin != "http://a.example" {
		t.Errorf("%s is ready first", w.Host.Origin)
	}
	if _, wait, ok, err = f.Next(time.Now().Add(2 * time.Second)); ok || err != nil || wait > 3*time.Second || wait < time.Second {
		t.Errorf("the delay of the host is longer: %v, %v, %v", ok, wait, err)
	}
	if w := next(t, f, time.Now().Add(6*time.Second)); w.Host.Origin != "http://b.example" || w.Entry.URL.Target() != "/1" {
		t.Errorf("what was under way is given out again: %+v", w)
	}
}

// TestBroken: after a change that failed nothing works, and the folder is as before.
func TestBroken(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir, frontier.Settings{})
	add(t, f, entry(t, "http://a.example/1"))
	bad := errors.New("bad")
	if err := f.Update(func(b *frontier.Batch) error {
		if _, err := b.Add(entry(t, "http://a.example/2"), "", 0); err != nil {
			t.Error(err)
		}
		return bad
	}); !errors.Is(err, bad) {
		t.Error(err)
	}
	if _, _, _, err := f.Next(start); !errors.Is(err, bad) {
		t.Errorf("it is used after an error: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = open(t, dir, frontier.Settings{})
	if got := drain(t, f, start); !slices.Equal(got, []string{"http://a.example/1"}) {
		t.Errorf("%q", got)
	}
}
