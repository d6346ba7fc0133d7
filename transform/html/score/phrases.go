package score

import (
	"strings"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/words"
)

const (
	markWords   = 12 // words up to which a block is searched for hanMarks; in longer text they prove nothing
	phraseWords = 40 // words up to which it is searched for hanLines
)

// pair looks up the last two Han characters, and the last three and four.
func (s *scanner) pair() {
	b := s.b
	s.hans++
	switch {
	case s.before == 0:
		s.tail = [3]uint32{}
	case b.Words <= textWordLimit:
		h := words.Pair(s.before, s.word)
		v := float32(s.texts.Get(h))
		if v != 0 {
			s.known++
		} else if b.Words <= markWords && mayPair[h>>24] && hanPairs[h] {
			v = markWeight
		}
		b.TextSum += v
		b.TextNeg = min(b.TextNeg, v)
	}
	if s.into == nil && s.tail[1] != 0 && b.Words <= phraseWords && b.Line == dom.LineNone {
		if h := phraseHash(s.tail[1], s.tail[2], s.word); phraseFilter.has(h) {
			b.Line = hanPhrases[h]
		}
		if h := phraseHash(s.tail[0], s.tail[1], s.tail[2]) ^ s.word; s.tail[0] != 0 && b.Line == dom.LineNone && phraseFilter.has(h) {
			b.Line = hanPhrases[h]
		}
	}
	s.tail = [3]uint32{s.tail[1], s.tail[2], s.word}
	s.before = s.word
}

func phraseHash(a, b, c uint32) uint32 { return ((a*31+b)*31 + c) * 2654435761 }

// markWeight is the weight of a pair of hanMarks that the model does not know.
const markWeight = -20

// hanMarks are pairs of characters that headings and links of furniture are
// made of: related, recommended, hot, share, previous, next, sign in, register,
// copyright, record number, scan, client, back, home page.
const hanMarks = "相关 推荐 猜你 热门 热点 排行 分享 上一 下一 登录 注册 版权 备案 扫码 扫描 客户 返回 首页 收藏 举报 更多 " +
	"相關 推薦 熱門 登入 註冊 版權 首頁 関連 人気 一覧 戻る"

var hanPairs = func() map[uint32]bool {
	m := map[uint32]bool{}
	for pair := range strings.FieldsSeq(hanMarks) {
		_, n := utf8.DecodeRuneInString(pair)
		m[words.Pair(words.HashHan(pair[:n]), words.HashHan(pair[n:]))] = true
	}
	return m
}()

// mayPair tells other pairs by the first byte of their hash.
var mayPair = func() (t [256]bool) {
	for h := range hanPairs {
		t[h>>24] = true
	}
	return t
}()

// hanLines are phrases of three or four characters that lines of furniture hold, by what
// the line is (dom.Line).
const hanLines = `1 相关阅读 相关新闻 相关文章 相关推荐 相关报道 相关链接 相关专题 相关内容 相关搜索 推荐阅读 推荐新闻 推荐文章 热门推荐 热门文章 热门新闻 热门搜索 热点推荐 热点新闻 猜你喜欢 猜您喜欢 精彩推荐 为你推荐 为您推荐 更多推荐 更多新闻 更多精彩 更多文章 延伸阅读 编辑推荐 今日推荐 今日热点 最新文章 最新推荐 最新新闻 大家都在 看了又看 看过本文 还看过 你可能感 您可能感 你可能喜 最新资讯 排行榜 热文推荐 相關閱讀 相關新聞 相關文章 相關報導 推薦閱讀 延伸閱讀 熱門新聞 熱門文章 猜你喜歡 編輯推薦 最新消息 関連記事 関連リン おすすめ 人気記事 最新記事 あわせて ランキン 新闻精选 图片新闻 其他新聞 火線新聞 精彩图片 精彩图集 视频推荐 专题推荐 图集推荐 热门图片 热门视频 热门专题 热点专题 往期回顾 往期精彩 本周热门 今日头条 今日要闻 滚动新闻 最热新闻 点击排行 阅读排行 评论排行 新闻排行 网友热评 博客推荐 微博推荐 相关股票
2 责任编辑 责任编缉 責任編輯 责任校对 值班编辑 文章来源 本文来源 信息来源 新闻来源 来源于 发布时间 发布日期 更新时间 浏览次数 阅读次数 点击次数 字体大小 文章作者 投稿邮箱 参与互动 我要评论
3 版权声明 版权所有 版权归 免责声明 免責聲明 特别声明 郑重声明 重要声明 未经授权 未经许可 未經授權 转载请注 转载请联 转载须 禁止转载 请勿转载 授权转载 凡注明 本网站所 不代表本 違者必究 违者必究 侵权必究 著作權 版權所有 本平台仅 无断転載 無断転載 转载自
4 扫一扫 扫码关 扫描二维 扫描上方 扫描下方 长按识别 长按二维 分享到 分享至 微信分享 分享给 打开微信 微信扫 点击分享 复制链接 一键复制 收藏本 加入收藏 打印本 关闭窗口 我要纠错 分享文章 上一篇 下一篇 上一页 下一页 返回首页 返回列表 返回顶部 返回目录 上一頁 下一頁 下载客户 客户端下 打开客户 安装客户 查看更多 加载更多 点击加载 查看全部 阅读原文 点击上方 蓝字关 预览时标 加載更多 推薦給朋
5 阅读全文 展开全文 点击查看 点击下方 关注我们 关注公众 公众号 微信公众 官方微信 官方微博 二维码 下一章 上一章
6 发表评论 发布评论 网友评论 最新评论 热门评论 全部评论 评论列表 登录后 请登录 参与评论 条评论 抢沙发 暂无评论 说两句 發表評論 發佈留言 倒序看 只看楼 仅看楼`

// hanPhrases maps the hash of a phrase to the kind of line that holds it.
var hanPhrases = func() map[uint32]dom.Line {
	m := map[uint32]dom.Line{}
	for line := range strings.Lines(hanLines) {
		kind, list, _ := strings.Cut(line, " ")
		for phrase := range strings.FieldsSeq(list) {
			var h []uint32
			for _, r := range phrase {
				h = append(h, words.HashHan(string(r)))
			}
			switch len(h) {
			case 3:
				m[phraseHash(h[0], h[1], h[2])] = dom.Line(kind[0] - '0')
			case 4:
				m[phraseHash(h[0], h[1], h[2])^h[3]] = dom.Line(kind[0] - '0')
			}
		}
	}
	return m
}()

// phraseFilter tells what is no phrase without a search.
var phraseFilter = func() (t shingles) {
	for h := range hanPhrases {
		t.add(h)
	}
	return t
}()
