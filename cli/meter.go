package cli

import (
	"fmt"
	"io"
	"time"
)

// meter shows on a terminal how far a command is; elsewhere it is silent.
type meter struct {
	w     io.Writer // nil: silent
	next  time.Time
	shown bool
}

// meterEvery is the time between two lines of a meter.
const meterEvery = 500 * time.Millisecond

func (p *program) newMeter() *meter {
	if !isTerminal(p.errors) {
		return &meter{}
	}
	return &meter{w: p.errors, next: time.Now().Add(meterEvery)}
}

func (m *meter) show(documents, bytes int64) {
	if m.w == nil || time.Now().Before(m.next) {
		return
	}
	m.next, m.shown = time.Now().Add(meterEvery), true
	fmt.Fprintf(m.w, "\r%d documents, %s of text", documents, human(bytes))
}

// clear removes the line.
func (m *meter) clear() {
	if m.shown {
		fmt.Fprint(m.w, "\r\x1b[K")
	}
}
