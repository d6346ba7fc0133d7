package cli

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/corpusmill/corpusmill/run"
)

// view shows a run under way, on standard error.
type view interface {
	// show is called a few times a second, from one goroutine.
	show(run.Progress)
	// end leaves the screen to what comes behind; show is not called any more.
	end()
}

// Kinds of a view.
const (
	logText = "text"
	logJSON = "json"
)

// newView is the view of a command: bars on a terminal, lines elsewhere, events for
// programs, nothing where it is to be quiet.
func (p *program) newView(quiet bool) view {
	switch {
	case quiet:
		return quietView{}
	case p.logs == logJSON:
		return &eventView{log: p.logger(slog.LevelInfo), ended: map[string]bool{}}
	case onScreen(p.errors):
		return newBars(p)
	}
	return &lineView{w: p.stderr, ended: map[string]bool{}, began: time.Now()}
}

// logger takes warnings and errors, as text or as events.
func (p *program) logger(least slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: least}
	if p.logs == logJSON {
		return slog.New(slog.NewJSONHandler(p.errors, o))
	}
	return slog.New(slog.NewTextHandler(p.stderr, o))
}

// onScreen reports whether lines can be written over: a terminal that knows how.
func onScreen(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// coloured reports whether somebody looks who wants colours.
func coloured(w io.Writer) bool { return os.Getenv("NO_COLOR") == "" && onScreen(w) }

type quietView struct{}

func (quietView) show(run.Progress) {}
func (quietView) end()              {}

// lineView writes a line when a pass ends, and now and then within a long one.
type lineView struct {
	w     io.Writer
	ended map[string]bool
	began time.Time
	next  time.Time
	told  int
}

// lineAfter are the pauses before the first lines; the last one holds from there on.
var lineAfter = []time.Duration{10 * time.Second, 20 * time.Second, 30 * time.Second, time.Minute}

// lineWorth is how long a pass without documents takes that has a line.
const lineWorth = 2 * time.Second

func (v *lineView) show(p run.Progress) {
	for _, pass := range p.Passes {
		if pass.Whole && !v.ended[pass.Name] {
			v.ended[pass.Name] = true
			if pass.Documents > 0 || pass.Spent > lineWorth {
				fmt.Fprintln(v.w, endedLine(pass))
			}
		}
	}
	if v.next.IsZero() {
		v.next = v.began.Add(lineAfter[0])
	}
	line := progressLine(p)
	if time.Now().Before(v.next) || line == "" {
		return
	}
	v.told = min(v.told+1, len(lineAfter)-1)
	v.next = time.Now().Add(lineAfter[v.told])
	fmt.Fprintln(v.w, line)
}

func (v *lineView) end() {}

// progressLine says in a line where a run stands.
func progressLine(p run.Progress) string {
	if p.Line != "" {
		return p.Pass + ": " + p.Line
	}
	at := passAt(p)
	if at == nil {
		return waitingWords(p)
	}
	parts := []string{fmt.Sprintf("%s: %s", at.Name, doneShare(at))}
	if at.Bytes > 0 {
		parts = append(parts, ofBytes(at.Read, at.Bytes))
	} else {
		parts = append(parts, fmt.Sprintf("%d of %s", at.Done, plural(int64(at.Tasks), "task")))
	}
	parts = append(parts, rateWords(at)...)
	if k := keptWords(at); k != "" {
		parts = append(parts, k)
	}
	if w := waitingWords(p); w != "" {
		parts = append(parts, w)
	}
	return strings.Join(parts, ", ")
}

func endedLine(pass run.PassProgress) string {
	line := fmt.Sprintf("%s: %s", pass.Name, plural(int64(pass.Tasks), "task"))
	if pass.Bytes > 0 {
		line += ", " + human(pass.Bytes)
	}
	line += " in " + shortTime(pass.Spent)
	if k := keptWords(&pass); k != "" {
		line += ", " + k
	}
	return line
}

// passAt is the pass that is worked on; nil before the first.
func passAt(p run.Progress) *run.PassProgress {
	for i := range p.Passes {
		if p.Passes[i].Name == p.Pass {
			return &p.Passes[i]
		}
	}
	return nil
}

// doneOf is the share of a pass that is done, 0..1: by bytes, or by tasks.
func doneOf(p *run.PassProgress) float64 {
	switch {
	case p.Whole:
		return 1
	case p.Bytes > 0:
		return float64(p.Read) / float64(p.Bytes)
	}
	return float64(p.Done) / float64(max(p.Tasks, 1))
}

func doneShare(p *run.PassProgress) string { return fmt.Sprintf("%.0f %%", 100*doneOf(p)) }

// rate is how many bytes a second are read while this process works, by all of them.
func rate(p *run.PassProgress) float64 {
	if p.Spent < time.Second/2 || p.Bytes == 0 {
		return 0
	}
	return float64(max(p.Read-p.Resumed, 0)) / p.Spent.Seconds()
}

// left is how long the rest of a pass takes at its rate; 0 where nobody knows.
func left(p *run.PassProgress) time.Duration {
	if r := rate(p); r > 0 && !p.Whole {
		return time.Duration(float64(p.Bytes-p.Read) / r * float64(time.Second))
	}
	return 0
}

func rateWords(p *run.PassProgress) (words []string) {
	if r := rate(p); r > 0 {
		words = append(words, human(int64(r))+"/s")
	}
	if d := left(p); d > 0 {
		words = append(words, clock(d)+" left")
	}
	return words
}

// keptWords says which share of the documents stayed; "" before there are any.
func keptWords(p *run.PassProgress) string {
	if p.Documents == 0 && p.Quarantined == 0 {
		return ""
	}
	words := fmt.Sprintf("%s of %s kept", share(p.Kept, p.Documents), plural(p.Documents, "document"))
	if p.Quarantined > 0 {
		words += fmt.Sprintf(", %s in quarantine", grouped(p.Quarantined))
	}
	return words
}

func waitingWords(p run.Progress) string {
	if p.Waiting == "" {
		return ""
	}
	return fmt.Sprintf("waiting for %s, %s", p.Waiting, shortTime(time.Since(p.WaitingSince)))
}

// eventView writes events for programs.
type eventView struct {
	log   *slog.Logger
	ended map[string]bool
	next  time.Time
}

// eventEvery is the pause between two events within a pass.
const eventEvery = 30 * time.Second

func (v *eventView) show(p run.Progress) {
	for _, pass := range p.Passes {
		if pass.Whole && !v.ended[pass.Name] {
			v.ended[pass.Name] = true
			v.log.Info("pass ended", passAttributes(&pass)...)
		}
	}
	at := passAt(p)
	if v.next.IsZero() {
		v.next = time.Now().Add(eventEvery)
	}
	if time.Now().Before(v.next) {
		return
	}
	v.next = time.Now().Add(eventEvery)
	if at == nil {
		v.log.Info("progress", "pass", p.Pass, "line", p.Line)
		return
	}
	v.log.Info("progress", append(passAttributes(at), "waiting_for", p.Waiting)...)
}

func (v *eventView) end() {}

func passAttributes(p *run.PassProgress) []any {
	return []any{"pass", p.Name, "tasks", p.Tasks, "tasks_done", p.Done, "bytes", p.Bytes, "bytes_read", p.Read,
		"documents", p.Documents, "kept", p.Kept, "quarantined", p.Quarantined, "seconds", p.Spent.Seconds()}
}

// shortTime writes a time for people: 12 s, 3:05 min, 2:10 h.
func shortTime(d time.Duration) string {
	switch s := int(d.Seconds() + 0.5); {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d:%02d min", s/60, s%60)
	case s < 48*3600:
		return fmt.Sprintf("%d:%02d h", s/3600, s/60%60)
	default:
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	}
}

// clock writes a time as 0:09, 3:05 or 2:10:00.
func clock(d time.Duration) string {
	s := int(d.Seconds() + 0.5)
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// ofBytes writes 22.3 of 83.1 MB.
func ofBytes(n, of int64) string {
	part, all := human(n), human(of)
	if number, unit, ok := strings.Cut(part, " "); ok && strings.HasSuffix(all, " "+unit) {
		part = number
	}
	return part + " of " + all
}

// share writes a part of a whole as percents, so that little is not nothing.
func share(part, of int64) string {
	switch x := 100 * float64(part) / float64(max(of, 1)); {
	case part == 0:
		return "0 %"
	case x < 0.1:
		return "under 0.1 %"
	case x < 10 && x != float64(int64(x)):
		return fmt.Sprintf("%.1f %%", x)
	case part < of:
		return fmt.Sprintf("%.0f %%", min(x, 99))
	default:
		return fmt.Sprintf("%.0f %%", x)
	}
}

// grouped writes a number with commas: 12,345.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	head, digits := "", s
	if n < 0 {
		head, digits = "-", s[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return head + digits
}

// plural writes a count of things.
func plural(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return cmp.Or(grouped(n), "0") + " " + thing + "s"
}

// logLevel is the least level of what is logged: events are for programs alone.
func (p *program) logLevel() slog.Level {
	if p.logs == logJSON {
		return slog.LevelInfo
	}
	return slog.LevelWarn
}
