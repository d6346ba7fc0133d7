package e2e_test

import (
	"bufio"
	"os"
	"regexp"
	"testing"
)

// A process that is alone of its world says for whom it waits and how long.
func TestAloneInTheWorld(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir+"/a.jsonl", []byte(`{"text":"one two three"}`+"\n"))
	pipeline := writeFile(t, dir+"/p.yaml", []byte("source: { jsonl: { paths: ["+dir+"/a.jsonl] } }\nstages: [exact_dedup, minhash]\nsink: { jsonl: {} }\n"))
	c := program(t, "run", pipeline, "--run", dir+"/run", "--rank", "0", "--world-size", "50") // all tasks but few are others'
	c.Stderr = nil
	lines, err := c.StderrPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`, waiting for \S.* of rank \d+, [1-9]\d*s$`)
	found := false
	for s := bufio.NewScanner(lines); !found && s.Scan(); {
		found = want.MatchString(s.Text())
	}
	_ = c.Process.Signal(os.Interrupt)
	_ = c.Wait()
	if !found || c.ProcessState.ExitCode() != 75 {
		t.Errorf("found %v, exit %d", found, c.ProcessState.ExitCode())
	}
}
