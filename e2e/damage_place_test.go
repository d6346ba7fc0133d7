package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/report"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/s3/s3test"
)

// damagedPipeline is small and has all kinds of files: limits that are settled, values and
// answers, a switch, the three kinds of deduplication, a checkpoint, plain parts and such
// in folders, rejects and quarantine.
const damagedPipeline = `
name: damaged
packs: { files: 1 }
source:
  - { name: a, jsonl: { paths: ["IN/a*.jsonl"] } }
  - { name: b, jsonl: { paths: ["IN/b*.jsonl"] } }
stages:
  - gopher_quality: { as: measured, words: uax29, annotate: true }
  - length_top: { keep_top: 0.9 }
  - switch:
      by: source
      cases:
        a: [ c4_quality: { words: uax29, min_sentences: 2 } ]
  - embedding_classifier: { server: "SERVER", api: predict, batch: 16, min_score: 120 }
  - exact_dedup: {}
  - line_dedup: { keep: KEEP, min_documents: 3 }
  - minhash: {}
  - checkpoint: {}
  - gopher_quality: { as: late_quality, words: uax29, min_words: WORDS }
  - token_count: { tokenizer: ../purify/testdata/perplexity/model.model }
sink:
  - { name: plain, where: "source = 'a'", jsonl: { dir: "OUT/plain", part_bytes: 16KiB } }
  - { name: hosts, partition_by: [host], parquet: { dir: "OUT/hosts", part_bytes: 16KiB } }
rejects: { jsonl: {} }
`

// damagedPlans are the settings of the plans that a folder may have: the run that meets
// the damage is of the first or of another, which reads what the first left.
var damagedPlans = []struct{ keep, words string }{{"first", "40"}, {"first", "60"}, {"{ min: text_bytes }", "40"}}

// damagedInput writes a few files of documents of two sources, with copies, common lines
// and lines that are none.
func damagedInput(t *testing.T) string {
	t.Helper()
	in := t.TempDir()
	rng := rand.New(rand.NewPCG(21, 22))
	words := strings.Fields("river stone garden bridge market winter letter harbour travels carries opens quiet narrow bright copper the of and to that have with be")
	var made []string
	for f, name := range []string{"a0", "a1", "b0"} {
		var b bytes.Buffer
		for d := range 40 {
			var text strings.Builder
			for line := range 3 + rng.IntN(4) {
				for w := range 16 {
					if w > 0 {
						text.WriteByte(' ')
					}
					text.WriteString(words[rng.IntN(len(words))])
				}
				text.WriteString(".\n")
				if line == 1 && rng.IntN(2) == 0 {
					text.WriteString("This line of words is in many documents of all hosts.\n")
				}
			}
			s := text.String()
			if len(made) > 0 && d%4 == 0 {
				s = made[rng.IntN(len(made))]
				if d%8 == 0 {
					s += "It was written down once more.\n"
				}
			}
			made = append(made, s)
			line, err := json.Marshal(map[string]string{"id": fmt.Sprintf("d%d-%d", f, d), "text": s, "url": fmt.Sprintf("https://host%d.example/%d", d%2, d)})
			if err != nil {
				t.Fatal(err)
			}
			b.Write(append(line, '\n'))
		}
		b.WriteString("{\"id\": broken\n")
		writeFile(t, in+"/"+name+".jsonl", b.Bytes())
	}
	return in
}

// lengthServer scores a text by its length.
func lengthServer(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct{ Inputs [][]string }
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		rows := make([][]map[string]any, len(q.Inputs))
		for i, x := range q.Inputs {
			rows[i] = []map[string]any{{"label": "LABEL_0", "score": len(x[0])}}
		}
		_ = json.NewEncoder(w).Encode(rows)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// backend makes and opens the places in which damaged runs lie.
type backend struct {
	in, server string
	location   func() string // of a new place
	schemes    store.Schemes // that open it
	dying      dying
	disk       *disk // that fills up, of the places of localBackend; nil for none
}

// dying is what stores share that stop working once so many tasks are committed.
type dying struct {
	mu   sync.Mutex
	left int // commits; negative is none at all
}

var errDied = errors.New("the machine is gone")

// alive reports whether the machine is; a commit is counted.
func (d *dying) alive(commit bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left > 0 && commit {
		d.left--
		return true
	}
	return d.left != 0
}

type dyingStore struct {
	store.Store
	*dying
}

type dyingWriter struct {
	store.Writer
	*dying
}

func (s dyingStore) Create(ctx context.Context, name string) (store.Writer, error) {
	w, err := s.Store.Create(ctx, name)
	return dyingWriter{w, s.dying}, err
}

func (w dyingWriter) Commit(ctx context.Context) (store.Object, error) {
	if !w.alive(false) {
		return store.Object{}, errors.Join(errDied, w.Abort())
	}
	return w.Writer.Commit(ctx)
}

func (s dyingStore) PutIfAbsent(ctx context.Context, name string, b []byte) (bool, error) {
	if !s.alive(strings.HasPrefix(name, "commits/") && !strings.HasPrefix(name, "commits/list/")) {
		return false, errDied
	}
	return s.Store.PutIfAbsent(ctx, name, b)
}

func (s dyingStore) Remove(ctx context.Context, name string) error {
	if !s.alive(false) {
		return errDied
	}
	return s.Store.Remove(ctx, name)
}

// localBackend is folders of the test.
func localBackend(t *testing.T) *backend {
	dir, n := t.TempDir(), 0
	return &backend{in: damagedInput(t), server: lengthServer(t), dying: dying{left: -1}, location: func() string {
		n++
		return fmt.Sprintf("%s/p%d", dir, n)
	}}
}

// objectBackend is an S3 server; it skips the test where there is none.
func objectBackend(t *testing.T) *backend {
	gw := s3test.StartGateway(t)
	return &backend{in: damagedInput(t), server: lengthServer(t), dying: dying{left: -1}, location: gw.Location, schemes: gw.Schemes()}
}

// stores open places as place://LOCATION.
func (b *backend) stores(store.Server) store.Schemes {
	return store.Schemes{"place://": func(ctx context.Context, location string) (store.Store, error) {
		s, err := b.schemes.Open(ctx, strings.TrimPrefix(location, "place://"))
		s = dyingStore{s, &b.dying}
		if b.disk != nil {
			s = fillingStore{s, b.disk, folderOfPlace.FindStringSubmatch(location)[1]}
		}
		return s, err
	}}
}

// folderOfPlace is what follows the place in the location of a folder.
var folderOfPlace = regexp.MustCompile(`/p[0-9]+/(.*)$`)

// place is a run folder, run/, and the folders of its sinks, out/.
type place struct {
	*backend
	at    string
	store store.Store
}

func (b *backend) place(t *testing.T) place {
	t.Helper()
	at := b.location()
	s, err := b.schemes.Open(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	return place{b, at, s}
}

// run runs the plan of that number there.
func (p place) run(t *testing.T, number int, o run.Options) (*run.Summary, error) {
	t.Helper()
	app := corpusmill.App(stage.Define[lengthTop]("length_top", 1))
	app.Stores = p.stores
	settings := damagedPlans[number]
	yaml := strings.NewReplacer("IN", p.in, "OUT", "place://"+p.at+"/out", "SERVER", p.server, "KEEP", settings.keep, "WORDS", settings.words).Replace(damagedPipeline)
	pipeline, err := app.Parse("damaged.yaml", []byte(yaml), nil)
	if err != nil {
		t.Fatal(err)
	}
	o.Dir, o.Memory, o.ClaimExpiry = "place://"+p.at+"/run", 1<<30, time.Second
	return app.Run(t.Context(), pipeline, o)
}

// verify returns the problems that it finds; an error is one.
func (p place) verify(t *testing.T) []string {
	t.Helper()
	f, err := report.Open(t.Context(), "place://"+p.at+"/run", store.Server{}, p.stores)
	if err != nil {
		return []string{err.Error()}
	}
	v, err := f.VerifyDeep(t.Context())
	if err != nil {
		return []string{err.Error()}
	}
	return v.Problems
}

// files reads all that is there.
func (p place) files(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for o, err := range p.store.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.store.Open(t.Context(), o.Name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		all[o.Name] = b
	}
	return all
}

// put writes a file, in place of the one that is there.
func (p place) put(t *testing.T, name string, b []byte) {
	t.Helper()
	if p.schemes == nil { // without waiting for the disk
		writeFile(t, filepath.Join(p.at, name), b)
		return
	}
	w, err := p.store.Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = w.Write(b); err == nil {
		_, err = w.Commit(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// with makes a place with these files.
func (b *backend) with(t *testing.T, files map[string][]byte) place {
	t.Helper()
	p := b.place(t)
	for name, content := range files {
		p.put(t, name, content)
	}
	return p
}

// drop ends a place.
func (p place) drop() {
	if p.schemes == nil {
		_ = os.RemoveAll(p.at)
	}
}

var runID = regexp.MustCompile(`"(run|xxh3)": ?"[0-9a-f]{16}"`)

// promised are the files whose bytes are promised; the id of a run is none of them.
func promised(files map[string][]byte) map[string]string {
	sums := map[string]string{}
	for name, b := range files {
		base := filepath.Base(name)
		switch {
		case strings.HasPrefix(name, "run/answers/"), strings.HasPrefix(name, "run/tasks/"):
		case base == "run.json", base == "plan.yaml", base == "timings.json", base == "input.json":
		case strings.HasPrefix(base, "_corpusmill"):
			sums[name] = string(runID.ReplaceAll(b, nil)) // and its checksum
		default:
			sums[name] = string(b)
		}
	}
	return sums
}
