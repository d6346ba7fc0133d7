package purify

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/hashtable"
	"github.com/corpusmill/corpusmill/text"
)

const (
	zhGram = 13
	// furnitureChars is the length up to which a line with a mark is furniture:
	// 注册资本 in a paragraph is not.
	furnitureChars = 60
)

// furniture are the marks of lines that frame a page and say nothing of its
// subject.
var furniture = indexMarks([]string{
	// rights and registration
	"版权所有", "版权声明", "免责声明", "保留所有权利", "Copyright", "ICP备", "ICP证", "公安备", "备案号", "许可证号", "許可證", "版權所有",
	// accounts
	"登录", "登陆", "注册", "忘记密码", "个人中心", "登入", "註冊",
	// ways around the site
	"上一篇", "下一篇", "上一页", "下一页", "返回顶部", "返回首页", "网站首页", "当前位置", "网站地图", "友情链接", "联系我们", "关于我们",
	"加载更多", "查看更多", "聯絡我們", "關於我們",
	// further reading and sharing
	"相关阅读", "相关推荐", "为您推荐", "热门推荐", "点击排行", "分享到", "扫一扫", "二维码", "客户端下载", "下载客户端", "网友评论",
})

// marks finds strings by their first code point.
type marks struct {
	maybe [64]uint64 // bit r & 4095 is set for every first code point
	by    map[rune][]string
}

func indexMarks(list []string) marks {
	m := marks{by: make(map[rune][]string)}
	for _, s := range list {
		r, _ := utf8.DecodeRuneInString(s)
		m.by[r] = append(m.by[r], s)
		m.maybe[r>>6&63] |= 1 << (r & 63)
	}
	return m
}

// at reports whether s begins with a mark; r is its first code point.
func (m *marks) at(r rune, s string) bool { return m.length(r, s) > 0 }

// length is the length in bytes of the first mark that s begins with, 0 if there is none.
func (m *marks) length(r rune, s string) int {
	if m.maybe[r>>6&63]>>(r&63)&1 == 0 {
		return 0
	}
	for _, mark := range m.by[r] {
		if strings.HasPrefix(s, mark) {
			return len(mark)
		}
	}
	return 0
}

// The kinds of code points that ChineseQuality tells apart.
type zhKind uint8

const (
	zhOther zhKind = iota
	zhSpaceKind
	zhHanKind
	zhDigitKind
	zhLatinKind
	zhPunctKind
	zhCommaKind    // a mark that separates clauses
	zhSentenceKind // a mark that ends a sentence
	zhKinds
)

func zhKindOf(r rune) zhKind {
	switch {
	case 0x4E00 <= r && r <= 0x9FFF:
		return zhHanKind
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		return zhLatinKind
	case '0' <= r && r <= '9':
		return zhDigitKind
	}
	switch r {
	case '。', '！', '？', '；', '…', '!', '?', ';', '｡':
		return zhSentenceKind
	case '，', ',':
		return zhCommaKind
	case '、', '：', '“', '”', '‘', '’', '（', '）', '《', '》', '〈', '〉', '「', '」', '『', '』', '【', '】', '—', '·', '．', '～',
		'.', ':', '(', ')', '"', '\'':
		return zhPunctKind
	case ' ', '\n', '\u3000':
		return zhSpaceKind
	}
	switch {
	case text.IsSpace(r):
		return zhSpaceKind
	case unicode.IsDigit(r):
		return zhDigitKind
	case unicode.Is(unicode.Han, r):
		return zhHanKind
	case unicode.Is(unicode.Latin, r):
		return zhLatinKind
	}
	return zhOther
}

// chinese is the scratch of ChineseQuality: one document at a time.
type chinese struct {
	values *corpus.Values
	view   *text.View
	seen   hashtable.Table
	chars  []rune // without white space
	lines  []zhLine
}

// zhLine is a line that is not blank.
type zhLine struct {
	start, end           uint32 // bytes of the stripped line
	chars                int
	sentences, furniture bool
}

// chinesePhases measure the columns; Keep may stop between them.
var chinesePhases = []func(*chinese, *corpus.Values){(*chinese).scan, (*chinese).lineShares, (*chinese).dupGrams}

// end gives the scratch back without what it must not keep alive.
func (c *chinese) end() {
	c.view = nil
	chinesePool.Put(c)
}

// scan reads the text once: it measures the shares of kinds, and leaves the
// chars and the lines for the other phases.
func (c *chinese) scan(v *corpus.Values) {
	t := c.view.Text()
	var kinds [zhKinds]int
	c.chars, c.lines = hashtable.Grown(c.chars, c.view.Runes())[:0], hashtable.Grown(c.lines, len(c.view.Lines()))[:0]
	for span := range withoutCode(c.view.Lines(), t) {
		before, marked := len(c.chars), false
		sentences, commas := kinds[zhSentenceKind], kinds[zhCommaKind]
		line, last := zhLine{}, zhOther
		for i, r := range t[span.Start:span.End] {
			kind := zhKindOf(r)
			kinds[kind]++
			if kind == zhSpaceKind {
				continue
			}
			last = kind
			at := span.Start + uint32(i)
			if len(c.chars) == before {
				line.start = at
			}
			line.end = at + uint32(max(1, utf8.RuneLen(r)))
			c.chars = append(c.chars, r)
			marked = marked || furniture.at(r, t[at:span.End])
		}
		if line.chars = len(c.chars) - before; line.chars > 0 {
			line.sentences = kinds[zhSentenceKind] > sentences || kinds[zhCommaKind] > commas+1 || last == zhCommaKind
			line.furniture = marked && line.chars <= furnitureChars
			line.end = min(line.end, span.End) // RuneLen of an invalid byte is 3
			c.lines = append(c.lines, line)
		}
	}
	n := len(c.chars)
	v.Set(zhChars, float64(n))
	v.Set(zhHan, ratio(kinds[zhHanKind], n))
	v.Set(zhDigits, ratio(kinds[zhDigitKind], n))
	v.Set(zhLatin, ratio(kinds[zhLatinKind], n))
	v.Set(zhPunct, ratio(kinds[zhPunctKind]+kinds[zhCommaKind]+kinds[zhSentenceKind], n))
}

func (c *chinese) lineShares(v *corpus.Values) {
	t := c.view.Text()
	c.seen.Reset(len(c.lines))
	inSentences, framed, copied := 0, 0, 0
	for _, l := range c.lines {
		if l.sentences {
			inSentences += l.chars
		}
		if l.furniture {
			framed++
		}
		if _, fresh := c.seen.Add(xxh3.HashString(t[l.start:l.end]), 0); !fresh {
			copied += l.chars
		}
	}
	v.Set(zhMeanLine, ratio(len(c.chars), len(c.lines)))
	v.Set(zhSentences, ratio(inSentences, len(c.chars)))
	v.Set(zhBoilerplate, ratio(framed, len(c.lines)))
	v.Set(zhDupLines, ratio(copied, len(c.chars)))
}

// dupGrams measures the chars that lie in a run of zhGram chars which has stood
// before, by a rolling hash: the run's value as a number in base zhBase, modulo
// 2^64.
func (c *chinese) dupGrams(v *corpus.Values) {
	const zhBase = 0xD1B54A32D192ED03
	var outgoing uint64 = 1 // zhBase^zhGram
	for range zhGram {
		outgoing *= zhBase
	}
	n := len(c.chars)
	c.seen.Reset(n)
	var hash uint64
	covered, end := 0, 0 // up to where chars are counted
	for i, r := range c.chars {
		hash = hash*zhBase + uint64(r)
		start := i - zhGram + 1
		if start > 0 {
			hash -= uint64(c.chars[start-1]) * outgoing
		}
		if start < 0 {
			continue
		}
		if _, fresh := c.seen.Add(hash, 0); !fresh {
			covered += i + 1 - max(start, end)
			end = i + 1
		}
	}
	v.Set(zhDupGrams, ratio(covered, n))
}
