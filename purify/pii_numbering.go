package purify

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// numbering reports whether text[start:end], four numbers with the form of the
// address a, is called something else: a version, a section, table or clause, an
// object identifier, or is the number of a heading.
func numbering(text string, start, end int, a netip.Addr) bool {
	const window = 96 // the label stands close by
	before := text[max(0, start-window):start]
	b := a.As4()
	part := max(b[0], b[1], b[2], b[3]) <= partMax
	return called(before, part) || text[start:end] == "1.3.6.1" ||
		part && (partUnit(text[end:]) || heading(text, start, end) && min(b[0], b[1], b[2], b[3]) > 0)
}

// partMax is the highest number that a part of a document has.
const partMax = 99

const (
	blanks   = " \t\u00a0\u3000"
	emphasis = "*`" // Markdown's emphasis and code
)

// label is what a word says of the number behind it.
type label uint8

const (
	// ofRelease are words of more meanings than a version's: they count only right
	// before the number, not in "latest update: 8.8.8.8 failed", "after the
	// release. 8.8.8.8 answered" or "the firmware (8.8.8.8 has it)".
	ofRelease label = 1 + iota
	ofVersion
	ofIdentifier // object identifier
	ofPart       // of a document
	ofNumber     // says nothing by itself: version no. 8.8.8.8
	ofParts      // the plurals may stand before a list
	ofVersions
	ofIdentifiers
)

var labels = func() map[string]label {
	m := map[string]label{}
	for kind, words := range map[label]string{
		ofRelease:     "release build rev revision firmware update v. ver. vers. rev.",
		ofVersion:     "version ver v",
		ofIdentifier:  "oid identifier",
		ofNumber:      "number numbers no. nos. nr.",
		ofVersions:    "versions",
		ofIdentifiers: "oids identifiers",
		ofPart: "section sec. sect. subsection clause subclause chapter chap. ch. table tbl. figure fig. paragraph para. subparagraph article appendix annex " +
			"equation eq. eqn. listing theorem lemma definition proposition corollary exercise algorithm requirement heading item",
		ofParts: "sections secs. subsections clauses subclauses chapters tables figures figs. paragraphs paras. subparagraphs articles appendices annexes " +
			"equations eqs. listings exercises requirements items",
	} {
		for word := range strings.FieldsSeq(words) {
			m[word] = kind
		}
	}
	return m
}()

// called reports whether the text before a number ends in a label of it; part tells
// whether it can be that of a part of a document.
func called(before string, part bool) bool {
	if head := listHead(before); head != "" {
		switch kind, _ := lastLabel(head); kind {
		case ofVersions, ofIdentifiers:
			return true
		case ofParts:
			return part
		}
		return part && hasAnySuffix(head, "§", "第", "条款", "條款", "章节", "章節")
	}
	near := strings.TrimRight(before, blanks+emphasis+"#=")
	switch kind, _ := lastLabel(withoutNumberWord(near)); kind {
	case ofRelease, ofVersion, ofVersions, ofIdentifier, ofIdentifiers:
		return true
	case ofPart, ofParts:
		return part
	}
	far := withoutNumberWord(strings.TrimRight(near, blanks+emphasis+":：=#\"'“(（"))
	switch kind, _ := lastLabel(far); kind {
	case ofVersion, ofVersions, ofIdentifier, ofIdentifiers:
		return true
	}
	return hasAnySuffix(far, "版本", "版本号", "版本號", "バージョン") || part && calledPart(near)
}

// calledPart reports whether the text ends in the name of a part of a document that
// is no English word, or in an English one at the end of the line before.
func calledPart(near string) bool {
	if s, ok := strings.CutSuffix(near, "\n"); ok {
		kind, _ := lastLabel(strings.TrimRight(s, blanks+"\r"))
		return kind == ofPart || kind == ofParts
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
	const longest = len("subparagraphs")
	at = len(s)
	if strings.HasSuffix(s, ".") {
		at--
	}
	for at > 0 && len(s)-at <= longest && isASCII(s[at-1], piiLetter) {
		at--
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

// heading reports whether the number begins a line as that of a heading does: before
// a word with a capital, or in Chinese before a short line without punctuation.
func heading(text string, start, end int) bool {
	if line := strings.TrimRight(strings.TrimSuffix(text[:start], "**"), blanks+"#>"); line != "" && line[len(line)-1] != '\n' {
		return false
	}
	rest := text[end:]
	for _, mark := range [...]string{".", ")", "**"} {
		rest = strings.TrimPrefix(rest, mark)
	}
	title := strings.TrimLeft(rest, blanks)
	if len(title) == len(rest) {
		return false
	}
	const longest = 200
	title = title[:min(len(title), longest)]
	title, _, _ = strings.Cut(title, "\n")
	first, n := utf8.DecodeRuneInString(title)
	if unicode.Is(unicode.Han, first) {
		return len(title) < longest && !strings.ContainsAny(title, "，。；！？,;!?") && !strings.ContainsRune("是为為的在和与與及或被从從向已不无無", first)
	}
	if !unicode.IsUpper(first) {
		return false
	}
	second, _ := utf8.DecodeRuneInString(title[n:])
	// Lines of a log or a zone go on in capitals: GET /, IN PTR.
	return unicode.IsLower(second) || second == ' ' && !strings.Contains(title, "/") || unicode.IsUpper(second) && !strings.ContainsAny(title, "/:\"[") && isWordy(title)
}

// isWordy reports whether a title in capitals has a word of more than four letters.
func isWordy(title string) bool {
	for word := range strings.FieldsSeq(title) {
		if len(word) > 4 && strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }) < 0 {
			return true
		}
	}
	return false
}

// listHead returns what stands before the list of dotted numbers that ends the text:
// "sections" of "sections 4.3.2.1, 4.3.2.2 and ". It is "" where no list does.
func listHead(s string) string {
	head := ""
	for {
		s = strings.TrimRight(s, blanks)
		joint := s
		for _, word := range [...]string{"and", "or", "to", "through", "&", "-", "–", "—", "及", "和", "与", "、", "至", "到"} {
			if rest, ok := strings.CutSuffix(joint, word); ok {
				joint = strings.TrimRight(rest, blanks)
				break
			}
		}
		joint = strings.TrimSuffix(joint, ",")
		number := strings.TrimRight(joint, "0123456789.")
		if joint == s || !strings.Contains(joint[len(number):], ".") {
			return head
		}
		s = number
		head = strings.TrimRight(number, blanks)
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
