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
	// The label stands in the same sentence, close by.
	const window = 96
	from := max(0, start-window)
	for from > 0 && !utf8.RuneStart(text[from]) {
		from++
	}
	before := strings.ToLower(text[from:start])
	if calledVersion(before) || calledIdentifier(before) || text[start:end] == "1.3.6.1" {
		return true
	}
	b := a.As4()
	if max(b[0], b[1], b[2], b[3]) > sectionMax {
		return false
	}
	return calledSection(before) || sectionUnit(text[end:]) || heading(text, start, end) && min(b[0], b[1], b[2], b[3]) > 0
}

// sectionMax is the highest number that a part of a document has.
const sectionMax = 99

const (
	blanks   = " \t\u00a0\u3000"
	emphasis = "*`" // Markdown's emphasis and code
)

// calledVersion reports whether the text ends in a word that announces a version
// number. Words of more meanings than that, release or update, do so only directly
// before it: not in "latest update: 8.8.8.8 failed", "after the release. 8.8.8.8
// answered" or "the firmware (8.8.8.8 has it)".
func calledVersion(before string) bool {
	s := numberWord(strings.TrimRight(before, blanks+emphasis+"#="))
	if endsInWord(s, "release", "build", "rev", "revision", "firmware", "update", "v.", "ver.", "vers.", "rev.") {
		return true
	}
	s = numberWord(strings.TrimRight(before, blanks+emphasis+":：=#\"'“(（"))
	return endsInWord(s, "version", "versions", "ver", "v") || hasAnySuffix(s, "版本", "版本号", "版本號", "バージョン") ||
		endsInWord(listHead(before), "versions")
}

// calledIdentifier reports whether the text ends in a word that announces an object
// identifier.
func calledIdentifier(before string) bool {
	s := numberWord(strings.TrimRight(before, blanks+emphasis+":=#\"'("))
	return endsInWord(s, "oid", "oids", "object identifier", "object identifiers") || endsInWord(listHead(before), "oids", "object identifiers")
}

// calledSection reports whether the text ends in the name of a part of a document,
// also over a line's end.
func calledSection(before string) bool {
	s := strings.TrimRight(before, blanks+emphasis)
	if strings.HasSuffix(s, "\n") {
		s = strings.TrimRight(strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r"), blanks)
	}
	s = numberWord(s)
	if endsInWord(s, "section", "sections", "sec.", "secs.", "sect.", "subsection", "subsections", "clause", "clauses", "subclause", "subclauses",
		"chapter", "chapters", "chap.", "ch.", "table", "tables", "tbl.", "figure", "figures", "fig.", "figs.", "paragraph", "paragraphs", "para.", "paras.",
		"article", "articles", "appendix", "appendices", "annex", "annexes", "equation", "equations", "eq.", "eqs.", "eqn.", "listing", "listings",
		"theorem", "lemma", "definition", "proposition", "corollary", "exercise", "exercises", "algorithm", "requirement", "requirements", "heading", "subparagraph", "item", "items") {
		return true
	}
	if hasAnySuffix(s, "§", "¶", "第", "제", "条款", "條款", "章节", "章節", "小节", "小節", "附录", "附錄", "附件", "公式", "算法", "定理") {
		return true
	}
	for _, unit := range [...]string{"表", "图", "圖", "図", "式"} {
		if rest, ok := strings.CutSuffix(s, unit); ok && citing(rest) {
			return true
		}
	}
	head := listHead(before)
	return endsInWord(head, "sections", "secs.", "subsections", "clauses", "subclauses", "chapters", "tables", "figures", "figs.", "paragraphs", "paras.",
		"articles", "appendices", "annexes", "equations", "eqs.", "listings", "exercises", "requirements", "items") ||
		hasAnySuffix(head, "§", "第", "条款", "條款", "章节", "章節")
}

// citing tells 见表 and a lone 表 from words that end in it, such as 列表 and 路由表.
func citing(before string) bool {
	r, _ := utf8.DecodeLastRuneInString(before)
	return !unicode.Is(unicode.Han, r) || strings.ContainsRune("见見如参參附从從与與和及在看详詳或阅閱", r)
}

// sectionUnit reports whether the text goes on with the Chinese or Japanese word for
// the part of a document that a number counts: 4.3.2.1节, but not 8.8.8.8节点.
func sectionUnit(after string) bool {
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

// numberWord takes the word for number off the end: version no. 1.2.3.4.
func numberWord(s string) string {
	for _, word := range [...]string{"number", "numbers", "no.", "nos.", "nr."} {
		if endsInWord(s, word) {
			return strings.TrimRight(s[:len(s)-len(word)], blanks)
		}
	}
	return s
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

// endsInWord reports whether a text in lower case ends in one of the words.
func endsInWord(s string, words ...string) bool {
	for _, word := range words {
		if rest, ok := strings.CutSuffix(s, word); ok && (rest == "" || !isASCII(rest[len(rest)-1], piiLetter)) {
			return true
		}
	}
	return false
}

func hasAnySuffix(s string, suffixes ...string) bool {
	for _, suffix := range suffixes {
		if strings.HasSuffix(s, suffix) {
			return true
		}
	}
	return false
}
