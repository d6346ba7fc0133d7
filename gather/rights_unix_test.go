//go:build unix

package gather_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/stage"
)

// envRights tells a child of TestWithoutRights which folder to read.
const envRights = "GATHER_TEST_RIGHTS"

// TestWithoutRights reads a file and a folder that the user may not read: the
// task fails and says so; nothing goes to quarantine. Root may read everything,
// so under root the test runs again as another user.
func TestWithoutRights(t *testing.T) {
	if dir := os.Getenv(envRights); dir != "" {
		withoutRights(t, dir)
		return
	}
	dir, err := os.MkdirTemp("", "rights")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for path, mode := range map[string]os.FileMode{"files/closed": 0, "folders/closed/f": 0o644} {
		path = filepath.Join(dir, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("nobody may read these words"), mode), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
	}
	closed := filepath.Join(dir, "folders", "closed")
	t.Cleanup(func() { _ = os.Chmod(closed, 0o755) })
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(closed, 0)); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		withoutRights(t, dir)
		return
	}
	binary := filepath.Join(dir, "test")
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Skip("root reads everything, and the test binary cannot be copied for another user:", err)
	}
	if err := os.WriteFile(binary, program, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "-test.run=^TestWithoutRights$", "-test.v")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), envRights+"="+dir)
	const nobody = 65534
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, fs.ErrPermission) {
		t.Skip("root reads everything, and no child of another user can be started here:", err)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func withoutRights(t *testing.T, dir string) {
	for name, open := range map[string]formattest.Source{"jsonl": {Open: openJSONL}, "warc": {Open: openWARC}, "parquet": {Open: openParquet}, "text": {Open: openText}, "html": {Open: openHTML}} {
		src, err := open.Open(t.Context(), []string{dir + "/files/*"}, stage.NewEnv())
		if err != nil {
			t.Fatal(err)
		}
		shards, err := src.Shards(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		f := &formattest.Feed{Shard: shards[0]}
		if err := src.Read(t.Context(), shards[0], f); !errors.Is(err, fs.ErrPermission) || len(f.Quarantined) > 0 {
			t.Errorf("%s: Read returned %v, quarantined %v", name, err, f.Quarantined)
		}
		if src, err = open.Open(t.Context(), []string{dir + "/folders/**"}, stage.NewEnv()); err != nil {
			t.Fatal(err)
		}
		if _, err := src.Shards(t.Context()); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: Shards returned %v", name, err)
		}
	}
}
