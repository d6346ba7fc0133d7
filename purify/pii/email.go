package pii

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"
)

// email looks at the surroundings of an @: atoms joined by single dots before it, and a
// host name of two or more labels or an address in brackets behind. The local part never
// reaches back over an earlier @, so that the whole is linear.
func (s *scan) email(at int) int {
	text, from := s.text, at+1
	if from == len(text) {
		return from
	}
	end := hostEnd(text, from)
	if end < 0 {
		s.mailFloor = from
		return from
	}
	start := localStart(text, s.mailFloor, at)
	if start == at || unlikeMail(text, start, at, end) {
		s.mailFloor = from
		return from
	}
	s.mailFloor = end
	s.emit(kindEmail, start, end)
	return end
}

// unlikeMail reports whether what has the form of an address is the user of an address of
// the web (ssh://joe:x@host) or of a copy (joe@host:path/), a repository (git@host:path), a
// handle (@joe@host, or a host of such a network), the name of a forum (!news@host), or the
// identifier of a message: mostly digits, or where a header or an archive says so.
func unlikeMail(text string, start, at, end int) bool {
	before, local, after := text[:start], text[start:at], text[end:]
	token := before[max(0, len(before)-maxTokenBefore):]
	if i := strings.LastIndexAny(token, " \t\n\"'<>()，。："); i >= 0 {
		token = token[i+1:]
	}
	switch {
	case strings.HasSuffix(before, "@") && (len(token) == 1 || token[len(token)-2] == '/'), handleHost(text[at+1 : end]):
		return true
	case strings.HasSuffix(token, "://") && token != "mailto://", strings.Contains(token, "://") && strings.HasSuffix(token, ":"):
		return true
	case local == "git" && strings.HasPrefix(after, ":"), copyPath(after):
		return true
	case strings.HasSuffix(before, "!") && (len(before) == 1 || strings.IndexByte(" \n(", before[len(before)-2]) >= 0):
		return true
	case strings.HasPrefix(token, "https://lore.kernel.org/"), strings.HasPrefix(token, "https://msgid.link/"), strings.HasPrefix(token, "mid:"):
		return true
	case strings.HasSuffix(before, "<") && messageHeader(before):
		return true
	}
	const longest, messageDigits = 8, 14 // of a run, and of all
	run, most, all := 0, 0, 0
	for i := range len(local) {
		if !isASCII(local[i], classDigit) {
			run = 0
			continue
		}
		run++
		all++
		most = max(most, run)
	}
	return most >= longest && all >= messageDigits && strings.IndexByte(local, '.') >= 0
}

// maxTokenBefore is how far before an address is looked for what it is part of, in bytes.
const maxTokenBefore = 128

// handleHost reports whether a host is one of a network whose handles have the form of
// addresses of mail: by its first label.
func handleHost(host string) bool {
	label, _, _ := strings.Cut(strings.ToLower(host), ".")
	switch label {
	case "mastodon", "mstdn", "mas", "fosstodon", "hachyderm", "pleroma", "misskey", "pixelfed", "lemmy", "lemm", "feddit", "kbin", "beehaw":
		return true
	}
	return false
}

// copyPath reports whether a path of rsync or scp follows: ":/x", ":~/x" or ":x/y".
func copyPath(after string) bool {
	if len(after) < 2 || after[0] != ':' {
		return false
	}
	if after[1] == '/' || after[1] == '~' {
		return !strings.HasPrefix(after, "://")
	}
	for i := 1; i < min(len(after), maxTokenBefore); i++ {
		if after[i] == '/' {
			return i > 1
		}
		if !isASCII(after[i], classLetter|classDigit) && after[i] != '-' && after[i] != '_' && after[i] != '.' {
			return false
		}
	}
	return false
}

// messageHeader reports whether the text ends with a header that names messages, and "<".
func messageHeader(before string) bool {
	line := strings.ToLower(before[max(0, len(before)-maxTokenBefore):])
	line = line[strings.LastIndexByte(line, '\n')+1:]
	for _, name := range [...]string{"message-id:", "in-reply-to:", "references:", "message id:"} {
		if strings.HasPrefix(line, name) {
			return true
		}
	}
	return false
}

// localStart returns where the local part before text[at] begins, not before
// floor; at if there is none.
func localStart(text string, floor, at int) int {
	i, dot := at, true // dot: text[i] cannot follow another dot
	for i > floor {
		n := 1
		switch c := text[i-1]; {
		case isASCII(c, classAtom):
			dot = false
		case c == '.' && !dot:
			dot = true
		default:
			if n = lastSpacedLetter(text[floor:i]); n == 0 {
				return wordStart(text, i, at)
			}
			dot = false
		}
		i -= n
	}
	return wordStart(text, i, at)
}

// wordStart skips what cannot begin an address: quotes, bullets, dots.
func wordStart(text string, i, at int) int {
	for i < at && text[i] < utf8.RuneSelf && text[i] != '_' && !isASCII(text[i], classLetter|classDigit) {
		i++
	}
	return i
}

// hostEnd returns the end of the host name or bracketed address at i, -1 if
// there is none.
func hostEnd(text string, i int) int {
	if text[i] == '[' {
		return bracketEnd(text, i)
	}
	end, labels := -1, 0
	for start := i; ; {
		stop, numeric := labelEnd(text, start)
		if stop == start {
			break
		}
		labels++
		if labels > 1 && !numeric && stop-start > 1 && !isASCII(text[start], classDigit) {
			if n := nameLength(text[start:stop]); n > 0 {
				end = start + n // the last label is a name: a@b.com.5 ends in com
			}
		}
		if stop >= len(text) || text[stop] != '.' || stop-i > 253 {
			break
		}
		start = stop + 1
	}
	if end > 0 {
		end = i + len(mailHost(text[i:end]))
	}
	if end < len(text) && end > i && text[end] == '@' { // the local part of another, but for a known domain
		if _, known := publicsuffix.PublicSuffix(strings.ToLower(text[i:end])); !known {
			return -1
		}
	}
	if end <= i {
		return -1
	}
	return end
}

// nameLength returns the length of the top-level domain or extension that a label is,
// 0 where it is none: no domain ends in a digit, but the mark of a footnote may follow,
// as in joe@example.com2.
func nameLength(label string) int {
	name := strings.TrimRight(label, "0123456789")
	if name == label || isFileExtension(label) {
		return len(label)
	}
	if _, known := publicsuffix.PublicSuffix(strings.ToLower(name)); known {
		return len(name)
	}
	return 0
}

// mailHost returns the host name in what stands behind an @, which may be a file's
// name: none in icon@2x.png and name@1.2.3.tgz, example.com in joe@example.com.png.
func mailHost(host string) string {
	if isRelease(host) {
		return ""
	}
	front := host
	for dot := strings.LastIndexByte(front, '.'); dot >= 0 && isFileExtension(front[dot+1:]); dot = strings.LastIndexByte(front, '.') {
		front = front[:dot]
	}
	if front == host {
		return host
	}
	// Only a domain that is known makes the front of a file's name an address.
	if _, known := publicsuffix.PublicSuffix(strings.ToLower(front)); !known || !strings.Contains(front, ".") || isDensity(front) {
		return ""
	}
	return front
}

// isRelease reports whether a name is that of a release, as 1.2.3.tgz, v1.2.dev and
// 1.2.3-rc.beta are: at least two numbers before the last label.
func isRelease(host string) bool {
	numbers := 0
	for label := range strings.SplitSeq(strings.TrimPrefix(host, "v"), ".") {
		if label == "" || !isASCII(label[0], classDigit) {
			return numbers > 1 && strings.HasSuffix(host, "."+label)
		}
		if numbers == 0 && strings.Trim(label, "0123456789") != "" {
			return false
		}
		numbers++
	}
	return numbers > 1
}

// isDensity reports whether a name begins with the factor of an image for dense
// screens: 2x.png, 3x-dark.png.
func isDensity(host string) bool {
	rest := strings.TrimLeft(host, "0123456789")
	return rest != host && rest != "" && rest[0]|0x20 == 'x' && (len(rest) == 1 || !isASCII(rest[1], classLetter|classDigit))
}

// isFileExtension reports whether a label is the extension of a file, of those that
// are no top-level domain.
func isFileExtension(label string) bool {
	switch strings.ToLower(label) {
	case "png", "jpg", "jpeg", "jpe", "gif", "svg", "webp", "avif", "bmp", "ico", "tif", "tiff", "heic", "heif", "jxl", "apng", "psd", "eps", "xcf", "raw",
		"mp3", "mp4", "m4a", "webm", "wav", "ogg", "flac", "avi", "mkv", "json", "css", "scss", "less", "js", "mjs", "cjs", "jsx", "ts", "tsx", "html", "htm", "xhtml",
		"php", "asp", "aspx", "jsp", "xml", "txt", "csv", "tsv", "yml", "yaml", "toml", "ini", "log", "lock", "pdf", "service", "socket", "timer", "target", "slice", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "epub",
		"tgz", "gz", "tar", "bz2", "xz", "zst", "rar", "whl", "jar", "war", "deb", "rpm", "exe", "dll", "dmg", "pkg", "msi", "apk", "ipa", "gem", "egg", "nupkg", "crx", "xpi",
		"ttf", "otf", "woff", "woff2":
		return true
	}
	return false
}

// labelEnd returns the end of the label at i, which ends in a letter or digit,
// and whether it is all digits.
func labelEnd(text string, i int) (end int, numeric bool) {
	end, numeric = i, true
	if i < len(text) && text[i] == '-' {
		return i, false
	}
	for j := i; j < len(text); {
		n := 1
		switch c := text[j]; {
		case isASCII(c, classDigit):
		case isASCII(c, classLetter):
			numeric = false
		case c == '-':
			j++
			continue
		default:
			if n = firstSpacedLetter(text[j:]); n == 0 {
				return end, numeric
			}
			numeric = false
		}
		j += n
		end = j
	}
	return end, numeric
}

// bracketEnd returns the end of [1.2.3.4] or [IPv6:...] at i, -1 if it is none.
func bracketEnd(text string, i int) int {
	const longest = len("[IPv6:") + 45
	inner, _, ok := strings.Cut(text[i+1:min(len(text), i+1+longest)], "]")
	if !ok {
		return -1
	}
	end := i + 1 + len(inner) + 1
	if _, err := netip.ParseAddr(strings.TrimPrefix(inner, "IPv6:")); err != nil {
		return -1
	}
	return end
}

// lastSpacedLetter returns the size of the last rune of s if it is a letter of a
// script that separates words, else 0: in Chinese text an address touches its
// neighbours.
func lastSpacedLetter(s string) int {
	r, n := utf8.DecodeLastRuneInString(s)
	return spacedLetter(r, n)
}

func firstSpacedLetter(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	return spacedLetter(r, n)
}

func spacedLetter(r rune, n int) int {
	if r >= utf8.RuneSelf && unicode.IsLetter(r) && unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic) {
		return n
	}
	return 0
}
