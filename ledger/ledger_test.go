package ledger_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/store"
)

func TestCommitOnceAndEqual(t *testing.T) {
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	if c, err := l.Find(t.Context(), "segment", "k"); c != nil || err != nil {
		t.Fatal(c, err)
	}
	c := &ledger.Commit{Head: plan.Head{Pass: "segment", Key: "k", Label: "s/a", Documents: 2}}
	for range 2 { // a second worker with the same result is welcome
		if err := l.Publish(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	got, err := l.Find(t.Context(), "segment", "k")
	if err != nil || got.Documents != 2 {
		t.Fatal(got, err)
	}
	c.Documents = 3
	if err := l.Publish(t.Context(), c); !errors.Is(err, ledger.ErrNotDeterministic) {
		t.Errorf("a different result was taken: %v", err)
	}
}

// revoked is a store in which commits were there a moment ago, and are gone when they are
// read: another worker found a part of them missing, and took them back.
type revoked struct {
	store.Store
	times int
}

func (s *revoked) PutIfAbsent(ctx context.Context, name string, data []byte) (bool, error) {
	if s.times--; s.times >= 0 {
		return false, nil
	}
	return s.Store.PutIfAbsent(ctx, name, data)
}

// A commit that another worker takes back while it is published is published anew, unless
// that goes on.
func TestCommitTakenBack(t *testing.T) {
	for times, ok := range []bool{true, true, true, true, true, false} {
		l := &ledger.Ledger{Store: &revoked{store.Local(t.TempDir()), times}}
		if err := l.Publish(t.Context(), &ledger.Commit{Head: plan.Head{Pass: "p", Key: "k", Documents: 3}}); (err == nil) != ok {
			t.Errorf("taken back %d times: %v", times, err)
		}
		if got, err := l.Find(t.Context(), "p", "k"); err != nil || (got != nil) != ok || ok && got.Documents != 3 {
			t.Errorf("taken back %d times: %+v, %v", times, got, err)
		}
	}
}

// What a task saw of its input, and where that lies, is no part of its result.
func TestCommitsOfInputSeenAgain(t *testing.T) {
	ctx := t.Context()
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	commit := func(path, version, sum string, documents int64) *ledger.Commit {
		return &ledger.Commit{Head: plan.Head{Pass: "segment", Key: "k", Documents: documents, Shards: []plan.Shard{{Source: "s", Name: "a", Path: path}}},
			Seen: []ledger.Seen{{Version: version, Content: store.Content{Blocks: [][2]int64{{0, 1}}, XXH3: sum}}}}
	}
	first := commit("in/a", "1", "x", 2)
	if err := l.Publish(ctx, first); err != nil {
		t.Fatal(err)
	}
	if err := l.Publish(ctx, commit("moved/a", "2", "y", 2)); err != nil {
		t.Errorf("the same result of input that was moved: %v", err)
	}
	if c, err := l.Find(ctx, "segment", "k"); err != nil || c.Seen[0].Version != "1" || c.Shards[0].Path != "in/a" {
		t.Errorf("the commit that was there is %+v, %v", c, err)
	}
	if err := l.Publish(ctx, commit("in/a", "2", "x", 3)); !errors.Is(err, ledger.ErrNotDeterministic) {
		t.Errorf("another result of the same input: %v", err)
	}
	if err := l.Publish(ctx, commit("in/a", "2", "y", 3)); err == nil || errors.Is(err, ledger.ErrNotDeterministic) || !strings.Contains(err.Error(), "in/a holds something else") {
		t.Errorf("another result of other input: %v", err)
	}
	amended := *first
	amended.Seen = commit("", "2", "x", 0).Seen
	if err := l.Amend(ctx, &amended); err != nil {
		t.Fatal(err)
	}
	if c, err := l.Find(ctx, "segment", "k"); err != nil || c.Seen[0].Version != "2" || c.Seen[0].XXH3 != "x" || c.Documents != 2 {
		t.Errorf("amended: %+v, %v", c, err)
	}
	if first.Result().Seen != nil || first.Seen == nil {
		t.Error("the result holds what was seen, or the commit does not")
	}
}

func TestFileHasSizeAndDigest(t *testing.T) {
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	w, err := l.Create(t.Context(), ledger.File{Name: "a/b", Role: ledger.RoleKeys, Stage: "minhash"})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, "abc")
	f, err := w.Commit(t.Context())
	want := ledger.File{Name: "a/b", Role: ledger.RoleKeys, Stage: "minhash", Bytes: 3, SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}
	if err != nil || f != want {
		t.Errorf("%+v, %v", f, err)
	}
}

// The end of a file between passes is its last 16 bytes, however it was written; other
// files and shorter ones have none.
func TestFileHasItsEnd(t *testing.T) {
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	f := func(name string, want string, pieces ...string) {
		t.Helper()
		w, err := l.Create(t.Context(), ledger.File{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pieces {
			fmt.Fprint(w, p)
		}
		if got, err := w.Commit(t.Context()); err != nil || got.End != want {
			t.Errorf("%s of %q: the end is %q, %v", name, pieces, got.End, err)
		}
	}
	end := hex.EncodeToString([]byte("0123456789abcdef"))
	f("segments/a", "", "0123456789abcde")
	f("segments/a", end, "0123456789abcdef")
	f("segments/a", end, "xxxxxxxxxxxxxxxxxxxx0123456789abcdef")
	f("segments/a", end, "xxx0", "", "123456789abcd", "ef")
	f("segments/a", end, "xxxxxxxxxxxxxxxxxxxxxxxxxx0123456789abcde", "f")
	f("stats/a", "", "0123456789abcdef")
}

// Statistics lie beside the commit, which has their digest: what is not as it was is no
// account of the task.
func TestStatsBesideTheCommit(t *testing.T) {
	ctx := t.Context()
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	stats := ledger.NewStats([]string{"s"}, []string{"rule"})
	stats.Sources[0].Read = 7
	c := &ledger.Commit{Head: plan.Head{Pass: "segment", Key: "k"}}
	if s, err := l.Stats(ctx, c); s != nil || err != nil {
		t.Errorf("a task without statistics has %+v, %v", s, err)
	}
	if err := l.WriteStats(ctx, c, stats); err != nil {
		t.Fatal(err)
	}
	if err := l.Publish(ctx, c); err != nil {
		t.Fatal(err)
	}
	const name = "stats/segment/k.json"
	whole, err := l.ReadFile(ctx, name)
	if err != nil || len(c.Files) != 1 || c.Files[0].Name != name {
		t.Fatalf("%+v, %v", c.Files, err)
	}
	if c, err = l.Find(ctx, "segment", "k"); err != nil {
		t.Fatal(err)
	}
	for what, b := range map[string][]byte{
		"as it was": whole,
		"empty":     nil,
		"cut":       whole[:len(whole)-1],
		"longer":    append(bytes.Clone(whole), ' '),
		"one digit": bytes.Replace(whole, []byte(`"read":7`), []byte(`"read":8`), 1),
		"zeroed":    make([]byte, len(whole)),
	} {
		if err := l.WriteFile(ctx, name, b); err != nil {
			t.Fatal(err)
		}
		s, err := l.Stats(ctx, c)
		switch {
		case what == "as it was" && (err != nil || s.Sources[0].Read != 7):
			t.Errorf("%s: %+v, %v", what, s, err)
		case what != "as it was" && (!errors.Is(err, ledger.ErrStatsDamaged) || s != nil):
			t.Errorf("%s: %+v, %v", what, s, err)
		}
	}
	if err := l.Store.Remove(ctx, name); err != nil {
		t.Fatal(err)
	}
	if s, err := l.Stats(ctx, c); !errors.Is(err, ledger.ErrStatsDamaged) || s != nil {
		t.Errorf("missing: %+v, %v", s, err)
	}
}

// Merging commutes: whatever the order of tasks, the account is the same bytes.
func TestStatsMergeCommutes(t *testing.T) {
	part := func(seed int) *ledger.Stats {
		s := ledger.NewStats([]string{"a", "b"}, []string{"x", "y"})
		s.Sources[seed%2].Read = int64(seed)
		s.Sources[seed%2].Skipped["media type"]++
		for i := range seed {
			s.Stages[i%2].Count(ledger.Outcome{Lang: fmt.Sprint("l", i%3), Source: "a", Pieces: 1 + i%2, BytesIn: 10, BytesOut: 8})
			s.Stages[0].Count(ledger.Outcome{Lang: "en", Source: "b", Pieces: 1, Verdict: corpus.Verdict{Rule: fmt.Sprint("r", i%4)}})
			s.Hosts.Of(fmt.Sprint("h", i)).Documents++
		}
		return s
	}
	sum := func(order ...int) string {
		total := part(0)
		for _, i := range order {
			total.Add(part(i))
		}
		b, err := json.Marshal(total)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	want := sum(1, 2, 3, 4)
	if sum(4, 3, 2, 1) != want || sum(3, 1, 4, 2) != want {
		t.Error("the order of merging shows")
	}
	var back ledger.Stats
	if err := json.Unmarshal([]byte(want), &back); err != nil {
		t.Fatal(err)
	}
	if b, _ := json.Marshal(&back); string(b) != want {
		t.Error("what is written does not read back")
	}
}

func TestHostsKeepTheLargest(t *testing.T) {
	h := ledger.Hosts{}
	for i := range ledger.HostsMax + 10 {
		h.Of(fmt.Sprintf("h%05d", i)).Documents = int64(i / 2)
	}
	h.Cut()
	if len(h) != ledger.HostsMax || h["h00009"] != nil || h["h00010"] == nil {
		t.Errorf("%d hosts", len(h))
	}
}

// Files are found by role and stage, whatever they are called.
func TestFileOfARole(t *testing.T) {
	c := &ledger.Commit{Files: []ledger.File{
		{Name: "segments/k.docs", Role: ledger.RoleDocuments}, {Name: "segments/k.a.keys", Role: ledger.RoleKeys, Stage: "a"},
		{Name: "segments/k.b", Role: ledger.RoleKeys, Stage: "b"}, {Name: "stats/segment/k.json", Role: ledger.RoleStats},
	}}
	for _, x := range []struct {
		role         ledger.Role
		stage        string
		want         string
		intermediate bool
	}{
		{ledger.RoleDocuments, "", "segments/k.docs", true}, {ledger.RoleKeys, "b", "segments/k.b", true},
		{ledger.RoleStats, "", "stats/segment/k.json", false},
		{ledger.RoleKeys, "", "", false}, {ledger.RoleDocuments, "a", "", false}, {ledger.RoleEdits, "", "", false},
	} {
		var got ledger.File
		if f := c.File(x.role, x.stage); f != nil {
			got = *f
		}
		if got.Name != x.want || got.Intermediate() != x.intermediate {
			t.Errorf("%s of %q is %+v, want %s", x.role, x.stage, got, x.want)
		}
	}
}

// TestSealedCommits damages a commit at each byte: it is never read as another, and the
// next one that is published takes its place.
func TestSealedCommits(t *testing.T) {
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	const name = "commits/p/k.json"
	c := &ledger.Commit{Head: plan.Head{Pass: "p", Key: "k", Label: "l", Documents: 912}, Settled: []ledger.Settled{{Limit: 0.5}}}
	if err := l.Publish(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	sound, err := l.ReadFile(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range sound {
		for _, damaged := range [][]byte{sound[:i], append(append(slices.Clone(sound[:i]), sound[i]^1), sound[i+1:]...)} {
			if err := l.WriteFile(t.Context(), name, damaged); err != nil {
				t.Fatal(err)
			}
			if got, err := l.Find(t.Context(), "p", "k"); !errors.Is(err, ledger.ErrDamaged) {
				t.Fatalf("%s: %+v, %v", damaged, got, err)
			}
		}
	}
	for _, other := range []plan.Head{{Pass: "q", Key: "k"}, {Pass: "p", Key: "l"}} { // sound, of another task
		if err := l.Publish(t.Context(), &ledger.Commit{Head: other}); err != nil {
			t.Fatal(err)
		}
		b, err := l.ReadFile(t.Context(), "commits/"+other.Pass+"/"+other.Key+".json")
		if err == nil {
			err = l.WriteFile(t.Context(), name, b)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := l.Find(t.Context(), "p", "k"); !errors.Is(err, ledger.ErrDamaged) {
			t.Fatalf("of another task: %+v, %v", got, err)
		}
	}
	if err := l.Publish(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if got, err := l.Find(t.Context(), "p", "k"); err != nil || got.Documents != 912 {
		t.Errorf("%+v, %v", got, err)
	}
	c.Documents++
	if err := l.Publish(t.Context(), c); !errors.Is(err, ledger.ErrNotDeterministic) {
		t.Error(err)
	}
}

// TestLongCommit has a commit that is longer than any can be: it is damaged, and not read
// to its end.
func TestLongCommit(t *testing.T) {
	dir := t.TempDir()
	l := &ledger.Ledger{Store: store.Local(dir)}
	if err := l.Publish(t.Context(), &ledger.Commit{Head: plan.Head{Pass: "p", Key: "k"}}); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "commits/p/k.json"), 1<<40); err != nil {
		t.Skip("a sparse file of a TiB cannot be made here:", err)
	}
	if got, err := l.Find(t.Context(), "p", "k"); !errors.Is(err, ledger.ErrDamaged) {
		t.Errorf("%+v, %v", got, err)
	}
}
