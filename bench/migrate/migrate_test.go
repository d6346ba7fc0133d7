package migrate

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPagesOfPeers runs each page's program of the peer and ours on the same input.
// CORPUSMILL_TEST_LID is a lid.176 model for the pages that need one.
func TestPagesOfPeers(t *testing.T) {
	python, model := os.Getenv("CORPUSMILL_TEST_PYTHON"), os.Getenv("CORPUSMILL_TEST_LID")
	if python == "" {
		t.Skip("CORPUSMILL_TEST_PYTHON names no Python")
	}
	module := map[string]string{"datatrove": "datatrove", "dolma": "dolma", "data-juicer": "data_juicer", "nemo-curator": "nemo_curator"}
	program, dir := "", t.TempDir()
	for peer, name := range module {
		t.Run(peer, func(t *testing.T) {
			if exec.Command(python, "-c", "import "+name).Run() != nil {
				t.Skipf("CORPUSMILL_TEST_PYTHON has no %s", name)
			}
			if peer != "nemo-curator" && model == "" {
				t.Skip("CORPUSMILL_TEST_LID names no lid.176 model")
			}
			if program == "" {
				program = build(t, dir)
			}
			args := []string{"run.py", peer, "--corpusmill", program}
			if model != "" {
				args = append(args, "--lid", model)
			}
			out, err := exec.CommandContext(t.Context(), python, args...).CombinedOutput()
			if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
				t.Fatalf("exit code %d\n%s", exit.ExitCode(), out)
			} else if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(out), peer+".md: ") {
				t.Fatalf("no result: %s", out)
			}
			t.Logf("%s", out)
		})
	}
}

func build(t *testing.T, dir string) string {
	t.Helper()
	program := filepath.Join(dir, "corpusmill")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/corpusmill").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}
