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
discuz: t_f postmessage_ | pstatus jammer sign quote aimg_tip rate modact tattl attach_nopermission attach_tips
phpwind: tpc_content read_tpc | signature quote tips
nga: postcontent postcontentandsubject | quote
v2ex: topic_content reply_content
tieba: d_post_content lzl_content_main
zhihu: richcontent-inner commentcontent commentitemv-content
douban: topic-content topic-richtext reply-content review-content | reply-quote
hupu: thread-content-detail reply-list-content post-reply-list-content | quote
weibo: wb_text
phpbb: postbody | signature author notice postprofile post-buttons quotetitle quotecontent
vbulletin: post_message_ postcontent js-post__content-text | bbcode_container bbcode_quote signature
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
anspress: ap-question-content ap-q-content ap-answer-content
forumwp: fmwp-topic-content fmwp-reply-content
question2answer: qa-q-view-content qa-a-item-content qa-c-item-content
woltlab: messagebody
khoros: lia-message-body-content | lia-message-signature
hackernews: commtext
misago: misago-markup
launchpad: boardcommentbody
fudforum: msgbody
zetaboards: c_post
mediawiki: flow-post-content
sabai: sabai-questions-body
hyperkitty: email-body
simplepress: sppostcontent
answer: fmt | comments-wrap
cmanswers: cma-question-content cma-answer-content cma-thread-content cma-answer-body
fluxbb: postmsg | postsignature
askbot: question-body answer-body
lemmy: md-div
lobsters: comment_text
steam: commentthread_comment_text
gamefaqs: msg_body
google: thread-message-payload thread-question__payload
microsoft: thread-message-content-body-text
ubbthreads: post_inner
cycling: forum-post-content
zhidao: best-text answer-text
bahamut: c-article__content c-post__body
`

// noticeMarkup names, for forum software, what stands around the texts of posts and is
// nobody's words: notes to all readers, who wrote a post and when, who thanks for it.
const noticeMarkup = `
discourse: banner-content global-notice selected-posts topic-status-info topic-meta-data crawler-post-infos post-info
bbpress: bbp-template-notice bbp-topic-description bbp-reply-author bbp-topic-author bbp-meta bbp-topic-meta
kunena: kmessage-thankyou mykmsg-header ksig profilebox
dwqa: dwqa-question-meta dwqa-answer-meta dwqa-pick-best-answer
asgaros: post-reactions reaction-names
xenforo: notices notice-content message-lastedit message-userdetails message-attribution reactionsbar actionbar
invision: cannouncements ipsannouncement cauthorpane ipscomment_meta ipsreact
vbulletin: navbar_notice b-post__timestamp userinfo
mybb: author_information author_statistics post_controls post_meta
smf: moderatorbar keyinfo poster
discuz: pls authi favatar
flarum: postuser postmeta
stackexchange: js-post-menu user-action-time comment-date
question2answer: qa-q-view-meta qa-a-item-meta qa-c-item-meta qa-q-view-avatar-meta qa-a-item-avatar-meta qa-voting
vanilla: discussionmeta commentmeta
talkyard: dw-p-hd
simplepress: spusersection sppostactionsection spselect qlcontent
wpdiscussionboard: ctdb-info-meta ctdb-actions-wrapper
cmanswers: cma-thread-posted cma-thread-numbers
douban: comment-info comment-vote
cnode: user_info reply_author
tieba: d_author post-tail-wrap p_tail core_reply_tail
nga: posterinfo postinfo
zhihu: contentitem-meta contentitem-time contentitem-actions richcontent-actions authorinfo
reddit: tagline flat-list titlebox commentsignupbar menuarea panestack-title
`

// postTokens maps the hash of a token to dom.InPost, dom.PostAside or dom.PostNotice.
var postTokens = func() map[uint32]uint32 {
	m := map[uint32]uint32{}
	for line := range strings.Lines(noticeMarkup) {
		_, line, _ = strings.Cut(line, ":")
		for t := range strings.FieldsSeq(line) {
			m[words.Hash(t)] |= dom.PostNotice
		}
	}
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
