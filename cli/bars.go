package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/corpusmill/corpusmill/run"
)

// bars shows all passes of a run at once, a line each, and below them what becomes of the
// documents. Lines are written over; what is logged meanwhile goes above them.
type bars struct {
	program *program
	screen  *mpb.Progress
	rows    []*mpb.Bar
	height  int // of the screen, 24 where it is not known

	mu     sync.Mutex
	now    run.Progress
	before io.Writer // that the program's terminal wrote to
}

// barsEvery is the time between two pictures.
const barsEvery = 200 * time.Millisecond

// rowsBeside are lines of the screen that the bars leave: what stood before, and the last.
const rowsBeside = 5

func newBars(p *program) *bars {
	b := &bars{program: p, height: 24}
	if f, ok := p.errors.(*os.File); ok {
		if _, h, err := term.GetSize(int(f.Fd())); err == nil && h > 0 {
			b.height = h
		}
	}
	b.screen = mpb.New(mpb.WithOutput(p.errors), mpb.WithRefreshRate(barsEvery))
	b.before = p.stderr.redirect(b.screen)
	b.rows = append(b.rows, b.row(0, true))
	return b
}

// row adds a line to the screen.
func (b *bars) row(i int, status bool) *mpb.Bar {
	fill := func(w io.Writer, s decor.Statistics) error {
		_, err := io.WriteString(w, b.line(i, status, s.AvailableWidth))
		return err
	}
	bar, err := b.screen.Add(1, mpb.BarFillerFunc(fill), mpb.BarPriority(i), mpb.BarFillerTrim())
	if err != nil {
		return nil // the screen is closed
	}
	if status {
		b.screen.UpdateBarPriority(bar, 1<<20, false)
	}
	return bar
}

func (b *bars) show(p run.Progress) {
	b.mu.Lock()
	b.now = p
	b.mu.Unlock()
	for want := min(len(p.Passes), b.height-rowsBeside); len(b.rows)-1 < want; {
		b.rows = append(b.rows, b.row(len(b.rows)-1, false))
	}
}

func (b *bars) end() {
	for _, bar := range b.rows {
		if bar != nil {
			bar.Abort(false)
		}
	}
	b.screen.Wait()
	b.program.stderr.redirect(b.before)
}

// line is what a row shows now.
func (b *bars) line(row int, status bool, width int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if status {
		return clip(statusLine(b.now), width)
	}
	pass := b.window()
	if row >= len(pass) {
		return ""
	}
	return passLine(&pass[row], width, coloured(b.program.errors))
}

// window are the passes that have a row: those around the one that is worked on, where the
// screen is too low for all.
func (b *bars) window() []run.PassProgress {
	all, rows := b.now.Passes, len(b.rows)-1
	if len(all) <= rows {
		return all
	}
	at := 0
	for i, p := range all {
		if p.Name == b.now.Pass {
			at = i
		}
	}
	from := min(max(at-rows/2, 0), len(all)-rows)
	return all[from : from+rows]
}

func statusLine(p run.Progress) string {
	if p.Line != "" {
		return p.Pass + ": " + p.Line
	}
	at := passAt(p)
	switch {
	case at == nil && p.Waiting == "":
		return "loading models and listing the input ..."
	case at == nil:
		return waitingWords(p)
	}
	var parts []string
	for _, s := range []string{keptWords(at), waitingWords(p)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "; ")
}

// Widths of the columns of a pass.
const (
	passNameColumns = 19
	barColumnsMin   = 8
	barColumnsMax   = 40
)

// passLine shows a pass in a line: its name, a bar, and what is read, by bytes or by tasks.
func passLine(p *run.PassProgress, width int, colour bool) string {
	tail := passFigures(p)
	columns := min(max(width-passNameColumns-51, barColumnsMin), barColumnsMax)
	full := int(doneOf(p)*float64(columns) + 1e-9)
	bar := strings.Repeat("#", full) + strings.Repeat(".", columns-full)
	line := fmt.Sprintf("%-*s [%s] %5s  %s", passNameColumns, clip(p.Name, passNameColumns), bar, doneShare(p), tail)
	line = strings.TrimRight(clip(line, width), " ")
	if colour {
		switch {
		case p.Whole:
			return "\x1b[32m" + line + "\x1b[0m"
		case p.Tasks == 0 || p.Spent == 0:
			return "\x1b[2m" + line + "\x1b[0m"
		}
	}
	return line
}

func passFigures(p *run.PassProgress) string {
	var figures string
	switch {
	case p.Tasks == 0 && !p.Whole:
		return ""
	case p.Bytes > 0 && p.Whole:
		figures = human(p.Bytes)
	case p.Bytes > 0:
		figures = ofBytes(p.Read, p.Bytes)
	case p.Whole:
		figures = plural(int64(p.Tasks), "task")
	default:
		figures = fmt.Sprintf("%d of %s", p.Done, plural(int64(p.Tasks), "task"))
	}
	words := append([]string{figures}, rateWords(p)...)
	if p.Whole && p.Spent > 0 {
		words = append(words, shortTime(p.Spent))
	}
	return strings.Join(words, ", ")
}

// clip shortens a line to a width.
func clip(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	runes := []rune(s)
	return string(runes[:max(width, 0)])
}
