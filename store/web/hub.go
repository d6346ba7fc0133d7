package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/internal/transfer"
	"github.com/corpusmill/corpusmill/store"
)

const (
	hubDefault    = "https://huggingface.co"
	tokenBytesMax = 4096
	// answerBytesMax is the longest answer of the hub that is read.
	answerBytesMax = 64 << 20
)

// Hub says where the hub is and who asks. The zero value is huggingface.co, and nobody.
type Hub struct {
	Endpoint string // default https://huggingface.co
	Token    string `json:"-" yaml:"-"` // sent to the endpoint alone
}

// HubOf reads the settings of the hub's own tools from the environment: HF_ENDPOINT,
// HF_TOKEN, and without that the file that HF_TOKEN_PATH names, or token in HF_HOME, which
// is by default ~/.cache/huggingface.
func HubOf(lookup func(name string) (string, bool)) (Hub, error) {
	get := func(name string) string {
		if v, ok := lookup(name); ok {
			return strings.TrimSpace(v)
		}
		return ""
	}
	h := Hub{Endpoint: get("HF_ENDPOINT"), Token: get("HF_TOKEN")}
	if h.Token != "" {
		return h, nil
	}
	path := get("HF_TOKEN_PATH")
	switch home := get("HF_HOME"); {
	case path != "":
	case home != "":
		path = filepath.Join(home, "token")
	case get("XDG_CACHE_HOME") != "":
		path = filepath.Join(get("XDG_CACHE_HOME"), "huggingface", "token")
	case get("HOME") != "":
		path = filepath.Join(get("HOME"), ".cache", "huggingface", "token")
	default:
		return h, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return h, nil
	}
	if err != nil {
		return h, fmt.Errorf("store: token of the hub: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, tokenBytesMax+1))
	if err != nil || len(b) > tokenBytesMax {
		return h, errors.Join(fmt.Errorf("store: token of the hub: %s is no file of a token", path), err)
	}
	h.Token = strings.TrimSpace(string(b))
	return h, nil
}

// hub opens data sets.
type hub struct {
	client   *Client
	settings func() (Hub, error)

	once   sync.Once
	err    error
	base   *url.URL
	server *server

	mu      sync.Mutex
	commits map[string]string // by repository and revision
}

// Hub returns the opener of locations "hf://datasets/ORG/NAME/folder", with @REVISION
// behind NAME for another branch, tag or commit than main. The settings are asked for at
// first use. What is a branch is the commit that it was when the client saw it first, and
// String of a store that has listed names that commit.
func (c *Client) Hub(settings func() (Hub, error)) store.Opener {
	h := &hub{client: c, settings: settings, commits: map[string]string{}}
	return func(_ context.Context, location string) (store.Store, error) {
		if h.once.Do(h.connect); h.err != nil {
			return nil, h.err
		}
		return h.open(location)
	}
}

// connect reads the settings; it sends nothing.
func (h *hub) connect() {
	var s Hub
	if s, h.err = h.settings(); h.err != nil {
		return
	}
	if s.Endpoint == "" {
		s.Endpoint = hubDefault
	}
	if h.base, h.err = parse(s.Endpoint); h.err != nil {
		return
	}
	if strings.ContainsFunc(s.Token, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		h.err = errors.New("store: the token of the hub holds characters that no token has")
		return
	}
	at := net.ParseIP(h.base.Hostname())
	if s.Token != "" && h.base.Scheme != "https" && !at.IsLoopback() {
		h.err = fmt.Errorf("store: the hub at %s is asked over plain http, which a token is not sent over", h.base.Host)
		return
	}
	h.server = h.client.server(h.base, s.Token)
}

// repoName are the names of organisations and data sets.
var repoName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,95}$`)

// commitName is a revision that cannot move.
var commitName = regexp.MustCompile(`^[0-9a-f]{40}$`)

const revisionBytesMax = 250

// open reads a location.
func (h *hub) open(location string) (store.Store, error) {
	bad := func(why string) error {
		return fmt.Errorf("store: location %s: %s; want hf://datasets/ORG/NAME/files or hf://datasets/ORG/NAME@REVISION/files", store.HideUser(location), why)
	}
	parts := strings.Split(strings.TrimRight(strings.TrimPrefix(location, SchemeHub), "/"), "/")
	if parts[0] != "datasets" {
		return nil, bad("only data sets are read")
	}
	if len(parts) < 3 {
		return nil, bad("it names no data set")
	}
	org, rest := parts[1], parts[3:]
	name, revision, pinned := strings.Cut(parts[2], "@")
	if revision == "refs" && len(rest) >= 2 { // refs/convert/parquet, refs/pr/7
		revision, rest = "refs/"+rest[0]+"/"+rest[1], rest[2:]
	}
	revision, err := url.PathUnescape(revision)
	switch {
	case !repoName.MatchString(org) || !repoName.MatchString(name):
		return nil, bad("that is no name of a data set")
	case err != nil || pinned && revision == "" || len(revision) > revisionBytesMax || strings.Contains(revision, ".."):
		return nil, bad("that is no revision")
	case !pinned:
		revision = "main"
	}
	folder := strings.Join(rest, "/")
	if folder != "" {
		if why := store.BadName(folder); why != "" {
			return nil, bad(why)
		}
		folder += "/"
	}
	d := &dataset{hub: h, repo: org + "/" + name, revision: revision, folder: folder, listed: map[string]store.Object{}}
	d.calls = transfer.Calls{Tries: h.server.tries, Stall: stallTimeout, Lanes: h.server.lanes, Sleep: transfer.Pause, Retryable: retryable, Fail: d.fail}
	if commitName.MatchString(revision) {
		d.pin(revision)
	}
	return d, nil
}

// commit is what a revision of a repository stands for.
func (h *hub) commit(ctx context.Context, d *dataset) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock() // one asks, the others wait for it
	key := d.repo + "@" + d.revision
	if sha, ok := h.commits[key]; ok {
		return sha, nil
	}
	var answer struct {
		SHA string `json:"sha"`
	}
	_, err := d.ask(ctx, "open", http.MethodGet, h.address("api/datasets/"+d.repo+"/revision/"+url.PathEscape(d.revision)), "", &answer)
	if err != nil {
		return "", err
	}
	if !commitName.MatchString(answer.SHA) {
		return "", d.fail("open", d.path(""), 0, transfer.Permanent("the hub names the commit %.64q", answer.SHA))
	}
	h.commits[key] = answer.SHA
	return answer.SHA, nil
}

func (h *hub) address(path string) string { return h.base.String() + path }

// ask sends a request whose answer is JSON, and returns the address of the next page.
func (d *dataset) ask(ctx context.Context, op, method, address, form string, answer any) (next string, err error) {
	err = d.calls.Do(ctx, op, d.path(""), requestTimeout, func(ctx context.Context, _ int) error {
		r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form))
		if err != nil {
			return transfer.Permanent("the hub's address %.200q is none", address)
		}
		r.Header.Set("Accept", "application/json")
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		resp, err := d.hub.server.request(r, http.StatusOK)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(io.LimitReader(resp.Body, answerBytesMax+1))
		if err != nil {
			return err
		}
		if len(b) > answerBytesMax {
			return transfer.Permanent("the hub's answer is longer than %d bytes", answerBytesMax)
		}
		if err := json.Unmarshal(b, answer); err != nil {
			return transfer.Permanent("the hub's answer is not as expected: %v", err)
		}
		next, err = nextPage(resp)
		return err
	})
	return next, err
}

// nextPage reads the header Link: <address>; rel="next".
func nextPage(resp *http.Response) (string, error) {
	for link := range strings.SplitSeq(strings.Join(resp.Header.Values("Link"), ","), ",") {
		address, rel, ok := strings.Cut(link, ">")
		if !ok || !strings.Contains(rel, `rel="next"`) {
			continue
		}
		_, address, _ = strings.Cut(address, "<")
		u, err := resp.Request.URL.Parse(address)
		if err != nil || u.Host != resp.Request.URL.Host || u.Scheme != resp.Request.URL.Scheme {
			return "", transfer.Permanent("the hub's next page %.200q is at no address of its own", address)
		}
		return u.String(), nil
	}
	return "", nil
}
