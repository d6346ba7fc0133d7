package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/stage"
)

// The test binary is the program too, so that runs can be processes of their own
// and be killed.
func TestMain(m *testing.M) {
	if os.Getenv("CORPUSMILL_TEST_PROGRAM") == "1" {
		corpusmill.Main(stage.Define[lengthTop]("length_top", 1), stage.Define[deadly]("deadly", 1))
	}
	os.Exit(m.Run())
}

// program makes a command that runs the program.
func program(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, args...)
	c.Env = append(os.Environ(), "CORPUSMILL_TEST_PROGRAM=1", "GOMAXPROCS=2")
	return c
}

// output runs the program, which must end with 0, and returns its standard output.
func output(t testing.TB, c *exec.Cmd) []byte {
	t.Helper()
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(c.Args[1:], " "), err, stderr.String())
	}
	return out
}

// exit runs the program and returns its exit code and standard error.
func exit(t *testing.T, c *exec.Cmd) (int, string) {
	t.Helper()
	var stderr bytes.Buffer
	c.Stderr = &stderr
	err := c.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), stderr.String()
}

// inProcess runs a pipeline inside the test.
func inProcess(t *testing.T, yaml string, more ...stage.Def) (*run.Summary, string, error) {
	t.Helper()
	dir := t.TempDir()
	app := corpusmill.App(more...)
	p, err := app.Parse("test.yaml", []byte(yaml), nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := app.Run(t.Context(), p, run.Options{Dir: dir, Workers: 2})
	return s, dir, err
}

func writeFile(t *testing.T, name string, b []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// readParts reads JSONL parts by document ID.
func readParts(t *testing.T, dir string) map[string]map[string]any {
	t.Helper()
	docs := map[string]map[string]any{}
	names, _ := filepath.Glob(dir + "/*.jsonl.zst")
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := decompress(f)
		if err != nil {
			t.Fatal(err)
		}
		dec := json.NewDecoder(r)
		for {
			var d map[string]any
			if err := dec.Decode(&d); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			docs[d["id"].(string)] = d
		}
		_ = r.Close()
	}
	return docs
}

func decompress(r io.ReadCloser) (io.ReadCloser, error) {
	return format.Decompress(context.Background(), r, stage.NewEnv())
}

// quarantine is all that a run put there.
func quarantine(t *testing.T, run string) string {
	t.Helper()
	names, _ := filepath.Glob(filepath.Join(run, "quarantine", "*.jsonl"))
	var all bytes.Buffer
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}
