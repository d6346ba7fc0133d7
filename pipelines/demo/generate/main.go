// Command generate makes the embedded demo crawl of package demo from the
// articles in its folder source. The same sources always give the same bytes.
//
// A source starts with front matter, lines of "key: value" (url, title,
// template, lang and kind are required; author, price, charset, declared and
// fate are not; pii is a note for readers), and a line "---". Then each line
// is a block: "## " a heading, "? " a question, "> name: " a post or review,
// "| " a table row, anything else a paragraph; code stands between lines of
// three backquotes. charset is the encoding of the bytes that are served,
// declared what the page claims, fate overrides what follows from the language.
//
// The files it writes are embedded by the package that it imports, so they
// must exist before it can be built; git has them.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	dir := flag.String("dir", "pipelines/demo", "folder of package demo: source is read from it, the files are written to it")
	flag.Parse()
	if err := run(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	articles, err := readArticles(os.DirFS(filepath.Join(dir, "source")))
	if err != nil {
		return err
	}
	outs, err := build(articles)
	if err != nil {
		return err
	}
	total := 0
	for _, o := range outs {
		if err := os.WriteFile(filepath.Join(dir, o.name), o.data, 0o644); err != nil {
			return err
		}
		total += len(o.data)
	}
	fmt.Printf("%d files, %d bytes\n", len(outs), total)
	return nil
}
