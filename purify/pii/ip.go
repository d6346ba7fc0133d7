package pii

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
)

// dotted looks at the run of digits and dots around text[dot], a dot between digits: it
// is tested whole, for a global IPv4 address that stands alone. It returns its end if it
// is one, else 0.
func (s *scan) dotted(dot int) int {
	text := s.text
	start, end := dot, dot+1
	for start > s.dotFloor && (isASCII(text[start-1], classDigit) || text[start-1] == '.') {
		start--
	}
	for end < len(text) && (isASCII(text[end], classDigit) || text[end] == '.') {
		end++
	}
	s.dotFloor = end
	for text[end-1] == '.' { // the full stop of the sentence
		end--
	}
	if text[start] == '.' && endsInWord(text[:start]) {
		start++
	}
	if end-start > len("255.255.255.255") || strings.Count(text[start:end], ".") != 3 { // netip makes an error of each
		return 0
	}
	a, err := netip.ParseAddr(text[start:end])
	if err != nil || !globalIPv4(a) || partOfName(text, start, end) || numbering(text, start, end, a.As4(), &s.lines) {
		return 0
	}
	s.emit(kindIPv4, start, end)
	return end
}

// partOfName reports whether the address at text[start:end] goes on on either
// side, as in v1.2.3.4, 1.2.3.4-beta, Agent/1.2.3.4 or a-1.2.3.4.zip.
func partOfName(text string, start, end int) bool {
	if end < len(text) {
		next := byte(0)
		if end+1 < len(text) {
			next = text[end+1]
		}
		switch c := text[end]; {
		case c == '_', isASCII(c, classLetter), (c == '.' || c == '-') && isASCII(next, classLetter):
			return true
		}
	}
	if start == 0 {
		return false
	}
	switch c := text[start-1]; {
	case c == '.': // without a blank behind the sentence, and no release's
		lead, _, _ := strings.Cut(text[start:end], ".")
		value, _ := strconv.Atoi(lead)
		return value <= releaseMax
	case c == '_', isASCII(c, classLetter):
		return true
	case c == '/' || c == '-':
		return start > 1 && isASCII(text[start-2], classLetter)
	}
	return false
}

// endsInWord reports whether a text ends in a word alone that its full stop does not
// abbreviate: not in "ver", "libmill.so" or "mill-1".
func endsInWord(before string) bool {
	const window = 32
	before = before[max(0, len(before)-window):]
	_, at := lastLabel(before)
	return at < len(before) && labels[strings.ToLower(before[at:])+"."] == 0 && at > 0 && strings.ContainsRune(" \t\n", rune(before[at-1]))
}

// globalIPv4 reports whether the address can belong to someone: it is in none of
// the blocks of the IANA special-purpose registry (RFC 6890) and no multicast.
func globalIPv4(a netip.Addr) bool {
	if !a.Is4() {
		return false
	}
	b := a.As4()
	x := binary.BigEndian.Uint32(b[:])
	switch b[0] {
	case 0, 10, 127:
		return false
	case 100:
		return b[1]&0xC0 != 64 // 100.64/10, shared
	case 169:
		return b[1] != 254 // link local
	case 172:
		return b[1]&0xF0 != 16
	case 192:
		switch x >> 8 {
		case 192 << 16: // 192.0.0/24 but for the two anycast addresses
			return b[3] == 9 || b[3] == 10
		case 192<<16 | 2, 192<<16 | 88<<8 | 99: // documentation; 6to4 relay
			return false
		}
		return b[1] != 168
	case 198:
		return b[1]&0xFE != 18 && x>>8 != 198<<16|51<<8|100 // benchmarking; documentation
	case 203:
		return x>>8 != 203<<16|113 // documentation: 203.0.113/24
	}
	return b[0] < 224
}

// hexAddress looks at the run of hexadecimal digits, colons and dots around text[colon]:
// a MAC address, or a global unicast IPv6 address that stands alone. It returns the end
// of a match, else 0.
func (s *scan) hexAddress(colon int) int {
	const longest = 45
	text := s.text
	start, end := colon, colon
	for start > s.hexFloor && isASCII(text[start-1], classHex) {
		start--
	}
	for end < len(text) && (isASCII(text[end], classHex) || text[end] == ':' || text[end] == '.') {
		end++
	}
	s.hexFloor = end
	for text[end-1] == '.' || text[end-1] == ':' && !strings.HasSuffix(text[:end], "::") {
		if end--; end == start {
			return 0
		}
	}
	if end-start < len("2::") || end-start > longest || strings.Count(text[start:end], ":") < 2 {
		return 0
	}
	if start > 0 && (isASCII(text[start-1], classLetter|classDigit) || text[start-1] == '_') ||
		end < len(text) && (isASCII(text[end], classLetter) || text[end] == '_') {
		return 0
	}
	if end-start == macBytes && isMAC(text[start:end], ':') {
		if s.wants(kindMAC) {
			s.emit(kindMAC, start, end)
		}
		return end
	}
	if !s.wants(kindIPv6) || !strings.Contains(text[start:end], "::") && strings.Count(text[start:end], ":") < 6 { // a time
		return 0
	}
	if a, err := netip.ParseAddr(text[start:end]); err == nil && globalIPv6(a) {
		s.emit(kindIPv6, start, end)
		return end
	}
	return 0
}

// globalIPv6 reports whether the address is global unicast (2000::/3) outside
// the blocks for protocols (2001::/23) and documentation (2001:db8::/32, 3fff::/20).
func globalIPv6(a netip.Addr) bool {
	b := a.As16()
	x := binary.BigEndian.Uint32(b[:4])
	return a.Is6() && x>>29 == 1 && x>>9 != 0x20010000>>9 && x != 0x20010db8 && x>>12 != 0x3fff0000>>12
}
