package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestLabels(t *testing.T) {
	for _, c := range []struct{ name, blocks, gold, want string }{
		{"in order", "home about|the first text|second one|imprint", "The first text. Second one.", "0 1 1 0"},
		{"short blocks once each", "shoes|men|shoes from the house|red shoes", "Shoes from the house: red shoes", "0 0 1 1"},
		{"a gap in a block", "one two three nine four five", "one two three four five", "0.83"},
		{"another order", "a text that comes last here|and what is first of all", "and what is first of all; a text that comes last here", "1 1"},
		{"twice, long", "a b c d e f g h|x|a b c d e f g h", "a b c d e f g h", "1 0 1"},
		{"no gold", "a b c", "", "0"},
	} {
		var blocks [][]string
		for b := range strings.SplitSeq(c.blocks, "|") {
			blocks = append(blocks, words(b))
		}
		var got []string
		for _, l := range labels(blocks, words(c.gold)) {
			got = append(got, strings.TrimSuffix(fmt.Sprintf("%.2g", l), ".0"))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: labels %s, want %s", c.name, s, c.want)
		}
	}
}
