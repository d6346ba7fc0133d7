package dedup

import (
	"os/exec"
	"strings"
	"testing"
)

// A library that finds duplicates must not pull in readers of formats.
func TestDependencies(t *testing.T) {
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go tool in PATH")
	}
	out, err := exec.Command(tool, "list", "-deps", ".").Output()
	if err != nil {
		t.Skipf("go list: %v", err)
	}
	for path := range strings.FieldsSeq(string(out)) {
		for _, heavy := range []string{"arrow", "parquet", "colly", "lingua"} {
			if strings.Contains(path, heavy) {
				t.Errorf("depends on %s", path)
			}
		}
	}
}
