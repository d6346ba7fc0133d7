package spam

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unsafe"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

const villageProse = "村里的桥修好了，孩子们上学再也不用绕远路，老人们每天傍晚都到桥头坐一坐，说说一天的事。\n" +
	"冬天的时候风大，人就少一些，桥上只有回家的车。记者在现场看到，工人正在检查栏杆。\n" +
	"据县交通运输局介绍，这座桥长一百二十米，总投资三百万元，去年三月开工建设。\n"

// scoreIn is the highest score of a line of a text, and whether the model cut it.
func scoreIn(t *testing.T, cfg ChineseSpam, text string) (score float64, learned int64) {
	t.Helper()
	cells := make([]corpus.Value, len(columns))
	if _, err := openSpam(t, cfg).Attach(&corpus.Document{Text: text}, cells); err != nil {
		t.Fatal(err)
	}
	return cells[2].Float, cells[4].Int
}

// learnedOnly is an article with a line at its end that the model alone cuts, of no kind of
// the lists, and the line's score.
func learnedOnly(t *testing.T) (text string, score float64) {
	t.Helper()
	s := openSpam(t, ChineseSpam{})
	for _, p := range passages(t, "train/passages/a.jsonl") {
		if p.Label != "spam" || strings.Contains(p.Text, "\n") {
			continue
		}
		doc, cells := &corpus.Document{Text: villageProse + p.Text}, make([]corpus.Value, len(columns))
		if _, err := s.Attach(doc, cells); err != nil {
			t.Fatal(err)
		}
		if cells[0].Str == "learned" && cells[4].Int == 1 && cells[2].Float > 0.5 && cells[2].Float < 0.999 {
			return villageProse + p.Text, cells[2].Float
		}
	}
	t.Fatal("the model finds nothing that the rules do not")
	return "", 0
}

// TestModelScore: a line is spam from the score of the setting on, not below.
func TestModelScore(t *testing.T) {
	text, score := learnedOnly(t)
	f := func(limit stage.Limit, want int64) {
		t.Helper()
		if _, got := scoreIn(t, ChineseSpam{ModelScore: limit}, text); got != want {
			t.Errorf("%v: %d lines, want %d", limit, got, want)
		}
	}
	f(stage.At(score), 1)
	f(stage.At(score-1e-4*(1-score)), 1)
	f(stage.At(score+1e-4*(1-score)), 0)
	f(stage.Off(), 0)
	doc := &corpus.Document{Text: text}
	if _, err := openSpam(t, ChineseSpam{ModelScore: stage.Off()}).Apply(doc); err != nil || doc.Text != text {
		t.Errorf("off: %v, %q", err, doc.Text)
	}
	for _, bad := range []float64{-1, 0, 1, 2} {
		if err := (&ChineseSpam{ModelScore: stage.At(bad), MaxListBytes: 1}).Validate(); err == nil || !strings.Contains(err.Error(), "model_score") {
			t.Errorf("%g: %v", bad, err)
		}
	}
}

func TestChineseSpamValidates(t *testing.T) {
	for want, bad := range map[string]ChineseSpam{
		`allow: no kind is called "ads"`: {Allow: []string{"ads"}, MaxListBytes: 1}, "max_list_bytes: 0": {},
		"max_ratio: -1": {MaxRatio: stage.At(-1), MaxListBytes: 1}, "max_ratio: 50": {MaxRatio: stage.At(50), MaxListBytes: 1},
	} {
		if err := bad.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestModelAllows: what the model finds is left where it is of a kind that is allowed.
func TestModelAllows(t *testing.T) {
	text, _ := learnedOnly(t)
	doc, cells := &corpus.Document{Text: text}, make([]corpus.Value, len(columns))
	if _, err := openSpam(t, ChineseSpam{}).Attach(doc, cells); err != nil || cells[0].Str != "learned" {
		t.Fatalf("%v, %v", cells[0], err)
	}
	if _, n := scoreIn(t, ChineseSpam{Allow: []string{"learned"}}, text); n != 0 {
		t.Error("a line of no kind is cut though learned is allowed")
	}
	for kind, lines := range map[string][]string{
		"cities":   {"安庆|蚌埠|亳州|巢湖|池州|滁州|阜阳|合肥|淮北|淮南|黄山|六安|马鞍山|宿州|铜陵|芜湖|宣城"},
		"stuffing": {"手机报价 手机价格 手机大全 手机排行 手机推荐 手机评测 手机图片 手机参数 手机哪个好", "小说网 免费小说 全本小说 小说排行榜 小说下载 玄幻小说 言情小说 穿越小说"},
		"spun":     {"跟着社会的前进和经济的成长，愈来愈多的人起头存眷本身的康健题目，这是一个不容轻忽的征象", "小编感觉，在如许的大情况之下，若何精确地熟悉和看待这个题目，是摆在咱们眼前的一道困难"},
		"contact":  {"需要的私我，威信同手机号幺三八零零一三八零零零", "TG电报群：@gogo888，纸飞机频道每日更新"},
	} {
		for _, line := range lines {
			text := zhProse(6) + line
			if left, by, _ := spamOf(t, openSpam(t, ChineseSpam{}), text); left == text || by != kind {
				t.Fatalf("%s: taken for %q", line, by)
			}
			if left, by, _ := spamOf(t, openSpam(t, ChineseSpam{Allow: []string{kind}}), text); left != text {
				t.Errorf("%s is allowed, and cut as %s: %s", kind, by, line)
			}
		}
	}
}

// TestParseLineModel: what is packed comes back, and damage is told.
func TestParseLineModel(t *testing.T) {
	shapes, grams := make([]float64, MaxShape), make([]float64, 1<<minGramBits)
	shapes[3], grams[7] = -1.5, 0.25
	spun := make([]float64, MaxShape)
	spun[5] = 2
	packed, err := PackLineModel(-2, -3, shapes, spun, grams, minGramBits)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseLineModel(packed)
	if err != nil {
		t.Fatal(err)
	}
	if m.bias != -2<<fixedBits || m.shapes[3] != -3<<(shapeBits-1) || m.grams[7] < 126 {
		t.Errorf("bias %d, shape %d, gram %d", m.bias, m.shapes[3], m.grams[7])
	}
	if got := m.spunMargin([]uint16{3, 5}); got != -1<<fixedBits {
		t.Errorf("margin of spun text %d", got)
	}
	if got := m.margin(nil, []uint16{3, 5}); got != -7<<(fixedBits-1) {
		t.Errorf("margin %d", got)
	}
	for _, bad := range [][]byte{nil, packed[:20], packed[:len(packed)-1], bytes.Repeat([]byte{1}, 100)} {
		if _, err := ParseLineModel(bad); !errors.Is(err, errModel) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
	if _, err := PackLineModel(0, 0, shapes, spun, grams, minGramBits-1); err == nil {
		t.Error("too few bits")
	}
}

func FuzzParseLineModel(f *testing.F) {
	f.Add(modelFile)
	f.Fuzz(func(t *testing.T, packed []byte) {
		if m, err := ParseLineModel(packed); err == nil && len(m.grams) == 0 {
			t.Error("no weights")
		}
	})
}

func TestLineBytes(t *testing.T) {
	if n := unsafe.Sizeof(spamLine{}); n > lineBytes {
		t.Errorf("a line takes %d bytes", n)
	}
}
