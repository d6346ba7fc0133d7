package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/metrics"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/run"
)

// metricsFlags say where a run tells programs how far it is, in the text format of
// Prometheus.
type metricsFlags struct{ address, file string }

func (f *metricsFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.address, "metrics", "", "serve metrics and /healthz on this address, such as :9100")
	c.Flags().StringVar(&f.file, "metrics-file", "", "write metrics into this file every 10 s and at the end, for a textfile collector")
}

// meterFileEvery is the time between two writings of --metrics-file.
const metricsFileEvery = 10 * time.Second

// aliveFor is how long a worker may be silent and count as well: it reports several times a
// second, also while it waits for others.
const aliveFor = time.Minute

// metricsServer holds what was last said of a run.
type metricsServer struct {
	file     string
	pipeline string
	server   *http.Server
	served   chan error

	mu      sync.Mutex
	now     run.Progress
	summary *run.Summary
	code    int
	ended   bool
	said    time.Time
	written time.Time
	failed  error // of writing the file
}

// open begins to serve. Without flags it does nothing, and neither does what it returns.
func (f *metricsFlags) open(p *program, pipeline string) (*metricsServer, error) {
	m := &metricsServer{file: f.file, pipeline: pipeline, said: time.Now()}
	if f.address == "" {
		return m, nil
	}
	l, err := net.Listen("tcp", f.address)
	if err != nil {
		return nil, fmt.Errorf("--metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = w.Write(m.text()) // who asked is gone
	})
	mux.HandleFunc("GET /healthz", m.health)
	m.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
	m.served = make(chan error, 1)
	go func() { m.served <- m.server.Serve(l) }()
	if p.logs != logJSON {
		fmt.Fprintf(p.stderr, "metrics at http://%s/metrics\n", l.Addr())
	}
	return m, nil
}

func (m *metricsServer) show(now run.Progress) {
	m.mu.Lock()
	m.now, m.said = now, time.Now()
	due := m.file != "" && time.Since(m.written) >= metricsFileEvery
	if due {
		m.written = time.Now()
	}
	m.mu.Unlock()
	if due {
		m.write()
	}
}

func (m *metricsServer) write() {
	err := writeWhole(m.file, func(w io.Writer) error {
		_, err := w.Write(m.text())
		return err
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failed = err
}

// close tells how the run ended, in the file.
func (m *metricsServer) close(s *run.Summary, code int) error {
	m.mu.Lock()
	m.summary, m.code, m.ended = s, code, true
	m.mu.Unlock()
	var err error
	if m.file != "" {
		m.write()
		if m.failed != nil {
			err = fmt.Errorf("--metrics-file: %w", m.failed)
		}
	}
	if m.server == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if e := m.server.Shutdown(ctx); e != nil && !errors.Is(e, context.DeadlineExceeded) {
		err = errors.Join(err, e)
	}
	if e := <-m.served; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}

// health answers whether the worker lives: one that waits for others does.
func (m *metricsServer) health(w http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	silent, now := time.Since(m.said), m.now
	m.mu.Unlock()
	if silent > aliveFor && now.Pass != "" {
		http.Error(w, "silent for "+shortTime(silent), http.StatusServiceUnavailable)
		return
	}
	state := "working on " + now.Pass
	switch {
	case now.Waiting != "":
		state = waitingWords(now)
	case now.Pass == "":
		state = "starting"
	}
	_, _ = fmt.Fprintln(w, "ok:", state) // who asked is gone
}

// text is all metrics. Labels are names of the pipeline, its passes, stages and rules:
// there are as many as its file has.
func (m *metricsServer) text() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b expositions
	b.family("corpusmill_run_info", "gauge", "The run: 1.", "pipeline", m.pipeline, 1)
	for _, p := range m.now.Passes {
		b.family("corpusmill_pass_tasks", "gauge", "Tasks of a pass that are known.", "pass", p.Name, float64(p.Tasks))
		b.family("corpusmill_pass_tasks_done", "gauge", "Tasks of a pass that are committed, by any process.", "pass", p.Name, float64(p.Done))
		b.family("corpusmill_pass_bytes", "gauge", "Bytes that the tasks of a pass read, about.", "pass", p.Name, float64(p.Bytes))
		b.family("corpusmill_pass_read_bytes", "gauge", "Bytes of them that are read.", "pass", p.Name, float64(p.Read))
		b.family("corpusmill_pass_seconds_total", "counter", "Time that this process worked on a pass.", "pass", p.Name, p.Spent.Seconds())
		b.family("corpusmill_pass_documents_total", "counter", "Documents that this process took through a pass.", "pass", p.Name, float64(p.Documents))
		b.family("corpusmill_pass_kept_documents_total", "counter", "Documents of them that stayed.", "pass", p.Name, float64(p.Kept))
		b.family("corpusmill_pass_quarantined_records_total", "counter", "Records that went to quarantine.", "pass", p.Name, float64(p.Quarantined))
	}
	for _, s := range m.now.Stages {
		b.family("corpusmill_stage_documents_total", "counter", "Documents that this process took to a stage.", "stage", s.Name, float64(s.In))
		b.family("corpusmill_stage_dropped_documents_total", "counter", "Documents of them that it dropped.", "stage", s.Name, float64(s.Dropped))
	}
	waiting := 0.0
	if m.now.Waiting != "" && !m.ended {
		waiting = 1
	}
	b.family("corpusmill_waiting", "gauge", "1 while this process waits for others.", "", "", waiting)
	b.family("corpusmill_memory_bytes", "gauge", "Memory that the program has from the system.", "", "", memoryHeld())
	if m.ended {
		b.family("corpusmill_run_exit_code", "gauge", "How the run ended: 0 is well.", "", "", float64(m.code))
		b.family("corpusmill_run_end_timestamp_seconds", "gauge", "When.", "", "", float64(time.Now().Unix()))
	}
	if s := m.summary; m.ended && s != nil && s.Stats != nil {
		b.family("corpusmill_run_documents", "gauge", "Documents in the parts.", "", "", float64(s.Documents))
		b.family("corpusmill_run_read_documents", "gauge", "Documents that were read.", "", "", float64(s.Read))
		b.family("corpusmill_run_tokens", "gauge", "Tokens in the parts.", "", "", float64(s.Tokens))
		b.family("corpusmill_run_text_bytes", "gauge", "Text in the parts.", "", "", float64(s.Bytes))
		b.family("corpusmill_run_quarantined_records", "gauge", "Records in quarantine.", "", "", float64(s.Quarantined))
		b.family("corpusmill_run_seconds", "gauge", "Time that the run took here.", "", "", s.Seconds)
	}
	return b.bytes()
}

// memoryHeld is what the runtime has from the system, without what it gave back.
func memoryHeld() float64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return float64(s[0].Value.Uint64()) - float64(s[1].Value.Uint64())
}

// expositions are metrics in the text format: those of one name together, below its help.
type expositions struct {
	names []string
	lines map[string]*bytes.Buffer
}

// family adds a sample, with one label or none.
func (x *expositions) family(name, kind, help, label, of string, value float64) {
	if x.lines == nil {
		x.lines = map[string]*bytes.Buffer{}
	}
	b := x.lines[name]
	if b == nil {
		b = &bytes.Buffer{}
		x.lines[name], x.names = b, append(x.names, name)
		fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
	}
	if label != "" {
		name += "{" + label + `="` + labelEscapes.Replace(of) + `"}`
	}
	fmt.Fprintf(b, "%s %v\n", name, value)
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

func (x *expositions) bytes() []byte {
	var all []byte
	for _, name := range x.names {
		all = append(all, x.lines[name].Bytes()...)
	}
	return all
}
