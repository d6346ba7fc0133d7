package cli

import (
	"fmt"
	"io"
	"os"
	"sync"
	"unicode/utf8"
)

// terminal writes what people read: characters of pages, ids, paths and errors that would
// act on a terminal, or show a text in another order than it is in, are shown as escapes.
// Every line of a command goes through one; files never do.
type terminal struct {
	mu sync.Mutex
	w  io.Writer
	// json writes \u202e for what JSON leaves as it is, which is the same text: JSON has
	// such characters in strings alone.
	json bool
	// part is the beginning of a character whose end is not written yet.
	part []byte
	buf  []byte
}

// Write escapes and writes; it keeps back at most the first three bytes of a character.
func (t *terminal) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	rest := b
	if len(t.part) > 0 {
		rest = append(t.part, b...)
		t.part = nil
	}
	t.buf = t.buf[:0]
	for len(rest) > 0 {
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size == 1 && !utf8.FullRune(rest) {
			t.part = append([]byte{}, rest...)
			break
		}
		t.escape(r, rest[:size])
		rest = rest[size:]
	}
	if _, err := t.w.Write(t.buf); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Flush writes a character that has no end.
func (t *terminal) Flush() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = t.buf[:0]
	for _, c := range t.part {
		t.escape(utf8.RuneError, []byte{c})
	}
	t.part = nil
	_, err := t.w.Write(t.buf)
	return err
}

// redirect has it write elsewhere from here on, and returns where it did.
func (t *terminal) redirect(w io.Writer) io.Writer {
	t.mu.Lock()
	defer t.mu.Unlock()
	w, t.w = t.w, w
	return w
}

// raw writes what is to act on the terminal.
func (t *terminal) raw(s string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = io.WriteString(t.w, s) // what stands around it tells of an error
}

// Colours, by the codes of terminals.
const (
	red, green, bold, faint = "31", "32", "1", "2"
)

// in prints in a colour, where standard output goes to somebody who sees it.
func (p *program) in(code string, print func()) {
	t, ok := p.stdout.(*terminal)
	if !ok || t.json || !coloured(t.w) {
		print()
		return
	}
	t.raw("\x1b[" + code + "m")
	print()
	t.raw("\x1b[0m")
}

func (t *terminal) escape(r rune, bytes []byte) {
	switch {
	case t.json && (bidirectional(r) || r >= 0x7f && r < 0xa0):
		t.buf = fmt.Appendf(t.buf, `\u%04x`, r)
	case t.json || r == '\n' || r == '\t':
		t.buf = append(t.buf, bytes...)
	case r == utf8.RuneError && len(bytes) == 1:
		t.buf = fmt.Appendf(t.buf, `\x%02x`, bytes[0])
	case r < 0x20, r >= 0x7f && r < 0xa0:
		t.buf = fmt.Appendf(t.buf, `\x%02x`, r)
	case bidirectional(r), invisible(r):
		t.buf = fmt.Appendf(t.buf, `\u%04x`, r)
	default:
		t.buf = append(t.buf, bytes...)
	}
}

// bidirectional are the characters that turn the order of those around them.
func bidirectional(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c
}

// invisible are characters of no width, ends of a line that few expect, and tags.
func invisible(r rune) bool {
	return r >= 0x200b && r <= 0x200d || r == 0x2028 || r == 0x2029 || r >= 0x2060 && r <= 0x2064 || r == 0xfeff || r >= 0xe0000 && r <= 0xe007f
}

// data are the commands whose output is theirs who call them, unless it goes to a terminal.
var data = map[string]bool{"extract": true, "tokens": true, "lang": true, "recipes": true, "schema": true, "slurm": true, "k8s": true, "ray": true, "spark": true}

// outputOf is where a command writes: escaped, but for texts and ids that go to a file.
func outputOf(command string, asJSON bool, w io.Writer) io.Writer {
	if !asJSON && data[command] && !isTerminal(w) {
		return w
	}
	return &terminal{w: w, json: asJSON}
}

// isTerminal reports whether somebody looks at what is written.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
