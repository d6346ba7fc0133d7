package parse_test

import (
	"testing"

	"github.com/corpusmill/corpusmill/transform"
)

// Sentences in elements that are set apart by a style or by themselves are not glued,
// and words, names, initials and code are not cut.
func TestGapsBetweenSentences(t *testing.T) {
	for _, c := range []struct{ page, want string }{
		{"<span style='display:block'>The mill stood still.</span><span style='display:block'>In spring it ground.</span>", "The mill stood still. In spring it ground."},
		{"<span style='color:red;DISPLAY : flex'>The mill</span>stood still", "The mill stood still"},
		{"<p><span style='float:left;display:block'>T</span>he mill", "The mill"},
		{"<x-p>The mill stood still.</x-p><x-p>12 sacks were left.</x-p>", "The mill stood still. 12 sacks were left."},
		{"<p>it is all for <span>19.</span><span>99 or so", "it is all for 19.99 or so"},
		{"<p>it is now on sale for 19.<span></span><span>99 or so", "it is now on sale for 19.99 or so"},
		{"<x-p>The mill stood still.</x-p><!-- x --><x-p>In spring it ground.</x-p>", "The mill stood still. In spring it ground."},
		{"The mill stood still.<!-- x --><x-p>In spring it ground.</x-p>", "The mill stood still. In spring it ground."},
		{"<x-p>Done.</x-p><x-p>Next", "Done. Next"},
		{"<p><b style='display:block'>Done.</b><b style='display:block'>Next</b>", "Done. Next"},
		{"<p><b>Node.</b><b>JS</b>", "Node.JS"},
		{"<p>It is <span style='display:block'>12</span><span style='display:block'>sacks", "It is 12 sacks"},
		{"<p>wo<span style='display:inline'>rd</span>s", "words"},
		{"<x-p>The mill stood still.</x-p><x-p>In spring it ground.</x-p>", "The mill stood still. In spring it ground."},
		{"<x-p>The mill stood still!</x-p><x-p>Nobody</x-p>", "The mill stood still! Nobody"},
		{"<x-p>Did the mill stand still?</x-p><x-p>“It did,” he said.</x-p>", "Did the mill stand still? “It did,” he said."},
		{"<x-p>“The mill stood still.”</x-p><x-p>In spring it ground.</x-p>", "“The mill stood still.” In spring it ground."},
		{"<x-p>The mill stood still…</x-p><x-p>In spring it ground.</x-p>", "The mill stood still… In spring it ground."},
		{"<x-p>The mill burnt in 1901.</x-p><x-p>In spring it ground.</x-p>", "The mill burnt in 1901. In spring it ground."},
		{"<x-p>Мельница стояла молча.</x-p><x-p>Весной она молола.</x-p>", "Мельница стояла молча. Весной она молола."},
		{"<x-p>¿Se paró el molino?</x-p><x-p>¡No, señor!</x-p>", "¿Se paró el molino? ¡No, señor!"},
		{"<x-p>وقفت الطاحونة في القرية.</x-p><x-p>في الربيع عملت.</x-p>", "وقفت الطاحونة في القرية. في الربيع عملت."},
		{"<p>The mill stood still.<b>In spring it ground.</b>Then it rained, too.", "The mill stood still. In spring it ground. Then it rained, too."},
		{"<p>The mill stood still.<a href=x>Read on here</a>", "The mill stood still. Read on here"},
		{"<p>The mill stood still.<!-- x -->In", "The mill stood still.In"},
		{"<p>The mill stood still. <i>In", "The mill stood still. In"},

		{"<x-msg>hello there</x-msg><x-msg>hi back</x-msg>", "hello there hi back"},
		{"<x-msg>It cost $5.</x-msg><x-msg>7 men came.</x-msg>", "It cost $5. 7 men came."},
		{"<x-tag>£5</x-tag><x-tag>£7</x-tag>", "£5 £7"},
		{"<p>the mill<x-tag>new</x-tag>of us", "the mill new of us"},
		{"<span style='float:left'>the mill</span><span style='FLOAT:right'>of us</span>", "the mill of us"},
		{"<span style='position:absolute'>mill</span><span style='position: absolute'>wind</span>", "mill wind"},
		{"<span style='display:inline-block'>mill</span><span style='display:inline-block'>wind</span>", "mill wind"},
		{"<p><span style='float:left'>T</span>he mill", "The mill"},
		{"<p><x-l>m</x-l><x-l>i</x-l><x-l>ll</x-l>", "mill"},
		{"<p>wind<x-s>s</x-s> and mi<x-break></x-break>lls", "winds and mills"},
		{"<p>the (<x-a>mill</x-a>), <x-a>wind</x-a>; “<x-a>both</x-a>”", "the (mill), wind; “both”"},
		{"<p><x-c>£</x-c><x-n>19.</x-n><x-n>99</x-n>", "£19.99"},
		{"<p>见<x-a>北京大学</x-a>的", "见北京大学的"},

		{"<p>in the U.<b>S</b>. and the U.<i>K</i>., too", "in the U.S. and the U.K., too"},
		{"<p>J.<b>R.</b><b>R.</b><b>Tolkien, that is", "J.R.R.Tolkien, that is"},
		{"<p>we run node.<b>JS</b> and ASP.<i>NET", "we run node.JS and ASP.NET"},
		{"<p>see <a href=x>example.<b>Com</b></a>, please", "see example.Com, please"},
		{"<p>it extends java.lang.<a href=x>Object</a>, as all do", "it extends java.lang.Object, as all do"},
		{"<p>use java.util.<wbr>List, as all do", "use java.util.List, as all do"},
		{"<p>write to a.b@example.<b>Org or so", "write to a.b@example.Org or so"},
		{"<p>call <code>the big console.<b>Log of it</b></code>", "call the big console.Log of it"},
		{"<pre>the big console.<b>Log of it</b></pre>", "the big console.Log of it"},
		{"<p>the version is v1.<b>Beta or so", "the version is v1.Beta or so"},
		{"<p>open the file Read.<b>Me</b>", "open the file Read.Me"},
		{"<p>the mill of the vil.<b>lage, it is", "the mill of the vil.lage, it is"},
		{"<p>风车停了。<b>In spring</b>", "风车停了。In spring"},
		{"<p>春天来了！<span>风车</span>", "春天来了！风车"},
	} {
		pg, err := transform.NewExtractor(nil).Extract(c.page, transform.Options{Mode: transform.All})
		if err != nil || pg.Text != c.want {
			t.Errorf("%s:\n got %q %v\nwant %q", c.page, pg.Text, err, c.want)
		}
	}
}

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
		{"<p><label>pip</label><label>conda</label>", "pip conda"},
		{"<p>E<span>=</span><span>Mc", "E=Mc"},
	} {
		pg, err := transform.NewExtractor(nil).Extract(c.page, transform.Options{Mode: transform.All})
		if err != nil || pg.Text != c.want {
			t.Errorf("%s: %q %v, want %q", c.page, pg.Text, err, c.want)
		}
	}
}
