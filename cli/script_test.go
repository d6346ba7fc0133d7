package cli_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/corpusmill/corpusmill"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"corpusmill": func() { corpusmill.Main() }})
}

// Every file of testdata is a session at the command line. Beside the commands of
// testscript there are
//
//	exits CODE ARGS...   run corpusmill and compare its exit code
//	flip FILE            change one bit in the middle of a file
//	lock FILE            hold the lock of a run folder
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "flip": flip, "lock": lock,
		},
	})
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits CODE ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec("corpusmill", args[1:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func flip(ts *testscript.TestScript, _ bool, args []string) {
	names, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(names) == 0 {
		ts.Fatalf("no file matches %s", args[0])
	}
	b, err := os.ReadFile(names[0])
	ts.Check(err)
	b[len(b)/2] ^= 1
	ts.Check(os.WriteFile(names[0], b, 0o644))
}
