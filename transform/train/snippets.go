package main

import "strings"

// onlySnippets reports a page of which a few pieces of content and of furniture are
// known.
func (d *doc) onlySnippets() bool { return d.gold == "" }

// holds counts the snippets in a text.
func holds(text string, snippets []string) (n int) {
	for _, s := range snippets {
		if s = fold(s); s != "" && strings.Contains(text, s) {
			n++
		}
	}
	return n
}

// fold makes one space of all white space.
func fold(s string) string { return strings.Join(strings.Fields(s), " ") }
