package purify

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

var errFewHeadlines = errors.New("min_headlines: want at least 3")

// Lengths in letters, digits and marks.
const (
	minHeadlineChars  = 6
	maxHeadlineChars  = 45
	maxHeadingChars   = 18
	declarationChars  = 400
	minProseLines     = 2
	maxHeadLines      = 6 // of a page that may be ways around the site
	minHeadlineBullet = 3
)

// trimLineBytes is what a line takes while its document is read.
const trimLineBytes = 40

// trimLine is a line, blank ones too.
type trimLine struct {
	start, end int // bytes without white space around
	chars      int // code points that are not white space
	kind       trimKind
	bullet     bool
}

type trimKind uint8

const (
	trimBlank trimKind = iota
	trimProse          // a sentence ends in it
	trimShort          // anything else
	trimHeadline
	trimHeading // announces other articles
	trimFooter
)

// footers are what the last lines of a page say, at any length up to declarationChars.
var footers = indexMarks([]string{
	"责任编辑", "责编", "編輯：", "编辑：", "编辑:", "責任編輯", "本文来源", "文章来源：", "校对：", "审核：", "编审：", "【编辑",
	"版权均属", "版权归", "著作权", "未经授权", "未经书面", "转载请", "轉載請", "请注明出处", "均为转载", "转载自", "侵权", "侵权必究", "不代表本网", "不代表本站",
	"不代表本平台", "不代表网易", "不代表腾讯", "不代表新浪", "仅代表作者", "仅代表个人", "仅供参考", "不构成投资", "风险自担", "信息存储服务", "存储空间服务", "特别声明", "免责声明", "版权声明",
	"新浪声明", "郑重声明", "凡本网", "凡标注来源", "凡注明", "凡本站", "违法和不良信息", "举报电话", "举报邮箱", "网友评论", "参与互动", "我要评论", "发表评论", "网友跟帖", "暂无评论",
	"分享到", "分享至", "扫一扫", "扫码关注", "扫描二维码", "长按二维码", "关注公众号", "微信公众号", "打开微信", "点击下载", "下载客户端", "客户端下载", "打开APP", "返回顶部", "返回首页",
	"更多精彩", "更多内容请", "更多资讯", "更多新闻", "查看更多", "加载更多", "点击查看", "打印本页", "关闭窗口", "打印本文", "加入收藏", "收藏本页", "字号", "阅读原文", "阅读全文",
	"上一篇", "下一篇", "上一页", "下一页", "上一條", "下一條", "上一条", "下一条", "Copyright", "All Rights Reserved", "©", "ICP备", "ICP證", "公网安备", "公安备", "版权所有", "版權所有",
	"主办单位", "承办单位", "技术支持", "网站标识码", "网站地图", "友情链接", "联系我们", "关于我们", "Facebook", "按讚", "粉絲團", "Trackback", "点赞", "赞赏", "打赏", "在看",
})

// headings announce other articles.
var headings = indexMarks([]string{
	"相关阅读", "相关新闻", "相关报道", "相关链接", "相关文章", "相关推荐", "相关内容", "相关专题", "相關新聞", "相關報導", "相關閱讀", "相關文章", "推荐阅读", "推薦閱讀", "延伸阅读", "延伸閱讀", "扩展阅读",
	"更多新闻", "更多报道", "更多文章", "更多阅读", "热门新闻", "热门文章", "热门推荐", "热门阅读", "热点新闻", "热点推荐", "热点排行", "热门排行", "新闻排行", "点击排行", "阅读排行", "人气排行",
	"猜你喜欢", "你可能喜欢", "大家都在看", "大家都爱看", "为你推荐", "为您推荐", "精彩推荐", "编辑推荐", "今日推荐", "今日热点", "最新文章", "最新新闻", "最新资讯", "本週最新", "本周最新", "新闻精选", "新聞精選",
	"其他火線新聞", "其他新闻", "其他文章", "网友热评", "热点商讯", "专题报道", "往期回顾", "往期精彩", "近期文章", "同类文章", "人气文章", "看了又看", "上一篇", "下一篇",
})

// has reports whether s contains a mark.
func (m *marks) has(s string) bool {
	for i, r := range s {
		if m.at(r, s[i:]) {
			return true
		}
	}
	return false
}

// appendTrimLines reads the lines of a text.
func appendTrimLines(lines []trimLine, t string) []trimLine {
	for at := 0; at <= len(t); {
		end := len(t)
		if n := strings.IndexByte(t[at:], '\n'); n >= 0 {
			end = at + n
		}
		lines = append(lines, trimLineOf(t, at, end))
		at = end + 1
	}
	return lines
}

func trimLineOf(t string, start, end int) trimLine {
	s := t[start:end]
	left := trimLeft(s)
	l := trimLine{start: start + len(s) - len(left)}
	left = trimRight(left)
	l.end = l.start + len(left)
	if left == "" {
		l.start, l.end = start, start
		return l
	}
	marks, clauses, last := 0, 0, rune(0)
	for _, r := range left {
		if text.IsSpace(r) {
			continue
		}
		l.chars++
		last = r
		switch r {
		case '。', '；':
			marks++
		case '，', ',':
			clauses++
		}
	}
	first, _ := utf8.DecodeRuneInString(left)
	l.bullet = strings.ContainsRune("・•·◎●○■□◆◇►▶>›-—*※", first)
	l.kind = trimKindOf(left, l.chars, marks, clauses, last)
	return l
}

// trimKindOf says what a line is by itself.
func trimKindOf(s string, chars, marks, clauses int, last rune) trimKind {
	ends := strings.ContainsRune("。！？!?；”」』…", last)
	switch {
	case chars <= maxHeadingChars && !ends && headings.has(s):
		return trimHeading
	case chars <= declarationChars && footers.has(s) && (chars <= furnitureChars && last != '。' || declares(s)):
		return trimFooter
	case chars <= furnitureChars && !ends && furniture.has(s):
		return trimFooter
	case marks > 0 || clauses > 1 || last == '，' || chars > maxHeadlineChars:
		return trimProse
	case chars >= minHeadlineChars && !strings.ContainsRune("：:、", last) && (s[0] < '0' || s[0] > '9'):
		return trimHeadline
	}
	return trimShort
}

// declares reports whether a line of any length is one that speaks of rights and
// responsibility, not of the subject.
func declares(s string) bool { return declarations.has(s) }

var declarations = indexMarks([]string{
	"版权均属", "版权归", "未经书面", "均为转载", "请注明出处", "不代表本网", "不代表本站", "不代表本平台", "不代表网易", "不代表腾讯", "不代表新浪", "不构成投资",
	"信息存储服务", "存储空间服务", "特别声明", "免责声明", "版权声明", "新浪声明", "凡本网", "凡标注来源", "凡注明", "凡本站", "Copyright", "版权所有", "版權所有",
})

// article returns the lines from..to that stay, and that of a title before them, -1 if there
// is none.
func (s *ChineseTrimStage) article(t string, lines []trimLine) (title, from, to int) {
	all, prose := 0, 0
	for _, l := range lines {
		all += l.chars
		if l.kind == trimProse {
			prose++
		}
	}
	to = len(lines)
	for to > 0 {
		at := s.tail(lines[:to], all, prose)
		if at == to {
			break
		}
		to = at
	}
	title, from = head(t, lines[:to])
	stays := func(l trimLine) bool { return l.kind != trimBlank }
	if !slices.ContainsFunc(lines[from:to], stays) { // nothing but furniture: other rules say so
		return -1, 0, len(lines)
	}
	return title, from, to
}

// head returns the line at which the article begins behind the ways around the site, and that
// of its title where its source or editor stands between them.
func head(t string, lines []trimLine) (title, from int) {
	title = -1
	seen, last := 0, -1
	for i := 0; i < len(lines) && seen < maxHeadLines; i++ {
		l := &lines[i]
		line := t[l.start:l.end]
		switch {
		case l.kind == trimBlank:
			continue
		case l.kind == trimFooter && !isTitle(line, l.chars):
			if from = i + 1; last >= 0 && sources.has(line) {
				title = last
			}
			last = -1
		case l.kind == trimHeadline, l.kind == trimFooter:
			last = i
		default:
			last = -1
		}
		if seen++; l.kind == trimProse {
			break
		}
	}
	return title, from
}

// sources stand in lines below a title.
var sources = indexMarks([]string{"来源", "來源", "编辑", "編輯", "责编", "責編", "字号", "作者", "公众号"})

// leastTitle is how many characters a title has at least that has a mark of furniture.
const leastTitle = 8

// isTitle reports whether a line with marks of furniture can be a title or a sentence: one mark,
// with no colon behind it, in a line that parts nothing, or clauses.
func isTitle(line string, chars int) bool {
	if chars < leastTitle || strings.ContainsAny(line, "|｜>»") {
		return false
	}
	count, colon := 0, false
	for i, r := range line {
		mark := max(footers.length(r, line[i:]), furniture.length(r, line[i:]))
		if mark == 0 {
			continue
		}
		count++
		next, _ := utf8.DecodeRuneInString(line[i+mark:])
		colon = colon || next == ':' || next == '：' || strings.HasSuffix(line[i:i+mark], "：")
	}
	return count == 1 && !colon || strings.Count(line, "，") > 1
}

// tail returns where the last piece of the lines that is no part of the article begins,
// their number if there is none.
func (s *ChineseTrimStage) tail(lines []trimLine, all, prose int) int {
	to := len(lines)
	run, headlines, shorts, bullets, chars, heading := to, 0, 0, 0, 0, -1
loop:
	for i := to - 1; i >= 0; i-- {
		switch l := &lines[i]; l.kind {
		case trimBlank:
			continue
		case trimHeading:
			heading = i
		case trimFooter:
			if run == to {
				return i
			}
			break loop
		case trimHeadline:
			headlines++
			chars += l.chars
			if l.bullet {
				bullets++
			}
			run = i
		case trimShort:
			if l.chars < minHeadlineChars && headlines == 0 {
				break loop
			}
			chars += l.chars
			shorts++
			run = i
		default:
			break loop
		}
		if heading == i {
			run = i
		}
	}
	switch {
	case run == to:
		return to
	case shorts > headlines/2+1:
		return to
	case heading >= 0 && prose >= 1:
		return heading
	case prose < minProseLines || !s.settings.MaxRatio.Or(stage.At(0.5)).Above("list", ratio(chars, all)).Kept():
		return to
	case bullets >= minHeadlineBullet && bullets*5 >= headlines*4 && !bulleted(lines[:run]):
		return run
	case headlines >= s.settings.MinHeadlines && chars >= headlines*10:
		return firstHeadline(lines, run)
	}
	return to
}

// bulleted reports whether one of the lines has a bullet: then lists are part of the text.
func bulleted(lines []trimLine) bool {
	for i := range lines {
		if lines[i].bullet && lines[i].kind != trimBlank {
			return true
		}
	}
	return false
}

// firstHeadline is the first headline from a line on.
func firstHeadline(lines []trimLine, from int) int {
	for i := from; i < len(lines); i++ {
		if lines[i].kind == trimHeadline {
			return i
		}
	}
	return from
}
