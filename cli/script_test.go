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
//	flip PATTERN         change one bit in the middle of the first file that matches
//	matches PATTERN      a file matches, with ! none does
//	remove PATTERN       remove the files that match
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "flip": flip, "matches": matches, "remove": remove,
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

// matching are the files that match a pattern.
func matching(ts *testscript.TestScript, pattern string) []string {
	names, err := filepath.Glob(ts.MkAbs(pattern))
	ts.Check(err)
	return names
}

func matches(ts *testscript.TestScript, neg bool, args []string) {
	if found := matching(ts, args[0]); (len(found) == 0) != neg {
		ts.Fatalf("%s matches %q", args[0], found)
	}
}

func remove(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range matching(ts, args[0]) {
		ts.Check(os.Remove(name))
	}
}

func flip(ts *testscript.TestScript, _ bool, args []string) {
	names := matching(ts, args[0])
	if len(names) == 0 {
		ts.Fatalf("no file matches %s", args[0])
	}
	b, err := os.ReadFile(names[0])
	ts.Check(err)
	b[len(b)/2] ^= 1
	ts.Check(os.WriteFile(names[0], b, 0o644))
}
