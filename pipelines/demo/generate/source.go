package main

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// article is one hand-written text with its front matter.
type article struct {
	file     string // name in the folder source
	url      string
	title    string
	template string
	lang     string // BCP 47, as in the lang attribute
	kind     string
	author   string
	price    string
	charset  string // encoding of the bytes
	declared string // encoding that the page claims, or "none"
	fate     string // "" means that it follows from the language
	body     []block
}

// block is one piece of an article.
type block struct {
	kind blockKind
	text string   // heading, paragraph, question, post, or code with its line ends
	who  string   // author of a post
	rows []string // cells of a table row
}

type blockKind int

const (
	paragraph blockKind = iota
	heading
	question
	post
	code
	row
)

// prose reports whether the block consists of sentences that may be edited.
func (b block) prose() bool { return b.kind == paragraph || b.kind == post }

// readArticles parses every file of the folder, in the order of their names.
func readArticles(dir fs.FS) ([]article, error) {
	names, err := fs.Glob(dir, "*.md")
	if err != nil {
		return nil, err
	}
	var all []article
	for _, name := range names {
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		a, err := parseArticle(path.Base(name), string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, a)
	}
	return all, nil
}

func parseArticle(name, text string) (article, error) {
	a := article{file: name, charset: "utf-8", declared: "utf-8"}
	front, body, ok := strings.Cut(text, "\n---\n")
	if !ok {
		return a, fmt.Errorf("no line '---' after the front matter")
	}
	ignored := "" // pii is a note for readers; the truth finds the addresses itself
	fields := map[string]*string{
		"url": &a.url, "title": &a.title, "template": &a.template, "lang": &a.lang,
		"kind": &a.kind, "author": &a.author, "price": &a.price, "charset": &a.charset,
		"declared": &a.declared, "fate": &a.fate, "pii": &ignored,
	}
	for line := range strings.SplitSeq(front, "\n") {
		key, value, ok := strings.Cut(line, ": ")
		field := fields[key]
		if !ok || field == nil {
			return a, fmt.Errorf("unknown front matter %q", line)
		}
		*field = value
	}
	for _, need := range []string{"url", "title", "template", "lang", "kind"} {
		if *fields[need] == "" {
			return a, fmt.Errorf("front matter lacks %q", need)
		}
	}
	a.body = parseBody(body)
	if len(a.body) == 0 {
		return a, fmt.Errorf("no text")
	}
	return a, nil
}

// parseBody reads one block a line, except for code between lines of ```.
func parseBody(body string) []block {
	var blocks []block
	var codeLines []string
	inCode := false
	for line := range strings.SplitSeq(body, "\n") {
		switch {
		case line == "```" && inCode:
			blocks = append(blocks, block{kind: code, text: strings.Join(codeLines, "\n")})
			inCode, codeLines = false, nil
		case line == "```":
			inCode = true
		case inCode:
			codeLines = append(codeLines, line)
		case strings.TrimSpace(line) == "":
		default:
			blocks = append(blocks, parseLine(line))
		}
	}
	return blocks
}

func parseLine(line string) block {
	if rest, ok := strings.CutPrefix(line, "## "); ok {
		return block{kind: heading, text: rest}
	}
	if rest, ok := strings.CutPrefix(line, "? "); ok {
		return block{kind: question, text: rest}
	}
	if rest, ok := strings.CutPrefix(line, "> "); ok {
		who, said, _ := strings.Cut(rest, ": ")
		return block{kind: post, who: who, text: said}
	}
	if strings.HasPrefix(line, "| ") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		return block{kind: row, rows: cells}
	}
	return block{kind: paragraph, text: line}
}

// plainText is the main text of an article, the text that truth is about.
func plainText(body []block) string {
	var b strings.Builder
	for _, x := range body {
		if x.kind == row {
			b.WriteString(strings.Join(x.rows, " "))
		} else {
			b.WriteString(x.text)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
