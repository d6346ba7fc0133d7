package consent

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/crawl/robots"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// archive is what the robots.txt of many sites say to some agents, the latest of each site.
// Sites are known by a hash of 64 bits.
type archive struct {
	agents []string
	sites  []site // by origin
	text   []byte // what they say, each thing once
	ends   []int  // of what sites say, by its number
	digest string
	last   atomic.Pointer[parsed] // pages of a site often follow each other
}

// parsed is the file that stands for what a site says.
type parsed struct {
	says int32
	file *robots.File
}

// site is the robots.txt of an origin: scheme, host and port.
type site struct {
	origin uint64
	at     int64 // when it was fetched, in seconds since 1970
	says   int32 // number of what it says
}

// What a site says begins with one of these. Behind a file is its text, behind a move the
// address.
const (
	saysFile         = 'f'
	saysUnrestricted = 'a'
	saysUnreachable  = 'u'
	saysMoved        = 'm'
)

const (
	siteBytes  = 24
	knownBytes = 64 // of an entry of a map at its worst
)

// loadArchive reads the answers to requests for robots.txt in WARC files, and holds at most
// so many bytes.
func loadArchive(ctx context.Context, env *stage.Env, patterns, agents []string, most int64) (*archive, error) {
	l := &archiveLoader{archive: &archive{agents: agents}, env: env, most: most, known: map[xxh3.Uint128]int32{}}
	files := 0
	for _, pattern := range patterns {
		s, objects, err := env.Stores.Glob(ctx, pattern)
		if err != nil {
			return nil, err
		}
		if len(objects) == 0 {
			return nil, fmt.Errorf("%s: no such file", pattern)
		}
		for _, o := range objects {
			files++
			if err := l.file(ctx, s, o.Name); err != nil {
				return nil, fmt.Errorf("%s: %w", o.Name, err)
			}
		}
	}
	if len(l.sites) == 0 {
		return nil, fmt.Errorf("%d files have no answer to a request for a robots.txt: want WARC files such as those of a crawl, or the robotstxt files of Common Crawl", files)
	}
	l.finish()
	return l.archive, nil
}

type archiveLoader struct {
	*archive
	env   *stage.Env
	most  int64
	known map[xxh3.Uint128]int32
	room  []byte
}

func (l *archiveLoader) file(ctx context.Context, s store.Store, name string) error {
	f, err := s.Open(ctx, name)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	r := warc.NewReader(f, warc.Options{MaxRecordBytes: l.env.RecordBytesMax, MaxBodyBytes: l.env.RecordBytesMax})
	lost := 0
	for {
		rec, err := r.Next()
		var bad *warc.RecordError
		switch {
		case errors.Is(err, io.EOF):
			if lost > 0 {
				l.env.Log.Warn("answers to robots.txt could not be read", "file", name, "records", lost)
			}
			return nil
		case errors.As(err, &bad):
			lost++
			continue
		case err != nil:
			return err
		}
		if err := l.record(rec); err != nil {
			return err
		}
	}
}

// record takes the answer to a request for a robots.txt.
func (l *archiveLoader) record(rec *warc.Record) error {
	origin, path := splitURL(rec.TargetURI)
	if rec.Type != warc.TypeResponse || path != "/robots.txt" {
		return nil
	}
	resp, err := rec.HTTP()
	if resp == nil {
		return nil // not HTTP
	}
	says := l.room[:0]
	switch access := robots.Verdict(resp.Status, err); {
	case access == robots.Unreachable:
		says = append(says, saysUnreachable)
	case resp.Status/100 == 3:
		to, err := url.Parse(rec.TargetURI)
		if err == nil {
			to, err = to.Parse(resp.Header.Get("Location"))
		}
		if err != nil || to.Path != "/robots.txt" {
			return nil // what it says is not in an archive of robots.txt
		}
		says = append(append(says, saysMoved), to.Scheme+"://"+to.Host...)
	case access == robots.Unrestricted:
		says = append(says, saysUnrestricted)
	default:
		says = robots.Parse(resp.Body).AppendFor(append(says, saysFile), l.agents)
	}
	l.room = says
	number, ok := l.known[xxh3.Hash128(says)]
	if !ok {
		number = int32(len(l.ends))
		l.known[xxh3.Hash128(says)] = number
		l.text = append(l.text, says...)
		l.ends = append(l.ends, len(l.text))
	}
	l.sites = append(l.sites, site{xxh3.HashString(origin), rec.Date.Unix(), number})
	if l.holds()+int64(len(l.known))*knownBytes > l.most {
		return fmt.Errorf("the robots.txt of %d sites hold more than robots_memory, %s: raise it, or name fewer files", len(l.sites), config.Bytes(l.most))
	}
	return nil
}

// finish leaves the latest of each site. Of two of one second the one that comes last by
// its bytes stays.
func (l *archiveLoader) finish() {
	slices.SortFunc(l.sites, func(a, b site) int {
		return cmp.Or(cmp.Compare(a.origin, b.origin), cmp.Compare(b.at, a.at), bytes.Compare(l.says(b.says), l.says(a.says)))
	})
	l.sites = slices.CompactFunc(l.sites, func(a, b site) bool { return a.origin == b.origin })
	h := sha256.New()
	var b [16]byte
	for _, s := range l.sites {
		binary.LittleEndian.PutUint64(b[:], s.origin)
		binary.LittleEndian.PutUint64(b[8:], uint64(s.at))
		h.Write(b[:])
		said := sha256.Sum256(l.says(s.says))
		h.Write(said[:])
	}
	l.digest = hex.EncodeToString(h.Sum(nil))
}

// holds is how many bytes the archive takes.
func (a *archive) holds() int64 {
	return int64(cap(a.sites))*siteBytes + int64(cap(a.text)) + int64(cap(a.ends))*8
}

func (a *archive) says(number int32) []byte {
	from := 0
	if number > 0 {
		from = a.ends[number-1]
	}
	return a.text[from:a.ends[number]]
}

// find is the site of an origin.
func (a *archive) find(origin string) (site, bool) {
	i, ok := slices.BinarySearchFunc(a.sites, xxh3.HashString(origin), func(s site, h uint64) int { return cmp.Compare(s.origin, h) })
	if !ok {
		return site{}, false
	}
	return a.sites[i], true
}

// siteOf is the robots.txt that holds for a URL: that of its origin, else that of the host
// under the other scheme, behind at most robots.MaxRedirects moves.
func (a *archive) siteOf(address string) (s site, ok bool) {
	origin, _ := splitURL(address)
	if s, ok = a.find(origin); !ok {
		scheme, host, _ := strings.Cut(origin, "://")
		if scheme = map[string]string{"http": "https", "https": "http"}[scheme]; strings.Contains(host, ":") {
			return site{}, false // another port is another site
		}
		if s, ok = a.find(scheme + "://" + host); !ok {
			return site{}, false
		}
	}
	for range robots.MaxRedirects + 1 {
		says := a.says(s.says)
		if says[0] != saysMoved {
			return s, true
		}
		to, _ := splitURL(string(says[1:]))
		if s, ok = a.find(to); !ok {
			return site{}, false
		}
	}
	return site{}, false
}

// robots is the file that holds for a URL and when it was fetched, nil if that is not known.
func (a *archive) robots(address string) (*robots.File, time.Time) {
	s, ok := a.siteOf(address)
	if !ok {
		return nil, time.Time{}
	}
	p := a.last.Load()
	if p == nil || p.says != s.says {
		p = &parsed{says: s.says}
		switch says := a.says(s.says); says[0] {
		case saysUnrestricted:
			p.file = &robots.File{Access: robots.Unrestricted}
		case saysUnreachable:
			p.file = &robots.File{Access: robots.Unreachable}
		default:
			p.file = robots.ParseWhole(says[1:])
		}
		a.last.Store(p)
	}
	return p.file, time.Unix(s.at, 0).UTC()
}

// splitURL parts the origin of an absolute URL, in lower case and without user and default
// port, from its path without query.
func splitURL(address string) (origin, path string) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(address), "://")
	if !ok {
		return "", ""
	}
	scheme = strings.ToLower(scheme)
	host := rest
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	host = strings.ToLower(host[strings.LastIndexByte(host, '@')+1:])
	if port := map[string]string{"http": ":80", "https": ":443"}[scheme]; port != "" {
		host = strings.TrimSuffix(host, port)
	}
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	return scheme + "://" + strings.TrimSuffix(host, "."), path
}
