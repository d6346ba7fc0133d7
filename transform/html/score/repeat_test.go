package score

import (
	"testing"
)

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
		x := scored(t, "<p>Others came before and said much more<p>"+c.one+"<p>And they slept<p>"+c.two)
		if got := x.p.Blocks[3].Repeats(); got != c.repeats || x.p.Blocks[1].Repeats() {
			t.Errorf("%q and %q: %v, want %v", c.one, c.two, got, c.repeats)
		}
	}
}

// Of three texts of one shape, only those that are equal repeat.
func TestRepeatsOfOneShape(t *testing.T) {
	x := scored(t, "<p>Round 1 took the boat 12 minutes and 34 seconds<p>Round 2 took the boat 12 minutes and 34 seconds"+
		"<p>Round 2 took the boat 12 minutes and 34 seconds<p>Round 1 took the boat 12 minutes and 34 seconds")
	for i, want := range []int32{0, 0, 2, 1} {
		if got := x.p.Blocks[i].Twin; got != want {
			t.Errorf("block %d: twin %d, want %d", i, got, want)
		}
	}
}
