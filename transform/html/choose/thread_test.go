package choose

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
)

func TestIsStamp(t *testing.T) {
	for s, want := range map[string]bool{
		"joined: 4 months ago":             true,
		"topic starter 08/05/2024 9:58 pm": true,
		"发表于 2024-5-13":                    true,
		"09/05/2024 5:51 am":               true,
		"joined the club":                  false, // no number
		"a ratio of 3 : 4":                 false,
		"chapter 12":                       false,
		"":                                 false,
		":":                                false,
	} {
		if isStamp([]byte(s)) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

// Lines about posts go down on threads alone, and text of posts never.
func TestLowerStamps(t *testing.T) {
	post := `<div class=msg><p class=meta>Posted 3 days ago</p><div class=bbWrapper>see you at 8:30 then</div></div>`
	for _, c := range []struct {
		page  string
		forum float32
		want  int // blocks lowered
	}{
		{"<div>" + post + post + "</div>", threadKind, 2},
		{"<div>" + post + post + "</div>", threadKind - 0.01, 0},
		{"<div>" + post + "</div>", 1, 0}, // no repeated structure
		{"<div>" + strings.Repeat("<p class=meta>Posted 3 days ago. Thank you.</p>", 3) + "</div>", 1, 0},
		{"<div>" + strings.Repeat("<pre>posted 3 ago</pre>", 3) + "</div>", 1, 0},
	} {
		x := scored(t, c.page, 1)
		x.s.Kinds[score.OnForum] = c.forum
		x.lowerStamps()
		n := 0
		for i := range x.p.Blocks {
			if b := &x.p.Blocks[i]; b.Lowered == dom.ByStamp {
				n++
				if b.Score >= 1 {
					t.Errorf("score %v", b.Score)
				}
			}
		}
		if n != c.want {
			t.Errorf("%.50s, forum %v: %d lowered, want %d", c.page, c.forum, n, c.want)
		}
	}
}

func TestKeepThreadTitle(t *testing.T) {
	page := "<title>Moving hives - Bee forum</title><div><h1>Moving hives</h1><p>Has anybody moved a hive in January?</p></div>"
	for forum, want := range map[float32]bool{threadKind: true, threadKind - 0.01: false} {
		x := scored(t, page, 0)
		for i := range x.p.Blocks {
			x.p.Blocks[i].Keep = false
		}
		x.s.Kinds[score.OnForum] = forum
		x.keepThreadTitle()
		if b := &x.p.Blocks[0]; b.Keep != want || want && b.Rule != dom.ByTitle {
			t.Errorf("forum %v: kept %v by %v", forum, b.Keep, b.Rule)
		}
	}
}
