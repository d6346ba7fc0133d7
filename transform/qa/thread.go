package qa

import (
	"strings"

	"golang.org/x/net/html"
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

// thread reads a forum's thread whose title asks, or whose first post ends with a question: the first post is the
// question, the first reply the answer.
func (c *collector) thread(p *page) {
	var posts []*html.Node
	for _, n := range p.posts {
		if len(posts) > 0 && within(n, posts[len(posts)-1]) {
			continue
		}
		posts = append(posts, n)
	}
	if len(posts) < 2 {
		return
	}
	question, answer := textOf(posts[0]), textOf(posts[1])
	if !strings.ContainsAny(p.title, "?？") && !asks(question) || len(question) > maxQuestion {
		return
	}
	if p.title != "" && !strings.Contains(fold(question), fold(p.title)) {
		question = p.title + "\n" + question
	}
	c.add(Pair{Question: question, Answer: answer, Kind: Thread, Start: -1, End: -1, AnswerStart: -1, AnswerEnd: -1})
}

func within(n, around *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == around {
			return true
		}
	}
	return false
}
