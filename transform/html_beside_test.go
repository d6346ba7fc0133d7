package transform

import "testing"

func TestGapsBetweenElements(t *testing.T) {
	for _, c := range []struct{ page, want string }{
		{"<p><span>HOKA</span><span>Clifton 10</span>", "HOKA Clifton 10"},
		{"<p><span>word</span><span>s and more", "words and more"},
		{"<p><span>W</span><span>ORD", "WORD"},
		{"<p><span>12</span><span>reviews", "12reviews"},
		{"<p><span>19</span><span>99", "19 99"},
		{"<p>by <span>Ann</span><time>1 May", "by Ann 1 May"},
		{"<p><b>bold</b><i>Italic", "boldItalic"},
		{"<p>see <a href=a>one</a><a href=b>two</a>", "see one two"},
		{"<p><a href=a>首页</a><a href=b>新闻</a>", "首页 新闻"},
		{"<p><span>中文</span><span>网页", "中文网页"},
		{"<p><span>a</span> <span>B", "a B"},
		{"<p><span>Empty<span></span>Inner", "EmptyInner"},
		{"<p><code><span>foo</span><span>Bar</span></code>", "fooBar"},
		{"<pre><span>foo</span><span>Bar</span></pre>", "fooBar"},
		{"<p>E<span>=</span><span>Mc", "E=Mc"},
	} {
		pg, err := NewExtractor(nil).Extract(c.page, Options{Mode: All})
		if err != nil || pg.Text != c.want {
			t.Errorf("%s: %q %v, want %q", c.page, pg.Text, err, c.want)
		}
	}
}
