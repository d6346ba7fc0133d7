package crawl

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/corpusmill/corpusmill/crawl/archive"
	"github.com/corpusmill/corpusmill/crawl/frontier"
	"github.com/corpusmill/corpusmill/crawl/urls"
	"github.com/corpusmill/corpusmill/format/warc"
)

// captured is what the next crawl has to know of a page that answered with 200: how to ask
// whether it changed, and which record has it.
type captured struct {
	URI      string        `json:"uri"`
	Kind     frontier.Kind `json:"kind,omitempty"`
	Hops     int           `json:"hops,omitempty"`
	Via      string        `json:"via,omitempty"`
	ETag     string        `json:"etag,omitempty"`
	Modified string        `json:"modified,omitempty"`
	ID       string        `json:"id,omitempty"`
	Digest   string        `json:"digest"`
	Date     time.Time     `json:"date"`
}

// capture is what is known of an address from an earlier crawl; nothing in the first.
func (c *Crawler) capture(u urls.URL) (captured, error) {
	var k captured
	if c.before.Generation == 0 {
		return k, nil
	}
	data, err := c.front.Answer(u)
	if err != nil || data == nil {
		return k, err
	}
	if err := json.Unmarshal(data, &k); err != nil {
		return k, fmt.Errorf("what is known of %s: %w", u, err)
	}
	return k, nil
}

// validatorBytes is how long an ETag or a date may be to be asked with.
const validatorBytes = 512

// store keeps what the next crawl has to know.
func (p *page) store(b *frontier.Batch, at archive.Location) error {
	if p.x.Status != 200 || p.x.Truncated != "" || p.revisit() != nil && p.before.ETag == p.x.Header.Get("ETag") {
		return nil
	}
	k := captured{URI: p.entry.URL.String(), Kind: p.entry.Kind, Hops: p.entry.Hops, Via: p.entry.Via, ID: at.ID, Digest: at.Digest, Date: at.Date,
		ETag: p.x.Header.Get("ETag"), Modified: p.x.Header.Get("Last-Modified")}
	if p.revisit() != nil {
		k.ID, k.Date = p.before.ID, p.before.Date
	}
	if len(k.ETag) > validatorBytes {
		k.ETag = ""
	}
	if len(k.Modified) > validatorBytes {
		k.Modified = ""
	}
	data, err := json.Marshal(&k)
	if err != nil {
		return err
	}
	return b.SetAnswer(p.entry.URL, data)
}

// revisit says which earlier record has the payload; nil if none has.
func (p *page) revisit() *archive.Revisit {
	if p.before.URI == "" {
		return nil
	}
	r := archive.Revisit{ID: p.before.ID, URI: p.before.URI, Date: p.before.Date, Digest: p.before.Digest}
	switch {
	case p.x.Status == 304:
		r.Profile = archive.ProfileNotModified
	case p.same || p.x.Status == 200 && p.x.Truncated == "" && warc.Digest(p.x.Payload()) == p.before.Digest:
		r.Profile = archive.ProfileIdentical
	default:
		return nil
	}
	return &r
}

// renewMax is how many addresses are queued again in one commit.
const renewMax = 1000

// renew queues all pages that have been fetched, once the crawl had come to its end. A kill
// while it does begins it again.
func (c *Crawler) renew(ctx context.Context) error {
	if !c.tally.Renewing {
		if c.front.Totals().Queued > 0 {
			return nil // it goes on with what a stop has left
		}
		if err := c.note(func(*frontier.Batch) error {
			c.tally.Generation++
			c.tally.Before.Pages, c.tally.Before.Bytes, c.tally.Before.Seconds = c.tally.Pages, c.tally.Bytes, c.tally.Seconds
			c.tally.Renewing = true
			return nil
		}); err != nil {
			return err
		}
	}
	var some []captured
	flush := func(last bool) error {
		err := c.note(func(b *frontier.Batch) error {
			for _, k := range some {
				u, err := urls.Stored(k.URI)
				if err != nil {
					return err
				}
				if err := b.Renew(frontier.Entry{URL: u, Kind: k.Kind, Hops: k.Hops, Via: k.Via, Priority: uint8(min(k.Hops, latePriority-1))}); err != nil {
					return err
				}
			}
			c.tally.Renewing = !last
			return nil
		})
		some = some[:0]
		return err
	}
	for data, err := range c.front.Answers() {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var k captured
		if err := json.Unmarshal(data, &k); err != nil {
			return fmt.Errorf("what is known of an address: %w", err)
		}
		if some = append(some, k); len(some) == renewMax {
			if err := flush(false); err != nil {
				return err
			}
		}
	}
	if err := flush(true); err != nil {
		return err
	}
	c.before = c.tally.clone()
	return nil
}
