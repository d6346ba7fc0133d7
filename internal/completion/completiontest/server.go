// Package completiontest is a server of OpenAI's protocol for tests: it answers by a function,
// after a while, and makes the faults that servers make.
package completiontest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Request is what was asked.
type Request struct {
	// Number counts requests from 1, faults among them.
	Number   int
	Path     string
	Key      string // of the header Authorization
	Model    string
	Prompt   string // the last message, or the prompt
	Messages []Message
	Seed     int64
	Schema   json.RawMessage // of a structured answer
	Body     map[string]json.RawMessage
}

// Message is one of a chat.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Answer is what the server says.
type Answer struct {
	Text   string
	Finish string // default stop
	Model  string // default the one that was asked for
	Fault  Fault
}

// Fault is what goes wrong in place of an answer.
type Fault struct {
	Status     int           // of HTTP, with Body
	Body       string        //
	RetryAfter string        // header
	Half       bool          // the answer ends in the middle, and says so
	HalfJSON   bool          // the answer ends in the middle, as if it were whole
	Hangup     bool          // the connection is closed without an answer
	Slow       time.Duration // before the answer, beside the latency
}

// Server answers requests.
type Server struct {
	// Answer says what; nil says the prompt's last paragraph again.
	Answer func(Request) Answer
	// Latency is the time before each answer.
	Latency time.Duration
	// URL is its address.
	URL string

	mu       sync.Mutex
	requests int
	under    int
	most     int
	served   int // answers without a fault
	tokens   int // of these, and of their prompts
	asked    map[string]int
}

// Start starts the server, which ends with the test.
func (s *Server) Start(t testing.TB) *Server {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Counts are all requests, those that were answered, and the most at once.
func (s *Server) Counts() (requests, served, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests, s.served, s.most
}

// Tokens are those of all answers without a fault and their prompts, as it counts them.
func (s *Server) Tokens() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens
}

// Asked is how often each prompt came.
func (s *Server) Asked() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.asked)
}

func (s *Server) enter(q *Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked == nil {
		s.asked = map[string]int{}
	}
	s.requests++
	s.under++
	s.most = max(s.most, s.under)
	s.asked[q.Prompt]++
	q.Number = s.requests
}

func (s *Server) leave(served bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.under--
	if served {
		s.served++
	}
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := Request{Path: r.URL.Path, Key: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")}
	var body struct {
		Model    string
		Messages []Message
		Prompt   string
		Seed     int64
		Format   struct {
			Schema struct{ Schema json.RawMessage } `json:"json_schema"`
		} `json:"response_format"`
	}
	d := json.NewDecoder(r.Body)
	var raw json.RawMessage
	if d.Decode(&raw) != nil || json.Unmarshal(raw, &body) != nil || json.Unmarshal(raw, &q.Body) != nil {
		http.Error(w, "no JSON", http.StatusBadRequest)
		return
	}
	q.Model, q.Prompt, q.Messages, q.Seed, q.Schema = body.Model, body.Prompt, body.Messages, body.Seed, body.Format.Schema.Schema
	if len(q.Messages) > 0 {
		q.Prompt = q.Messages[len(q.Messages)-1].Content
	}
	s.enter(&q)
	served := false
	defer func() { s.leave(served) }()
	a := Answer{Text: Last(q.Prompt)}
	if s.Answer != nil {
		a = s.Answer(q)
	}
	select {
	case <-time.After(s.Latency + a.Fault.Slow):
	case <-r.Context().Done():
		return
	}
	if served = s.say(w, q, a); served {
		s.mu.Lock()
		defer s.mu.Unlock()
		prompt, completion := tokens(q, a)
		s.tokens += prompt + completion
	}
}

func tokens(q Request, a Answer) (prompt, completion int) {
	return len(q.Prompt)/4 + 1, len(a.Text)/4 + 1
}

// Last is the last paragraph of a prompt, where recipes have the text.
func Last(prompt string) string {
	prompt = strings.TrimSpace(prompt)
	if i := strings.LastIndex(prompt, ":\n"); i >= 0 {
		return prompt[i+2:]
	}
	return prompt
}

func (s *Server) say(w http.ResponseWriter, q Request, a Answer) (served bool) {
	f := a.Fault
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	if f.Hangup {
		if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = c.Close()
		}
		return false
	}
	if f.Status != 0 {
		http.Error(w, f.Body, f.Status)
		return false
	}
	b := Encode(q, a)
	w.Header().Set("Content-Type", "application/json")
	switch {
	case f.Half:
		w.Header().Set("Content-Length", fmt.Sprint(len(b)))
		_, _ = w.Write(b[:len(b)/2])
		panic(http.ErrAbortHandler)
	case f.HalfJSON:
		_, _ = w.Write(b[:len(b)/2])
		return false
	}
	_, err := w.Write(b)
	return err == nil
}

// Encode is an answer as servers write it.
func Encode(q Request, a Answer) []byte {
	model, finish := a.Model, a.Finish
	if model == "" {
		model = q.Model
	}
	if finish == "" {
		finish = "stop"
	}
	choice := map[string]any{"index": 0, "finish_reason": finish, "message": Message{"assistant", a.Text}}
	if strings.HasSuffix(q.Path, "/completions") && !strings.HasSuffix(q.Path, "/chat/completions") {
		choice = map[string]any{"index": 0, "finish_reason": finish, "text": a.Text}
	}
	prompt, completion := tokens(q, a)
	b, _ := json.Marshal(map[string]any{"id": "x", "object": "chat.completion", "model": model, "choices": []any{choice},
		"usage": map[string]int{"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}})
	return b
}
