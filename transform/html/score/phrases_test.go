package score

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/words"
)

func TestLines(t *testing.T) {
	long := strings.Repeat("天", phraseWords-4)
	for text, want := range map[string]dom.Line{
		"相关阅读":         dom.LineRelated,
		"更多：猜你喜欢的文章":   dom.LineRelated,
		"排行榜":          dom.LineRelated,
		"（责任编辑：王小明）":   dom.LineOrigin,
		"版权声明：本文为博主原创": dom.LineRights,
		"微信扫一扫关注":      dom.LineTool,
		"上一篇：没有了":      dom.LineTool,
		"关注公众号":        dom.LineOffer,
		"发表评论":         dom.LineReplies,
		"相关，阅读":        dom.LineRelated, // marks do not part them
		"相关 阅读":        dom.LineRelated,
		"相关x阅读":        dom.LineNone,
		"今天天气很好":       dom.LineNone,
		"related":      dom.LineNone,
		long + "相关阅读":  dom.LineRelated,
		long + "天相关阅读": dom.LineNone,    // beyond 40 words
		"推荐阅读 版权声明":    dom.LineRelated, // the first
	} {
		var s scanner
		var b dom.Block
		s.scan(text, &b, []dom.Piece{{Stop: int32(len(text))}})
		if b.Line != want {
			t.Errorf("%s: %d, want %d", text, b.Line, want)
		}
	}
}

// Every phrase is found where it stands alone, and nothing else is in the table.
func TestHanLinesAreFound(t *testing.T) {
	n := 0
	for line := range strings.Lines(hanLines) {
		kind, list, _ := strings.Cut(strings.TrimSpace(line), " ")
		for phrase := range strings.FieldsSeq(list) {
			size := len([]rune(phrase))
			if size != 3 && size != 4 {
				if size > 0 && size != 2 {
					t.Errorf("%s: %d characters", phrase, size)
				}
				continue
			}
			n++
			var s scanner
			var b dom.Block
			s.scan(phrase, &b, []dom.Piece{{Stop: int32(len(phrase))}})
			if b.Line == dom.LineNone {
				t.Errorf("%s of kind %s is not found", phrase, kind)
			}
		}
	}
	if n < 100 {
		t.Errorf("%d phrases", n)
	}
}

func TestHanPairs(t *testing.T) {
	for _, c := range []struct {
		text     string
		sum, neg float32
	}{
		{"蜂蜜", 7, 0},
		{"蜂蜜蜂蜜", 7 - 5 + 7, -5},
		{"蜂，蜜", 7, 0},
		{"蜂x蜜", 0, 0},
		{"推荐", 3, 0}, // the model's weight comes before the list's
		{"分享", markWeight, markWeight},
		{"蜜蜂飞来了", -5, -5},
		{strings.Repeat("天", textWordLimit-2) + "蜂蜜", 7, 0},
		{strings.Repeat("天", textWordLimit-1) + "蜂蜜", 0, 0},
	} {
		s := scanner{texts: words.NewTable("蜂蜜:7 蜜蜂:-5 推荐:3")}
		var b dom.Block
		s.scan(c.text, &b, []dom.Piece{{Stop: int32(len(c.text))}})
		if b.TextSum != c.sum || b.TextNeg != c.neg {
			t.Errorf("%s: sum %v, worst %v, want %v, %v", c.text, b.TextSum, b.TextNeg, c.sum, c.neg)
		}
	}
}
