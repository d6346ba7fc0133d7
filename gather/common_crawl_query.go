package gather

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/format"
)

// query says which rows of an index are wanted.
type query struct {
	hosts, below []string // in lower case: names, and what they end with
	placed       bool     // hosts or below say something
	urls         []*regexp.Regexp
	languages    []string
	media        []string
	status       []int
	least, most  int64
	keys         []string // what the keys of wanted addresses begin with; nil is anything
}

func newQuery(c CommonCrawl) *query {
	q := &query{languages: c.Languages, media: slices.Clone(c.Media), status: c.Status, least: int64(c.MinBytes), most: int64(c.MaxBytes)}
	q.urls, _ = patterns(c.URLs) // validated
	lower := func(list []string) (names []string) {
		for _, name := range list {
			names = append(names, strings.Trim(strings.ToLower(name), "."))
		}
		return names
	}
	if slices.Contains(q.media, format.MediaHTML) {
		q.media = append(q.media, format.MediaXHTML)
	}
	q.hosts = lower(c.Hosts)
	q.below = slices.Concat(lower(c.Domains), lower(c.TLDs))
	q.placed = len(q.hosts)+len(q.below) > 0
	q.keys = keysOf(slices.Concat(q.hosts, q.below))
	return q
}

var withoutWWW = regexp.MustCompile(`^www\d*\.`)

// keysOf are what the sort-friendly addresses (SURT) of hosts and of those below them begin
// with, such as org,example) and org,example, for example.org. Crawlers leave out www, and
// write addresses of the internet protocol in several ways, for which there is no bound.
func keysOf(names []string) (keys []string) {
	for _, name := range names {
		if _, err := netip.ParseAddr(name); err == nil {
			return nil
		}
		labels := strings.Split(withoutWWW.ReplaceAllString(name, ""), ".")
		slices.Reverse(labels)
		surt := strings.Join(labels, ",")
		keys = append(keys, surt+")", surt+",", surt+":")
	}
	return keys
}

// between reports whether a key that is wanted may lie between two keys, both included.
func (q *query) between(least, most string) bool {
	return slices.ContainsFunc(q.keys, func(key string) bool {
		return most >= key && (least <= key || strings.HasPrefix(least, key))
	})
}

// host reports whether a host is wanted.
func (q *query) host(name string) bool {
	if !q.placed {
		return true
	}
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	return slices.Contains(q.hosts, name) || slices.ContainsFunc(q.below, func(end string) bool {
		rest, ok := strings.CutSuffix(name, end)
		return ok && (rest == "" || rest[len(rest)-1] == '.')
	})
}

// address reports whether an address is wanted, whatever its host.
func (q *query) address(s string) bool {
	return len(q.urls) == 0 || slices.ContainsFunc(q.urls, func(r *regexp.Regexp) bool { return r.MatchString(s) })
}

// language reports whether a list such as deu,eng has one that is wanted.
func (q *query) language(list string) bool {
	if len(q.languages) == 0 {
		return true
	}
	for code := range strings.SplitSeq(list, ",") {
		if slices.Contains(q.languages, code) {
			return true
		}
	}
	return false
}

// answered reports whether answers of a status are wanted.
func (q *query) answered(status int64) bool {
	return len(q.status) == 0 || slices.Contains(q.status, int(status))
}

// detected reports whether what is of a media type is wanted.
func (q *query) detected(media string) bool {
	return len(q.media) == 0 || slices.Contains(q.media, media)
}

// sized reports whether records of that size are wanted.
func (q *query) sized(bytes int64) bool {
	return bytes >= q.least && (q.most == 0 || bytes <= q.most)
}

// wants reports whether a row is wanted, of an index that has no column of hosts.
func (q *query) wants(h *hit) bool {
	if q.placed {
		u, err := url.Parse(h.url)
		if err != nil || !q.host(u.Hostname()) {
			return false
		}
	}
	return q.answered(h.status) && q.detected(h.media) && q.language(h.languages) && (h.length < 0 || q.sized(h.length)) && q.address(h.url)
}
