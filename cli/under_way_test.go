package cli_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/ledger/claims"
	"github.com/corpusmill/corpusmill/store"
)

// TestVerifyUnderWay tells a run that somebody works on from one that stopped, with results of
// an earlier run and without.
func TestVerifyUnderWay(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, map[string]string{"p.yaml": sound, "in.jsonl": `{"text":"a"}` + "\n"})
	if code, out := command(t, "run", "p.yaml", "--run", "r"); code != 0 {
		t.Fatal(out)
	}
	want := func(what string, code int, text string, args ...string) {
		t.Helper()
		if got, out := command(t, args...); got != code || !strings.Contains(out, text) {
			t.Errorf("%s: %s: exit code %d, want %d: %s\nwant %s", what, args[0], got, code, out, text)
		}
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	me := fmt.Sprintf("process %d on %s", os.Getpid(), host)
	want("whole", 0, "as the manifest says", "verify", "r")
	put(t, map[string]string{"r/unfinished": ""})
	want("stopped", 0, "note: the last run here did not come to its end", "verify", "r")
	put(t, map[string]string{"r/workers/gone": "{"}) // of another machine, torn
	worker, err := claims.Join(t.Context(), store.Local("r"), claims.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	by := "under way here, by "
	want("under way", 0, "note: a run is "+by, "verify", "r")
	want("under way", 0, me, "verify", "r")
	if err := os.Remove("r/stats.json"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"verify", "r"}, {"verify", "--deep", "r"}, {"diff", "r", "r"}, {"evidence", "r"}} {
		want("without results", 75, "r: the run is under way, by ", args...)
		want("without results", 75, me, args...)
		want("without results", 75, "the same line again when it has ended", args...)
	}
	if err := worker.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove("r/workers/gone"); err != nil {
		t.Fatal(err)
	}
	want("stopped, without results", 1, "r: the run is not finished: run it again to resume", "verify", "r")
	// One that was killed on this machine is not there.
	if worker, err = claims.Join(t.Context(), store.Local("r"), claims.Settings{}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("r/workers/" + worker.ID())
	if err != nil {
		t.Fatal(err)
	}
	if err := worker.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	put(t, map[string]string{"r/workers/dead": strings.Replace(string(b), fmt.Sprintf(`"pid":%d`, os.Getpid()), `"pid":4194305`, 1)})
	want("killed", 1, "run it again to resume", "verify", "r")
}
