package qa

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxPosts is how many posts of a page are looked at.
const maxPosts = 200

// postNames are the classes of the bodies of posts, by the software of the forum.
var postNames = []string{"js-post-body", "post-text", "bbwrapper", "postbody", "post_message", "postcontent", "cooked", "t_f", "postcontent", "p_postlist", "d_post_content", "post-content", "message-content", "post__content", "topic-body", "comment-body", "answer-text", "question-text", "fmt"}

// isPost says whether an element is the body of a post.
func isPost(n *html.Node) bool {
	class := strings.ToLower(attr(n, "class"))
	if class == "" {
		return strings.HasPrefix(attr(n, "id"), "postmessage_")
	}
	for f := range strings.FieldsSeq(class) {
		for _, name := range postNames {
			if f == name {
				return true
			}
		}
	}
	return strings.HasPrefix(attr(n, "id"), "postmessage_")
}

// thread reads the first page of a forum's thread whose title asks, or whose first post ends with a question: the
// first post is the question; the answer is the first reply that says something of its own, without what it quotes.
// A post that shows another page asks only with its own last words.
func (c *collector) thread(p *page) {
	var posts []*html.Node
	for _, n := range p.posts {
		if len(posts) > 0 && within(n, posts[len(posts)-1]) {
			continue
		}
		posts = append(posts, n)
	}
	if len(posts) < 2 || p.later {
		return
	}
	shows := false
	question := textWithout(posts[0], func(n *html.Node) bool {
		preview := isPreview(n)
		shows = shows || preview
		return preview
	})
	if (shows || !strings.ContainsAny(p.title, "?？")) && !asks(question) || len(question) > maxQuestion {
		return
	}
	said := fold(question)
	if p.title != "" && !strings.Contains(said, fold(p.title)) {
		question = p.title + "\n" + question
	}
	for _, n := range posts[1:] {
		if answer := textWithout(n, isQuote); answer != "" && !strings.Contains(said, fold(answer)) {
			c.add(Pair{Question: question, Answer: answer, Kind: Thread, Start: -1, End: -1, AnswerStart: -1, AnswerEnd: -1})
			return
		}
	}
}

// isQuote says whether an element repeats another post.
func isQuote(n *html.Node) bool {
	if n.DataAtom == atom.Blockquote {
		return true
	}
	for f := range strings.FieldsSeq(strings.ToLower(attr(n, "class"))) {
		switch f {
		case "quote", "quotemain", "quotetop", "quotetitle", "quote_container", "bbcode_quote", "quoteheader", "ubbcode-block":
			return true
		}
	}
	return false
}

// isPreview says whether an element shows the head of another page.
func isPreview(n *html.Node) bool {
	class := strings.ToLower(attr(n, "class"))
	return strings.Contains(class, "--unfurl") || strings.Contains(class, "onebox")
}

func within(n, around *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == around {
			return true
		}
	}
	return false
}
