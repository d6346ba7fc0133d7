package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestPublishFallbacks plays file systems that lack link(2) or a rename that
// refuses to replace.
func TestPublishFallbacks(t *testing.T) {
	lacks := func(err error) func(string, string) error {
		return func(from, to string) error { return &os.LinkError{Op: "link", Old: from, New: to, Err: err} }
	}
	for name, change := range map[string]func(*local){
		"link":           func(*local) {},
		"rename":         func(s *local) { s.link = lacks(syscall.EPERM) },
		"claim":          func(s *local) { s.link, s.renameNew = lacks(syscall.ENOTSUP), lacks(syscall.EINVAL) },
		"claim portable": func(s *local) { s.link, s.renameNew = lacks(syscall.ENOSYS), lacks(errors.ErrUnsupported) },
	} {
		t.Run(name, func(t *testing.T) {
			s := Local(t.TempDir()).(*local)
			change(s)
			for i := range 20 {
				file := "d/" + strings.Repeat("x", 1+i*10)
				wins := make([]bool, 16)
				var group sync.WaitGroup
				for g := range wins {
					group.Go(func() {
						var err error
						if wins[g], err = s.PutIfAbsent(t.Context(), file, []byte{byte(g)}); err != nil {
							t.Error(err)
						}
					})
				}
				group.Wait()
				data, err := os.ReadFile(s.path(file))
				if err != nil || len(data) != 1 || !wins[data[0]] {
					t.Fatalf("%v: content %v, winners %v", err, data, wins)
				}
				wins[data[0]] = false
				for g, won := range wins {
					if won {
						t.Errorf("goroutine %d won as well", g)
					}
				}
			}
			entries, err := os.ReadDir(s.path("d"))
			if err != nil || len(entries) != 20 {
				t.Errorf("%d files, %v: temporaries stay", len(entries), err)
			}
		})
	}
}

// TestClaimLeftBehind is the crash of a process that held a claim.
func TestClaimLeftBehind(t *testing.T) {
	s := Local(t.TempDir()).(*local)
	unsupported := func(string, string) error { return errors.ErrUnsupported }
	s.link, s.renameNew = unsupported, unsupported
	claim := filepath.Join(s.dir, ".tmp-x-0-claim")
	if err := os.WriteFile(claim, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if n, err := Sweep(t.Context(), s, time.Hour); n != 0 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	if n, err := Sweep(t.Context(), s, 0); n != 1 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	if created, err := s.PutIfAbsent(t.Context(), "x", nil); !created || err != nil {
		t.Fatal(created, err)
	}
}

func TestBadNamesInFolders(t *testing.T) {
	f := func(name string, wantOK bool) {
		t.Helper()
		err := CheckName("open", name)
		if (err == nil) != wantOK || err != nil && !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%.20q: %v", name, err)
		}
	}
	f("a", true)
	f(strings.Repeat("a/", 511)+"ab", true)
	f(strings.Repeat("a/", 511)+"abc", false)
	f("a/.tmp", true)
	f(".tmp-", false)
	f(".tmp-a/b", true)
}

// FuzzName wants every accepted name to stay below the root.
func FuzzName(f *testing.F) {
	for _, seed := range []string{"a/b", "..", "a/../b", "/a", "a//b", ".", "a\x00", "ü", "...", "a/..b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if CheckName("open", name) != nil {
			return
		}
		if !fs.ValidPath(name) || !filepath.IsLocal(filepath.FromSlash(name)) {
			t.Errorf("accepted %q", name)
		}
	})
}

func TestTemporaryNames(t *testing.T) {
	for _, name := range []string{"a", "d/a-b-c", strings.Repeat("n", 255)} {
		temporary := temporaryName(name)
		pid, host, ok := temporaryWriter(temporary)
		if !ok || pid != os.Getpid() || host != thisHost() || len(temporary) > 255 {
			t.Errorf("%.20s: temporary %s, pid %d", name, temporary, pid)
		}
	}
	for _, not := range []string{"", "a", ".tmp-", ".tmp-a", ".tmp-a-1", ".tmp-a-b-c", ".tmp-a-+1-c", "tmp-a-1-b"} {
		if _, _, ok := temporaryWriter(not); ok {
			t.Errorf("%q is taken for a temporary", not)
		}
	}
}
