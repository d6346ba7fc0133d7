package purify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/corpusmill/corpusmill/internal/outbound"
)

const (
	serverTries    = 5
	answerBytesMax = 256 << 20
)

// newClient makes a client that asks a server that is busy or away again, with
// pauses in between, as Retry-After says where it does. It keeps so many connections,
// and follows no redirect.
func newClient(timeout time.Duration, requests int) *retryablehttp.Client {
	c := retryablehttp.NewClient()
	if t, ok := c.HTTPClient.Transport.(*http.Transport); ok {
		t.MaxIdleConns, t.MaxIdleConnsPerHost = requests, requests
	}
	c.HTTPClient.Timeout = timeout
	c.HTTPClient.CheckRedirect = outbound.NoRedirect // the server is the pipeline's word, no other is
	c.RetryMax, c.RetryWaitMin, c.RetryWaitMax = serverTries-1, 500*time.Millisecond, 10*time.Second
	c.Logger = nil
	c.CheckRetry = func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		if errors.Is(err, outbound.ErrRedirect) {
			return false, err
		}
		return retryablehttp.DefaultRetryPolicy(ctx, resp, err)
	}
	c.ErrorHandler = retryablehttp.PassthroughErrorHandler // the last answer, for its message
	return c
}

// request scores one batch of texts, in order.
func (e *EmbeddingClassifierStage) request(ctx context.Context, texts []string) ([]float64, error) {
	var path string
	var body any
	switch e.settings.API {
	case "openai":
		path, body = "/embeddings", map[string]any{"input": texts, "model": e.settings.Model, "encoding_format": "float"}
	case "tei":
		path, body = "/embed", map[string]any{"inputs": texts, "truncate": true}
	default:
		path, body = "/predict", map[string]any{"inputs": nested(texts), "truncate": true, "raw_scores": e.settings.Label == ""}
	}
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(e.settings.Server)
	if err != nil {
		return nil, errors.New("server: no valid address")
	}
	if u.Path = strings.TrimSuffix(u.Path, "/"); e.settings.API == "openai" && u.Path == "" {
		u.Path = "/v1"
	}
	u.Path += path
	u.RawPath = ""
	answer, err := e.post(ctx, u.String(), b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown(u), err)
	}
	scores, err := e.scores(answer, len(texts))
	if err != nil {
		return nil, fmt.Errorf("%s: its answer: %w", shown(u), err)
	}
	return scores, nil
}

// shown is an address without the user, the password and the query, which may be secret.
func shown(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// nested makes every text an input of its own: a flat list of two is a pair.
func nested(texts []string) [][]string {
	list := make([][]string, len(texts))
	for i, t := range texts {
		list[i] = []string{t}
	}
	return list
}

func (e *EmbeddingClassifierStage) post(ctx context.Context, address string, body []byte) ([]byte, error) {
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, address, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := e.client.Do(req)
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err // its text has the whole address
	}
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // read only
	answer, err := io.ReadAll(io.LimitReader(resp.Body, answerBytesMax))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.200s", resp.Status, answer)
	}
	return answer, err
}

// scores reads the answer to n texts.
func (e *EmbeddingClassifierStage) scores(answer []byte, n int) ([]float64, error) {
	if e.settings.API == "predict" {
		return e.predictions(answer, n)
	}
	var embeddings [][]float32
	if e.settings.API == "tei" {
		if err := json.Unmarshal(answer, &embeddings); err != nil {
			return nil, err
		}
	} else {
		var a struct {
			Data []struct {
				Index     int       `json:"index"`
				Embedding []float32 `json:"embedding"`
			} `json:"data"`
		}
		if err := json.Unmarshal(answer, &a); err != nil {
			return nil, err
		}
		embeddings = make([][]float32, len(a.Data))
		for _, d := range a.Data {
			if d.Index < 0 || d.Index >= len(embeddings) || embeddings[d.Index] != nil {
				return nil, fmt.Errorf("index %d of %d embeddings", d.Index, len(embeddings))
			}
			embeddings[d.Index] = d.Embedding
		}
	}
	if len(embeddings) != n {
		return nil, fmt.Errorf("%d embeddings of %d texts", len(embeddings), n)
	}
	scores := make([]float64, n)
	for i, x := range embeddings {
		s, err := e.head.Score(x)
		if err != nil {
			return nil, err
		}
		scores[i] = round(s)
	}
	return scores, nil
}

func (e *EmbeddingClassifierStage) predictions(answer []byte, n int) ([]float64, error) {
	var a [][]struct {
		Score float64 `json:"score"`
		Label string  `json:"label"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return nil, err
	}
	if len(a) != n {
		return nil, fmt.Errorf("%d predictions of %d texts", len(a), n)
	}
	scores := make([]float64, n)
	for i, labels := range a {
		found := false
		for _, l := range labels {
			if l.Label == e.settings.Label || e.settings.Label == "" && len(labels) == 1 {
				scores[i], found = round(l.Score), true
			}
		}
		if !found {
			return nil, fmt.Errorf("no label %q among %d: set label", e.settings.Label, len(labels))
		}
	}
	return scores, nil
}
