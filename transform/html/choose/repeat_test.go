package choose

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/score"
)

// A body that comes once more in one piece is dropped; a short text, and one
// that shares less of its words, is not.
func TestDropRepeats(t *testing.T) {
	var words []string
	for i := range 60 {
		words = append(words, "word"+string(rune('a'+i%26))+string(rune('a'+i/26)))
	}
	one, two := strings.Join(words[:35], " "), strings.Join(words[35:], " ")
	han := "第一句话是为了让这一段文字更长一些因为太短的段落根本不会被检查到中文网页常常把正文再写一遍给搜索引擎看所以要找出来并且丢掉第二次出现的那一整段文字才行啊"
	for _, c := range []struct {
		name, page string
		keep       string
	}{
		{"in one piece", "<p>" + one + "<p>" + two + "<p>" + one + " " + two, "yyn"},
		{"other text", "<p>" + one + "<p>" + strings.Join(words[10:35], " ") + " and other words that nobody wrote before", "yy"},
		{"short", "<p>" + one + "<p>" + two + "<p>" + strings.Join(words[:24], " "), "yyy"},
		{"Han", "<p>" + han + "<p>" + han[:len(han)-3], "yn"},
		{"marked up", "<p>" + one + "<p><b>" + strings.Join(words[:20], " ") + "</b> <i>" + strings.Join(words[20:35], " ") + "</i>.", "yn"},
	} {
		x := scored(t, c.page, 1)
		for i := range x.p.Blocks {
			x.p.Blocks[i].Keep = true
		}
		for range 2 { // the filter is cleared between pages
			x.dropRepeats()
		}
		got := ""
		for i := range x.p.Blocks {
			got += map[bool]string{true: "y", false: "n"}[x.p.Blocks[i].Keep]
		}
		if got != c.keep {
			t.Errorf("%s: kept %s, want %s", c.name, got, c.keep)
		}
	}
}

// Comments go down under an article with a body, and only there.
func TestLowerReplies(t *testing.T) {
	body := strings.Repeat("words of a body that is long enough for an article ", 12)
	comment := `<div><div class="comments"><p>` + strings.Repeat("words of a reader ", 6) + "</div></div>"
	for _, c := range []struct {
		page    string
		article float32
		score   float32 // of the comment
		want    float32
	}{
		{"<p>" + body + comment, repliesKind, repliesMeant - 0.01, repliesFactor},
		{"<p>" + body + comment, repliesKind - 0.01, repliesMeant - 0.01, 1},
		{"<p>" + body + comment, repliesKind, repliesMeant, 1}, // reviews that the article is made of
		{"<p>Short." + comment, 1, 0.5, 1},
	} {
		x := scored(t, c.page, 1)
		last := &x.p.Blocks[len(x.p.Blocks)-1]
		last.Score = c.score
		x.s.Kinds = [score.Kinds]float32{c.article}
		x.lowerReplies()
		if s := last.Score / c.score; !near(s, c.want) || x.p.Blocks[0].Score != 1 {
			t.Errorf("%.30s, article %v: comment %v", c.page, c.article, s)
		}
	}
}

// A long text with a number of its own, or that asks where the other calls, is none that
// comes twice.
func TestDropRepeatsTells(t *testing.T) {
	long := func(number, end string) string {
		return "In the third quarter of that year the mill by the river ground " + number + " sacks of rye for the villages " +
			"of the valley while the people of the hills, who had no mill and little water, went on with the stones of their fathers and " +
			"came down to the river only for the fair, as all of them had done since the great flood" + end
	}
	han := func(number, end string) string {
		return strings.Repeat("河边的磨坊在那一年为山谷里的村庄磨了很多黑麦而山上的人们只在赶集的时候才下来", 2) + number + "袋粮食都在这里磨完了" + end
	}
	var body string
	for i := range repeatFresh {
		body += " word" + string(rune('a'+i%26)) + string(rune('a'+i/26))
	}
	for _, c := range []struct {
		one, two string
		drop     bool
	}{
		{long("41", "."), long("41", "."), true},
		{long("41", "."), long("41", "?"), false},
		{long("41", "!"), long("41", "?"), false},
		{long("41", "."), long("42", "."), false},
		{long("4", "."), long("-4", "."), false},
		{"7 " + long("41", "."), "8 " + long("41", "."), false},
		{long("41", " of 7."), long("41", " of 8."), false},
		{long("41", ".") + body, long("42", ".") + body, true}, // one number in so many words is a slip
		{long("41", ".") + body, long("42", ".") + body + " 7 of them.", false},
		{han("３", "？"), han("３", "？"), true},
		{han("３", "？"), han("４", "？"), false},
		{han("３", "？"), han("３", "！"), false},
	} {
		x := scored(t, "<p>"+c.one+"</p><div><p>"+c.two+"</div>", 1)
		for i := range x.p.Blocks {
			x.p.Blocks[i].Keep = true
		}
		x.dropRepeats()
		if got := !x.p.Blocks[1].Keep; got != c.drop {
			t.Errorf("%q and %q: dropped %v", c.one, c.two, got)
		}
	}
}

func TestStamped(t *testing.T) {
	for text, want := range map[string]bool{
		"Topic starter 09/05/2024 1:12 pm": true,
		"Posted 2024-05-09 13:12:55":       true,
		"Joined the talk May 9, 2024 1:12": true,
		"Topic starter 09/05/2024":         false,
		"Topic starter 1:12 pm":            false,
		"Round 2: 09/05/2024 1:12 pm":      false,
		"09/05/2024 1:12 pm to 2:12 pm":    false,
		"May 2024 1:12":                    false,
		"9/5/2024 1:12 for 4512 sacks":     false,
		"9/5/2024 1:12 for 451 sacks":      false,
		"words":                            false,
		"":                                 false,
	} {
		if stamped([]byte(text)) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

// The heads of posts go where a forum has text between them; times in a row stay.
func TestPostHead(t *testing.T) {
	head := func(day string) string { return "<p>The one who asked, 0" + day + "/05/2024 1:12 pm" }
	for _, c := range []struct {
		page  string
		forum float32
		want  bool
	}{
		{head("1") + "<p>What a mill<p>Indeed" + head("2"), headKind, true},
		{head("1") + "<p>What a mill<p>Indeed" + head("2"), headKind - 0.01, false},
		{head("1") + "<p>What a mill" + head("2") + head("3"), headKind, false},
		{head("1") + "<p>What a mill" + head("2") + " of 7 mills", headKind, false},
	} {
		x := scored(t, c.page, 1)
		x.s.Kinds[score.OnForum] = c.forum
		if got := x.postHead(len(x.p.Blocks) - 1); got != c.want {
			t.Errorf("%q, forum %v: %v", c.page, c.forum, got)
		}
	}
}

// The cells of a table's row stay where they say what another row's say; other texts that
// come twice go.
func TestEqualCells(t *testing.T) {
	const said = "no sack of rye was sold in all of the year"
	for page, want := range map[string]int{
		"<table><tr><td>1840<td>" + said + "<tr><td>1850<td>" + said + "</table>": 4,
		"<p>1840<p>" + said + "<p>1850<div><p>" + said + "</div>":                 3,
		"<p>1840<p>" + said + "<p>1850<p>" + said:                                 4, // its author says so twice
	} {
		x := scored(t, page, 1)
		x.Choose(x.p, x.s, x.d, Options{})
		if got := x.Kept(); got != want {
			t.Errorf("%s: %d blocks kept, want %d", page, got, want)
		}
	}
}

// What an author says twice, in two blocks side by side, stays where both are content.
func TestSaidAgain(t *testing.T) {
	const said = "no sack of rye was sold in all of the year"
	for page, want := range map[string]bool{
		"<div><p>" + said + "<p>and<p>" + said + "</div>":           true,
		"<div><p>" + said + "</div><div><p>" + said + "</div>":      false,
		"<p>" + said + "</p><div><p>" + said + "</div>":             false,
		"<ul><li>" + said + "<li>and<li>" + said + "</ul>":          true,
		"<ul><li><p>" + said + "<li><p>and<li><p>" + said + "</ul>": false,
	} {
		for _, score := range []float32{againScore, againScore - 0.01} {
			x := scored(t, page, score)
			b := &x.p.Blocks[len(x.p.Blocks)-1]
			if !b.Repeats() {
				t.Fatalf("%s: no repetition", page)
			}
			if got := x.saidAgain(b); got != (want && score >= againScore) {
				t.Errorf("%s, score %v: %v", page, score, got)
			}
		}
	}
}
