package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/cli"
	"github.com/corpusmill/corpusmill/ledger/claims"
	"github.com/corpusmill/corpusmill/store"
)

// Nothing is removed while a worker lives.
func TestGCWaitsForWorkers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	t.Chdir(t.TempDir()) // gc goes to the folder of the plan
	command := func(args ...string) (int, string) {
		var out bytes.Buffer
		return cli.Run(t.Context(), corpusmill.App(), args, strings.NewReader(""), &out, &out), out.String()
	}
	if code, out := command("run", "quickstart", "--run", dir); code != 0 {
		t.Fatal(out)
	}
	stale := filepath.Join(dir, "segments", "nobody.docs")
	if err := os.WriteFile(stale, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	worker, err := claims.Join(t.Context(), store.Local(dir), claims.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if code, out := command("gc", dir); code != 75 || !strings.Contains(out, "workers are at this run") {
		t.Errorf("exit code %d: %s", code, out)
	}
	if _, err := os.Stat(stale); err != nil {
		t.Error(err)
	}
	if code, out := command("gc", dir, "--dry-run"); code != 0 || !strings.Contains(out, "segments  1 files") {
		t.Errorf("exit code %d: %s", code, out)
	}
	if err := worker.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code, out := command("gc", dir); code != 0 || !strings.Contains(out, "removed") {
		t.Errorf("exit code %d: %s", code, out)
	}
	if _, err := os.Stat(stale); err == nil {
		t.Error("it is still there")
	}
}
