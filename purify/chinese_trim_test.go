package purify

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/sharedtext"
	"github.com/corpusmill/corpusmill/stage"
)

func openTrim(t testing.TB, cfg ChineseTrim) *ChineseTrimStage {
	t.Helper()
	s, err := OpenChineseTrim(t.Context(), cfg, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const trimNotice = "关于校园开放日的通知\n各位家长：\n学校定于五月六日上午举行校园开放日活动，欢迎大家到校参观。\n请自带身份证件，车辆停在操场东侧。"

func TestChineseTrim(t *testing.T) {
	s := openTrim(t, ChineseTrim{})
	f := func(text, want string) {
		t.Helper()
		doc := &corpus.Document{Text: text}
		cells := []corpus.Value{corpus.Null, corpus.Null, corpus.Null}
		v, err := s.Attach(doc, cells)
		if err != nil || !v.Kept() {
			t.Fatal(v, err)
		}
		if doc.Text != want {
			t.Errorf("%q\nis   %q\nwant %q", text, doc.Text, want)
		}
		if (cells[0].Int > 0) != (text != want) || cells[1].Float < 0 || cells[1].Float > 1 {
			t.Errorf("%q: %v", text, cells)
		}
	}
	headlines := func(n int) string {
		return strings.Repeat("某市新建三座公园\n某县苹果今年丰收在望 农民喜笑颜开\n", n)[:]
	}
	for _, whole := range []string{"", "\n\n", "\n版权所有", "没有句号的一行", trimNotice, "登录\n注册", headlines(8)} {
		f(whole, whole)
	}
	f(trimNotice+"\n上一篇：没有了\nCopyright 某某学校 版权所有", trimNotice) // two of six lines
	f(trimNotice+"\n\n（责任编辑：李四）\n", trimNotice)
	f("当前位置：首页 > 通知公告\n"+trimNotice, trimNotice)
	f(trimNotice+"\n相关阅读\n某市新建三座公园\n某县苹果丰收在望", trimNotice)
	f(trimNotice+"\n"+headlines(2), trimNotice)                                                     // four headlines below prose
	f(trimNotice+"\n某市新建三座公园\n某县苹果丰收在望\n某镇修路", trimNotice+"\n某市新建三座公园\n某县苹果丰收在望\n某镇修路")             // three are too few
	f(trimNotice+"\n・某市新建三座公园\n・某县苹果丰收\n・某镇的路修好了", trimNotice)                                      // three with bullets are not
	f(trimNotice+"\n"+headlines(2)+"咨询电话已经开通，欢迎拨打。", trimNotice+"\n"+headlines(2)+"咨询电话已经开通，欢迎拨打。") // prose below: no tail
	f(trimNotice+"\n"+headlines(20), trimNotice+"\n"+headlines(20))                                 // more headlines than article
	f(trimNotice+"\n用户可以登录官网查询。", trimNotice+"\n用户可以登录官网查询。")
	f(trimNotice+"\n1、卢森堡\n2、德国\n3、法国\n4、瑞典\n5、芬兰", trimNotice+"\n1、卢森堡\n2、德国\n3、法国\n4、瑞典\n5、芬兰")
	f(trimNotice+"\n特别声明：以上内容由用户上传并发布，本平台仅提供信息存储服务。", trimNotice)
	if _, err := OpenChineseTrim(t.Context(), ChineseTrim{MinHeadlines: 2}, stage.NewEnv()); err == nil {
		t.Error("two headlines are accepted")
	}
}

// TestTrimmedHeads: what stands around a title goes, the title stays.
func TestTrimmedHeads(t *testing.T) {
	s := openTrim(t, ChineseTrim{})
	f := func(head, want string) {
		t.Helper()
		cells := []corpus.Value{corpus.Null, corpus.Null, corpus.Null}
		doc := &corpus.Document{Text: head + trimNotice}
		if _, err := s.Attach(doc, cells); err != nil || doc.Text != want+trimNotice || (cells[0].Int > 0) != (head != want) {
			t.Errorf("%q is %q, %v", head, doc.Text, cells)
		}
	}
	f("当前位置：首页 > 新闻\n登录 | 注册\n", "")
	f("您好，请登录\n", "")
	f("用户登录\n责任编辑：张三\n", "")
	for _, title := range []string{"柯达末路挣扎 诉苹果HTC专利侵权\n", "著作权法修订草案公布\n", "登录火星：中国探测器发回首张照片\n", "注册会计师考试报名开始\n", "AI生成内容的版权归谁所有？\n"} {
		f(title, title)
		f("当前位置：首页 > 新闻\n"+title, title)
	}
	const title = "北京抽检出十四种不合格食品\n"
	for _, source := range []string{"来源：红网 字号:T|T 我要评论\n", "本文来源于《财经网》 2012年01月12日 18:49 我要评论（0）\n", "责任编辑：张三\n"} {
		f(title+source, title)
		f(title+"\n"+source+"\n", title)
		f("当前位置：首页 > 新闻\n"+title+source, title)
	}
	f("某某市人民政府门户网站\n登录 | 注册\n", "") // the name of a site
	f("问题描述：打开社区，自动弹出登录窗口，子页跳转到首页\n", "问题描述：打开社区，自动弹出登录窗口，子页跳转到首页\n")
}

func TestAILabels(t *testing.T) {
	s := openTrim(t, ChineseTrim{})
	f := func(text string, want int64) {
		t.Helper()
		cells := []corpus.Value{corpus.Null, corpus.Null, corpus.Null}
		if _, err := s.Attach(&corpus.Document{Text: text}, cells); err != nil || cells[2].Int != want {
			t.Errorf("%q: %v", text, cells)
		}
	}
	f(trimNotice, 0)
	f(trimNotice+"\n（本文由 AI 生成）", 1)
	f("人工智能生成\n"+trimNotice, 1)
	f("內容由ＡＩ生成，僅供參考\n"+trimNotice, 1)
	f(trimNotice+"\n该部门要求平台为“由AI生成”的内容添加标识，并在三个月内完成整改，逾期没有完成的平台将受到处理，用户可以通过热线电话反映有关情况，也可以写信。", 0) // a long line tells of labels
	f(strings.Repeat("一行。\n", 6)+"由AI生成\n"+strings.Repeat("一行。\n", 6), 0)                         // in the middle
	for _, line := range []string{"以上内容由AI生成，仅供参考", "AI生成仅供参考", "本文由DeepSeek生成并经人工审核", "本文由人工智能辅助创作后人工编辑", "作者声明：内容由AI生成", "【疑似AI生成，请谨慎甄别】", "人工智能生成合成内容", "由AI生成\r"} {
		f(trimNotice+"\n"+line, 1)
	}
	for _, line := range []string{"AI生成内容的版权归谁所有？", "人工智能生成合成内容标识办法9月1日起施行", "多名网友因使用AI生成虚假照片被处罚", "“AI写作”成风，谁来监管", "专家：由AI生成的图片应当加注标识", "《ChatGPT生成》读后"} {
		f(line+"\n"+trimNotice, 0)
	}
}

// TestTrimmedGold: gold texts have next to nothing that is cut.
func TestTrimmedGold(t *testing.T) {
	s, letters, cut := openTrim(t, ChineseTrim{}), 0, 0
	for _, a := range sharedtext.Chinese(t, "..") {
		doc := &corpus.Document{Text: a.Text}
		if _, err := s.Apply(doc); err != nil {
			t.Fatal(err)
		}
		letters += len(a.Text)
		cut += len(a.Text) - len(doc.Text)
	}
	t.Logf("%.5f of the bytes are cut", ratio(cut, letters))
	if ratio(cut, letters) > 0.005 {
		t.Error("too much of gold texts is cut")
	}
}

func TestChineseTrimStress(t *testing.T) {
	s := openTrim(t, ChineseTrim{})
	texts := sharedtext.Stress(10 << 20)
	texts["footers"] = strings.Repeat("版权所有\n", 100_000)
	texts["headlines"] = trimNotice + strings.Repeat("\n某市新建三座公园", 100_000)
	texts["headings"] = trimNotice + strings.Repeat("\n相关阅读\n某市新建三座公园", 50_000)
	for name, text := range texts {
		if _, err := s.Apply(&corpus.Document{Text: text}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzChineseTrim(f *testing.F) {
	f.Add("登录\n" + trimNotice + "\n相关阅读\n某市新建三座公园\n版权所有")
	f.Add("\xff\n\n・a\n・b\n・c")
	f.Add("\n版权所有")
	f.Add("某市新建三座公园\n来源：某报 责任编辑：某人\n" + trimNotice)
	s := openTrim(f, ChineseTrim{})
	f.Fuzz(func(t *testing.T, text string) {
		doc := &corpus.Document{Text: text}
		if _, err := s.Apply(doc); err != nil {
			t.Fatal(err)
		}
		if title, article, _ := strings.Cut(doc.Text, "\n"); !strings.Contains(text, doc.Text) && (!strings.Contains(text, title) || !strings.Contains(text, article)) {
			t.Fatalf("%q became %q", text, doc.Text)
		}
		if text != "" && strings.TrimSpace(text) != "" && doc.Text == "" {
			t.Fatalf("nothing is left of %q", text)
		}
	})
}

func TestChineseTrimSettings(t *testing.T) {
	for want, bad := range map[string]ChineseTrim{
		"min_headlines: ": {MinHeadlines: 2}, "max_ratio: 2: ": {MinHeadlines: 3, MaxRatio: stage.At(2)},
	} {
		if err := bad.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
