package crawl

import (
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/crawl/consent"
	"github.com/corpusmill/corpusmill/crawl/urls"
	"github.com/corpusmill/corpusmill/internal/outbound"
)

// Settings say what is crawled, and how politely. The zero value of a field has its
// default, which [config.SetDefaults] fills in.
type Settings struct {
	// Out is the folder of the crawl. Required.
	Out string `yaml:"out"`
	// Seeds are the addresses that the crawl begins with.
	Seeds []string `yaml:"seeds"`
	// Contact is the mail address or web page of who crawls: it stands in the User-Agent,
	// for those who want to ask or complain. Required.
	Contact string `yaml:"contact"`
	// UserAgent replaces corpusmill/VERSION (+CONTACT); it must have the contact in it.
	UserAgent string `yaml:"user_agent"`
	// Agents are the product tokens whose rules bind besides those of our own, such as
	// CCBot, GPTBot or Google-Extended.
	Agents []string `yaml:"agents"`
	// Policy says which signals of consent are obeyed: strict, standard or record. What
	// robots.txt forbids our own token is never asked for.
	Policy string `yaml:"policy" default:"standard"`
	// WellKnown are the files besides robots.txt that each host is asked for: tdmrep, ai_txt.
	WellKnown []string `yaml:"well_known" default:"tdmrep,ai_txt"`
	// Allow is what may be reached beside public addresses: loopback, private, or hosts.
	Allow []string `yaml:"allow"`
	// Stay is how far links lead where scope names no hosts, domains or prefixes: host,
	// domain or prefix of a seed, or any.
	Stay string `yaml:"stay" default:"domain"`
	// Scope is which addresses belong to the crawl.
	Scope urls.Scope `yaml:"scope"`
	// DropParameters are names of query parameters that make no other page, such as utm_*.
	DropParameters []string `yaml:"drop_parameters"`
	// Traps are limits on addresses that sites make up.
	Traps urls.Traps `yaml:"traps"`
	// Sitemaps says whether the sitemaps that robots.txt names are read.
	Sitemaps bool `yaml:"sitemaps" default:"true"`
	// FollowNofollow follows links that ask not to be followed.
	FollowNofollow bool `yaml:"follow_nofollow"`
	// HopsMax is how many links may lie between a seed and a page.
	HopsMax int `yaml:"hops_max" default:"20"`
	// RedirectsMax is how many redirects in a row are followed.
	RedirectsMax int `yaml:"redirects_max" default:"10"`
	// LinksMax is how many links of a page are looked at.
	LinksMax int `yaml:"links_max" default:"5000"`
	// SkipEndings are endings of paths that no page has: links to them are not followed.
	SkipEndings []string `yaml:"skip_endings" default:"7z,aac,apk,avi,avif,bin,bmp,bz2,css,dmg,eot,exe,flac,flv,gif,gz,ico,iso,jar,jpeg,jpg,js,m4a,m4v,mkv,mov,mp3,mp4,mpeg,mpg,msi,ogg,otf,png,rar,rpm,svg,tar,tgz,tif,tiff,ttf,wav,webm,webp,wmv,woff,woff2,xz,zip"`
	// Accept are the media types that are asked for, the preferred first.
	Accept []string `yaml:"accept" default:"text/html,application/xhtml+xml,text/plain,application/pdf"`
	// Workers is how many requests are under way at most, each at another host.
	Workers int `yaml:"workers" default:"64"`
	// Politeness is how hosts are spared.
	Politeness Politeness `yaml:"politeness"`
	// Stop says when the crawl ends before nothing is left.
	Stop Stop `yaml:"stop"`
	// Limits bound what one request may take.
	Limits Limits `yaml:"limits"`
	// FileBytes is how large an archive file becomes.
	FileBytes config.Bytes `yaml:"file_bytes" default:"1GB"`
	// Compression is the effort of gzip, 1 to 9.
	Compression int `yaml:"compression" default:"4"`
}

// Politeness is how hosts are spared.
type Politeness struct {
	// Delay is the least time between two requests to a host.
	Delay time.Duration `yaml:"delay" default:"1s"`
	// DelayFactor makes the time longer for hosts that answer slowly: so many times what
	// their answer took.
	DelayFactor float64 `yaml:"delay_factor" default:"2"`
	// DelayMax is the longest time that slow and busy hosts are left alone between requests.
	DelayMax time.Duration `yaml:"delay_max" default:"1m"`
	// AddressDelay is the least time between two requests to an address, whatever the host.
	AddressDelay time.Duration `yaml:"address_delay" default:"100ms"`
	// CrawlDelayMax is the longest Crawl-delay of a robots.txt that is kept.
	CrawlDelayMax time.Duration `yaml:"crawl_delay_max" default:"2m"`
	// RetryAfterMax is the longest Retry-After that is waited for.
	RetryAfterMax time.Duration `yaml:"retry_after_max" default:"1h"`
	// Backoff is the wait after a first failure of a host; it doubles with each in a row.
	Backoff time.Duration `yaml:"backoff" default:"5s"`
	// BackoffMax is the longest such wait.
	BackoffMax time.Duration `yaml:"backoff_max" default:"15m"`
	// AttemptsMax is how often an address is asked for that brings no answer or an error of
	// the server.
	AttemptsMax int `yaml:"attempts_max" default:"4"`
	// HostFailuresMax is how many requests in a row a host may fail before it is given up.
	HostFailuresMax int `yaml:"host_failures_max" default:"20"`
	// RobotsAge is how long a robots.txt is taken for true.
	RobotsAge time.Duration `yaml:"robots_age" default:"24h"`
}

// Stop says when a crawl ends before nothing is left; 0 is never. A crawl that is repeated
// has each limit anew.
type Stop struct {
	// Pages is how many pages are fetched.
	Pages int64 `yaml:"pages"`
	// Bytes is how much comes over the wire.
	Bytes config.Bytes `yaml:"bytes"`
	// Time is how long the crawl works, all its processes together.
	Time time.Duration `yaml:"time"`
	// HostPages is how many pages of a host are fetched.
	HostPages int64 `yaml:"host_pages"`
	// HostBytes is how much of a host comes over the wire.
	HostBytes config.Bytes `yaml:"host_bytes"`
}

// Limits bound what one request may take.
type Limits struct {
	// BodyBytes is how much of a body is read; the rest is cut and the record says so.
	BodyBytes config.Bytes `yaml:"body_bytes" default:"32MiB"`
	// DecodedBytes is how large a body may become when it is decompressed.
	DecodedBytes config.Bytes `yaml:"decoded_bytes" default:"64MiB"`
	// Head is how long the head of an answer may take.
	Head time.Duration `yaml:"head" default:"30s"`
	// Total is how long a request may take.
	Total time.Duration `yaml:"total" default:"5m"`
}

// product is our own token in robots.txt.
const product = "corpusmill"

// Validate refuses what cannot be meant, in the user's words.
func (s *Settings) Validate() error {
	if _, err := consent.ParsePolicy(s.Policy); err != nil {
		return err
	}
	if _, err := outbound.ParseAllow(s.Allow); err != nil {
		return fmt.Errorf("allow: %w", err)
	}
	p := &s.Politeness
	for _, check := range []struct {
		bad bool
		msg string
	}{
		{s.Out == "", "out: name the folder of the crawl: --out"},
		{strings.Contains(s.Out, "://"), fmt.Sprintf("out: %s: a crawl goes to a folder of this machine", s.Out)},
		{len(s.Seeds) == 0, "seeds: a crawl begins with at least one address: --seed https://..."},
		{s.Contact == "", "contact: say who crawls: --contact with a mail address or a web page, which stands in the User-Agent"},
		{s.Contact != "" && !isContact(s.Contact), fmt.Sprintf("contact: %q is neither a mail address nor the address of a web page", s.Contact)},
		{s.UserAgent != "" && !strings.Contains(s.UserAgent, s.Contact), "user_agent: it must have the contact in it"},
		{strings.ContainsAny(s.UserAgent, "\r\n"), "user_agent: want one line"},
		{!within(s.Stay, "host", "domain", "prefix", "any"), "stay: want host, domain, prefix or any"},
		{!within(s.WellKnown, "tdmrep", "ai_txt"), "well_known: want a list of tdmrep and ai_txt"},
		{s.Workers < 1 || s.Workers > 10_000, "workers: want 1 to 10000"},
		{s.HopsMax < 0 || s.RedirectsMax < 0 || s.LinksMax < 1, "hops_max, redirects_max and links_max must not be negative, links_max not 0"},
		{s.Compression < 1 || s.Compression > 9, "compression: want 1 to 9"},
		{s.FileBytes < 1, "file_bytes must be positive"},
		{p.Delay < 0 || p.AddressDelay < 0 || p.DelayFactor < 0 || p.DelayFactor > 100, "politeness: delay, address_delay and delay_factor must not be negative, and the factor not above 100"},
		{p.DelayMax < p.Delay || p.BackoffMax < p.Backoff, "politeness: delay_max and backoff_max must not be below delay and backoff"},
		{p.Backoff <= 0 || p.RobotsAge <= 0 || p.CrawlDelayMax < 0 || p.RetryAfterMax < 0, "politeness: backoff and robots_age must be positive, crawl_delay_max and retry_after_max not negative"},
		{p.AttemptsMax < 1 || p.AttemptsMax > 100 || p.HostFailuresMax < 1, "politeness: attempts_max is 1 to 100, host_failures_max at least 1"},
		{s.Stop.Pages < 0 || s.Stop.Bytes < 0 || s.Stop.Time < 0 || s.Stop.HostPages < 0 || s.Stop.HostBytes < 0, "stop: nothing may be negative"},
		{s.Limits.BodyBytes < 1 || s.Limits.DecodedBytes < 1 || s.Limits.Head <= 0 || s.Limits.Total <= 0, "limits must be positive"},
	} {
		if check.bad {
			return errors.New(check.msg)
		}
	}
	_, _, err := s.bounds()
	return err
}

// within reports whether a word, or each of a list, is one of some.
func within[T string | []string](given T, known ...string) bool {
	list, ok := any(given).([]string)
	if !ok {
		list = []string{any(given).(string)}
	}
	for _, w := range list {
		found := false
		for _, k := range known {
			found = found || w == k
		}
		if !found {
			return false
		}
	}
	return true
}

func isContact(s string) bool {
	if strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") {
		var f urls.Form
		_, err := f.Parse(s)
		return err == nil && !strings.ContainsAny(s, " ()\r\n")
	}
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

// bounds compiles the scope, and reads the seeds.
func (s *Settings) bounds() (*urls.Bounds, []urls.URL, error) {
	form := &urls.Form{Drop: s.DropParameters}
	if err := form.Check(); err != nil {
		return nil, nil, fmt.Errorf("drop_parameters: %w", err)
	}
	seeds := make([]urls.URL, 0, len(s.Seeds))
	for _, raw := range s.Seeds {
		u, err := form.Parse(raw)
		if err != nil {
			return nil, nil, fmt.Errorf("seed %q: %w: want a whole address such as https://a.example/", raw, err)
		}
		seeds = append(seeds, u)
	}
	scope := s.Scope
	if len(scope.Hosts)+len(scope.Domains)+len(scope.Prefixes) == 0 {
		for _, u := range seeds {
			switch s.Stay {
			case "host":
				scope.Hosts = append(scope.Hosts, u.Host())
			case "domain":
				if literal(u.Hostname()) {
					scope.Hosts = append(scope.Hosts, u.Hostname())
				} else {
					scope.Domains = append(scope.Domains, urls.Domain(u.Hostname()))
				}
			case "prefix":
				text, _, _ := strings.Cut(u.String(), "?")
				scope.Prefixes = append(scope.Prefixes, text[:strings.LastIndexByte(text, '/')+1])
			}
		}
	}
	b, err := scope.Open(form)
	return b, seeds, err
}

// userAgent is what every request says.
func (s *Settings) userAgent(version string) string {
	if s.UserAgent != "" {
		return s.UserAgent
	}
	return fmt.Sprintf("%s/%s (+%s)", product, version, s.Contact)
}

// literal reports whether a host name is an address.
func literal(hostname string) bool {
	_, err := netip.ParseAddr(strings.Trim(hostname, "[]"))
	return err == nil
}
