package completion_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/internal/completion"
	"github.com/corpusmill/corpusmill/internal/completion/completiontest"
)

const aRequest = `{"model":"m","messages":[{"role":"user","content":"Text:\nhello"}]}`

func newClient(t *testing.T, url string, change func(*completion.Settings)) *completion.Client {
	t.Helper()
	s := completion.Settings{Server: url, Path: "/chat/completions", Model: "m", Requests: 4, Tries: 4, Timeout: 10 * time.Second, Pause: time.Millisecond}
	if change != nil {
		change(&s)
	}
	c, err := completion.New(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Each fault is met once and the request made again; what is no fault of the moment ends it.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name     string
		fault    completiontest.Answer
		lasting  bool // the server does not get well
		timeout  time.Duration
		requests int
		want     string // of the error; "" is an answer
		refused  string
	}{
		{name: "none", requests: 1},
		{name: "503", fault: completiontest.Answer{Fault: completiontest.Fault{Status: 503, Body: "busy"}}, requests: 2},
		{name: "503 for ever", fault: completiontest.Answer{Fault: completiontest.Fault{Status: 503, Body: "busy"}}, lasting: true, requests: 4, want: "503 Service Unavailable: busy"},
		{name: "429", fault: completiontest.Answer{Fault: completiontest.Fault{Status: 429, RetryAfter: "0.01"}}, requests: 2},
		{name: "500", fault: completiontest.Answer{Fault: completiontest.Fault{Status: 500}}, requests: 2},
		{name: "hang-up", fault: completiontest.Answer{Fault: completiontest.Fault{Hangup: true}}, requests: 2},
		{name: "half", fault: completiontest.Answer{Text: "x", Fault: completiontest.Fault{Half: true}}, requests: 2},
		{name: "half JSON", fault: completiontest.Answer{Text: "x", Fault: completiontest.Fault{HalfJSON: true}}, requests: 2},
		{name: "half JSON for ever", fault: completiontest.Answer{Text: "x", Fault: completiontest.Fault{HalfJSON: true}}, lasting: true, requests: 4, want: "its answer: unexpected end of JSON"},
		{name: "page", fault: completiontest.Answer{Fault: completiontest.Fault{Status: 200, Body: "<html>Log in, sk-s3cret</html>"}}, requests: 2},
		{name: "page for ever", fault: completiontest.Answer{Fault: completiontest.Fault{Status: 200, Body: "<html>Log in, sk-s3cret</html>"}}, lasting: true, requests: 4, want: `its answer: invalid character '<' looking for beginning of value: "<html>Log in, ***</html>`},
		{name: "no text", fault: completiontest.Answer{Fault: completiontest.Fault{Status: 200, Body: `{"error":"busy"}`}}, lasting: true, requests: 4, want: `its answer has no choices: "{\"error\":\"busy\"}`},
		{name: "slow", fault: completiontest.Answer{Fault: completiontest.Fault{Slow: time.Minute}}, timeout: 50 * time.Millisecond, requests: 2},
		{name: "slow for ever", fault: completiontest.Answer{Fault: completiontest.Fault{Slow: time.Minute}}, lasting: true, timeout: 20 * time.Millisecond, requests: 4, want: "no answer within 20ms"},
		{name: "wrong model", fault: completiontest.Answer{Text: "x", Model: "other"}, requests: 1, want: `the model "other" answers where "m" was asked for`},
		{name: "dated model", fault: completiontest.Answer{Text: "hello", Model: "m-2026-01-01"}, requests: 1},
		{name: "401", fault: completiontest.Answer{Fault: completiontest.Fault{Status: 401, Body: "bad key sk-s3cret"}}, requests: 1, want: "401 Unauthorized: bad key ***"},
		{name: "key at the cut", fault: completiontest.Answer{Fault: completiontest.Fault{Status: 401, Body: strings.Repeat("x", 296) + "sk-s3cret"}}, requests: 1, want: "x***"},
		{name: "404", fault: completiontest.Answer{Fault: completiontest.Fault{Status: 404}}, requests: 1, want: "404"},
		{name: "400", fault: completiontest.Answer{Fault: completiontest.Fault{Status: 400, Body: "too long for sk-s3cret"}}, requests: 1, refused: "400 Bad Request: too long for ***"},
		{name: "elsewhere", fault: completiontest.Answer{Fault: completiontest.Fault{Status: 302}}, requests: 1, want: "302"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var n atomic.Int64
			s := (&completiontest.Server{Answer: func(q completiontest.Request) completiontest.Answer {
				if q.Key != "sk-s3cret" || q.Path != "/v1/chat/completions" {
					t.Errorf("asked with %q at %s", q.Key, q.Path)
				}
				if n.Add(1) == 1 || c.lasting {
					return c.fault
				}
				return completiontest.Answer{Text: completiontest.Last(q.Prompt)}
			}}).Start(t)
			client := newClient(t, s.URL, func(x *completion.Settings) {
				x.Key = "sk-s3cret"
				if c.timeout > 0 {
					x.Timeout = c.timeout
				}
			})
			a, err := client.Ask(t.Context(), []byte(aRequest))
			switch {
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "sk-")):
				t.Errorf("the error is %v, want %s", err, c.want)
			case c.want == "" && err != nil:
				t.Error(err)
			case c.refused != "" && !strings.HasPrefix(a.Refused, c.refused):
				t.Errorf("refused: %q", a.Refused)
			}
			if requests, _, _ := s.Counts(); requests != c.requests {
				t.Errorf("%d requests, want %d", requests, c.requests)
			}
		})
	}
}

// A server that takes no request at all is not asked for ever; one that took one may refuse
// many.
func TestRefusesAll(t *testing.T) {
	refuse := completiontest.Answer{Fault: completiontest.Fault{Status: 400, Body: "no such parameter"}}
	for _, first := range []bool{false, true} {
		s := (&completiontest.Server{Answer: func(q completiontest.Request) completiontest.Answer {
			if first && q.Number == 1 {
				return completiontest.Answer{Text: "yes"}
			}
			return refuse
		}}).Start(t)
		client := newClient(t, s.URL, nil)
		var last error
		asked := 0
		for asked < 40 && last == nil {
			_, last = client.Ask(t.Context(), []byte(aRequest))
			asked++
		}
		if first && last != nil || !first && (last == nil || asked != 16 || !strings.Contains(last.Error(), "no such parameter")) {
			t.Errorf("one was taken: %v; after %d: %v", first, asked, last)
		}
	}
}

// The number under way grows to its bound while all is well, and shrinks while the server
// bears less: it is never far above what is borne.
func TestAdapts(t *testing.T) {
	const bears = 6
	var under, most, refused atomic.Int64
	s := (&completiontest.Server{Latency: 2 * time.Millisecond}).Start(t)
	s.Answer = func(completiontest.Request) completiontest.Answer {
		n := under.Add(1)
		time.AfterFunc(2*time.Millisecond, func() { under.Add(-1) })
		if n > bears {
			refused.Add(1)
			return completiontest.Answer{Fault: completiontest.Fault{Status: 503}}
		}
		most.Store(max(most.Load(), n))
		return completiontest.Answer{Text: "x"}
	}
	client := newClient(t, s.URL, func(x *completion.Settings) { x.Requests, x.Tries = 64, 100 })
	var wg sync.WaitGroup
	turn := make(chan bool, 64)
	for range 1500 {
		turn <- true
		wg.Go(func() {
			defer func() { <-turn }()
			if _, err := client.Ask(t.Context(), []byte(aRequest)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	requests, served, _ := s.Counts()
	if served != 1500 || refused.Load() > int64(requests)/3 {
		t.Errorf("%d requests, %d served, %d refused", requests, served, refused.Load())
	}
	if bound, _ := client.Limit(); bound > 3*bears {
		t.Errorf("%d may be under way at a server that bears %d", bound, bears)
	}

	well := (&completiontest.Server{Latency: 5 * time.Millisecond}).Start(t)
	client = newClient(t, well.URL, func(x *completion.Settings) { x.Requests = 32 })
	for range 600 {
		turn <- true
		wg.Go(func() {
			defer func() { <-turn }()
			if _, err := client.Ask(t.Context(), []byte(aRequest)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if bound, peak := client.Limit(); bound != 32 || peak != 32 {
		t.Errorf("%d of 32 may be under way at a server that bears all, %d were", bound, peak)
	}
	if _, _, most := well.Counts(); most > 32 {
		t.Errorf("%d were under way at the server", most)
	}
}

// A request that is given up while it waits gives its place back.
func TestGivenUp(t *testing.T) {
	hold := make(chan bool)
	s := (&completiontest.Server{Answer: func(completiontest.Request) completiontest.Answer {
		<-hold
		return completiontest.Answer{Text: "x"}
	}}).Start(t)
	client := newClient(t, s.URL, func(x *completion.Settings) { x.Requests = 1 })
	first := make(chan error)
	go func() { _, err := client.Ask(t.Context(), []byte(aRequest)); first <- err }()
	for n := 0; n == 0; n, _, _ = s.Counts() {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithCancel(t.Context())
	second := make(chan error)
	go func() { _, err := client.Ask(ctx, []byte(aRequest)); second <- err }()
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(hold)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if _, err := client.Ask(t.Context(), []byte(aRequest)); err != nil {
		t.Error(err)
	}
}

func TestAddress(t *testing.T) {
	for server, want := range map[string]string{
		"http://h": "http://h/v1/chat/completions", "http://h/": "http://h/v1/chat/completions", "https://h:1/api/v3": "https://h:1/api/v3/chat/completions",
	} {
		c := newClient(t, server, func(x *completion.Settings) { x.Tries = 1 })
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Ask(ctx, nil); err == nil || !strings.HasPrefix(err.Error(), want+": ") {
			t.Errorf("%s: %v", server, err)
		}
	}
	for _, server := range []string{"", "h:80", "ftp://h", "http://", "http://u:s3cret@[::1/"} {
		if _, err := completion.New(completion.Settings{Server: server}); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", server, err)
		}
	}
}
