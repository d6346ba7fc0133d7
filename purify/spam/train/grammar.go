package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// grammar is templates and the words that they are filled with.
type grammar struct {
	words map[string][]string
	rng   *rand.Rand
}

// seps stand between the items of a list.
var seps = []string{" ", " ", ",", "、", "，", "_", "-", "|", "/", " | ", "丨", "·", "；", "——", ""}

// maxDepth bounds words within words.
const maxDepth = 4

// readGrammar reads the words of a folder.
func readGrammar(folder string, seed uint64) (*grammar, error) {
	g := &grammar{words: map[string][]string{"sep": seps}, rng: rand.New(rand.NewPCG(seed, 9))}
	b, err := os.ReadFile(filepath.Join(folder, "words.txt"))
	if err != nil {
		return nil, err
	}
	name := ""
	for l := range strings.Lines(string(b)) {
		l = strings.TrimSpace(l)
		if list, found := strings.CutPrefix(l, "= "); found {
			name = list
		} else if name != "" && l != "" {
			g.words[name] = append(g.words[name], strings.Split(l, "|")...)
		}
	}
	return g, nil
}

// fill fills a template.
func (g *grammar) fill(template string, set map[string]string, depth int) (string, error) {
	var out strings.Builder
	for template != "" {
		before, rest, found := strings.Cut(template, "{")
		out.WriteString(before)
		if !found {
			break
		}
		slot, after, found := strings.Cut(rest, "}")
		if !found || depth > maxDepth {
			return "", fmt.Errorf("%q: a slot that does not end, or words within words without end", template)
		}
		template = after
		if name, list, found := strings.Cut(slot, ":"); found {
			word, err := g.fill("{"+list+"}", set, depth+1)
			if err != nil {
				return "", err
			}
			set[strings.TrimPrefix(name, "=")] = word
			continue
		}
		if word := set[slot]; word != "" {
			out.WriteString(word)
			continue
		}
		if slot == "n" {
			out.WriteByte(byte('1' + g.rng.IntN(9)))
			continue
		}
		list := g.words[slot]
		if len(list) == 0 {
			return "", fmt.Errorf("no list is called %q", slot)
		}
		word, err := g.fill(list[g.rng.IntN(len(list))], set, depth+1)
		if err != nil {
			return "", err
		}
		out.WriteString(word)
	}
	return out.String(), nil
}

// templates adds what a file's templates are filled to, so many times each.
func (c *passages) templates(g *grammar, path string, spam bool, o *settings) (list []*line, err error) {
	kind := ""
	err = each(path, func(b []byte) error {
		text := string(bytes.TrimSpace(b))
		if name, found := strings.CutPrefix(text, "## "); found {
			kind = name
			return nil
		}
		if kind == "" || text == "" {
			return nil
		}
		of := line{kind: kind, set: "grammar", spam: spam, weight: o.grammar}
		for range o.each {
			filled, err := g.fill(text, map[string]string{}, 0)
			if err != nil {
				return err
			}
			list = c.add(list, strings.ReplaceAll(filled, `\n`, "\n"), of)
		}
		return nil
	})
	return list, err
}

// made are the lines of templates.
func (c *passages) made(o *settings) (list []*line, err error) {
	if o.grammar == 0 {
		return nil, nil
	}
	g, err := readGrammar(o.rules, o.seed)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"spam", "sound"} {
		lines, err := c.templates(g, filepath.Join(o.rules, name+".txt"), name == "spam", o)
		if err != nil {
			return nil, err
		}
		list = append(list, lines...)
	}
	return list, nil
}
