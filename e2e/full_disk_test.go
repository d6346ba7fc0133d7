package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/store"
)

// disk holds a folder of a run. It fills up when a file of one pass is to be written.
type disk struct {
	folder string            // whose disk it is: run/ or out/, below the place
	passes map[string]string // of files
	mount  string            // where a real disk is mounted, "" where writes just fail

	mu    sync.Mutex
	fills string // pass in which it does, "" never
	after int    // files of that pass that find room before
	full  bool
	files map[string]int // that were begun, by pass
	err   error          // of filling it
}

// begin is called before a file is written.
func (d *disk) begin(op, name string) error {
	if !strings.HasPrefix(name, d.folder) {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	pass := d.passes[name]
	d.files[pass]++
	if d.fills != "" && pass == d.fills && d.files[pass] > d.after && !d.full {
		d.full = true
		d.err = d.fill()
	}
	if d.full && d.mount == "" {
		return &fs.PathError{Op: op, Path: "/" + name, Err: syscall.ENOSPC}
	}
	return nil
}

const ballast = "ballast"

// fill leaves no room on a real disk.
func (d *disk) fill() error {
	if d.mount == "" {
		return nil
	}
	f, err := os.Create(filepath.Join(d.mount, ballast))
	for b := make([]byte, 4096); err == nil; { // a page, so that not one is left
		_, err = f.Write(b)
	}
	if errors.Is(err, syscall.ENOSPC) {
		err = nil
	}
	return errors.Join(err, f.Close())
}

// clear makes room, and says when the disk will fill up again.
func (d *disk) clear(t *testing.T, fills string, after int) {
	t.Helper()
	if d.err != nil {
		t.Fatal(d.err)
	}
	if d.full && d.mount != "" {
		if err := os.Remove(filepath.Join(d.mount, ballast)); err != nil {
			t.Fatal(err)
		}
	}
	d.fills, d.after, d.full, d.files = fills, after, false, map[string]int{}
}

type fillingStore struct {
	store.Store
	disk   *disk
	prefix string // run, out/plain
}

func (s fillingStore) Create(ctx context.Context, name string) (store.Writer, error) {
	if err := s.disk.begin("create", s.prefix+"/"+name); err != nil {
		return nil, err
	}
	return s.Store.Create(ctx, name)
}

func (s fillingStore) PutIfAbsent(ctx context.Context, name string, b []byte) (bool, error) {
	if err := s.disk.begin("publish", s.prefix+"/"+name); err != nil {
		return false, err
	}
	return s.Store.PutIfAbsent(ctx, name, b)
}

var taskKey = regexp.MustCompile(`[0-9a-f]{32}`)

// passesOf says in which pass each file of a finished run is written. Begin and finish are
// what comes before and behind all passes.
func passesOf(files map[string][]byte) map[string]string {
	ofKey, of := map[string]string{}, map[string]string{}
	for name := range files {
		if rest, ok := strings.CutPrefix(name, "run/commits/"); ok {
			pass, file, _ := strings.Cut(rest, "/")
			ofKey[strings.TrimSuffix(file, ".json")] = pass
		}
	}
	for name := range files {
		dir, file := filepath.Split(name)
		switch key := taskKey.FindString(file); {
		case strings.HasPrefix(file, "_corpusmill"), file == "run.json", file == "plan.yaml", file == "graph.json":
			of[name] = "begin"
		case dir == "run/tasks/":
			of[name] = strings.TrimSuffix(file, ".jsonl")
		case dir == "run/tasks/lists/":
			of[name] = "lists"
		case strings.HasPrefix(name, "run/answers/"):
			of[name] = "answers"
		case strings.HasPrefix(name, "out/"):
			of[name] = "assemble"
		case ofKey[key] != "":
			of[name] = ofKey[key]
		default:
			of[name] = "finish"
		}
	}
	return of
}

// testFullDisk runs the pipeline of the damage campaign on a disk that fills up in each pass,
// twice, and is cleared each time: what the third run leaves is what a run leaves that
// always had room. The disk is a real one, or writes just fail.
func testFullDisk(t *testing.T, folder string, mount bool) {
	b := localBackend(t)
	p := b.place(t)
	if _, err := p.run(t, 0, run.Options{Workers: 2}); err != nil {
		t.Fatal(err)
	}
	files := p.files(t)
	want := &campaign{backend: b, want: []map[string]string{promised(files)}}
	d := &disk{folder: folder, passes: passesOf(files)}
	d.clear(t, "", 0)
	b.disk = d
	counted := b.place(t) // how many files each pass has
	if _, err := counted.run(t, 0, run.Options{Workers: 2}); err != nil {
		t.Fatal(err)
	}
	passes := d.files
	delete(passes, "") // files that are gone at the end
	if folder == "run/" && len(passes) < 18 || len(passes) < 2 {
		t.Fatalf("files of %d passes: %v", len(passes), passes)
	}
	for _, pass := range slices.Sorted(maps.Keys(passes)) {
		t.Run(pass, func(t *testing.T) {
			p := b.place(t)
			if err := os.MkdirAll(filepath.Join(p.at, folder), 0o755); err != nil {
				t.Fatal(err)
			}
			if mount {
				d.mount = filepath.Join(p.at, folder)
				mountSmall(t, d.mount, "8m")
			}
			for time, after := range []int{0, passes[pass] / 2} {
				d.clear(t, pass, after)
				_, err := p.run(t, 0, run.Options{Workers: 2})
				wantFull(t, d, err)
				if left := temporaries(t, p.at); len(left) > 0 {
					t.Errorf("full for the %d. time: half-written: %v", time+1, left)
				}
			}
			d.clear(t, "", 0)
			if _, err := p.run(t, 0, run.Options{Workers: 2}); err != nil {
				t.Fatal(err)
			}
			if why := want.differs(p.files(t), 0); why != "" {
				t.Error(why)
			}
			if problems := p.verify(t); len(problems) > 0 {
				t.Error(problems)
			}
		})
	}
}

// wantFull wants an error that says which file, which disk, and what to do.
func wantFull(t *testing.T, d *disk, err error) {
	t.Helper()
	if err == nil || !d.full {
		t.Fatalf("the disk filled up: %v; the run ended with %v", d.full, err)
	}
	file := store.FullAt(err)
	says := []string{"no space left on device", file, "run the same line again", "make room"}
	if d.mount != "" {
		says = append(says, "the disk at "+d.mount)
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("%q is not said: %v", s, err)
		}
	}
	if !strings.Contains(file, d.folder) {
		t.Errorf("it is about %q, which does not lie on that disk: %v", file, err)
	}
}

// mountSmall mounts a disk of that size, which needs root on Linux.
func mountSmall(t *testing.T, dir, size string) {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("cannot mount a small tmpfs here, which needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
}

// The disk of the run folder, and that of the parts, fills up in each pass.
func TestFullDiskInEachPass(t *testing.T) {
	t.Run("run folder", func(t *testing.T) { testFullDisk(t, "run/", false) })
	t.Run("parts", func(t *testing.T) { testFullDisk(t, "out/", false) })
}

// The same on real disks.
func TestFullRealDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("the same with writes that fail is tested in short runs too")
	}
	t.Run("run folder", func(t *testing.T) { testFullDisk(t, "run/", true) })
	t.Run("parts", func(t *testing.T) { testFullDisk(t, "out/", true) })
}

// A disk without room for spilled sorts is named, and the flag by which they go elsewhere.
func TestFullTemporaryDisk(t *testing.T) {
	dir, small := t.TempDir(), t.TempDir()
	var docs strings.Builder
	for i := range 6000 {
		fmt.Fprintf(&docs, "{\"id\":\"d%d\",\"text\":\"%s\"}\n", i, strings.Repeat(fmt.Sprintf("text %d of it ", i), 3))
	}
	writeFile(t, dir+"/in.jsonl", []byte(docs.String()))
	pipeline := writeFile(t, dir+"/p.yaml", []byte("source: { jsonl: { paths: ["+dir+"/in.jsonl] } }\nstages: [minhash]\nsink: { jsonl: {} }\n"))
	mountSmall(t, small, "64k")
	args := []string{"run", pipeline, "--run", dir + "/run", "--memory", "256MiB", "--workers", "16"} // so that 96,000 keys are spilled
	code, msg := exit(t, program(t, append(args, "--temp", small)...))
	if code != 1 {
		t.Fatalf("exit code %d: %s", code, msg)
	}
	for _, want := range []string{"no space left on device", "the disk at " + small, "--temp", "run the same line again"} {
		if !strings.Contains(msg, want) {
			t.Errorf("%q is not said: %s", want, msg)
		}
	}
	if code, msg := exit(t, program(t, append(args, "--temp", dir)...)); code != 0 {
		t.Errorf("elsewhere: exit code %d: %s", code, msg)
	}
}
