package qa

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// paper is an exam paper with the questions that it has.
type paper struct {
	text  string
	truth []Pair
}

// words that questions and options are made of.
var paperWords = map[bool][]string{
	false: strings.Fields("river energy market cell planet gravity protein contract vector climate novel engine circuit harbour painter senate orbit enzyme valley treaty"),
	true:  {"河流", "能量", "市场", "细胞", "行星", "引力", "蛋白质", "合同", "向量", "气候", "小说", "发动机", "电路", "港口", "画家", "议会", "轨道", "酶", "山谷", "条约"},
}

// newPaper writes an exam in one of the forms that papers have: by number, marks of options,
// how many stand in a line, where the answers are, and what follows them.
func newPaper(seed uint64, zh bool) paper {
	r := rand.New(rand.NewPCG(seed, 7))
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	phrase := func(n int) string {
		var w []string
		for range n {
			w = append(w, pick(paperWords[zh]))
		}
		return strings.Join(w, map[bool]string{true: "和", false: " and "}[zh])
	}
	mark := pick(map[bool][]string{true: {"%d. ", "%d、", "%d．", "（%d）", "第%d题 ", "%d)"}, false: {"%d. ", "%d) ", "(%d) ", "Question %d: ", "Q%d. "}}[zh])
	letter := pick(map[bool][]string{true: {"%c. ", "%c、", "%c．", "（%c）", "%c："}, false: {"%c. ", "%c) ", "(%c) ", "%c: "}}[zh])
	perLine := pick([]string{"\n", "  ", "\t"})
	inline := r.IntN(2) == 0
	answerMark := pick(map[bool][]string{true: {"答案：%s", "【答案】%s", "参考答案：%s", "正确答案: %s"}, false: {"Answer: %s", "Ans: %s", "Correct answer: %s", "**Answer:** %s"}}[zh])
	whyMark := pick(map[bool][]string{true: {"解析：%s", "【解析】%s"}, false: {"Explanation: %s", "Rationale: %s"}}[zh])
	var b strings.Builder
	p := paper{}
	if zh {
		b.WriteString("# 期末考试试卷\n\n姓名：____ 班级：____\n\n一、选择题（每题2分）\n\n")
	} else {
		b.WriteString("# Final exam\n\nName: ____ Class: ____\n\nPart I: Multiple choice\n\n")
	}
	var key []string
	choices := 5 + r.IntN(10)
	for n := 1; n <= choices; n++ {
		stem := map[bool]string{true: "下列关于" + phrase(2) + "的说法正确的是", false: "Which of these is about " + phrase(2) + "?"}[zh]
		fmt.Fprintf(&b, mark+"%s\n", n, stem)
		var options []string
		for k := range 4 {
			o := phrase(1 + r.IntN(2))
			options = append(options, fmt.Sprintf("%c. %s", 'A'+k, o))
			fmt.Fprintf(&b, letter+"%s", 'A'+k, o)
			if k < 3 {
				b.WriteString(perLine)
			}
		}
		b.WriteString("\n")
		right := r.IntN(4)
		q := Pair{Question: stem, Options: options, Answer: options[right]}
		if inline {
			fmt.Fprintf(&b, answerMark+"\n", string(rune('A'+right)))
			if r.IntN(2) == 0 {
				q.Explanation = phrase(3)
				fmt.Fprintf(&b, whyMark+"\n", q.Explanation)
			}
		} else {
			key = append(key, string(rune('A'+right)))
		}
		b.WriteString(pick([]string{"", "\n"}))
		p.truth = append(p.truth, q)
	}
	if zh {
		b.WriteString("\n二、简答题\n\n")
	} else {
		b.WriteString("\nPart II: Short answers\n\n")
	}
	var shorts []string
	begin := pick([]string{"one", "on"})
	for n := range 2 + r.IntN(4) {
		number := n + 1
		if begin == "on" {
			number += choices
		}
		stem := map[bool]string{true: "什么是" + phrase(2) + "？", false: "Explain " + phrase(2) + "."}[zh]
		answer := map[bool]string{true: "这是" + phrase(4) + "。", false: "It is " + phrase(4) + "."}[zh]
		fmt.Fprintf(&b, mark+"%s\n", number, stem)
		if inline {
			fmt.Fprintf(&b, answerMark+"\n\n", answer)
		} else {
			shorts = append(shorts, fmt.Sprintf("%d. %s", number, answer))
		}
		p.truth = append(p.truth, Pair{Question: stem, Answer: answer})
	}
	if !inline {
		b.WriteString(pick(map[bool][]string{true: {"\n# 参考答案\n\n", "\n参考答案\n", "\n答案与解析\n"}, false: {"\n## Answer Key\n\n", "\nAnswers\n", "\n**Answer key**\n"}}[zh]))
		b.WriteString(map[bool]string{true: "一、选择题\n", false: "Part I\n"}[zh])
		switch r.IntN(4) {
		case 0:
			fmt.Fprintf(&b, "1-%d %s\n", choices, strings.Join(key, ""))
		case 1:
			for i, k := range key {
				fmt.Fprintf(&b, "%d. %s  ", i+1, k)
			}
			b.WriteString("\n")
		case 2:
			for i, k := range key {
				fmt.Fprintf(&b, "%d. %s\n", i+1, k)
			}
		default:
			for i := 0; i < len(key); i += 5 {
				part := key[i:min(i+5, len(key))]
				fmt.Fprintf(&b, "%d~%d：%s ", i+1, i+len(part), strings.Join(part, " "))
			}
			b.WriteString("\n")
		}
		b.WriteString(map[bool]string{true: "二、简答题\n", false: "Part II\n"}[zh] + strings.Join(shorts, "\n") + "\n")
	}
	p.text = b.String()
	return p
}

// Two hundred papers of each language: of the pairs that are found as many are right, and of
// those that there are as many are found, as these figures say. Right is question, options,
// answer and explanation to the letter.
func TestExamPapers(t *testing.T) {
	for _, zh := range []bool{false, true} {
		right, found, all := 0, 0, 0
		for seed := range uint64(200) {
			p := newPaper(seed, zh)
			got := Text(p.text)
			found += len(got)
			all += len(p.truth)
			for _, want := range p.truth {
				ok := slices.ContainsFunc(got, func(g Pair) bool {
					return g.Question == want.Question && slices.Equal(g.Options, want.Options) && g.Answer == want.Answer && g.Explanation == want.Explanation
				})
				if ok {
					right++
				} else if testing.Verbose() {
					t.Logf("paper %d lacks %+v of\n%s\n%+v", seed, want, p.text, got)
				}
			}
		}
		precision, recall := float64(right)/float64(found), float64(right)/float64(all)
		t.Logf("chinese %v: %d of %d, %d found: recall %.4f, precision %.4f", zh, right, all, found, recall, precision)
		if precision < .99 || recall < .99 {
			t.Errorf("chinese %v: recall %.4f, precision %.4f, want .99", zh, recall, precision)
		}
	}
}

// pairsOf writes pairs as "question => answer", options between.
func pairsOf(pairs []Pair) string {
	var lines []string
	for _, p := range pairs {
		s := strings.ReplaceAll(p.Prompt(), "\n", " / ") + " => " + strings.ReplaceAll(p.Reply(), "\n", " / ")
		lines = append(lines, s)
	}
	return strings.Join(lines, "\n")
}

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"key by sections", "一、选择题\n1. 甲（ ）\nA. 一  B. 二\n二、判断题\n1. 地球是圆的。\n2. 月亮是方的。\n参考答案\n一、1. B\n二、1-2 √×", "甲（ ） / A. 一 / B. 二 => B. 二\n地球是圆的。 => √\n月亮是方的。 => ×"},
		{"answer in place", "1、首都是（ B ）。\nA．上海　B．北京", "首都是（  ）。 / A. 上海 / B. 北京 => B. 北京"},
		{"several right", "1. Which?\nA. a\nB. b\nC. c\nAnswer: A, C", "Which? / A. a / B. b / C. c => A. a / C. c"},
		{"options in the line", "2. Sum? A. 3 B. 4\nAns: B", "Sum? / A. 3 / B. 4 => B. 4"},
		{"a key that is too short", "1. Which?\nA. a\nB. b\n\nAnswers\n1. D", ""},
		{"a table of answers", "1. Which?\nA. a\nB. b\n2. What?\nA. c\nB. d\n\n参考答案\n\n| 题号 | 1 | 2 |\n| --- | --- | --- |\n| 答案 | B | A |", "Which? / A. a / B. b => B. b\nWhat? / A. c / B. d => A. c"},
		{"answer and why on a line", "1. 甲？\n【答案】乙【解析】丙", "甲？ => 乙 / 解析：丙"},
		{"a list is no exam", "1. Buy milk.\n2. Buy bread.\n\nAnswers vary.", ""},
		{"a version is no number", "1.2 Version\nAnswer: none", ""},
		{"dialogue", "Q: What is it?\nA: A tool.\nIt is small.\n\nQ2. Why?\nA2. Because of that.", "What is it? => A tool. / It is small.\nWhy? => Because of that."},
		{"one line", "Q: What is it? A: A tool. It is small.\nQ: Why? A: Because of that. Q: Who? **A:** The miller.", "What is it? => A tool. It is small.\nWhy? => Because of that.\nWho? => The miller."},
		{"one line in words", "Question: Name the tides. Answer: Ebb and flood.", "Name the tides. => Ebb and flood."},
		{"one line in Chinese", "问：能退货吗？答：七天之内可以退货。问：运费呢？ 答：由买家承担。", "能退货吗？ => 七天之内可以退货。\n运费呢？ => 由买家承担。"},
		{"letters that are names", "Q: Is it good. Vitamin A: is it good?\nA: Plan A: yes. B: no.", "Is it good. Vitamin A: is it good? => Plan A: yes. B: no."},
		{"chinese dialogue", "问：能退货吗？\n答：七天之内可以退货。\n问：运费呢？\n答：由买家承担。", "能退货吗？ => 七天之内可以退货。\n运费呢？ => 由买家承担。"},
		{"headings", "# Page\n\n## What is it?\n\nA tool.\n\n## How is it used?\n\nBy hand.\n\n## History\n\nOld.", "What is it? => A tool.\nHow is it used? => By hand."},
		{"one heading alone", "# Page\n\n## What is it?\n\nA tool.", ""},
		{"bold questions of a FAQ", "# FAQ\n\n**1. What is it?**\n\nA tool.\n\n**How?**\n\nBy hand.", "What is it? => A tool.\nHow? => By hand."},
		{"plain questions of a FAQ", "常见问题\n如何退货？\n七天内联系客服。\n运费由谁承担？\n买家。", "如何退货？ => 七天内联系客服。\n运费由谁承担？ => 买家。"},
		{"a table of questions", "| No. | Question | Answer |\n| --- | --- | --- |\n| 1 | What is it? | A tool. |\n| 2 | Who? | She. |\n\n| a | b |\n| --- | --- |\n| c | d |", "What is it? => A tool.\nWho? => She."},
		{"nothing", "Some text. Is it? It is.", ""},
		{"empty", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := pairsOf(Text(c.in)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// The spans lead to the words.
func TestSpans(t *testing.T) {
	for seed := range uint64(40) {
		p := newPaper(seed, seed%2 == 1)
		for _, g := range Text(p.text) {
			stem, _, _ := strings.Cut(g.Question, "\n")
			if !strings.Contains(p.text[g.Start:g.End], stem) || g.AnswerStart > g.AnswerEnd {
				t.Fatalf("%+v: %q, %q", g, p.text[g.Start:g.End], p.text[g.AnswerStart:g.AnswerEnd])
			}
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add(newPaper(1, false).text)
	f.Add(newPaper(2, true).text)
	f.Add("# FAQ\n**1. a?**\nb\nQ: c\nA: d")
	f.Fuzz(func(t *testing.T, s string) {
		for _, p := range Text(s) {
			if p.Start < 0 || p.End > len(s) || p.Start > p.End || p.AnswerStart < 0 || p.AnswerEnd > len(s) || p.AnswerStart > p.AnswerEnd || p.Answer == "" {
				t.Fatalf("%+v of %d bytes", p, len(s))
			}
		}
	})
}
