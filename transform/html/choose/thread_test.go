package choose

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
)

func TestIsStamp(t *testing.T) {
	for s, want := range map[string]bool{
		"joined: 4 months ago":             true,
		"topic starter 08/05/2024 9:58 pm": true,
		"发表于 2024-5-13":                    true,
		"09/05/2024 5:51 am":               true,
		"joined the club":                  false, // no number
		"a ratio of 3 : 4":                 false,
		"chapter 12":                       false,
		"":                                 false,
		":":                                false,
	} {
		if isStamp([]byte(s)) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

// Lines about posts go down on threads alone, and text of posts never.
func TestLowerStamps(t *testing.T) {
	post := `<div class=msg><p class=meta>Posted 3 days ago</p><div class=bbWrapper>see you at 8:30 then</div></div>`
	for _, c := range []struct {
		page  string
		forum float32
		want  int // blocks lowered
	}{
		{"<div>" + post + post + "</div>", threadKind, 2},
		{"<div>" + post + post + "</div>", threadKind - 0.01, 0},
		{"<div>" + strings.Repeat("<div><h3>Anna, 8:30</h3><p>Yes.</p></div>", stampHeads) + "</div>", 1, stampHeads},
		{"<div>" + strings.Repeat("<div><h3>Anna, 8:30</h3><p>Yes.</p></div>", stampHeads-1) + "</div>", 1, 0},
		{strings.Repeat("<div><h3>3012 有用 小倪儿呼啦呼啦 看过 8:30 贵州</h3><p>好看，下次再来看一次。</p></div>", stampHeads), 1, stampHeads},
		{"<div>" + strings.Replace(post, "3 days ago", "on day 3", 1) + "</div>", 1, 0}, // no repeated structure
		{"<div>" + post + "</div>", 1, 1},
		{"<div>" + strings.Replace(post, "3 days", "by Ann of Leeds 3 days", 1) + "</div>", 1, 0}, // more words
		{"<div>" + strings.Repeat("<p class=meta>Posted 3 days ago. Thank you.</p>", 3) + "</div>", 1, 0},
		{"<div>" + strings.Repeat("<pre>posted 3 ago</pre>", 3) + "</div>", 1, 0},
	} {
		x := scored(t, c.page, 1)
		x.s.Kinds[score.OnForum] = c.forum
		x.lowerStamps()
		n := 0
		for i := range x.p.Blocks {
			if b := &x.p.Blocks[i]; b.Lowered == dom.ByStamp {
				n++
				if b.Score >= 1 {
					t.Errorf("score %v", b.Score)
				}
			}
		}
		if n != c.want {
			t.Errorf("%.50s, forum %v: %d lowered, want %d", c.page, c.forum, n, c.want)
		}
	}
}

func TestIsWholeStamp(t *testing.T) {
	for s, want := range map[string]bool{
		"anna发表于 2023-4-2 10:21":         true,
		"来自: anna 2021-06-01 22:10:08":   true,
		"posted 2021/06/01, 22:10":       true,
		"发表于 2023年4月2日 10:21":            true,
		"发表于 2023-4-2":                   false, // no time
		"发表于 10:21":                      false, // no day
		"anna 2023-4-2 10:21":            false, // it does not say of what
		"posted 12021-06-01 22:10":       false, // no year
		"posted 2021-06/01 22:10":        false,
		"posted 2021-6 22:10":            false,
		"posted 22:10 2021-6-":           false,
		"posted 22:10 2021-6-1":          true,
		"posted 3021-06-01 22:10":        false,
		"posted at 22:10 in room 2021-a": false,
	} {
		if isWholeStamp([]byte(s)) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

// A line with author, day and time goes where it stands once, and from a post's element too
// on a page in Chinese; where the page is no thread, only in a repeated structure.
func TestLowerWholeStamps(t *testing.T) {
	const (
		stamp = "<h3>来自: 慢火 2021-06-01 22:10:08</h3>"
		text  = "<p>以前下班就点外卖，吃了两年胃出了毛病，医生说别再吃了。</p>"
	)
	for _, c := range []struct {
		page  string
		forum float32
		want  int
	}{
		{stamp + text, threadKind, 1},
		{stamp + text, 0, 0},
		{"<div>" + strings.Repeat("<p class=by>慢火发表于 2021-06-01 22:10</p>"+text, 2) + "</div>", 0, 2},
		{"<div class=topic-content>" + stamp + text + "</div><div class=reply-content>" + text + "</div>", 0, 1},
		{"<pre>来自: 慢火 2021-06-01 22:10:08</pre>" + text, threadKind, 0},
		{"<div class=bbWrapper><p>Posted 2021-06-01 22:10</p><p>Well, I never said that.</p></div><div class=bbWrapper>Yes.</div>", threadKind, 0},
		{"<div class=t_f><i class=pstatus> 本帖最后由 慢火 于 2023-4-2 10:31 编辑 </i><br><br>" + text + "</div>", threadKind, 1},
		{"<div class=t_f><i class=pstatus> 本帖最后由 慢火 于 2023-4-2 10:31 编辑 </i><br><br>" + text + "</div>", 0, 0},
	} {
		x := scored(t, "<div>"+c.page, 1)
		x.s.Kinds[score.OnForum] = c.forum
		x.lowerStamps()
		n := 0
		for i := range x.p.Blocks {
			if b := &x.p.Blocks[i]; b.Lowered == dom.ByStamp {
				n++
			}
		}
		if n != c.want {
			t.Errorf("%s, forum %v: %d lowered, want %d", c.page, c.forum, n, c.want)
		}
	}
}

// Quotations and signatures in the texts of posts go, from two posts on.
func TestLowerAsides(t *testing.T) {
	const post = "<div class=bbWrapper><p>See you at the lake.</p></div>"
	for page, want := range map[string]int{
		post + "<div class=bbWrapper><div class=bbCodeBlock--quote>Anna said: no</div>I do not.</div>":                                                               1,
		"<div class=bbWrapper><div class=bbCodeBlock--quote>Anna said: no</div>I do not.</div>":                                                                      0, // the only one
		post + "<div class=content><div class=bbCodeBlock--quote>Anna said: no</div>I do not.</div>":                                                                 0, // in no post
		post + "<div class=bbWrapper><blockquote><div><cite>Anna wrote:</cite> No.</div><p>Never.</p></blockquote>I do not.</div>":                                   2,
		post + "<div class=bbWrapper><blockquote><cite>Anna wrote:</cite><blockquote><cite>Ben wrote:</cite>Yes.</blockquote><p>No.</p></blockquote>I do not.</div>": 3, // one in another
		post + "<div class=bbWrapper><blockquote><p>No man is an island.</p></blockquote>Donne wrote: that.</div>":                                                   0, // no post is quoted
		post + "<div class=bbWrapper><blockquote>引用楼主街口拍客于2011-05-03 09:10发表的 鞋匠 :<br><br>老赵修鞋三十年了。</blockquote>老赵手艺没得说。</div>":                                      2,
		post + "<div class=bbWrapper><blockquote>引用一句老话。</blockquote>老赵手艺没得说。</div>":                                                                                 0,
		post + "<div class=bbWrapper><blockquote>" + strings.Repeat("x", quoteReach) + " wrote: no</blockquote>I do not.</div>":                                      0,
		post + "<div class=bbWrapper><blockquote>Anna wrote: no</blockquote>I do not.<blockquote>No man is an island.</blockquote>No.</div>" + post:                  1,
	} {
		x := scored(t, "<div>"+page, 1)
		x.lowerAsides()
		n := 0
		for i := range x.p.Blocks {
			if x.p.Blocks[i].Lowered == dom.ByPostNotice {
				n++
			}
		}
		if n != want {
			t.Errorf("%s: %d lowered, want %d", page, n, want)
		}
	}
}

// The form for a new post goes, one that holds the posts stays.
func TestLowerPostForm(t *testing.T) {
	const (
		post = "<div class=bbWrapper>See you at the lake.</div>"
		form = "<form><p>Please be sure to answer the question.</p></form>"
	)
	for page, want := range map[string]int{
		post + post + form:                       1,
		post + form:                              0, // one text may be anything
		form + post + post:                       0, // a poll
		"<form>" + post + post + "<p>Bye</form>": 0,
	} {
		x := scored(t, "<div>"+page, 1)
		x.lowerPostNotices()
		n := 0
		for i := range x.p.Blocks {
			if x.p.Blocks[i].Lowered == dom.ByPostNotice {
				n++
			}
		}
		if n != want {
			t.Errorf("%s: %d lowered, want %d", page, n, want)
		}
	}
}

// Of what stands among readers' comments their words are kept, not what the page says of each.
func TestReadersWords(t *testing.T) {
	const comment = "<div class=comment><p>沉退不是问题，问题是外线追防太慢。</p>"
	for page, want := range map[string]int{
		comment + "</div>": 1,
		comment + "<p>湖边看球 3小时前 发布于广东</p></div>":                                          1,
		comment + "<p>亮了(31) 回复(3) 只看此人 举报</p></div>":                                     2, // once, it may be anybody's words
		strings.Repeat(comment+"<p>亮了(31)回复(3)只看此人</p></div>", 3):                         3, // its text comes again
		comment + "<p class=signature>Ride what you have -- Tim</p></div>":                1,
		comment + "<button>Report this comment as spam</button></div>":                    1,
		comment + "<p>分享到微信和微博</p></div>":                                                 1,
		comment + "<p>yes yes no</p></div>":                                               1, // too short
		comment + "<p>yes yes no no</p></div>":                                            2,
		"<div class=bbWrapper><p>see you at 8:30 then</p></div>":                          1,
		"<div class=bbWrapper><ol><li>sudo dmidecode -t memory 1</ol><em>复制代码</em></div>": 1,
		"<div class=comment><p>see you at 8:30 then</p></div>":                            0,
		"<div class=text><p>Nobody takes this for a comment, please.</p></div>":           0,
	} {
		x := scored(t, "<div>"+page, minCommentScore)
		n := 0
		for i := range x.p.Blocks {
			if x.readersWords(&x.p.Blocks[i]) {
				n++
			}
		}
		if n != want {
			t.Errorf("%s: %d, want %d", page, n, want)
		}
	}
}

func TestKeepThreadTitle(t *testing.T) {
	page := "<title>Moving hives - Bee forum</title><div><h1>Moving hives</h1><p>Has anybody moved a hive in January?</p></div>"
	for forum, want := range map[float32]bool{threadKind: true, threadKind - 0.01: false} {
		x := scored(t, page, 0)
		for i := range x.p.Blocks {
			x.p.Blocks[i].Keep = false
		}
		x.s.Kinds[score.OnForum] = forum
		x.keepThreadTitle()
		if b := &x.p.Blocks[0]; b.Keep != want || want && b.Rule != dom.ByTitle {
			t.Errorf("forum %v: kept %v by %v", forum, b.Keep, b.Rule)
		}
	}
}

// Of a long thread the title is left out.
func TestThreadTitleOfLongThread(t *testing.T) {
	for words, want := range map[int]bool{threadShort: true, threadShort + 1: false} {
		x := scored(t, "<title>Moving hives - Bee forum</title><div><h1>Moving hives</h1><p>"+strings.Repeat("bee ", words)+"</div>", 1)
		x.s.Kinds[score.OnForum] = 1
		x.p.Blocks[0].Keep, x.p.Blocks[1].Keep = false, true
		x.keepThreadTitle()
		if got := x.p.Blocks[0].Keep; got != want {
			t.Errorf("%d words: kept %v", words, got)
		}
	}
}

// What a forum's software says beside posts goes down on a page of a forum.
func TestLowerPostNotices(t *testing.T) {
	const notice = "<div id=banner-content><p>Take part in our survey.</p></div><p class=signature>Ask me</p>"
	for _, c := range []struct {
		page  string
		forum float32
		want  int
	}{
		{"<div>" + notice + "<p>When is it?</div>", threadKind, 2},
		{"<div>" + notice + "<p>When is it?</div>", threadKind - 0.01, 0},
		{"<div>" + notice + "<p class=bbWrapper>When is it?</div>", 0, 2}, // a post by a software's markup
		{"<body class=signature><p>When is it?", 1, 0},                    // a class of the page as a whole
	} {
		x := scored(t, c.page, 1)
		x.s.Kinds[score.OnForum] = c.forum
		x.lowerPostNotices()
		n := 0
		for i := range x.p.Blocks {
			if b := &x.p.Blocks[i]; b.Lowered == dom.ByPostNotice && near(b.Score, noticeFactor) {
				n++
			}
		}
		if n != c.want {
			t.Errorf("%s, forum %v: %d lowered, want %d", c.page, c.forum, n, c.want)
		}
	}
}

// The index of replies goes where a post stands above it, on Chinese pages, from eight lines on.
func TestLowerIndex(t *testing.T) {
	const line = `<li><a href="t?id=%d">还是素质问题，不是忽悠的问题</a>【柠檬沁心】08-11 17:20`
	han := func(lines int, line string) string {
		return "<p>" + strings.Repeat("导游的收入很大一部分来自购物的回扣，这是业内的行规。", 3) + "</p><ul>" + strings.Repeat(line, lines) + "</ul>"
	}
	for _, c := range []struct {
		name, page string
		score      float32
		want       int
	}{
		{"index", han(indexLines, line), indexScore, indexLines},
		{"few lines", han(indexLines-1, line), indexScore, 0},
		{"no post", han(indexLines, line), indexScore - 0.01, 0},
		{"no time", han(indexLines, strings.Replace(line, "17:20", "2024", 1)), 1, 0},
		{"no link", han(indexLines, "<li>还是素质问题，不是忽悠的问题【柠檬沁心】08-11 17:20"), 1, 0},
		{"links alone", han(indexLines, "<li><a href=t>还是素质问题，不是忽悠的问题【柠檬沁心】08-11 17:20</a>"), 1, 0},
		{"no Chinese", "<p>" + strings.Repeat("Guides live on what shops pay them. ", 6) + "</p><ul>" +
			strings.Repeat("<li><a href=t>It is all about manners</a> Ann 08-11 17:20", indexLines) + "</ul>", 1, 0},
	} {
		x := scored(t, c.page, c.score)
		x.lowerIndex()
		n := 0
		for i := range x.p.Blocks {
			if x.p.Blocks[i].Lowered == dom.ByStamp {
				n++
			}
		}
		if n != c.want {
			t.Errorf("%s: %d lowered, want %d", c.name, n, c.want)
		}
	}
}

// Code and lists in a post whose text is kept are kept with it.
func TestKeepPosts(t *testing.T) {
	const other = "<div class=t_f>See you at the lake.</div>"
	for _, c := range []struct {
		page  string
		kept  []bool // the blocks before, of the page's first post
		want  bool   // the last of them
		forum float32
	}{
		{"<div class=t_f>Try this one:<ol><li>memtest86 -a</ol></div>" + other, []bool{true, false}, true, threadKind},
		{"<div class=t_f>Try this one:<pre>memtest86 -a</pre></div>" + other, []bool{true, false}, true, threadKind},
		{"<div class=t_f>Try this one:<ol><li>memtest86 -a</ol></div>" + other, []bool{true, false}, true, threadKind},
		{"<div class=t_f>Try this one:<ol><li>memtest86 -a</ol></div>" + other, []bool{false, false}, false, threadKind},
		{"<div class=t_f>Try this one:<ol><li>memtest86 -a</ol></div>" + other, []bool{true, false}, false, threadKind - 0.01},
		{"<div class=t_f>Try this one:<ol><li>memtest86 -a</ol></div>", []bool{true, false}, false, 1}, // one post
		{"<div class=t_f>Try this one:<p>memtest86 -a</p></div>" + other, []bool{true, false}, false, 1},
		{"<div class=t_f>Try this one:<ol class=sign><li>memtest86 -a</ol></div>" + other, []bool{true, false}, false, 1},
		{"<div class=body>Try this one:<ol><li>memtest86 -a</ol></div>" + other + other, []bool{true, false}, false, 1},
	} {
		x := scored(t, "<div>"+c.page+"</div>", 0)
		x.s.Kinds[score.OnForum] = c.forum
		for i := range x.p.Blocks {
			x.p.Blocks[i].Keep = i < len(c.kept) && c.kept[i]
		}
		x.keepPosts()
		b := &x.p.Blocks[len(c.kept)-1]
		if b.Keep != c.want || c.want && b.Rule != dom.ByPost {
			t.Errorf("%s, forum %v: kept %v by %v", c.page, c.forum, b.Keep, b.Rule)
		}
	}
}

// A line with numbers that comes at each post goes from a thread.
func TestLowerLinesOfPosts(t *testing.T) {
	post := func(n, line string) string {
		return "<div><p>Well, number " + n + " says no to that.</p><div class=acts>" + line + "</div></div>"
	}
	for page, want := range map[string]int{
		post("one", "Like (1) Reply") + post("two", "Like (2) Reply"):              2,
		post("one", "Like (1) Reply") + post("two", "Like (2) more"):               0,
		"<ul><li>#sea 1 #love</li><li>#sea 2 #love</li><li>#sea 3 #love</li></ul>": 0,
		post("one", "Thank you all") + post("two", "Thank you all"):                0, // no number
	} {
		x := scored(t, "<div>"+page+"</div>", 1)
		x.s.Kinds[score.OnForum] = 1
		x.lowerStamps()
		n := 0
		for i := range x.p.Blocks {
			if x.p.Blocks[i].Lowered == dom.ByStamp {
				n++
			}
		}
		if n != want {
			t.Errorf("%s: %d lowered, want %d", page, n, want)
		}
	}
}
