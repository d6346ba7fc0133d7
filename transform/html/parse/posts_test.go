package parse

import (
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/words"
)

func TestPostContext(t *testing.T) {
	for _, c := range []struct {
		class, id, prop string
		want            uint32
	}{
		{"t_f", "postmessage_3812", "", dom.InPost}, // Discuz!
		{"", "postmessage_1", "", dom.InPost},
		{"pstatus", "", "", dom.PostAside},
		{"tpc_content", "", "", dom.InPost},
		{"f14", "read_tpc", "", dom.InPost},
		{"topic_content", "", "", dom.InPost},
		{"d_post_content j_d_post_content clearfix", "post_content_99", "", dom.InPost},
		{"bbWrapper", "", "", dom.InPost},
		{"bbCodeBlock bbCodeBlock--expandable bbCodeBlock--quote", "", "", dom.PostAside},
		{"cooked", "", "", dom.InPost},
		{"post", "", "text", dom.InPost}, // Discourse without scripts
		{"s-prose js-post-body", "", "", dom.InPost},
		{"comment-copy", "", "", dom.InPost},
		{"md usertext-body", "", "", dom.InPost},
		{"", "t3_1abc2-post-rtjson-content", "", 0}, // the name of the post is part of the token
		{"", "-post-rtjson-content", "", dom.InPost},
		{"signature", "", "", dom.PostAside},
		{"content", "", "", 0},
		{"postbodyx", "xpostbody", "", 0},
		{"t", "f", "", 0},
		{"", "", "", 0},
	} {
		got := postContext(c.class) | postContext(c.id)
		if postProp(c.prop) {
			got |= dom.InPost
		}
		if got != c.want {
			t.Errorf("class %q, id %q, itemprop %q: %#x, want %#x", c.class, c.id, c.prop, got, c.want)
		}
	}
}

// Names in general use say that an element holds the text of a post.
func TestPostingNames(t *testing.T) {
	none := words.NewTable("")
	for class, want := range map[string]bool{
		"post-content": true, "reply_text": true, "CommentBody": true, "message-inner": true, "topic content": false, "post-header content": false,
		"content-post": false, "post": false, "text-text": false, "reply--body": false,
	} {
		r := classReader{words: none}
		r.read(class)
		if got := r.ctx&dom.InPosting != 0; got != want {
			t.Errorf("%q: %v, want %v", class, got, want)
		}
	}
}

func TestPostsCounted(t *testing.T) {
	var p Parser
	page := p.Parse(`<div class="cooked"><div class=cooked><p class=cooked>one</div><div class=cooked>two</div><div class=reply-text>three</div><input type=password></div>`,
		Options{MaxNodes: 100, Words: words.NewTable("")})
	if page.Posts != 2 || page.Posting != 1 || page.Secrets != 1 {
		t.Errorf("%d posts, %d by name, %d passwords; want 2, 1, 1", page.Posts, page.Posting, page.Secrets)
	}
	p.Parse("<p>x", Options{MaxNodes: 100, Words: words.NewTable("")})
	if p.Posts+p.Posting+p.Secrets != 0 || p.State != "" {
		t.Error("figures of the page before")
	}
}
