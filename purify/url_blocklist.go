package purify

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/corpusmill/corpusmill/config"

	"golang.org/x/net/publicsuffix"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/held"
	"github.com/corpusmill/corpusmill/stage"
)

// URLBlocklist rejects documents by their address: domains and pages on lists,
// and words that adult, gambling and drug spam puts into its addresses. A
// document without a URL passes.
//
// The tests and their order are those of datatrove's URLFilter: domain,
// subdomain, url, hard_blacklisted, soft_blacklisted, blacklisted_subword; the
// detail of a verdict is the entry that matched. Unlike there, host and words are
// compared without regard to case, a listed page matches under http and https,
// with and without "www.", every parent of the host is looked up, and the words
// are read from the decoded URL, Chinese ones too.
//
// A list is a text file, plain or gzip: one entry a line, "#" begins a comment.
type URLBlocklist struct {
	// Domains are lists of host names; each blocks its subdomains too.
	Domains []string `yaml:"domains"`
	// URLs are lists of pages, with or without http://.
	URLs []string `yaml:"urls"`
	// Words are lists of words that reject where one is a piece of the URL between
	// characters that are no letters or digits.
	Words []string `yaml:"words"`
	// SoftWords are lists of words of which MinSoftWords must be pieces of the URL.
	SoftWords []string `yaml:"soft_words"`
	// Subwords are lists of words that reject wherever they occur in the URL with
	// all but letters and digits taken out.
	Subwords []string `yaml:"subwords"`
	// MinSoftWords is the number of different soft words that rejects, 1 to 16. Default 2.
	MinSoftWords int `yaml:"min_soft_words" default:"2"`
	// Builtin adds the word lists of this program: on or off. Default on.
	Builtin string `yaml:"builtin" default:"on"`
	// MaxListBytes is the largest list that is read, unpacked. Default 4 GiB.
	MaxListBytes config.Bytes `yaml:"max_list_bytes" default:"4GiB"`
}

// maxSoftWords bounds min_soft_words.
const maxSoftWords = 16

// maxWordURL is the length in bytes up to which a URL is searched for words.
const maxWordURL = 8 << 10

// Validate checks the settings.
func (u *URLBlocklist) Validate() error {
	if u.Builtin != "on" && u.Builtin != "off" {
		return fmt.Errorf("builtin: %q: want on or off", u.Builtin)
	}
	if u.MinSoftWords < 1 || u.MinSoftWords > maxSoftWords {
		return fmt.Errorf("min_soft_words: %d: want 1 to %d", u.MinSoftWords, maxSoftWords)
	}
	if u.MaxListBytes < 1 {
		return errors.New("max_list_bytes: must be positive")
	}
	for _, list := range [][]string{u.Domains, u.URLs, u.Words, u.SoftWords, u.Subwords} {
		for _, location := range list {
			if location == "" {
				return errors.New("a list without a path")
			}
		}
	}
	return nil
}

// URLBlocklistDef defines the stage url_blocklist.
var URLBlocklistDef = stage.DefineOpen("url_blocklist", 1, newURLBlocklist)

// OpenURLBlocklist reads the lists; zero fields take their defaults. Domains and
// pages take 8 bytes an entry, once for all workers; two of n entries that share a
// 64-bit hash are the same to it, which blocks a wrong page with a chance of n/1.8e19.
func OpenURLBlocklist(ctx context.Context, u URLBlocklist, env *stage.Env) (*URLBlocklistStage, error) {
	return stage.Open[*URLBlocklistStage](ctx, URLBlocklistDef, u, env)
}

func newURLBlocklist(ctx context.Context, u URLBlocklist, env *stage.Env) (*URLBlocklistStage, error) {
	l := listLoader{ctx: ctx, env: env, maxBytes: int64(u.MaxListBytes)}
	s := &URLBlocklistStage{minSoft: u.MinSoftWords}
	var err error
	if s.domains, err = l.hashes("domains", u.Domains, foldHost); err != nil {
		return nil, err
	}
	if s.urls, err = l.hashes("urls", u.URLs, foldURL); err != nil {
		return nil, err
	}
	builtin := u.Builtin == "on"
	hard, err := l.words("words", u.Words, builtin)
	if err != nil {
		return nil, err
	}
	soft, err := l.words("soft_words", u.SoftWords, builtin)
	if err != nil {
		return nil, err
	}
	s.words = make(map[string]wordKind, len(hard)+len(soft))
	for _, w := range soft {
		s.words[w] |= softWord
	}
	for _, w := range hard {
		s.words[w] |= hardWord
	}
	subwords, err := l.words("subwords", u.Subwords, builtin)
	if err != nil {
		return nil, err
	}
	if s.subwords, err = newMatcher(subwords); err != nil {
		return nil, fmt.Errorf("subwords: %w", err)
	}
	s.digest = digestLists(s.domains, s.urls, hard, soft, subwords)
	return s, nil
}

// HoldsBytes implements stage.Holder: the lists.
func (s *URLBlocklistStage) HoldsBytes(int) int64 { return held.Bytes(s) }

// URLBlocklistStage is the opened stage. It is read-only: all workers share it.
type URLBlocklistStage struct {
	minSoft  int
	domains  hashSet
	urls     hashSet
	words    map[string]wordKind
	subwords *matcher
	digest   string
}

// wordKind says on which lists a word stands.
type wordKind uint8

const (
	hardWord wordKind = 1 << iota
	softWord
)

// Digest identifies the lists by their entries, not by their paths.
func (s *URLBlocklistStage) Digest() string { return s.digest }

// Rules are the rules that the stage may give.
func (s *URLBlocklistStage) Rules() []string {
	return []string{"domain", "subdomain", "url", "hard_blacklisted", "soft_blacklisted", "blacklisted_subword"}
}

// Reads lists the column that the lists are held against.
func (*URLBlocklistStage) Reads() []string { return []string{"url"} }

// Writes lists nothing: the stage drops or keeps.
func (*URLBlocklistStage) Writes() []string { return []string{} }

// Apply rejects a document whose URL is blocked.
func (s *URLBlocklistStage) Apply(d *corpus.Document) (corpus.Verdict, error) {
	return s.Keep(d.URL), nil
}

// Keep is the verdict on a URL.
func (s *URLBlocklistStage) Keep(url string) corpus.Verdict {
	if url == "" {
		return corpus.Keep
	}
	if len(s.domains) > 0 {
		if v := s.host(url); !v.Kept() {
			return v
		}
	}
	if len(s.urls) > 0 {
		if key := foldURL(url); s.urls.has(key) {
			return blocked("url", key)
		}
	}
	return s.text(url)
}

func blocked(rule, entry string) corpus.Verdict {
	return corpus.Verdict{Rule: rule, Value: 1, Limit: 1, Detail: entry}
}

// host looks up the registered domain first, then the longer names from the
// host down.
func (s *URLBlocklistStage) host(url string) corpus.Verdict {
	host := foldHost(url)
	if host == "" {
		return corpus.Keep
	}
	domain := registeredDomain(host)
	if s.domains.has(domain) {
		return blocked("domain", domain)
	}
	for name := host; len(name) > len(domain); {
		if s.domains.has(name) {
			return blocked("subdomain", name)
		}
		_, name, _ = strings.Cut(name, ".")
	}
	return corpus.Keep
}

// registeredDomain is the name below the public suffix. Suffixes that companies
// run for their customers (blogspot.com) are ordinary names here, as in
// datatrove. An IP address or a bare suffix is its own domain.
func registeredDomain(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	suffix, icann := publicsuffix.PublicSuffix(host)
	for !icann {
		_, parent, ok := strings.Cut(suffix, ".")
		if !ok {
			break // an unlisted suffix of one label
		}
		suffix, icann = publicsuffix.PublicSuffix(parent)
	}
	if len(suffix) >= len(host) {
		return host
	}
	rest := host[:len(host)-len(suffix)-1]
	return host[strings.LastIndexByte(rest, '.')+1:]
}

// text looks for words and subwords.
func (s *URLBlocklistStage) text(url string) corpus.Verdict {
	var (
		room [512]byte
		soft [maxSoftWords]string // distinct ones
		n    int
	)
	folded := appendDecoded(room[:0], url[:min(len(url), maxWordURL)])
	for i := 0; i < len(folded); {
		start, end := nextPiece(folded, i)
		i = end
		kind, ok := s.words[string(folded[start:end])]
		if !ok {
			continue
		}
		if kind&hardWord != 0 {
			return blocked("hard_blacklisted", string(folded[start:end]))
		}
		n = addDistinct(soft[:], n, folded[start:end])
	}
	if n >= s.minSoft {
		return corpus.Verdict{Rule: "soft_blacklisted", Value: float64(n), Limit: float64(s.minSoft), Detail: strings.Join(soft[:n], " ")}
	}
	if word, ok := s.subwords.find(onlyAlnum(folded)); ok {
		return blocked("blacklisted_subword", word)
	}
	return corpus.Keep
}

// addDistinct appends the word to list[:n] unless it is there or the list is
// full, and returns the new length.
func addDistinct(list []string, n int, word []byte) int {
	for _, w := range list[:n] {
		if w == string(word) {
			return n
		}
	}
	if n == len(list) {
		return n
	}
	list[n] = string(word)
	return n + 1
}
