package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/store/s3/s3test"
)

// A run folder in a bucket keeps answers as one on a disk does: what a budget stopped and
// what was killed goes on, and what was answered is asked for once.
func TestAnswersInABucket(t *testing.T) {
	const documents, requests = 300, 16
	gw := s3test.StartGateway(t)
	o := gw.Settings()
	t.Setenv("AWS_ACCESS_KEY_ID", o.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", o.SecretKey)
	w := &writer{}
	w.Latency = 5 * time.Millisecond
	w.start(t)
	place := gw.Location()
	pipeline := strings.NewReplacer("SERVER", w.URL, "OUT", place+"/out").Replace(rephrasePipeline) +
		fmt.Sprintf("s3: { endpoint: %s, region: %s, path_style: true }\n", o.Endpoint, o.Region)
	g := newGoldenOf(t, datagenInput(t, documents), pipeline)
	args := func(more ...string) []string {
		return append([]string{"run", g.pipeline, "--run", place + "/run", "--memory", "1GiB", "--workers", "2"}, more...)
	}
	code, words := exit(t, program(t, args("--set", "stages.rephrase.budget.tokens=20000")...))
	part, _, _ := w.Counts()
	if code != 75 || !strings.Contains(words, "the budget is spent") || part < 20 || part >= documents/2 {
		t.Fatalf("exit %d after %d requests: %s", code, part, words)
	}
	c := program(t, args()...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for n := part; n < documents*2/3; n, _, _ = w.Counts() {
		time.Sleep(time.Millisecond)
	}
	_ = c.Process.Kill()
	_ = c.Wait()
	output(t, program(t, args()...))
	total, _, _ := w.Counts()
	t.Logf("%d requests for %d documents, %d again", total, documents, w.again())
	if total != documents+w.again() || w.again() > 2*requests { // under way, and of the object that was being written
		t.Errorf("%d requests for %d documents, %d again", total, documents, w.again())
	}
	if files := answersIn(t, gw.Folder(place+"/run")); len(files) != (documents+127)/128 {
		t.Errorf("files of answers: %v", files)
	}
	want := filepath.Join(gw.Folder(place), "out")
	rows := readParts(t, want)
	if len(rows) != 2*documents {
		t.Errorf("%d documents, want %d", len(rows), 2*documents)
	}
	for _, gone := range []string{"out", "run/segments", "run/commits"} {
		if err := os.RemoveAll(filepath.Join(gw.Folder(place), gone)); err != nil {
			t.Fatal(err)
		}
	}
	output(t, program(t, args()...))
	if n, _, _ := w.Counts(); n != total || len(readParts(t, want)) != 2*documents {
		t.Errorf("%d requests to make it again", n-total)
	}
	output(t, program(t, "verify", place+"/run", "--s3-endpoint", o.Endpoint))
}
