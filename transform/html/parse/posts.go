package parse

import (
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/token"
	"github.com/corpusmill/corpusmill/transform/html/words"
)

// postMarkup names, for forum software, the classes and ids of the element that holds
// the text of one post, and of what stands inside of it and is none of the author's
// words: signatures, quotations, notes of edits and ratings. Digits are left out of
// them, and letters are lower case.
const postMarkup = `
discuz: t_f postmessage_ | pstatus jammer sign quote aimg_tip rate modact tattl
phpwind: tpc_content read_tpc | signature quote tips
nga: postcontent postcontentandsubject | quote
v2ex: topic_content reply_content
tieba: d_post_content lzl_content_main
zhihu: richcontent-inner commentcontent commentitemv-content
douban: topic-content topic-richtext reply-content review-content | reply-quote
hupu: thread-content-detail reply-list-content post-reply-list-content | quote
weibo: wb_text
phpbb: postbody | signature author notice postprofile post-buttons quotetitle quotecontent
vbulletin: post_message_ postcontent | bbcode_container bbcode_quote signature
xenforo: bbwrapper messagetext | bbcodeblock--quote bbcodequote message-signature js-selecttoquoteend
discourse: cooked | quote topic-map crawler-post-meta
stackexchange: js-post-body post-text comment-copy | post-signature js-post-notice
reddit: usertext-body -post-rtjson-content -comment-rtjson-content
mybb: post_body | quote signature
smf: msg_ | quoteheader signature
flarum: post-body
invision: cpost_contentwrap | ipsquote
bbpress: bbp-topic-content bbp-reply-content | bbp-topic-revision-log bbp-reply-revision-log
wpforo: wpforo-post-content | wpforo-post-signature
asgaros: post-message | forum-post-signature
kunena: kmsg | kmsgsignature
talkyard: dw-p-bd
vanilla: usercontent | quote
dwqa: dwqa-question-content dwqa-answer-content
anspress: ap-question-content ap-answer-content
forumwp: fmwp-topic-content fmwp-reply-content
question2answer: qa-q-view-content qa-a-item-content qa-c-item-content
woltlab: messagebody
khoros: lia-message-body-content | lia-message-signature
hackernews: commtext
`

// postTokens maps the hash of a token to dom.InPost or dom.PostAside.
var postTokens = func() map[uint32]uint32 {
	m := map[uint32]uint32{}
	for line := range strings.Lines(postMarkup) {
		_, line, _ = strings.Cut(line, ":")
		body, aside, _ := strings.Cut(line, "|")
		for t := range strings.FieldsSeq(body) {
			m[words.Hash(t)] |= dom.InPost
		}
		for t := range strings.FieldsSeq(aside) {
			m[words.Hash(t)] |= dom.PostAside
		}
	}
	return m
}()

// Words of names that the body of a post has by general use: post-content,
// reply_text, CommentBody.
var (
	postNames = wordSet("post reply comment answer message msg question topic thread floor")
	bodyNames = wordSet("content body text message bd copy inner richtext")
)

func wordSet(list string) map[uint32]bool {
	m := map[uint32]bool{}
	for w := range strings.FieldsSeq(list) {
		m[words.Hash(w)] = true
	}
	return m
}

// postContext tells the body of a post, and what in it is not its author's, by the
// tokens of a class or an id.
func postContext(s string) (ctx uint32) {
	s = s[:min(len(s), token.MaxClassBytes)]
	h, n := uint32(words.Basis32), 0
	for i := 0; i <= len(s); i++ {
		if i == len(s) || token.IsSpace(s[i]) {
			if n >= minPostToken && postFirst[h>>24] {
				ctx |= postTokens[h|1]
			}
			h, n = words.Basis32, 0
			continue
		}
		if c := token.Lower[s[i]]; c < '0' || c > '9' {
			h = (h ^ uint32(c)) * words.Prime32
			n++
		}
	}
	return ctx
}

// minPostToken is the length of the shortest token of postMarkup, without digits.
const minPostToken = 3

// postFirst tells the tokens of postMarkup from nearly all others by the first byte of
// their hash.
var postFirst = func() (t [256]bool) {
	for h := range postTokens {
		t[h>>24] = true
	}
	return t
}()

// postProp reports an itemprop that only posts have.
func postProp(prop string) bool { return prop == "text" || prop == "commentText" }
