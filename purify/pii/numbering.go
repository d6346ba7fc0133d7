package pii

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// numbering reports whether text[start:end], four numbers with the form of an
// address, is called something else: a version, a section, table or clause, an
// object identifier, an enzyme, or is the number of a heading.
func numbering(text string, start, end int, n quad, lines *lineNumbers) bool {
	const window = 96 // the label stands close by
	before, after := text[max(0, start-window):start], text[end:]
	return called(before, n) || n.isRelease() && n[1] <= releaseMax && ofProduct(before) && !n.isResolver() || n == quad{1, 3, 6, 1} || n.isRelease() && releaseAfter(before, after) ||
		n.isPart() && (partUnit(after) || heading(text, start, end, n, lines))
}

// ofProduct reports whether a text ends in a blank behind the name of a product, as in
// "Firefox 2.0.0.16" and "SeaMonkey 1.1.11.3": a word with a capital and small letters, or
// of capitals, that is no word for what has an address.
func ofProduct(before string) bool {
	rest := strings.TrimRight(before, " ")
	if rest == before || rest == "" {
		return false
	}
	i := len(rest)
	for i > 0 && isASCII(rest[i-1], classLetter) {
		i--
	}
	word := rest[i:]
	if len(word) < 3 || word[0] < 'A' || word[0] > 'Z' || i > 0 && rest[i-1] != ' ' && rest[i-1] != '\n' && rest[i-1] != '(' {
		return false
	}
	switch strings.ToLower(word) {
	case "host", "hosts", "server", "client", "address", "addr", "dns", "gateway", "node", "ping", "from", "connect", "connected", "connecting", "trying", "proxy", "router", "the", "and", "for",
		"source", "destination", "remote", "local", "peer", "listen", "allow", "deny", "accept", "reject", "block", "ban", "banned", "user", "visitor", "machine", "vps", "vpn", "get", "post", "via",
		"when", "with", "after", "google", "cloudflare", "inet", "range", "subnet", "network", "attacker", "login", "resolver", "nameserver", "traceroute", "ssh", "telnet", "curl", "http", "tcp", "udp",
		"icmp", "ips", "ipv", "mail", "smtp", "relay", "received", "blocked", "use", "using", "set", "our", "your", "their", "his", "her", "but", "that", "this":
		return false
	}
	return true
}

// quad are four numbers with dots between them, each up to 255.
type quad [4]uint8

const (
	partMax    = 99 // the highest number that a part of a document has
	releaseMax = 30 // the highest first number that tells a release from an address
	enzymeMax  = 7  // the classes of the Enzyme Commission's numbers, EC 1 to EC 7
)

func (n quad) isPart() bool    { return max(n[0], n[1], n[2], n[3]) <= partMax }
func (n quad) isRelease() bool { return n[0] <= releaseMax }

// isResolver reports whether the number is the address of one of the name servers
// that everybody writes down.
func (n quad) isResolver() bool {
	switch n {
	case quad{8, 8, 8, 8}, quad{8, 8, 4, 4}, quad{1, 1, 1, 1}, quad{9, 9, 9, 9}:
		return true
	}
	return false
}

const (
	blanks   = " \t\u00a0\u3000"
	emphasis = "*`" // Markdown's emphasis and code
)

// label is what a word says of the number behind it. Which numbers it makes no
// address, by what stands between:
//
//	label               blank                     : = ( >= and quotes         in a list
//	version, ver, v     first ≤ 30, or all ≤ 99   all                         of equal first
//	versions            first ≤ 30                first ≤ 30                  first ≤ 30
//	release, build ...  first ≤ 30                = >= as blank; : as a key   -
//	update, patch ...   first ≤ 30                = >= as blank               -
//	OID                 all                       all                         plural: all
//	EC                  first ≤ 7                 first ≤ 7                   first ≤ 7
//	section, table ...  all ≤ 99                  -                           all ≤ 99
//	equation ...        all ≤ 99                  ( as blank                  all ≤ 99
//
// Real releases begin low, or have a part over 255 (Chrome 120.0.6099.109, Windows
// 10.0.19041.1); "after the build 93.184.216.34 connected" means a host.
type label uint8

const (
	// ofUpdate and ofRelease are words of more meanings than a version's: they do not
	// count in "latest update: 8.8.8.8 failed", "after the release. 8.8.8.8 answered" or
	// "the firmware (8.8.8.8 has it)".
	ofUpdate label = 1 + iota
	ofRelease
	ofVersion
	ofIdentifier // object identifier
	ofEnzyme
	ofPart // of a document
	ofEquation
	ofNumber // says nothing by itself: version no. 8.8.8.8
	ofParts  // the plurals may stand before any list
	ofVersions
	ofIdentifiers
)

// labels are in English, German, French, Spanish, Italian and Russian. A word that has
// other meanings without its full stop is there with it alone.
var labels = func() map[string]label {
	m := map[string]label{}
	for kind, words := range map[label]string{
		ofUpdate:      "update upgrade patch hotfix",
		ofRelease:     "release build rev revision firmware kernel driver bios v. ver. vers. rev.",
		ofVersion:     "version ver v versión versione версия версии",
		ofIdentifier:  "oid identifier",
		ofEnzyme:      "ec",
		ofNumber:      "number numbers no. nos. nr. nummer numéro número num.",
		ofVersions:    "versions versionen versiones",
		ofIdentifiers: "oids identifiers",
		ofEquation: "equation eq. eqn. equations eqs. eqns. formula formulas formulae inequality identity gleichung gleichungen gl. formel formeln équation équations " +
			"ecuación equazione",
		ofPart: "section sec sec. sect. subsection clause subclause chapter chap. ch. table tbl. figure fig. paragraph para. par. subparagraph article art. appendix annex " +
			"listing theorem lemma definition proposition corollary exercise algorithm requirement heading item part rule step " +
			"abschnitt abschn. unterabschnitt kapitel kap. absatz abs. ziffer ziff. tabelle tab. abbildung abb. anhang artikel teil regel schritt punkt satz paragraf " +
			"chapitre paragraphe alinéa tableau annexe étape règle sección apartado capítulo tabla figura artículo párrafo anexo paso regla " +
			"sezione capitolo tabella articolo paragrafo allegato раздел раздела разделе глава главы главе пункт пункта пункте п. таблица таблице рисунок рис. статья",
		ofParts: "sections secs. subsections clauses subclauses chapters tables figures figs. paragraphs paras. subparagraphs articles appendices annexes " +
			"listings exercises requirements items parts rules steps abschnitte abschnitten absätze ziffern tabellen abbildungen teile regeln schritte " +
			"chapitres paragraphes tableaux secciones apartados capítulos tablas figuras artículos разделы разделах главы пункты таблицы",
	} {
		for word := range strings.FieldsSeq(words) {
			m[word] = kind
		}
	}
	return m
}()

// called reports whether the text before a number ends in a label of it.
func called(before string, n quad) bool {
	if head, first := listHead(before); head != "" {
		return calledList(head, first, n)
	}
	near := strings.TrimRight(cutComparison(strings.TrimRight(before, blanks+emphasis+"#=")), blanks)
	switch kind, _ := lastLabel(withoutNumberWord(near)); kind {
	case ofVersion:
		return n.isRelease() || n.isPart() || strings.ContainsAny(before[len(near):], "#=≥≤")
	case ofUpdate, ofRelease, ofVersions:
		return n.isRelease()
	case ofIdentifier, ofIdentifiers:
		return true
	case ofEnzyme:
		return n[0] <= enzymeMax
	case ofPart, ofParts, ofEquation:
		return n.isPart()
	}
	far := withoutNumberWord(strings.TrimRight(near, blanks+emphasis+":：=#<>~^\"'“(（"))
	joint := before[len(far):]
	switch kind, at := lastLabel(far); kind {
	case ofVersion, ofIdentifier, ofIdentifiers:
		return true
	case ofVersions:
		return n.isRelease()
	case ofEnzyme:
		return n[0] <= enzymeMax
	case ofRelease:
		return n.isRelease() && !n.isResolver() && strings.ContainsAny(joint, ":：") && isKey(far[:at])
	case ofEquation:
		return n.isPart() && !n.isResolver() && strings.Trim(joint, blanks) == "("
	}
	if hasAnySuffix(far, "版本", "版本号", "版本號", "バージョン") {
		return n.isRelease() || n.isPart() || strings.Trim(joint, blanks) != ""
	}
	return hasAnySuffix(far, "E.C.") && n[0] <= enzymeMax || n.isPart() && calledPart(near)
}

// calledList is called for a number in a list, of which the text before is given and
// the first number.
func calledList(head, first string, n quad) bool {
	switch kind, _ := lastLabel(head); kind {
	case ofIdentifiers:
		return true
	case ofVersions:
		return n.isRelease()
	case ofVersion:
		lead, _, _ := strings.Cut(first, ".")
		return lead == strconv.Itoa(int(n[0])) && !n.isResolver()
	case ofEnzyme:
		return n[0] <= enzymeMax
	case ofParts:
		return n.isPart()
	case ofPart, ofEquation: // "in section 4.3.2.1, 8.8.8.8 is named"
		return n.isPart() && n.isRelease() && !n.isResolver()
	}
	return n.isPart() && hasAnySuffix(head, "§", "第", "条款", "條款", "章节", "章節")
}

// cutComparison cuts the sign that compares versions off the end of a text whose "="
// are cut already.
func cutComparison(s string) string {
	for _, sign := range [...]string{">", "<", "≥", "≤"} {
		if rest, ok := strings.CutSuffix(s, sign); ok {
			return rest
		}
	}
	return s
}

// isKey reports whether a word that the text goes on with is all of a name: "Build:",
// "(build: ", but not "the build:".
func isKey(before string) bool {
	s := strings.TrimRight(before, blanks+emphasis+"\"'")
	if s == "" {
		return true
	}
	r, _ := utf8.DecodeLastRuneInString(s)
	return !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// releaseAfter reports whether a number stands between an article and the word
// version or release, as in "the 5.6.7.8 version".
func releaseAfter(before, after string) bool {
	after = strings.TrimLeft(after, blanks+emphasis)
	if strings.HasPrefix(after, "版本") {
		return true
	}
	end := 0
	for end < len(after) && end < len("versions")+1 && isASCII(after[end], classLetter) {
		end++
	}
	switch strings.ToLower(after[:end]) {
	case "version", "versions", "release", "releases":
	default:
		return false
	}
	before = strings.TrimRight(before, blanks+emphasis)
	_, at := lastLabel(before)
	switch strings.ToLower(before[at:]) {
	case "the", "a", "an", "this", "that", "our", "your", "its", "new", "latest", "current", "previous", "stable", "final", "die", "der", "la":
		return true
	}
	return false
}

// calledPart reports whether the text ends in the name of a part of a document that
// is no English word, or in an English one at the end of the line before.
func calledPart(near string) bool {
	if s, ok := strings.CutSuffix(near, "\n"); ok {
		kind, _ := lastLabel(strings.TrimRight(s, blanks+"\r"))
		return kind == ofPart || kind == ofParts || kind == ofEquation
	}
	if hasAnySuffix(near, "§", "¶", "第", "제", "条款", "條款", "章节", "章節", "小节", "小節", "附录", "附錄", "附件", "公式", "算法", "定理") {
		return true
	}
	for _, unit := range [...]string{"表", "图", "圖", "図", "式"} {
		if rest, ok := strings.CutSuffix(near, unit); ok {
			return citing(rest)
		}
	}
	return false
}

// lastLabel returns what the last word of a text says, 0 for nothing, and where it
// begins. A full stop belongs to an abbreviation or ends the sentence.
func lastLabel(s string) (_ label, at int) {
	const longest = len("unterabschnitt.") * utf8.UTFMax
	at = len(s)
	if strings.HasSuffix(s, ".") {
		at--
	}
	for at > 0 && len(s)-at <= longest {
		n := 1
		if !isASCII(s[at-1], classLetter) {
			if n = lastSpacedLetter(s[:at]); n == 0 {
				break
			}
		}
		at -= n
	}
	word := strings.ToLower(s[at:])
	if strings.HasPrefix(word, "identifier") && !hasAnySuffix(strings.TrimRight(s[:at], blanks), "object", "Object", "OBJECT") {
		return 0, at
	}
	return labels[word], at
}

func withoutNumberWord(s string) string {
	if kind, at := lastLabel(s); kind == ofNumber {
		return strings.TrimRight(s[:at], blanks)
	}
	return s
}

// citing tells 见表 and a lone 表 from words that end in it, such as 列表 and 路由表.
func citing(before string) bool {
	r, _ := utf8.DecodeLastRuneInString(before)
	return !unicode.Is(unicode.Han, r) || strings.ContainsRune("见見如参參附从從与與和及在看详詳或阅閱", r)
}

// partUnit reports whether the text goes on with the Chinese or Japanese word for a
// part of a document that a number counts: 4.3.2.1节, but not 8.8.8.8节点.
func partUnit(after string) bool {
	after = strings.TrimPrefix(after, " ")
	for _, unit := range [...]string{"节", "節", "章", "条", "條", "款", "小节", "小節"} {
		if rest, ok := strings.CutPrefix(after, unit); ok {
			r, _ := utf8.DecodeRuneInString(rest)
			return !strings.ContainsRune("点點目件记記项項", r)
		}
	}
	return false
}

// listHead returns what stands before the list of dotted numbers that ends the text,
// "sections" of "sections 4.3.2.1, 4.3.2.2 and ", and the list's first number. They are
// "" where no list does.
func listHead(s string) (head, first string) {
	for {
		s = strings.TrimRight(strings.TrimSuffix(strings.TrimRight(s, blanks), "("), blanks+"§")
		joint := s
		for _, word := range [...]string{"and", "or", "to", "through", "und", "oder", "bis", "sowie", "et", "ou", "à", "y", "и", "&", "-", "–", "—", "/", "及", "和", "与", "、", "至", "到"} {
			if rest, ok := strings.CutSuffix(joint, word); ok {
				joint = strings.TrimRight(rest, blanks)
				break
			}
		}
		joint = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(joint, ","), ";"), ")")
		before := strings.TrimRight(joint, "0123456789.")
		if joint == s || !strings.Contains(joint[len(before):], ".") {
			return head, first
		}
		s, first = before, joint[len(before):]
		head = strings.TrimRight(strings.TrimSuffix(before, "("), blanks)
	}
}

func hasAnySuffix(s string, suffixes ...string) bool {
	for _, suffix := range suffixes {
		if strings.HasSuffix(s, suffix) {
			return true
		}
	}
	return false
}
