package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
	"golang.org/x/sys/unix"
)

// smallDisk mounts a tmpfs of that size, which needs root.
func smallDisk(t *testing.T, bytes int) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", bytes)); err != nil {
		t.Skipf("cannot mount a small disk here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestDiskFull(t *testing.T) {
	dir := smallDisk(t, 1<<20)
	s := store.Local(dir)
	storetest.Put(t, s, "kept", []byte("kept"))
	w, err := s.Create(t.Context(), "d/big")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	_, err = w.Write(storetest.Bytes(2<<20, 1))
	wantFull(t, err, filepath.Join(dir, "d/big"))
	if d, ok := store.DiskOf(filepath.Join(dir, "d", "none")); !ok || d.Mount != dir || d.Size != 1<<20 || d.Free <= 0 || d.Free > d.Size || d.NoFiles {
		t.Errorf("the disk: %+v, %v", d, ok)
	}
	if _, again := w.Commit(t.Context()); again == nil || again.Error() != err.Error() {
		t.Errorf("commit after a failed write: %v", again)
	}
	if _, err := s.PutIfAbsent(t.Context(), "d/other", storetest.Bytes(2<<20, 1)); err == nil {
		t.Error("published more than fits")
	} else {
		wantFull(t, err, filepath.Join(dir, "d/other"))
	}
	wantFiles(t, dir, "kept")
	storetest.Put(t, s, "d/small", storetest.Bytes(1000, 1)) // the room came back
}

func wantFull(t *testing.T, err error, file string) {
	t.Helper()
	if !errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), "write "+file+": ") {
		t.Errorf("error %v", err)
	}
}

// wantFiles looks at the folder itself, as List hides temporaries.
func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	var got []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, p)
			got = append(got, rel)
		}
		return err
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("files %q, %v; want %q", got, err, want)
	}
}

// childFill writes past the size limit of files of its process.
func childFill(s store.Store, n int) error {
	signal.Ignore(syscall.SIGXFSZ)
	limit := unix.Rlimit{Cur: 100_000, Max: 100_000}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	ctx, cancel := contextOf(time.Minute)
	defer cancel()
	w, err := s.Create(ctx, "big")
	if err != nil {
		return err
	}
	if _, err = w.Write(storetest.Bytes(n, 1)); err == nil {
		_, err = w.Commit(ctx)
	}
	return err
}

func TestFileTooLarge(t *testing.T) {
	dir := t.TempDir()
	f := func(n int, want string) {
		t.Helper()
		out, err := storetest.Child(t, storetest.Order{Do: "fill", Location: dir, N: n}).CombinedOutput()
		if (err == nil) != (want == "") || !strings.Contains(string(out), want) {
			t.Errorf("%d bytes: %s, %v", n, out, err)
		}
	}
	f(100_001, "write "+filepath.Join(dir, "big")+": file too large")
	wantFiles(t, dir)
	f(100_000, "")
	wantFiles(t, dir, "big")
}

func TestReadOnlyDisk(t *testing.T) {
	dir := smallDisk(t, 1<<20)
	s := store.Local(dir)
	storetest.Put(t, s, "kept", nil)
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Skipf("cannot remount: %v", err)
	}
	wantRefused(t, s, dir, syscall.EROFS)
	wantFiles(t, dir, "kept")
}

// TestNoPermission needs a user other than root, whom modes do not stop.
func TestNoPermission(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write to every folder")
	}
	dir := t.TempDir()
	s := store.Local(dir)
	storetest.Put(t, s, "kept", nil)
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o755)
	wantRefused(t, s, dir, fs.ErrPermission)
	wantFiles(t, dir, "kept")
}

func wantRefused(t *testing.T, s store.Store, dir string, want error) {
	t.Helper()
	ctx := t.Context()
	f := func(op, file string, err error) {
		t.Helper()
		if !errors.Is(err, want) || !strings.Contains(err.Error(), op+" "+filepath.Join(dir, file)) {
			t.Errorf("%s %s: %v", op, file, err)
		}
	}
	_, err := s.Create(ctx, "x")
	f("create", "x", err)
	_, err = s.Create(ctx, "new/x")
	f("create", "new/x", err)
	_, err = s.PutIfAbsent(ctx, "x", nil)
	f("publish", "x", err)
	f("remove", "kept", s.Remove(ctx, "kept"))
	if created, err := s.PutIfAbsent(ctx, "kept", nil); created || err != nil {
		t.Errorf("publish under a taken name: %v, %v", created, err)
	}
}

// TestNoPermissionOfUser is TestNoPermission for a test run by root: a child
// under another user does it.
func TestNoPermissionOfUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can take another user's place")
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/tmp", "store-user-")
	if err != nil {
		t.Skipf("no folder for another user: %v", err)
	}
	defer os.RemoveAll(dir)
	data, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "store.test")
	if err := errors.Join(os.Chmod(dir, 0o777), os.WriteFile(copied, data, 0o755)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(copied, "-test.run=^TestNoPermission$", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestNoPermission") {
		t.Errorf("%v: %s", err, out)
	}
}

// childModes writes under another umask.
func childModes(s store.Store, _ int) error {
	syscall.Umask(0o027)
	ctx, cancel := contextOf(time.Minute)
	defer cancel()
	w, err := s.Create(ctx, "d/x")
	if err != nil {
		return err
	}
	if _, err := w.Commit(ctx); err != nil {
		return err
	}
	_, err = s.PutIfAbsent(ctx, "d/y", nil)
	return err
}

func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	if out, err := storetest.Child(t, storetest.Order{Do: "modes", Location: dir}).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, want := range map[string]fs.FileMode{"": 0o750, "d": 0o750, "d/x": 0o640, "d/y": 0o640} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
}

func TestSweepLocal(t *testing.T) {
	dir := t.TempDir()
	s := store.Local(dir)
	storetest.Put(t, s, "d/x", nil)
	storetest.Put(t, s, "d/y.tmp-1-2-3", nil)
	child, stop := storetest.Hang(t, storetest.Order{Location: dir, N: 100})
	temporary := findTemporary(t, dir)
	if pid := fmt.Sprintf("-%d@", child); !strings.HasPrefix(filepath.Base(temporary), ".tmp-half-") || !strings.Contains(temporary, pid) {
		t.Errorf("temporary %s", temporary)
	}
	sweep := func(age time.Duration, want int) {
		t.Helper()
		if n, err := store.Sweep(t.Context(), s, age); n != want || err != nil {
			t.Errorf("swept %d, %v; want %d", n, err, want)
		}
	}
	sweep(0, 0) // its writer lives
	own, err := s.Create(t.Context(), "d/own")
	if err != nil {
		t.Fatal(err)
	}
	defer own.Abort()
	sweep(0, 0) // so do we
	stop()
	other := strings.Replace(temporary, "@", "@another", 1) // of another machine
	if b, err := os.ReadFile(temporary); err != nil || os.WriteFile(other, b, 0o644) != nil {
		t.Fatal(err)
	}
	sweep(time.Hour, 1) // its writer is dead; the other one is young
	old := time.Now().Add(-time.Hour - time.Minute)
	if err := os.Chtimes(other, old, old); err != nil {
		t.Fatal(err)
	}
	sweep(2*time.Hour, 0)
	sweep(time.Hour, 1)
	if _, err := own.Commit(t.Context()); err != nil {
		t.Error(err)
	}
	// Not of our making: no process id, or a folder.
	for _, name := range []string{".tmp-x", ".tmp-x-y-z", ".tmp-x-1"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sweep(0, 0)
	wantFiles(t, dir, ".tmp-x", ".tmp-x-1", ".tmp-x-y-z", "d/own", "d/x", "d/y.tmp-1-2-3")
	link := filepath.Join(t.TempDir(), "link")
	if err := errors.Join(os.Symlink(dir, link), os.WriteFile(filepath.Join(dir, "d", ".tmp-z-0-0"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	if n, err := store.Sweep(t.Context(), store.Local(link), 0); n != 1 || err != nil {
		t.Errorf("sweep behind a symbolic link: %d, %v", n, err)
	}
	if n, err := store.Sweep(t.Context(), store.Local(filepath.Join(dir, "none")), 0); n != 0 || err != nil {
		t.Errorf("sweep of an absent folder: %d, %v", n, err)
	}
	if _, err := store.Sweep(t.Context(), s, -1); err == nil {
		t.Error("negative age")
	}
}

func findTemporary(t *testing.T, dir string) string {
	t.Helper()
	found := ""
	_ = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(d.Name(), ".tmp-") {
			found = p
		}
		return err
	})
	if found == "" {
		t.Fatal("no temporary")
	}
	return found
}
