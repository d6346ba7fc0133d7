// Package completion asks language models on servers that speak OpenAI's protocol, chat or
// plain completions, at once or by files of its batch form. It adapts the number of requests
// under way to what a server bears, and tries again what may be right the next time.
package completion

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/internal/outbound"
)

// Settings say whom to ask and how.
type Settings struct {
	// Server is the address with the path before /chat/completions, /v1 where it has none.
	Server string
	// Path is /chat/completions or /completions.
	Path string
	// Key is sent as a bearer token, "" for none. No error and no answer shows it.
	Key string
	// Model is the name of the model that is asked for, and Serves the one that answers must
	// bear; a * at its end stands for the rest. "" is Model and whatever is behind it.
	Model, Serves string
	// Requests bounds those under way, 1 at least.
	Requests int
	// Tries is how often a request is made at most, 1 at least.
	Tries int
	// Timeout is that of one try.
	Timeout time.Duration
	// Pause is the first pause before a request is made again, which then doubles; 0 is half
	// a second.
	Pause time.Duration
}

// Answer is what a model answered.
type Answer struct {
	Model  string `json:"model,omitempty"`
	Text   string `json:"text,omitempty"`
	Finish string `json:"finish,omitempty"` // stop, length, content_filter
	// Refused is why the server did not take this request: its status and words. There is no
	// text then.
	Refused string `json:"refused,omitempty"`
	// Prompt and Completion are tokens, as the server counts them.
	Prompt     int64 `json:"prompt_tokens,omitempty"`
	Completion int64 `json:"completion_tokens,omitempty"`
}

const (
	// answerBytesMax bounds an answer, and refusedMax how many requests a server may refuse
	// before it takes the first.
	answerBytesMax = 16 << 20
	refusedMax     = 16
	pauseMax       = 30 * time.Second
	retryAfterMax  = 10 * time.Minute
)

// Client asks a server. It is safe for concurrent use.
type Client struct {
	settings Settings
	address  string
	shown    string // without user, password and query
	http     *http.Client
	limit    *limiter
	took     counter // requests that the server took
	refused  counter
}

// New makes a client; it asks nothing yet.
func New(s Settings) (*Client, error) {
	u, err := Address(s.Server)
	if err != nil {
		return nil, err
	}
	if u.Path = strings.TrimSuffix(u.Path, "/"); u.Path == "" {
		u.Path = "/v1"
	}
	u.Path += s.Path
	u.RawPath = ""
	t, _ := http.DefaultTransport.(*http.Transport)
	t = t.Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = s.Requests, s.Requests
	t.ForceAttemptHTTP2 = false
	if s.Pause <= 0 {
		s.Pause = 500 * time.Millisecond
	}
	return &Client{settings: s, address: u.String(), shown: (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String(),
		http: &http.Client{Transport: t, Timeout: s.Timeout, CheckRedirect: outbound.NoRedirect}, limit: newLimiter(s.Requests)}, nil
}

// Address reads the address of a server. The error does not show it: it may hold a password.
func Address(server string) (*url.URL, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("server: want an address such as http://localhost:8000")
	}
	return u, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Limit is how many requests may be under way now, and Most the most that were.
func (c *Client) Limit() (limit, most int) { return c.limit.state() }

// Ask makes a request, the body of which is JSON, as often as it takes. An error says that
// the server cannot be asked; one that refuses this request alone answers so.
func (c *Client) Ask(ctx context.Context, body []byte) (Answer, error) {
	var last error
	for try := range c.settings.Tries {
		if try > 0 {
			if err := pause(ctx, c.backoff(try)); err != nil {
				return Answer{}, err
			}
		}
		a, err := c.try(ctx, body)
		if err == nil {
			return a, nil
		}
		if last = err; !errors.As(err, new(again)) || ctx.Err() != nil {
			break
		}
	}
	return Answer{}, fmt.Errorf("%s: %w", c.shown, last)
}

// backoff is the pause before a try, with a share of chance, so that many do not come back at
// once.
func (c *Client) backoff(try int) time.Duration {
	d := min(c.settings.Pause<<min(try-1, 16), pauseMax)
	return d/2 + rand.N(d/2+1)
}

// again is an error that may be none the next time.
type again struct{ error }

func (a again) Unwrap() error { return a.error }

func (c *Client) try(ctx context.Context, body []byte) (Answer, error) {
	epoch, err := c.limit.acquire(ctx)
	if err != nil {
		return Answer{}, err
	}
	answer, status, wait, err := c.post(ctx, body)
	busy := status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || status == statusOverloaded || isTimeout(err) && ctx.Err() == nil
	c.limit.release(epoch, err == nil && status < 300, busy, wait)
	switch {
	case err != nil:
		return Answer{}, again{err}
	case status < 300:
		a, err := c.read(answer)
		if err != nil {
			return Answer{}, err
		}
		c.took.add()
		return a, nil
	case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge, status == http.StatusUnprocessableEntity:
		words := c.words(status, answer)
		if c.refused.add() >= refusedMax && c.took.get() == 0 {
			return Answer{}, fmt.Errorf("%s, as the %d requests before: none was taken", words, refusedMax-1)
		}
		return Answer{Model: c.settings.Model, Refused: words}, nil
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusConflict:
		return Answer{}, again{errors.New(c.words(status, answer))}
	}
	return Answer{}, errors.New(c.words(status, answer))
}

// statusOverloaded is what some servers say in place of 503.
const statusOverloaded = 529

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// words are what a server said in place of an answer: cut behind the mask, so that no part of
// a key stays.
func (c *Client) words(status int, answer []byte) string {
	return fmt.Sprintf("%d %s: %.300s", status, http.StatusText(status), c.hide(string(answer)))
}

// hide masks the key, which some servers say again.
func (c *Client) hide(text string) string {
	if len(c.settings.Key) < 4 {
		return text
	}
	return strings.ReplaceAll(text, c.settings.Key, "***")
}

func (c *Client) post(ctx context.Context, body []byte) (answer []byte, status int, wait time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address, bytes.NewReader(body))
	if err != nil {
		return nil, 0, 0, errors.New("no valid address")
	}
	req.Header.Set("Content-Type", "application/json")
	if c.settings.Key != "" {
		req.Header.Set("Authorization", "Bearer "+c.settings.Key)
	}
	resp, err := c.http.Do(req)
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err // its text has the whole address
		if of.Timeout() {
			err = timeout{c.settings.Timeout}
		}
	}
	if err != nil {
		return nil, 0, 0, err
	}
	defer resp.Body.Close() //nolint:errcheck // read only
	answer, err = io.ReadAll(io.LimitReader(resp.Body, answerBytesMax+1))
	switch {
	case isTimeout(err):
		err = timeout{c.settings.Timeout}
	case err == nil && len(answer) > answerBytesMax:
		err = fmt.Errorf("an answer of more than %d bytes", answerBytesMax)
	case resp.StatusCode >= 300: // what of the words came is enough
		err = nil
	}
	return answer, resp.StatusCode, retryAfter(resp.Header.Get("Retry-After")), err
}

type timeout struct{ after time.Duration }

func (t timeout) Error() string { return "no answer within " + t.after.String() }
func (timeout) Timeout() bool   { return true }

// retryAfter is how long a server asks to wait, at most ten minutes; 0 where it does not.
func retryAfter(header string) time.Duration {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseFloat(header, 64); err == nil && seconds > 0 {
		return time.Duration(min(seconds, retryAfterMax.Seconds()) * float64(time.Second))
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(time.Until(at), 0), retryAfterMax)
	}
	return 0
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// response is what of an answer counts.
type response struct {
	Model   string `json:"model"`
	Choices []struct {
		Message struct {
			Content *string `json:"content"`
			Refusal string  `json:"refusal"`
		} `json:"message"`
		Text   *string `json:"text"`
		Finish string  `json:"finish_reason"`
	} `json:"choices"`
	Usage struct {
		Prompt     int64 `json:"prompt_tokens"`
		Completion int64 `json:"completion_tokens"`
	} `json:"usage"`
}

// read reads an answer. One that is no JSON, or has no text, may come whole the next time.
func (c *Client) read(b []byte) (Answer, error) {
	a, err := parse(b)
	if err != nil {
		return a, again{errors.New(fmt.Sprintf("%v: %.80q", err, c.hide(string(b))))}
	}
	if !c.serves(a.Model) {
		return a, fmt.Errorf("the model %q answers where %q was asked for: if they are the same, say serves: %s", a.Model, c.settings.Model, a.Model)
	}
	a.Text = c.hide(a.Text)
	return a, nil
}

func parse(b []byte) (a Answer, err error) {
	var r response
	if err := json.Unmarshal(b, &r); err != nil {
		return a, fmt.Errorf("its answer: %w", err)
	}
	if len(r.Choices) == 0 {
		return a, errors.New("its answer has no choices")
	}
	choice := r.Choices[0]
	text := choice.Text
	if choice.Message.Content != nil {
		text = choice.Message.Content
	}
	a = Answer{Model: r.Model, Finish: choice.Finish, Prompt: max(r.Usage.Prompt, 0), Completion: max(r.Usage.Completion, 0)}
	switch {
	case text != nil:
		a.Text = strings.ToValidUTF8(*text, "\uFFFD")
	case choice.Message.Refusal != "":
		a.Refused = "the model refuses: " + choice.Message.Refusal
	case choice.Finish == "content_filter" || choice.Finish == "length": // nothing but thoughts
		a.Refused = "no text: " + choice.Finish
	default:
		return a, errors.New("its answer has no text")
	}
	return a, nil
}

// serves reports whether answers may bear the name.
func (c *Client) serves(model string) bool {
	want := c.settings.Serves
	if want == "" {
		want = c.settings.Model + "*"
	}
	prefix, any := strings.CutSuffix(want, "*")
	return model == "" || model == want || any && strings.HasPrefix(model, prefix)
}
