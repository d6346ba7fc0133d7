package purify

import (
	"flag"
	"github.com/corpusmill/corpusmill/internal/sharedtext"
	"strings"
	"testing"
)

func TestGenre(t *testing.T) {
	g := &Genre{MinPhrases: 3}
	for text, want := range map[string]string{
		"": "other",
		"中新网5月1日电 据报道，当地发言人说，桥已经修好。记者从现场了解到，车辆可以通行。":                 "news",
		"各有关单位：现将有关事项通知如下。报名时间为五月一日，联系电话见附件1。特此通知。":                  "notice",
		"上诉人张某与被上诉人李某一案，本院认为，原判正确，判决如下：驳回上诉。审判长王某，书记员赵某。":            "judgment",
		"公开招标公告。项目编号A1，采购人为某校，投标人资格见招标文件，开标时间五月一日，投标保证金一万元。":         "tender",
		"本公司及董事会全体成员保证公告内容不存在虚假记载、误导性陈述或重大遗漏。证券代码600000，公告编号2024-1。": "filing",
		"楼主说得对，顶一下。2楼：沙发没了，坐板凳。回复楼上：路过。":                             "forum",
		"最佳答案：多喝水。提问者采纳。其他2个回答，热心网友：同意。":                             "qa",
		"原价99，现价59，包邮，加入购物车，立即购买。七天无理由退换货，官方旗舰店。":                    "commerce",
		"第一章\n少年冷笑一声，淡淡道：“你的修为不够。”长老心中一惊，身形退后。":                      "fiction",
		"安装步骤：第一步，下载并安装软件。第二步，编辑配置文件，执行以下命令，参数说明见下表。":                "documentation",
		strings.Repeat("村里的老人每天傍晚都到桥头坐一坐，看看河水，说说往事。", 5):             "other",
	} {
		if got, n, err := g.Of(text); err != nil || got != want {
			t.Errorf("%s (%d, %v), want %s: %s", got, n, err, want, text)
		}
	}
	phrases := "本院认为，判决如下" // two are too few, one more is enough
	if got, n, _ := g.Of(phrases); got != "other" || n != 2 {
		t.Errorf("two phrases: %s, %d", got, n)
	}
	if got, n, _ := g.Of(phrases + "，审判长"); got != "judgment" || n != 3 {
		t.Errorf("three phrases: %s, %d", got, n)
	}
	if (&Genre{}).Validate() == nil {
		t.Error("no phrases at all are accepted")
	}
	find, err := genreFinder()
	if err != nil || find.Len() > maxGenreEntries*4 {
		t.Errorf("%d entries, %v", find.Len(), err)
	}
}

func TestGenreOfPages(t *testing.T) {
	g, counts := &Genre{MinPhrases: 3}, map[string]int{}
	for _, a := range sharedtext.Chinese(t, "..") {
		name, _, err := g.Of(a.Text)
		if err != nil {
			t.Fatal(err)
		}
		counts[name]++
	}
	t.Logf("genres of gold texts, most of them news: %v", counts)
}

func FuzzGenre(f *testing.F) {
	f.Add("第一章\n“你好”")
	g := &Genre{MinPhrases: 1}
	f.Fuzz(func(t *testing.T, s string) {
		if name, n, err := g.Of(s); err != nil || n < 0 || !strings.Contains(strings.Join(g.Values("name"), " "), name) {
			t.Fatalf("%q: %s, %d, %v", s, name, n, err)
		}
	})
}

func TestGenreList(t *testing.T) {
	if !*showMissed {
		t.Skip("-missed lists the genres of gold texts")
	}
	g := &Genre{MinPhrases: 3}
	for _, a := range sharedtext.Chinese(t, "..") {
		if name, n, _ := g.Of(a.Text); name != "news" {
			t.Logf("%s %d %.60q", name, n, a.Text)
		}
	}
}

var showMissed = flag.Bool("missed", false, "log the genres of gold texts")
