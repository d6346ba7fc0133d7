package purify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// lengths answers every protocol with the number of bytes of each text as its first
// dimension or score, the last text first where the protocol has indices.
func lengths(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Input  []string        `json:"input"`
			Inputs json.RawMessage `json:"inputs"`
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			t.Error(err)
		}
		var rows []string
		switch r.URL.Path {
		case "/v1/embeddings":
			for i, text := range slices.Backward(q.Input) {
				rows = append(rows, fmt.Sprintf(`{"index":%d,"embedding":[%d,1]}`, i, len(text)))
			}
			fmt.Fprintf(w, `{"data":[%s]}`, strings.Join(rows, ","))
		case "/embed":
			var texts []string
			_ = json.Unmarshal(q.Inputs, &texts)
			for _, s := range texts {
				rows = append(rows, fmt.Sprintf("[%d,1]", len(s)))
			}
			fmt.Fprintf(w, "[%s]", strings.Join(rows, ","))
		case "/predict":
			var texts [][]string
			_ = json.Unmarshal(q.Inputs, &texts)
			for _, s := range texts {
				rows = append(rows, fmt.Sprintf(`[{"label":"other","score":0.5},{"label":"edu","score":%d}]`, len(s[0])))
			}
			fmt.Fprintf(w, "[%s]", strings.Join(rows, ","))
		default:
			http.NotFound(w, r)
		}
	}
}

func embedder(t testing.TB, server string, change func(*EmbeddingClassifier)) *EmbeddingClassifierStage {
	t.Helper()
	head := filepath.Join(t.TempDir(), "head.json")
	if err := os.WriteFile(head, []byte(`{"weights":[0.5,0.25],"bias":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	e := EmbeddingClassifier{Server: server, Head: head, Batch: 3}
	if change != nil {
		change(&e)
	}
	s, err := OpenEmbeddingClassifier(t.Context(), e, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func scored(t testing.TB, s *EmbeddingClassifierStage, texts ...string) ([]float64, error) {
	t.Helper()
	docs, values := make([]*corpus.Document, len(texts)), make([]*corpus.Values, len(texts))
	for i, text := range texts {
		docs[i], values[i] = &corpus.Document{Text: text}, corpus.NewValues(1)
	}
	err := s.Score(t.Context(), docs, values)
	var out []float64
	for _, v := range values {
		out = append(out, v.Get(0))
	}
	return out, err
}

func TestEmbeddingProtocols(t *testing.T) {
	server := httptest.NewServer(lengths(t))
	defer server.Close()
	texts := []string{"a", "bb", "", "dddd", "eeeee", "ffffff", "ggggggg", "文字"}
	for api, want := range map[string]string{
		"openai":  "[1.75 2.25 NaN 3.25 3.75 4.25 4.75 4.25]",
		"tei":     "[1.75 2.25 NaN 3.25 3.75 4.25 4.75 4.25]",
		"predict": "[1 2 NaN 4 5 6 7 6]",
	} {
		s := embedder(t, server.URL, func(e *EmbeddingClassifier) { e.API, e.Label = api, "edu" })
		if got, err := scored(t, s, texts...); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%s: %v, %v, want %s", api, got, err, want)
		}
		v := corpus.NewValues(1)
		if err := s.Measure(&corpus.Document{Text: "dddd"}, v); err != nil || !s.Decide(v).Kept() {
			t.Errorf("%s: one document: %g, %v", api, v.Get(0), err)
		}
		if err := s.Measure(&corpus.Document{Text: "a"}, v); err != nil || s.Decide(v).Rule != "low_score" {
			t.Errorf("%s: a low score stays: %g, %v", api, v.Get(0), err)
		}
	}
	cut := embedder(t, server.URL, func(e *EmbeddingClassifier) { e.MaxChars = 2 })
	if got, err := scored(t, cut, "dddd", "文字文字"); err != nil || got[0] != 2.25 || got[1] != 4.25 {
		t.Errorf("cut to two code points: %v, %v", got, err)
	}
}

// A server that is busy is asked again; one that refuses, or answers nonsense, is not.
func TestEmbeddingServerFaults(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		status       int
		good         int32 // the request from which the server is well
		requests     int32
		want         string
	}{
		{"busy", "", 503, 2, 2, ""},
		{"too many", "", 429, 2, 2, ""},
		{"bad request", "no such model", 400, 9, 1, "no such model"},
		{"elsewhere", "", 307, 9, 1, "redirects to another place"},
		{"no JSON", "<html>", 200, 9, 1, "its answer"},
		{"one missing", `{"data":[{"index":0,"embedding":[1,1]}]}`, 200, 9, 1, "1 embeddings of 2 texts"},
		{"index twice", `{"data":[{"index":0,"embedding":[1,1]},{"index":0,"embedding":[1,1]}]}`, 200, 9, 1, "index 0"},
		{"index beyond", `{"data":[{"index":5,"embedding":[1,1]}]}`, 200, 9, 1, "index 5"},
		{"other model", `{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1]}]}`, 200, 9, 1, "1 dimensions, the head has 2"},
	} {
		var requests atomic.Int32
		well := lengths(t)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if requests.Add(1) >= c.good {
				well(w, r)
				return
			}
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.answer)
		}))
		_, err := scored(t, embedder(t, server.URL, nil), "a", "bb")
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want an error with %q", c.name, err, c.want)
		}
		if n := requests.Load(); n != c.requests {
			t.Errorf("%s: %d requests, want %d", c.name, n, c.requests)
		}
		server.Close()
	}
}

// An error names the server without what may be secret in its address.
func TestEmbeddingHidesCredentials(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(400) }))
	defer server.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	for _, at := range []string{server.URL, closed.URL} {
		address := strings.Replace(at, "http://", "http://ann-s3cret:pass-s3cret@", 1) + "/v1?key=query-s3cret"
		s := embedder(t, address, nil)
		s.client.RetryMax = 0
		_, err := scored(t, s, "a")
		if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), strings.TrimPrefix(at, "http://")) {
			t.Errorf("%s: %v", at, err)
		}
	}
}

func TestEmbeddingStopsWithItsContext(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) }))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := embedder(t, server.URL, nil).Score(ctx, []*corpus.Document{{Text: "a"}}, []*corpus.Values{corpus.NewValues(1)})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestEmbeddingSettings(t *testing.T) {
	for _, c := range []struct {
		change func(*EmbeddingClassifier)
		want   string
	}{
		{func(e *EmbeddingClassifier) {}, ""},
		{func(e *EmbeddingClassifier) { e.Server = "localhost:8080" }, "server"},
		{func(e *EmbeddingClassifier) { e.Server = "" }, "server"},
		{func(e *EmbeddingClassifier) { e.API = "grpc" }, "api"},
		{func(e *EmbeddingClassifier) { e.Head = "" }, "head"},
		{func(e *EmbeddingClassifier) { e.API, e.Head = "predict", "" }, ""},
		{func(e *EmbeddingClassifier) { e.MaxChars = 0 }, "max_chars"},
		{func(e *EmbeddingClassifier) { e.Batch = 1025 }, "batch"},
		{func(e *EmbeddingClassifier) { e.Requests = 0 }, "requests"},
		{func(e *EmbeddingClassifier) { e.Requests = 1024 }, ""},
		{func(e *EmbeddingClassifier) { e.Requests = 1025 }, "requests"},
		{func(e *EmbeddingClassifier) { e.Timeout = 0 }, "timeout"},
		{func(e *EmbeddingClassifier) { e.KeepTop = stage.At(1) }, "keep_top"},
		{func(e *EmbeddingClassifier) { e.KeepTop = stage.At(0.999) }, ""},
	} {
		e := config.Defaults[EmbeddingClassifier]()
		e.Server, e.Head = "http://localhost:1", "head.json"
		c.change(&e)
		if err := e.Validate(); (err == nil) != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v: %v, want an error of %q", e, err, c.want)
		}
	}
}
