package purify

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/percent"
)

// foldHost returns the host of a URL or of a bare host name in lower case and in
// the ASCII form of international names; "" if there is none.
func foldHost(s string) string {
	if !strings.Contains(s, "://") {
		s = "x://" + strings.TrimPrefix(strings.TrimPrefix(s, "*"), ".")
	}
	host := corpus.Host(s)
	for i := range len(host) {
		if host[i] >= utf8.RuneSelf {
			if ascii, err := idna.ToASCII(host); err == nil {
				return ascii
			}
			break
		}
	}
	return host
}

// foldURL returns the form in which listed pages are compared: host without
// "www.", port if it is none of the two usual ones, path and query; no scheme, no
// fragment, no slash at the end.
func foldURL(s string) string {
	host := foldHost(s)
	if host == "" {
		return ""
	}
	_, rest, ok := strings.Cut(s, "://")
	if !ok {
		rest = s
	}
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	path, _, _ = strings.Cut(path, "#")
	port := ""
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && strings.IndexByte(authority[i:], ']') < 0 {
		port = authority[i:]
	}
	if port == ":" || port == ":80" || port == ":443" {
		port = ""
	}
	return strings.TrimPrefix(host, "www.") + port + strings.TrimSuffix(path, "/")
}

// appendDecoded appends the URL with %XX decoded once, international host names
// in their own letters, and in lower case.
func appendDecoded(dst []byte, url string) []byte {
	if host := corpus.Host(url); strings.Contains(host, "xn--") {
		if name, err := idna.ToUnicode(host); err == nil {
			dst = append(dst, name...)
			dst = append(dst, '/')
		}
	}
	ascii := true
	for _, c := range []byte(percent.Decode(url)) {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		ascii = ascii && c < utf8.RuneSelf
		dst = append(dst, c)
	}
	if ascii {
		return dst
	}
	return []byte(strings.ToLower(string(dst)))
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// nextPiece returns the next run of ASCII letters and digits, or of other
// letters and digits, at or after i; both are len(s) at the end.
func nextPiece(s []byte, i int) (start, end int) {
	for start = i; start < len(s); {
		kind, n := pieceKind(s[start:])
		if kind == 0 {
			start += n
			continue
		}
		for end = start + n; end < len(s); end += n {
			var k int
			if k, n = pieceKind(s[end:]); k != kind {
				break
			}
		}
		return start, end
	}
	return len(s), len(s)
}

// pieceKind returns 1 for an ASCII letter or digit, 2 for another one, 0 for
// anything else, and its size.
func pieceKind(s []byte) (kind, size int) {
	if c := s[0]; c < utf8.RuneSelf {
		if isAlphanumeric(c) {
			return 1, 1
		}
		return 0, 1
	}
	r, n := utf8.DecodeRune(s)
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return 2, n
	}
	return 0, n
}

// onlyAlnum takes all but letters and digits out of s, in place.
func onlyAlnum(s []byte) []byte {
	kept := s[:0]
	for i := 0; i < len(s); {
		kind, n := pieceKind(s[i:])
		if kind != 0 {
			kept = append(kept, s[i:i+n]...)
		}
		i += n
	}
	return kept
}

// foldWord is the form in which words are compared: lower-case letters and
// digits only.
func foldWord(s string) string { return string(onlyAlnum([]byte(strings.ToLower(s)))) }
