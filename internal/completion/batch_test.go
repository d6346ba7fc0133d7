package completion_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/internal/completion"
	"github.com/corpusmill/corpusmill/internal/completion/completiontest"
)

func openBatch(t *testing.T, dir string) *completion.Batch {
	t.Helper()
	b, err := completion.OpenBatch(dir, completion.Settings{Path: "/chat/completions", Model: "m", Key: "sk-s3cret"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func body(n int) []byte {
	return fmt.Appendf(nil, `{"model":"m","messages":[{"role":"user","content":"Text:\nnumber %d"}]}`, n)
}

// batchLines are the requests of a file.
func batchLines(t *testing.T, name string) (ids []string, bodies [][]byte) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	for s := bufio.NewScanner(f); s.Scan(); {
		var x struct {
			ID     string `json:"custom_id"`
			Method string
			URL    string
			Body   json.RawMessage
		}
		if err := json.Unmarshal(s.Bytes(), &x); err != nil || x.Method != "POST" || x.URL != "/v1/chat/completions" {
			t.Fatalf("%s: %v", s.Bytes(), err)
		}
		ids, bodies = append(ids, x.ID), append(bodies, x.Body)
	}
	return ids, bodies
}

// Requests are written once, their answers found by what was asked, and those that failed
// written again.
func TestBatch(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "b")
	b := openBatch(t, dir)
	for range 2 {
		for n := range 5 {
			if _, err := b.Ask(body(n)); !errors.Is(err, completion.ErrWaiting) {
				t.Fatal(err)
			}
		}
	}
	if _, err := completion.OpenBatch(dir, completion.Settings{}); err == nil {
		t.Error("two processes have the folder")
	}
	first := filepath.Join(dir, "requests-0001.jsonl")
	if err := b.Finish(); !errors.Is(err, completion.ErrWaiting) || !strings.Contains(err.Error(), "5 requests are written to "+first) {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	ids, bodies := batchLines(t, first)
	if len(ids) != 5 || string(bodies[3]) != string(body(3)) {
		t.Fatalf("%d requests, %s", len(ids), bodies)
	}

	b = openBatch(t, dir) // the answers are not there yet
	if _, err := b.Ask(body(0)); !errors.Is(err, completion.ErrWaiting) {
		t.Error(err)
	}
	if err := b.Finish(); !errors.Is(err, completion.ErrWaiting) || !strings.Contains(err.Error(), "1 of the requests in") {
		t.Error(err)
	}
	_ = b.Close()

	var out strings.Builder
	for i, id := range ids {
		q := completiontest.Request{Model: "m", Path: "/v1/chat/completions"}
		line := fmt.Sprintf(`{"id":"r","custom_id":%q,"response":{"status_code":200,"body":%s},"error":null}`, id, completiontest.Encode(q, completiontest.Answer{Text: fmt.Sprint("answer ", i, " sk-s3cret")}))
		switch i {
		case 1:
			line = fmt.Sprintf(`{"custom_id":%q,"response":null,"error":{"code":"batch_expired"}}`, id)
		case 2:
			line = fmt.Sprintf(`{"custom_id":%q,"response":{"status_code":400,"body":{"error":"too long"}},"error":null}`, id)
		case 3:
			line = fmt.Sprintf(`{"custom_id":%q,"response":{"status_code":500,"body":{}},"error":null}`, id)
		}
		fmt.Fprintln(&out, line)
	}
	fmt.Fprintln(&out, `{"custom_id":"of somebody else","response":{"status_code":200,"body":{}}}`)
	if err := os.WriteFile(filepath.Join(dir, "batch_1_output.jsonl"), []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	b = openBatch(t, dir)
	for i, want := range []string{"answer 0 ***", "", "400 Bad Request: {\"error\":\"too long\"}", "", "answer 4 ***"} {
		a, err := b.Ask(body(i))
		if want == "" {
			if !errors.Is(err, completion.ErrWaiting) {
				t.Errorf("%d: %v", i, err)
			}
		} else if err != nil || a.Text+a.Refused != want {
			t.Errorf("%d: %+v %v", i, a, err)
		}
	}
	if err := b.Finish(); !errors.Is(err, completion.ErrWaiting) || !strings.Contains(err.Error(), "2 requests are written to "+filepath.Join(dir, "requests-0002.jsonl")) {
		t.Error(err)
	}
	_ = b.Close()
	b = openBatch(t, dir) // asked again, and waited for
	if _, err := b.Ask(body(1)); !errors.Is(err, completion.ErrWaiting) {
		t.Error(err)
	}
	_ = b.Close()
	if _, err := os.Stat(filepath.Join(dir, "requests-0003.jsonl")); err == nil {
		t.Error("a request that waits was written again")
	}

	if err := os.WriteFile(filepath.Join(dir, "half.jsonl"), []byte("{\"custom_id\":\"x\"}\n{\"custom"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := completion.OpenBatch(dir, completion.Settings{}); err == nil || !strings.Contains(err.Error(), "half.jsonl: line 2") {
		t.Errorf("half a file of answers: %v", err)
	}
}

// What a process that was killed had not finished is written anew.
func TestBatchKilled(t *testing.T) {
	dir := t.TempDir()
	b := openBatch(t, dir)
	_, _ = b.Ask(body(1))
	left := filepath.Join(dir, "requests-0001.jsonl.part")
	if err := os.WriteFile(left, []byte("half a li"), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = b.Close()
	if err := os.WriteFile(left, []byte("half a li"), 0o600); err != nil {
		t.Fatal(err)
	}
	b = openBatch(t, dir)
	_, _ = b.Ask(body(1))
	if err := b.Finish(); !errors.Is(err, completion.ErrWaiting) {
		t.Error(err)
	}
	_ = b.Close()
	if ids, _ := batchLines(t, filepath.Join(dir, "requests-0001.jsonl")); len(ids) != 1 {
		t.Errorf("%d requests", len(ids))
	}
}
