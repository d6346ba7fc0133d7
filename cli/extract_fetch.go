package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/internal/outbound"
	"github.com/corpusmill/corpusmill/store"
)

const (
	maxFetchBytes = 20 << 20 // of a page at an address, decompressed
	maxRedirects  = 5
)

// isAddress tells an http or https address from a file's name.
func isAddress(arg string) bool {
	scheme, rest, ok := strings.Cut(arg, "://")
	return ok && rest != "" && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

// pageClient reads single pages. It is for looking at pages one by one: it knows
// neither robots.txt nor rates, which a crawl must.
type pageClient struct {
	http      *http.Client
	userAgent string
}

var errRedirects = fmt.Errorf("more than %d redirects", maxRedirects)

func (p *program) pageClient(timeout time.Duration, allow outbound.Allow) *pageClient {
	return &pageClient{userAgent: "corpusmill/" + p.app.Version, http: &http.Client{Timeout: timeout,
		Transport: outbound.Transport(allow, nil),
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return errRedirects
			}
			return nil
		}}}
}

// page reads the page at an address. Its ID is the address as given, its URL the
// one that it was found at, both without name and password.
func (c *pageClient) page(ctx context.Context, addr string) (item, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, addr, nil)
	if err != nil {
		return item{}, fetchError(store.HideUser(addr), err)
	}
	if req.URL.User != nil {
		addr = withoutUser(req.URL)
	}
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Accept", "text/html,application/xhtml+xml,"+strings.Join(format.DocumentMedia, ",")+",text/plain;q=0.8")
	resp, err := c.http.Do(req)
	if err != nil {
		return item{}, fetchError(addr, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return item{}, fetchError(addr, errors.New(resp.Status))
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxFetchBytes+1))
	if err != nil {
		return item{}, fetchError(addr, err)
	}
	if len(body) > maxFetchBytes {
		return item{}, fetchError(addr, fmt.Errorf("larger than %s", config.Bytes(maxFetchBytes)))
	}
	d := &corpus.Document{ID: addr, URL: withoutUser(resp.Request.URL), Raw: body, Media: pageMedia(body)}
	var media string
	media, d.Charset = warc.MediaType(strings.Join(resp.Header.Values("Content-Type"), ","))
	if media != "" && media != "application/octet-stream" {
		d.Media = media
	}
	return item{doc: d, file: true}, nil
}

// withoutUser is an address without the name and the password that open it, which are
// neither part of what a page is called nor for those who read of it.
func withoutUser(u *url.URL) string {
	shown := *u
	shown.User = nil
	return shown.String()
}

// fetchError names the address once; the client's own errors hold it too.
func fetchError(addr string, err error) error {
	var refused *outbound.RefusedError
	if u := (*url.Error)(nil); errors.As(err, &refused) {
		err = refused
	} else if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("%s: %w", addr, err)
}
