package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What the launcher of Slurm submits runs, here by a stand-in for sbatch that sets the
// variables of Slurm: two arrays share a run.
func TestLaunchSlurmRuns(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	standIn, err := os.ReadFile("../deploy/slurm/stand-in.sh")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sbatch", "scontrol"} {
		if err := os.WriteFile(filepath.Join(bin, name), standIn, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(program, filepath.Join(bin, "corpusmill")); err != nil { // by this name the test binary is the program
		t.Fatal(err)
	}
	command := func(args ...string) string {
		c := exec.CommandContext(t.Context(), filepath.Join(bin, "corpusmill"), args...)
		c.Args[0], c.Dir = "corpusmill", dir
		c.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "STAND_IN_REQUEUED="+dir+"/requeued")
		out, err := c.CombinedOutput()
		if err != nil {
			logs, _ := filepath.Glob(dir + "/slurm-*.out")
			for _, name := range logs {
				b, _ := os.ReadFile(name)
				out = append(append(out, name+"\n"...), b...)
			}
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	out := command("launch", "slurm", "quickstart", "--run", "shared", "--workers", "3", "--array-max", "2", "--cpus", "1", "--memory", "1GiB", "--exit-when-idle", "1m", "--submit")
	if n := strings.Count(out, "Submitted batch job"); n != 2 {
		t.Errorf("%d arrays: %s", n, out)
	}
	command("run", "quickstart", "--run", "alone")
	for _, name := range []string{"manifest.jsonl", "stats.json"} {
		a, errA := os.ReadFile(filepath.Join(dir, "shared", name))
		b, errB := os.ReadFile(filepath.Join(dir, "alone", name))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs: %v, %v", name, errA, errB)
		}
	}
	if b, err := os.ReadFile(dir + "/requeued"); err == nil {
		t.Errorf("put back into the queue: %s", b)
	}
}
