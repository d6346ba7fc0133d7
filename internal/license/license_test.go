package license

import "testing"

func TestParse(t *testing.T) {
	for _, c := range []struct{ in, id, url string }{
		{"https://creativecommons.org/licenses/by-nc-nd/4.0/legalcode.de", "CC-BY-NC-ND-4.0", "https://creativecommons.org/licenses/by-nc-nd/4.0/"},
		{"HTTP://CreativeCommons.org/licenses/BY/3.0/", "CC-BY-3.0", "https://creativecommons.org/licenses/by/3.0/"},
		{"https://creativecommons.org/licenses/by/4.0", "CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"},
		{"https://creativecommons.org/publicdomain/mark/1.0/", "CC-PDM-1.0", "https://creativecommons.org/publicdomain/mark/1.0/"},
		{"https://creativecommons.org/licenses/", "", "https://creativecommons.org/licenses/"},
		{"https://creativecommons.org/licenses/by/44/", "", "https://creativecommons.org/licenses/by/44/"},
		{"https://evilcreativecommons.org/licenses/by/4.0/", "", "https://evilcreativecommons.org/licenses/by/4.0/"},
		{"https://www.apache.org/licenses/LICENSE-2.0.html", "Apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0.html"},
		{"CC0", "CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"},
		{"cc-by-sa-4.0", "CC-BY-SA-4.0", "https://creativecommons.org/licenses/by-sa/4.0/"},
		{"CC BY", "-", ""}, {"", "-", ""}, {"mine", "-", ""}, {"javascript:x", "-", ""},
	} {
		l, ok := Parse(c.in)
		if ok == (c.id == "-") || ok && l != (License{c.id, c.url}) {
			t.Errorf("%q: %+v %v", c.in, l, ok)
		}
	}
}
