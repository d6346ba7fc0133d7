// Package license names the licences that pages link to.
package license

import "strings"

// License is a licence that a page names for itself.
type License struct {
	ID  string // as SPDX names it, such as CC-BY-4.0; "" when it is none of those known
	URL string // of the licence's text; "" when the page gives only a name
}

// afterHost returns the path of a web address of a host, with or without www.
func afterHost(addr, host string) (path string, ok bool) {
	for _, prefix := range [...]string{"https:", "http:"} {
		if len(addr) > len(prefix) && strings.EqualFold(addr[:len(prefix)], prefix) {
			addr = addr[len(prefix):]
			break
		}
	}
	addr, ok = strings.CutPrefix(addr, "//")
	if !ok {
		return "", false
	}
	if len(addr) > 4 && strings.EqualFold(addr[:4], "www.") {
		addr = addr[4:]
	}
	if len(addr) <= len(host) || !strings.EqualFold(addr[:len(host)], host) || addr[len(host)] != '/' {
		return "", false
	}
	return addr[len(host)+1:], true
}

// CommonsPath returns the part of the address of a licence of Creative Commons that names
// it, such as licenses/by/4.0/.
func CommonsPath(addr string) (path string, ok bool) {
	path, ok = afterHost(addr, "creativecommons.org")
	return path, ok && (strings.HasPrefix(path, "licenses/") || strings.HasPrefix(path, "publicdomain/"))
}

// commons names a Creative Commons licence by the path of its address:
// licenses/by-sa/3.0/de/deed.en.
func commons(path string) (License, bool) {
	parts := strings.Split(strings.ToLower(path), "/")
	if len(parts) < 3 || !isVersion(parts[2]) {
		return License{}, false
	}
	base := "https://creativecommons.org/" + parts[0] + "/" + parts[1] + "/" + parts[2] + "/"
	if parts[0] == "publicdomain" {
		switch parts[1] {
		case "zero":
			return License{"CC0-" + parts[2], base}, true
		case "mark":
			return License{"CC-PDM-" + parts[2], base}, true
		}
		return License{}, false
	}
	if !isCCCode(parts[1]) {
		return License{}, false
	}
	l := License{"CC-" + strings.ToUpper(parts[1]) + "-" + parts[2], base}
	if len(parts) > 3 && len(parts[3]) >= 2 && len(parts[3]) <= 3 && isLower(parts[3]) { // a jurisdiction
		l.ID += "-" + strings.ToUpper(parts[3])
		l.URL += parts[3] + "/"
	}
	return l, true
}

func isVersion(s string) bool {
	return len(s) == 3 && s[0] >= '1' && s[0] <= '9' && s[1] == '.' && s[2] >= '0' && s[2] <= '9'
}

func isCCCode(s string) bool {
	switch s {
	case "by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd", "sa", "nc", "nc-sa":
		return true
	}
	return false
}

func isLower(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return true
}

// otherLicenses are the addresses of more licences, without scheme and www.
var otherLicenses = [...]struct{ host, path, id string }{
	{"gnu.org", "licenses/fdl-1.3", "GFDL-1.3"}, {"gnu.org", "licenses/old-licenses/fdl-1.2", "GFDL-1.2"},
	{"gnu.org", "licenses/gpl-3.0", "GPL-3.0"}, {"gnu.org", "licenses/agpl-3.0", "AGPL-3.0"}, {"gnu.org", "licenses/lgpl-3.0", "LGPL-3.0"},
	{"gnu.org", "licenses/old-licenses/gpl-2.0", "GPL-2.0"}, {"apache.org", "licenses/LICENSE-2.0", "Apache-2.0"},
	{"opensource.org", "licenses/MIT", "MIT"}, {"opensource.org", "license/mit", "MIT"}, {"opensource.org", "licenses/BSD-3-Clause", "BSD-3-Clause"},
	{"opensource.org", "licenses/BSD-2-Clause", "BSD-2-Clause"}, {"opensource.org", "licenses/Apache-2.0", "Apache-2.0"},
	{"opendatacommons.org", "licenses/odbl/1-0", "ODbL-1.0"}, {"opendatacommons.org", "licenses/by/1-0", "ODC-By-1.0"},
	{"opendatacommons.org", "licenses/pddl/1-0", "PDDL-1.0"}, {"mozilla.org", "MPL/2.0", "MPL-2.0"},
	{"nationalarchives.gov.uk", "doc/open-government-licence/version/3", "OGL-UK-3.0"}, {"unlicense.org", "", "Unlicense"},
}

// Parse reads a licence's address, or a name such as CC BY-SA 4.0. ok is
// false when it is neither; an unknown licence's address is one without ID.
func Parse(s string) (l License, ok bool) {
	s = strings.TrimSpace(s)
	if path, ok := CommonsPath(s); ok {
		if l, ok := commons(path); ok {
			return l, true
		}
	}
	for _, o := range otherLicenses {
		if path, ok := afterHost(s, o.host); ok && strings.HasPrefix(path, o.path) {
			return License{o.id, s}, true
		}
	}
	if strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") {
		return License{URL: s}, true
	}
	name := strings.ToLower(strings.ReplaceAll(s, " ", "-"))
	if name == "cc0" || name == "cc0-1.0" {
		return commons("publicdomain/zero/1.0")
	}
	name, ok = strings.CutPrefix(name, "cc-")
	i := strings.LastIndexByte(name, '-')
	if !ok || i < 0 {
		return License{}, false
	}
	return commons("licenses/" + name[:i] + "/" + name[i+1:])
}
