package e2e_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/corpusmill/corpusmill/store/web/webtest"
)

// screen is what a terminal of some width shows of what was written to it: as much of one as
// the program uses. It has no bottom: lines that a real one scrolls away stay.
type screen struct {
	lines [][]rune
	row   int
	col   int
}

var control = regexp.MustCompile(`^\x1b\[([0-9;?]*)([A-Za-z])`)

// write acts on bytes, and returns those of a sequence that is not whole.
func (s *screen) write(b []byte) (rest []byte) {
	for len(b) > 0 {
		switch {
		case b[0] == '\x1b':
			m := control.FindSubmatch(b)
			if m == nil {
				return b
			}
			s.act(string(m[1]), m[2][0])
			b = b[len(m[0]):]
			continue
		case b[0] == '\r':
			s.col = 0
		case b[0] == '\n':
			s.row++
		default:
			r, n := rune(b[0]), 1
			if b[0] >= 0x80 {
				all := []rune(string(b[:min(len(b), 4)]))
				if len(b) < 4 && all[0] == '\uFFFD' {
					return b
				}
				r, n = all[0], len(string(all[:1]))
			}
			s.put(r)
			b = b[n:]
			continue
		}
		b = b[1:]
	}
	return nil
}

func (s *screen) put(r rune) {
	for len(s.lines) <= s.row {
		s.lines = append(s.lines, nil)
	}
	line := s.lines[s.row]
	for len(line) <= s.col {
		line = append(line, ' ')
	}
	line[s.col] = r
	s.lines[s.row] = line
	s.col++
}

// act does what the sequences of the progress bars ask: up, and clear. Colours are nothing.
func (s *screen) act(args string, what byte) {
	n, err := strconv.Atoi(args)
	if err != nil {
		n = 0
	}
	switch what {
	case 'A':
		s.row = max(s.row-max(n, 1), 0)
	case 'F':
		s.row, s.col = max(s.row-max(n, 1), 0), 0
	case 'J':
		if s.row < len(s.lines) {
			s.lines = s.lines[:s.row+1]
		}
		s.clear()
	case 'K':
		s.clear()
	}
}

func (s *screen) clear() {
	if s.row < len(s.lines) && s.col < len(s.lines[s.row]) {
		s.lines[s.row] = s.lines[s.row][:s.col]
	}
}

func (s *screen) String() string {
	var b strings.Builder
	for _, l := range s.lines {
		b.WriteString(strings.TrimRight(string(l), " ") + "\n")
	}
	return b.String()
}

// openTerminal makes a pair of a terminal and the program's side of it.
func openTerminal(t *testing.T, width, height int) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminal can be made here: %v", err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Skipf("no terminal can be made here: %v", err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Skipf("no terminal can be made here: %v", err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminal can be made here: %v", err)
	}
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: uint16(height), Col: uint16(width)}); err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// onTerminal runs the program on a terminal until it ends, and returns its exit code and what
// the screen shows then. Each time that something was written key is asked whether to type it;
// nothing goes by a clock.
func onTerminal(t *testing.T, dir string, width, height int, key func(shown string) string, args ...string) (int, string) {
	t.Helper()
	master, slave := openTerminal(t, width, height)
	defer master.Close() //nolint:errcheck // of a test
	c := program(t, args...)
	c.Dir, c.Stdin, c.Stdout, c.Stderr = dir, slave, slave, slave
	c.Env = append(c.Env, "TERM=xterm", "NO_COLOR=")
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if err := slave.Close(); err != nil {
		t.Fatal(err)
	}
	var s screen
	var rest []byte
	buf := make([]byte, 32<<10)
	for {
		n, err := master.Read(buf)
		rest = s.write(append(bytes.Clone(rest), buf[:n]...))
		if typed := key(s.String()); typed != "" {
			if _, err := io.WriteString(master, typed); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil { // EIO: nobody has the other side any more
			break
		}
	}
	var failed *exec.ExitError
	if err := c.Wait(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), s.String()
}

// plainScreen takes out what differs from run to run and from machine to machine.
var plainScreen = []struct {
	of *regexp.Regexp
	by string
}{
	{regexp.MustCompile(`[0-9.]+ [kMGT]?B of memory`), "N GB of memory"}, {regexp.MustCompile(`[0-9]+ workers?`), "N workers"},
	{regexp.MustCompile(`(?m) in [0-9.:]+ (s|min)$`), " in N s"}, {regexp.MustCompile(`, [0-9.]+ [kMGT]?B/s`), ""},
	{regexp.MustCompile(`(?m), [0-9.:]+ (s|min)$`), ", N s"}, {regexp.MustCompile(`[0-9.:]+ left`), "N left"},
	// How long the texts are is for tests of extraction.
	{regexp.MustCompile(`[0-9.]+ [kM]?B\b`), "N kB"}, {regexp.MustCompile(`[0-9,]+, [0-9.]+ bytes each`), "N, N bytes each"}, {regexp.MustCompile(`[0-9.]+[KMB] tokens: .*`), "N tokens"},
}

// figures are those of a run that was stopped somewhere.
var figures = []struct {
	of *regexp.Regexp
	by string
}{
	{regexp.MustCompile(`\[[#.]*\]`), "[...]"}, {regexp.MustCompile(`[0-9][0-9.,]*`), "N"}, {regexp.MustCompile(` +`), " "},
	{regexp.MustCompile(`(N % )(N of )?N [kMG]?B(, N left)?(, N s)?`), "N % N of N MB"}, {regexp.MustCompile(`N tasks? done in this call (is|are) kept`), "N tasks done in this call are kept"},
	{regexp.MustCompile(`N run, N done before`), "N run"},
}

func plainly(s string, withFigures bool) string {
	for _, p := range plainScreen {
		s = p.of.ReplaceAllString(s, p.by)
	}
	if withFigures {
		for _, f := range figures {
			s = f.of.ReplaceAllString(s, f.by)
		}
	}
	return strings.TrimRight(s, "\n") + "\n"
}

// TestTerminal holds what a terminal shows in the end to the screens of bench/terminal, in two
// sizes: a run, the same again, a mistake. A run that Ctrl-C stops, and the one that goes on
// from there, have figures that nobody can foretell.
func TestTerminal(t *testing.T) {
	warc, err := os.ReadFile("../pipelines/demo/demo-00.warc.gz")
	if err != nil {
		t.Fatal(err)
	}
	golden := func(name string, width, height int) string {
		b, err := os.ReadFile(fmt.Sprintf("../bench/terminal/%s-%dx%d.txt", name, width, height))
		if err != nil {
			t.Fatal(err)
		}
		return plainly(strings.TrimSuffix(string(b), "$\n"), false) // without the shell
	}
	nothing := func(string) string { return "" }
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		width, height := size[0], size[1]
		t.Run(fmt.Sprintf("%dx%d", width, height), func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "wrong.yaml"), []byte("extends: quickstart\nstages:\n  - gopher_quality: { min_wrds: 3 }\n"))
			// The last file does not come before the first run is stopped, however fast the machine is.
			held := make(chan struct{})
			files := map[string][]byte{"a.warc.gz": bytes.Repeat(warc, 24), "b.warc.gz": warc}
			site := webtest.StartSite(t, files, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodGet && r.URL.Path == "/b.warc.gz" {
						select {
						case <-held:
						case <-r.Context().Done():
							return
						}
					}
					next.ServeHTTP(w, r)
				})
			})
			writeFile(t, filepath.Join(dir, "big.yaml"), fmt.Appendf(nil, "extends: web-zh-en\nname: big\nsource: { warc: { paths: [%q, %q] } }\n", site.URL+"/a.warc.gz", site.URL+"/b.warc.gz"))
			for _, c := range []struct {
				name, line string
				code       int
			}{{"run", "run quickstart", 0}, {"again", "run quickstart", 0}, {"error", "run wrong.yaml", 2}} {
				code, shown := onTerminal(t, dir, width, height, nothing, strings.Fields(c.line)...)
				if got, want := plainly(shown, false), golden(c.name, width, height); code != c.code || got != want {
					t.Errorf("%s: exit code %d, the screen\n%s\nwant\n%s", c.name, code, got, want)
				}
			}
			typed := false
			stop := func(shown string) string {
				if typed || !strings.Contains(shown, "documents kept") {
					return ""
				}
				typed = true
				return "\x03"
			}
			code, shown := onTerminal(t, dir, width, height, stop, "run", "big.yaml", "--workers", "1")
			if got, want := plainly(shown, true), plainly(golden("stopped", width, height), true); code != 75 || got != want {
				t.Errorf("stopped: exit code %d, the screen\n%s\nwant\n%s", code, got, want)
			}
			close(held)
			code, shown = onTerminal(t, dir, width, height, nothing, "run", "big.yaml")
			got := plainly(shown, true)
			for _, want := range []string{"run folder runs/big (there: it goes on where it stopped)\n", "segment [...] N % N", "assemble [...] N % N", "\nbig: N documents in N s\n", "\n tasks N run\n", "\n report runs/big/report.html\n", "\n next corpusmill show runs/big\n"} {
				if code != 0 || !strings.Contains(got, want) {
					t.Errorf("resumed: exit code %d, no %q on the screen\n%s", code, want, got)
				}
			}
		})
	}
}
