package spam

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/sharedtext"
	"github.com/corpusmill/corpusmill/stage"
)

// spamOf says what is cut from a text and as what.
func spamOf(t testing.TB, s *ChineseSpamStage, text string) (left, kind string, v corpus.Verdict) {
	t.Helper()
	doc := &corpus.Document{Text: text}
	cells := make([]corpus.Value, len(columns))
	v, err := s.Attach(doc, cells)
	if err != nil {
		t.Fatal(err)
	}
	return doc.Text, cells[0].Str, v
}

func TestChineseSpamCuts(t *testing.T) {
	s, prose := openSpam(t, ChineseSpam{}), strings.TrimSuffix(zhProse(6), "\n")
	f := func(spam, kind string) {
		t.Helper()
		for _, text := range []string{spam + "\n" + prose, prose + "\n" + spam, prose[:strings.Index(prose, "\n")+1] + spam + prose[strings.Index(prose, "\n"):]} {
			left, got, v := spamOf(t, s, text)
			want := prose
			if kind == "" {
				want = text
			}
			if left != want || got != kind || !v.Kept() {
				t.Errorf("%q is %q, %v; left %q", spam, got, v, left)
			}
		}
	}
	f("代开发票，电话13812345678", "invoice")
	f("代 開 發 票，電話１３８１２３４５６７８", "invoice")
	f("代\u200b开\u200b发\u200b票，加薇信abc12345", "invoice")
	f("澳门威尼斯人，注册送彩金88元，www.abc123.com", "gambling")
	f("注册送彩金\n百家乐\n客服QQ：123456789", "gambling") // what stands around goes with it
	f("加V：abc12345 免费领取", "contact")
	f("百家乐和老虎机", "") // topics alone
	f("警方提醒：谨防“注册送彩金”的百家乐网站", "")
	f("服务城市：北京 上海 广州 深圳 天津 重庆 杭州 南京", "cities")
	f("北京、上海、广州和深圳的气温都在三十度以上", "")
	f("月嫂,月嫂价格,月嫂多少钱,月嫂哪家好,月嫂公司", "stuffing")
}

// TestChineseSpamSentences: a sentence goes from its paragraph, and the rest stays.
func TestChineseSpamSentences(t *testing.T) {
	s := openSpam(t, ChineseSpam{})
	const before, after = "村里的桥修好了，孩子们上学再也不用绕远路。", "老人们每天傍晚都到桥头坐一坐，说说一天的事。冬天的时候风大，人就少一些，桥上只有回家的车。"
	f := func(spam string, cut bool) {
		t.Helper()
		text := before + spam + after
		want := text
		if cut {
			want = before + after
		}
		if left, _, v := spamOf(t, s, text); left != want || !v.Kept() {
			t.Errorf("%q: left %q, %v", spam, left, v)
		}
	}
	f("代开发票，电话13812345678。", true)
	f("加薇信：abc12345，免费领取资料！", true)
	f("“注册送彩金，加微信abc12345”是骗子的话，警方提醒谨防上当。", false)
	f("他家的发票都是代开的。", false)
	f("有事打电话13812345678。", false)
}

// TestHijackedTitles: a title is hijacked where a part of it is a casino's and another the
// host's.
func TestHijackedTitles(t *testing.T) {
	s, prose := openSpam(t, ChineseSpam{ModelScore: stage.Off()}), zhProse(6)
	f := func(title string, hijacked bool) {
		t.Helper()
		if left, _, _ := spamOf(t, s, prose+title); (left != prose+title) != hijacked {
			t.Errorf("%q: left %q", title, left)
		}
	}
	f("某某市水务局-必一体育app下载", true)
	f("k9娱乐官网登录入口 | 某某职业技术学院", true)
	f("某某市水务局-学生体育成绩查询系统登录入口", false)
	f("某某大学体育学院官方网站", false)
	f("必一体育app下载", false)
}

// TestChineseSpamRatio: at the limit a document stays, above it goes and names the kind.
func TestChineseSpamRatio(t *testing.T) {
	ad := "代开发票，电话13812345678" // 17 letters
	text := ad + "\n村里的桥修好了，孩子们上学再不用绕路。"
	_, kind, v := spamOf(t, openSpam(t, ChineseSpam{}), text)
	if !v.Kept() || kind != "invoice" {
		t.Errorf("half: %q, %v", kind, v)
	}
	_, _, v = spamOf(t, openSpam(t, ChineseSpam{}), text+"\n"+ad)
	if v.Rule != "invoice" || v.Limit != 0.5 || v.Value < 0.66 || v.Value > 0.67 {
		t.Errorf("two thirds: %v", v)
	}
	_, kind, v = spamOf(t, openSpam(t, ChineseSpam{MaxRatio: stage.Off()}), ad)
	if !v.Kept() || kind != "invoice" {
		t.Errorf("off: %q, %v", kind, v)
	}
}

func TestChineseSpamSettings(t *testing.T) {
	ad, prose := "代开发票，电话13812345678", zhProse(6)
	left, kind, _ := spamOf(t, openSpam(t, ChineseSpam{KeepLines: true}), prose+ad)
	if left != prose+ad || kind != "invoice" {
		t.Errorf("keep_lines: %q, %q", kind, left)
	}
	left, kind, _ = spamOf(t, openSpam(t, ChineseSpam{Allow: []string{"invoice", "contact"}}), prose+ad)
	if left != prose+ad || kind != "" {
		t.Errorf("allow: %q, %q", kind, left)
	}
	list := filepath.Join(t.TempDir(), "more.txt")
	if err := os.WriteFile(list, []byte("kind gambling\nad 斗蛐蛐平台 # mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	with := openSpam(t, ChineseSpam{Lists: []string{list}})
	if left, kind, _ = spamOf(t, with, prose+"斗蛐蛐平台"); kind != "gambling" {
		t.Errorf("lists: %q, %q", kind, left)
	}
	if own := openSpam(t, ChineseSpam{}); own.Digest() == with.Digest() {
		t.Error("another list has the same digest")
	}
	for body, want := range map[string]string{"ad 甲乙": "before any kind", "kind x": "no kind is called", "kind b2b\nbad 甲乙": "no role", "kind b2b\nad 甲": "2 to 32"} {
		if err := os.WriteFile(list, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenChineseSpam(t.Context(), ChineseSpam{Lists: []string{list}}, stage.NewEnv()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// TestSpamListsNameSources: each line of a list says where its entries come from.
func TestSpamListsNameSources(t *testing.T) {
	files, _ := lists.ReadDir("lists")
	for _, file := range files {
		list, _ := lists.ReadFile("lists/" + file.Name())
		for n, line := range strings.Split(strings.TrimSpace(string(list)), "\n") {
			if !strings.HasPrefix(line, "kind ") && !strings.Contains(line, " # ") {
				t.Errorf("%s:%d names no observation", file.Name(), n+1)
			}
		}
	}
}

// TestChineseSpamSteps: what is done for a letter does not grow with the text. The
// automaton's steps are at most two for a letter; everything else goes over the lines.
func TestChineseSpamStress(t *testing.T) {
	s := openSpam(t, ChineseSpam{})
	for name, text := range sharedtext.Stress(10 << 20) {
		doc := &corpus.Document{Text: text}
		if _, err := s.Apply(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestChineseSpamAllocates(t *testing.T) {
	s, text := openSpam(t, ChineseSpam{}), zhProse(50)
	doc := &corpus.Document{Text: text}
	if n := testing.AllocsPerRun(50, func() { _, _ = s.Apply(doc) }); n >= 1 {
		t.Errorf("%g allocations for a text without spam", n)
	}
}

func FuzzChineseSpam(f *testing.F) {
	f.Add("代开发票，电话13812345678\n文章。\n\n加V：abc12345")
	f.Add("\xff代\u200b开\n北京 上海 广州")
	s := openSpam(f, ChineseSpam{MaxRatio: stage.Off()})
	f.Fuzz(func(t *testing.T, text string) {
		doc := &corpus.Document{Text: text}
		cells := make([]corpus.Value, len(columns))
		if _, err := s.Attach(doc, cells); err != nil {
			t.Fatal(err)
		}
		rest := text // what stays, stays in its order
		for _, b := range []byte(doc.Text) {
			at := strings.IndexByte(rest, b)
			if at < 0 {
				t.Fatalf("%q became %q", text, doc.Text)
			}
			rest = rest[at+1:]
		}
		if r := cells[1].Float; r < 0 || r > 1 {
			t.Fatalf("ratio %g", r)
		}
	})
}

func BenchmarkChineseSpam(b *testing.B) {
	s, bytes := openSpam(b, ChineseSpam{}), 0
	list := sharedtext.Chinese(b, "../..")
	for b.Loop() {
		for _, a := range list {
			doc := corpus.Document{Text: a.Text}
			_, _ = s.Apply(&doc)
			bytes += len(a.Text)
		}
	}
	b.SetBytes(int64(bytes / b.N))
}

func ExampleOpenChineseSpam() {
	s, err := OpenChineseSpam(context.Background(), ChineseSpam{}, stage.NewEnv())
	if err != nil {
		panic(err)
	}
	doc := &corpus.Document{Text: "村里的桥修好了，孩子们上学再也不用绕远路，老人们每天傍晚都到桥头坐一坐。\n代开发票，电话13812345678"}
	_, _ = s.Apply(doc)
	fmt.Println(doc.Text)
	// Output: 村里的桥修好了，孩子们上学再也不用绕远路，老人们每天傍晚都到桥头坐一坐。
}

// zhProse returns lines of Chinese in which nothing repeats for long: line i
// counts up from another Han character.
func zhProse(lines int) string {
	var b strings.Builder
	for i := range lines {
		for j := range 40 {
			b.WriteRune(rune(0x4E00 + (i*40+j)*7%20000))
			if j%10 == 9 && j < 39 {
				b.WriteRune('，')
			}
		}
		b.WriteString("。\n")
	}
	return b.String()
}

// TestChineseSpamNumbers: entries that are numbers, such as the releases of a game, count
// beside other words of their kind alone.
func TestChineseSpamNumbers(t *testing.T) {
	for _, set := range []ChineseSpam{{}, {ModelScore: stage.Off()}} {
		s := openSpam(t, set)
		for _, line := range []string{"编号AB12345，共176件。", "身高175，体重65，微博@abc123", "本书共176页，ISBN9787111213826，定价48元", "详见 http://www.example.com/list/180",
			`{"id": 185, "name": "user185"}`, "IP:192.168.1.176 MAC:00-1A-2B-3C-4D-5E", "服务热线4008-888-123，型号TX2000。"} {
			text := zhProse(6) + line
			if left, kind, _ := spamOf(t, s, text); left != text {
				t.Errorf("%s is %s", line, kind)
			}
		}
		for _, line := range []string{"1.76复古传奇，散人天堂，装备全靠打，www.abc123.com", "新开传奇1.80，1.85，服务器稳定，QQ123456789"} {
			if left, kind, _ := spamOf(t, s, zhProse(6)+line); strings.Contains(left, line) || kind != "game_server" {
				t.Errorf("%s is %q", line, kind)
			}
		}
	}
}

// TestChineseSpamForeignLetters: lines without a Chinese letter that lead nowhere are not the
// model's to judge, and authors called Wei hide no address.
func TestChineseSpamForeignLetters(t *testing.T) {
	s := openSpam(t, ChineseSpam{})
	for _, line := range []string{"00000010: 4d5a 9000 0300 0000 0400 0000 ffff 0000", "1.2 3.4 5.6 7.8 9.0 1.1 2.2 3.3", "0x7fff5fbff8c0 0x00007f8b1c0008c0 0xdeadbeef",
		"[2] Wang X, Wei Q. A survey of methods[J]. IEEE Trans 2019."} {
		for _, text := range []string{line, zhProse(6) + line, line + "\n" + zhProse(6)} {
			if left, kind, v := spamOf(t, s, text); left != text || !v.Kept() {
				t.Errorf("%q is %s, %v", line, kind, v)
			}
		}
	}
	for _, line := range []string{"尺寸（L x W x H）：60 x 40 x 30 cm", "规格：71\"L x 24\"W x 1\"H", "产品尺寸 W x D x H 300*200*100"} {
		if left, kind, _ := spamOf(t, s, zhProse(6)+line); !strings.Contains(left, line) {
			t.Errorf("%q is %s", line, kind)
		}
	}
	for _, line := range []string{"vx: abc8888", "v x : abc8888", "w x abc8888", "加 wei: abc8888", "TG电报群：@gogo888，纸飞机频道每日更新"} {
		if left, _, _ := spamOf(t, s, zhProse(6)+line); strings.Contains(left, line) {
			t.Errorf("%q stays", line)
		}
	}
}

// TestChineseSpamLineEnds: lines that end with a carriage return too are what they are without.
func TestChineseSpamLineEnds(t *testing.T) {
	s := openSpam(t, ChineseSpam{})
	for _, line := range []string{"小编感觉，在如许的大情况之下，若何精确地熟悉和看待这个题目，是摆在咱们眼前的一道困难", "征信修复，逾期消除，网黑洗白，先办后付，保密可靠", "扫描下方二维码关注公众号，回复666领取全套教程"} {
		text := line + "\n" + zhProse(6) + "第七句。"
		var want, got [5]corpus.Value
		unix, dos := &corpus.Document{Text: text}, &corpus.Document{Text: strings.ReplaceAll(text, "\n", "\r\n")}
		if _, err := s.Attach(unix, want[:]); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Attach(dos, got[:]); err != nil {
			t.Fatal(err)
		}
		if got != want || strings.ReplaceAll(dos.Text, "\r\n", "\n") != unix.Text {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}

// TestChineseSpamAfterAnother: a text is judged alike whatever was read before it, such as a
// Latin letter that stood where this one's line ends.
func TestChineseSpamAfterAnother(t *testing.T) {
	s := openSpam(t, ChineseSpam{})
	for _, before := range []string{strings.Repeat("村里的桥修好了\n", 12), strings.Repeat("\n", 3*ringSize) + "村里的桥修好了，"} {
		text := before + "vx: abc8888"
		fresh, used := s.pool.New().(*reader), s.pool.New().(*reader)
		for shift := range 3 * ringSize {
			used.read(strings.Repeat("\n", len(before)-shift) + strings.Repeat("a", 2*ringSize))
			used.read(text)
			fresh.read(text)
			if !slices.Equal(used.lines, fresh.lines) {
				t.Fatalf("%d: %+v, want %+v", shift, used.lines[len(used.lines)-1], fresh.lines[len(fresh.lines)-1])
			}
		}
	}
}
