package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The lines of the crontab run: what cron gives to the shell, in another folder.
func TestDeployCron(t *testing.T) {
	for _, tool := range []string{"sh", "flock", "timeout"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s", tool)
		}
	}
	tab, err := os.ReadFile("../deploy/cron/corpusmill.cron")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(program, filepath.Join(dir, "corpusmill")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "nightly.yaml"), []byte("extends: quickstart\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range strings.Lines(string(tab)) {
		fields := strings.Fields(line)
		if len(fields) < 7 || strings.HasPrefix(line, "#") || strings.Contains(fields[0], "=") {
			continue
		}
		lines++
		command := line[strings.Index(line, "cd /srv"):]
		if strings.Contains(strings.ReplaceAll(command, `\%`, ""), "%") {
			t.Errorf("cron ends the line at its %%: %s", line)
		}
		c := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(command, "/srv/corpus", dir))
		c.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
		if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
			log, _ := os.ReadFile(filepath.Join(dir, "nightly.log"))
			t.Errorf("%s: %v\n%s%s", line, err, out, log)
		}
	}
	for _, name := range []string{"runs/nightly/manifest.jsonl", "nightly.jsonl", "gc.log"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if lines != 2 {
		t.Errorf("%d lines", lines)
	}
}
