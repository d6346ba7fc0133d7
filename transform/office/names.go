package office

import (
	"path"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Names of parts should be those of URLs in ASCII, and references percent-encoded
// URLs. Writers put in what their file system has: backslashes, a leading slash,
// other capitals, decomposed letters, spaces, percent signs, colons. So a reference
// is looked up as a name, not parsed as a URL.

// partName is a name in the one form under which an archive keeps it.
func partName(name string) string {
	return strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, `\`, "/")), "/")
}

// looseName is equal for names that only differ in capitals, in percent-encoding and
// in how letters with accents are composed.
func looseName(name string) string {
	return strings.ToLower(norm.NFC.String(unescape(partName(name))))
}

// unescape decodes percent-encoding and leaves a bare percent sign as it is.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if high, low := hex(s[i+1]), hex(s[i+2]); high >= 0 && low >= 0 {
				b = append(b, byte(high<<4|low))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// hex is the value of a hexadecimal digit, -1 for another character.
func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// resolve returns the name of the part that a reference in a part of folder leads to:
// taken as it is, without its fragment, and without its query; from folder, then from
// the root; first what is named so to the letter. Where there is none, it returns the
// name that should be there, and false.
func (a *archive) resolve(folder, href string) (string, bool) {
	href = strings.ReplaceAll(strings.TrimSpace(href), `\`, "/")
	bare, _, _ := strings.Cut(href, "#")
	plain, _, _ := strings.Cut(bare, "?")
	folders := []string{folder, ""}
	if strings.HasPrefix(href, "/") {
		folders = []string{"", folder}
	}
	for _, exact := range []bool{true, false} {
		for _, ref := range []string{href, bare, plain} {
			if ref == "" {
				continue
			}
			for _, from := range folders {
				for _, name := range []string{partName(from + "/" + ref), partName(from + "/" + unescape(ref))} {
					if a.files[name] != nil || !exact && a.has(name) {
						return name, true
					}
				}
			}
		}
	}
	return partName(folders[0] + "/" + plain), false
}
