package office

import (
	"path"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/corpusmill/corpusmill/internal/percent"
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
	return strings.ToLower(norm.NFC.String(percent.Decode(partName(name))))
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
				for _, name := range []string{partName(from + "/" + ref), partName(from + "/" + percent.Decode(ref))} {
					if a.files[name] != nil || !exact && a.has(name) {
						return name, true
					}
				}
			}
		}
	}
	return partName(folders[0] + "/" + plain), false
}
