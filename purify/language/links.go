package language

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// linkBytesMax is a run of ASCII without a space that is no prose, such as the
// base64 of a data: URL.
const linkBytesMax = 1024

// Classes of the bytes of a word that may be a link; the rest end one.
const (
	linkByte = 1 + iota
	linkMark // every link holds one of these
)

var linkClass = func() (t [256]uint8) {
	for c := byte('!'); c < utf8.RuneSelf-1; c++ {
		t[c] = linkByte
	}
	for _, c := range []byte(`"<>()[]{}|^` + "`") {
		t[c] = 0
	}
	for _, c := range []byte(":@.%") {
		t[c] = linkMark
	}
	return t
}()

// span is a piece of a text, in bytes.
type span struct{ from, to int }

// wordStart returns where the word at an offset begins that may be a link.
func wordStart(text string, at int) int {
	i := at
	for i > 0 && at-i < linkBytesMax && linkClass[text[i-1]] != 0 {
		i--
	}
	return i
}

// nextLink returns the offsets of the first link that begins in text[i:to]; both are
// to if there is none. A link is a URL, with or without its scheme, a mail address,
// or what is percent-escaped: its letters look like English in a text of any
// language.
func nextLink(text string, i, to int) (start, end int) {
	for i < to {
		if linkClass[text[i]] == 0 {
			i++
			continue
		}
		word, marks := i, uint8(0)
		for i < len(text) && linkClass[text[i]] != 0 {
			marks |= linkClass[text[i]]
			i++
		}
		if i-word >= linkBytesMax || marks&linkMark != 0 && isLink(text[word:i]) {
			return word, linkEnd(text, i)
		}
	}
	return to, to
}

// linkEnd follows a link over what ends a word but not always a link: letters
// beyond ASCII, but for those of writing without spaces, and pairs of brackets.
func linkEnd(text string, i int) int {
	open := 0
	for i < len(text) {
		c := text[i]
		switch {
		case linkClass[c] != 0:
		case c == '(' || c == '[':
			open++
		case (c == ')' || c == ']') && open > 0:
			open--
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(text[i:])
			switch {
			case !unicode.In(r, unicode.L, unicode.M):
				return i
			case unicode.In(r, unspaced...):
				if n = unspacedPart(text, i); n == 0 {
					return i
				}
			}
			i += n
			continue
		default:
			return i
		}
		i++
	}
	return i
}

// unspacedPart returns the length of the part of a host or path at i that is in a
// script without spaces, 0 if it is the text behind the link: a part stands between
// two separators, as in https://a.example/港/boats.
func unspacedPart(text string, i int) int {
	const separators = "/-_.="
	if i == 0 || strings.IndexByte(separators, text[i-1]) < 0 {
		return 0
	}
	end := i
	for range windowRunes {
		r, n := utf8.DecodeRuneInString(text[end:])
		if r < utf8.RuneSelf || !unicode.In(r, unicode.L, unicode.M) {
			break
		}
		end += n
	}
	if end+1 < len(text) && strings.IndexByte(separators, text[end]) >= 0 && linkClass[text[end+1]] != 0 {
		return end - i
	}
	return 0
}

// unspaced are the scripts whose text touches a link; Korean particles do too.
var unspaced = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan}

// isLink reports whether a word of ASCII is a URL, a mail address, a host with a
// path, or percent-escaped.
func isLink(word string) bool {
	for _, mark := range [...]string{"://", `:\/\/`} {
		if strings.Index(word, mark) > 0 {
			return true
		}
	}
	word = strings.Trim(word, `.,;:!?'*_~/\`)
	if rest, ok := cutFold(word, "data:"); ok && strings.ContainsAny(rest, ",;/") {
		return true
	}
	if rest, ok := cutFold(word, "magnet:"); ok && strings.HasPrefix(rest, "?") {
		return true
	}
	if escapes(word) > 1 {
		return true
	}
	if at := strings.LastIndexByte(word, '@'); at >= 0 {
		host := word[at+1:]
		if end := strings.IndexAny(host, "/?#:,;&"); end >= 0 {
			host = host[:end]
		}
		return at > 0 && isHost(host, 2)
	}
	end := strings.IndexAny(word, "/?#:")
	if end < 0 {
		return isSite(word)
	}
	if rest := word[end+1:]; word[end] == '/' || word[end] == ':' && rest != "" && '0' <= rest[0] && rest[0] <= '9' {
		return isHost(word[:end], 2)
	}
	return isSite(word[:end])
}

// cutFold is strings.CutPrefix in any case.
func cutFold(word, prefix string) (rest string, ok bool) {
	if len(word) < len(prefix) || !strings.EqualFold(word[:len(prefix)], prefix) {
		return word, false
	}
	return word[len(prefix):], true
}

// escapes counts the percent-escapes of a word.
func escapes(word string) (n int) {
	for {
		i := strings.IndexByte(word, '%')
		if i < 0 || i+2 >= len(word) {
			return n
		}
		if isHex(word[i+1]) && isHex(word[i+2]) {
			n++
		}
		word = word[i+1:]
	}
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

// isHost reports whether a word has the form of a host name of at least so many
// labels.
func isHost(word string, least int) bool {
	labels, last := 0, ""
	for label := range strings.SplitSeq(word, ".") {
		if label == "" || strings.Trim(label, "-") != label {
			return false
		}
		for _, c := range []byte(label) {
			if c != '-' && c != '_' && !isAlphanumeric(c) {
				return false
			}
		}
		labels, last = labels+1, label
	}
	return labels >= least && len(last) > 1 && !('0' <= last[0] && last[0] <= '9')
}

func isAlphanumeric(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' }

// isSite tells a host name without a path from words that miss the space behind
// their full stop: it begins with www, ends in a domain that is no word, or is in
// lower case and has three labels of some length.
func isSite(word string) bool {
	if _, ok := cutFold(word, "www."); ok {
		return isHost(word, 3)
	}
	if !isHost(word, 2) {
		return false
	}
	switch strings.ToLower(word[strings.LastIndexByte(word, '.')+1:]) {
	case "com", "net", "org", "edu", "gov", "mil", "info", "biz", "example":
		return true
	}
	for label := range strings.SplitSeq(word, ".") {
		if len(label) < 2 {
			return false
		}
	}
	return strings.Count(word, ".") > 1 && strings.ToLower(word) == word
}

// prose returns the text without its links, at most so many code points of it.
func prose(text string, runes int) string {
	var b strings.Builder
	for at := 0; runes > 0 && at < len(text); {
		to := runesEnd(text, at, runes)
		start, end := nextLink(text, at, to)
		if at == 0 && start == to {
			return text[:to]
		}
		b.WriteString(text[at:start])
		b.WriteByte(' ')
		runes -= utf8.RuneCountInString(text[at:start])
		at = end
	}
	return b.String()
}
