package transform

import (
	"strings"
	"testing"
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
		for i := range x.p.blocks {
			x.p.blocks[i].keep = true
		}
		for range 2 { // the filter is cleared between pages
			x.dropRepeats()
		}
		got := ""
		for i := range x.p.blocks {
			got += map[bool]string{true: "y", false: "n"}[x.p.blocks[i].keep]
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
		want    float32
	}{
		{"<p>" + body + comment, repliesKind, repliesFactor},
		{"<p>" + body + comment, repliesKind - 0.01, 1},
		{"<p>Short." + comment, 1, 1},
	} {
		x := scored(t, c.page, 1)
		x.kinds = [Kinds]float32{c.article}
		x.lowerReplies()
		if s := x.p.blocks[len(x.p.blocks)-1].score; !near(s, c.want) || x.p.blocks[0].score != 1 {
			t.Errorf("%.30s, article %v: comment %v", c.page, c.article, s)
		}
	}
}

// Only equal text is a repeat, whatever its tags, references and white space.
func TestRepeats(t *testing.T) {
	for _, c := range []struct {
		one, two string
		repeats  bool
	}{
		{"In March the mill ground 41 sacks of rye", "In March the mill ground 41 sacks of rye", true},
		{"In March the mill ground 41 sacks of rye", "In  <b>March</b> the\nmill ground&nbsp;41 sacks of rye", true},
		{"In March the mill ground 41 sacks of rye", "In March the mill ground 42 sacks of rye", false},
		{"In March the mill ground 41 sacks of rye", "In March the mill ground 14 sacks of rye", false},
		{"12 + 3 = 15 so 4 remain for the mill", "1 + 23 = 15 so 4 remain for the mill", false},
		{"Was the rye ground before the miller came home?", "Was the rye ground before the miller came home!", false},
		{"The millers, who slept, lost all of their rye", "The millers who slept lost all of their rye", false},
		{"It fell by -5 degrees at the mill last night", "It fell by +5 degrees at the mill last night", false},
		{"The rye was worth £5 a sack in that year", "The rye was worth ¥5 a sack in that year", false},
		{"The rye was worth $5 a sack in that year", "The rye was worth €5 a sack in that year", false},
		{"The wheel had a face of 6 m² at the mill", "The wheel had a face of 6 m³ at the mill", false},
		{"The wheel had a face of 6 m&sup2; at the mill", "The wheel had a face of 6 m&sup3; at the mill", false},
		{"They paid &#49; crown for each sack of their rye", "They paid &#50; crown for each sack of their rye", false},
		{"The miller was happy that day with rye 🙂", "The miller was happy that day with rye 🙁", false},
		{"第3队在下午两点到达磨坊。", "第4队在下午两点到达磨坊。", false},
		{"第３队在下午两点到达磨坊。", "第４队在下午两点到达磨坊。", false},
		{"他们下午两点到达磨坊了吗？", "他们下午两点到达磨坊了吗！", false},
		{"他们下午两点到达磨坊了吗？", "他们下午两点到达磨坊了吗？", true},
		{"في عام ٤١ طحنت الطاحونة كل الشعير في القرية", "في عام ٤٢ طحنت الطاحونة كل الشعير في القرية", false},
		{"too short to matter here, 41", "too short to matter here, 41", false},
	} {
		// The first pair is between others, so that the running state is not at its start.
		x := scored(t, "<p>Others came before and said much more<p>"+c.one+"<p>And they slept<p>"+c.two, 1)
		if got := x.p.blocks[3].repeats(); got != c.repeats || x.p.blocks[1].repeats() {
			t.Errorf("%q and %q: %v, want %v", c.one, c.two, got, c.repeats)
		}
	}
}

// Of three texts of one shape, only those that are equal repeat.
func TestRepeatsOfOneShape(t *testing.T) {
	x := scored(t, "<p>Round 1 took the boat 12 minutes and 34 seconds<p>Round 2 took the boat 12 minutes and 34 seconds"+
		"<p>Round 2 took the boat 12 minutes and 34 seconds<p>Round 1 took the boat 12 minutes and 34 seconds", 1)
	for i, want := range []int32{0, 0, 2, 1} {
		if got := x.p.blocks[i].twin; got != want {
			t.Errorf("block %d: twin %d, want %d", i, got, want)
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
		x := scored(t, "<p>"+c.one+"<p>"+c.two, 1)
		for i := range x.p.blocks {
			x.p.blocks[i].keep = true
		}
		x.dropRepeats()
		if got := !x.p.blocks[1].keep; got != c.drop {
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
		x.kinds[onForum] = c.forum
		if got := x.postHead(len(x.p.blocks) - 1); got != c.want {
			t.Errorf("%q, forum %v: %v", c.page, c.forum, got)
		}
	}
}

// Records that differ in their numbers alone all stay on a page.
func TestRecordsStay(t *testing.T) {
	frame := func(s string) string {
		return "<html><body><article><h1>The mill by the river</h1><p>The mill has stood by the river since the great flood, and its " +
			"miller keeps a book in which the work of every year is written down.</p>" + s + "<p>What the book does not say is how " +
			"many of these sacks went up to the hills, where nobody has ever counted anything at all.</p></article></body></html>"
	}
	for name, c := range map[string]struct {
		page string
		want []string
	}{
		"census": {"<p>In 1840 the mill ground 4,120 sacks of rye for 17 villages.<p>In 1850 the mill ground 3,980 sacks of rye for 19 villages.",
			[]string{"4,120", "3,980"}},
		"sums": {"<ul><li>Sum 1: what is 12 plus 30 minus 4 in all?</li><li>Sum 2: what is 31 plus 11 minus 9 in all?</li></ul>",
			[]string{"12 plus 30", "31 plus 11"}},
		"table": {"<table><tr><th>Year<th>Sacks<th>Villages<tr><td>1840<td>4120<td>17<tr><td>1850<td>3980<td>19<tr><td>1860<td>4417<td>17</table>",
			[]string{"1840 | 4120 | 17", "1850 | 3980 | 19", "1860 | 4417 | 17"}},
	} {
		pg, err := NewExtractor(nil).Extract(frame(c.page), Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(pg.Text, want) {
				t.Errorf("%s: no %q in %q", name, want, pg.Text)
			}
		}
	}
}

// The cells of a table's row stay where they say what another row's say; other texts that
// come twice go.
func TestEqualCells(t *testing.T) {
	const said = "no sack of rye was sold in all of the year"
	for page, want := range map[string]int{
		"<table><tr><td>1840<td>" + said + "<tr><td>1850<td>" + said + "</table>": 4,
		"<p>1840<p>" + said + "<p>1850<p>" + said:                                 3,
	} {
		x := scored(t, page, 1)
		x.choose(Options{})
		if got := x.kept(); got != want {
			t.Errorf("%s: %d blocks kept, want %d", page, got, want)
		}
	}
}
