package metadata

import (
	stdhtml "html"
	"net/url"
	"strings"
)

// maxURLBytes is the longest address that is written.
const maxURLBytes = 2048

// LinkBase is what addresses of the page are relative to: its <base>, else the
// page's own address; nil when that is unknown.
func (x *Reader) LinkBase() *url.URL {
	if x.based {
		return x.base
	}
	x.based = true
	if u, err := url.Parse(x.pageURL); err == nil && u.Host != "" {
		x.base = u
	}
	if href := x.head.Base; href != "" {
		if u, err := url.Parse(cleanURL(href)); err == nil {
			if x.base != nil {
				u = x.base.ResolveReference(u)
			}
			if u.Host != "" {
				x.base = u
			}
		}
	}
	return x.base
}

func cleanURL(s string) string {
	s = strings.TrimSpace(stdhtml.UnescapeString(s[:min(len(s), 2*maxURLBytes)]))
	return strings.NewReplacer("\n", "", "\t", "", "\r", "").Replace(s)
}

// ResolveURL makes an address absolute; ok is false for all but http and https.
func ResolveURL(base *url.URL, href string) (addr string, ok bool) {
	href = cleanURL(href)
	if href == "" || href[0] == '#' {
		return "", false
	}
	u, err := url.Parse(href)
	if err != nil {
		return "", false
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", false
	}
	addr = u.String()
	return addr, len(addr) <= maxURLBytes
}

// pickText returns the first that is not blank.
func pickText(list ...string) string {
	for _, s := range list {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

// Truncate cuts a text to a limit of bytes, between two characters.
func Truncate(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && s[limit]&0xc0 == 0x80 {
		limit--
	}
	return s[:limit]
}
