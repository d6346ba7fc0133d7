package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/ledger"
)

func (p *program) initCommand() *cobra.Command {
	var out, name string
	c := &cobra.Command{
		Use:   "init PATH...",
		Short: "Write a pipeline for files",
		Long: `Writes a pipeline for the files that it is pointed at: files, folders, patterns
and locations such as s3://bucket/crawl/*.warc.gz. It looks at some of the local
files: what they are, by their bytes; which column has the text, which the
address; and in which languages a sample of the texts is. The pipeline says in
comments what was found and what could be set otherwise. A file that is there is
not overwritten.`,
		Example: "  corpusmill init data/            # writes pipeline.yaml\n  corpusmill init 'dump/*.parquet' --out dump.yaml",
		Args:    someFiles,
	}
	c.Flags().StringVarP(&out, "out", "o", "pipeline.yaml", "file to write; - is standard output")
	c.Flags().StringVar(&name, "name", "", "name of the pipeline (default that of the first path)")
	c.RunE = func(c *cobra.Command, args []string) error {
		if _, err := os.Lstat(out); err == nil && out != "-" {
			return usageError{fmt.Errorf("%s is there already: name another file with --out, or move it away", out)}
		}
		found, err := p.lookAround(c.Context(), args)
		if err != nil {
			return err
		}
		if name == "" {
			name = nameOf(args[0])
		}
		text := pipelineFor(name, args, found)
		if out == "-" {
			_, err := fmt.Fprint(p.stdout, text)
			return err
		}
		f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			return usageError{fmt.Errorf("%s is there already: name another file with --out", out)}
		}
		if err != nil {
			return err
		}
		_, err = f.WriteString(text)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		for _, s := range found {
			fmt.Fprintf(p.stdout, "%s: %s\n", s.kind, s.summary())
		}
		fmt.Fprintf(p.stdout, "wrote %s; next: corpusmill check %[1]s, then corpusmill run %[1]s --limit 1000\n", shellQuoted(out))
		return nil
	}
	return c
}

// nameOf makes the name of a pipeline of a path.
func nameOf(path string) string {
	base := filepath.Base(strings.TrimRight(path, "/"))
	if i := strings.IndexAny(base, ".*?[{"); i >= 0 {
		base = base[:i]
	}
	base = strings.Trim(strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, base), "-")
	if base == "" {
		return "corpus"
	}
	return base
}

// Bounds of what is looked at.
const (
	walkedMax    = 200_000 // entries of folders
	lookedFiles  = 3       // of one ending
	sampledTexts = 200     // of one source
	sampleBytes  = 64 << 20
)

// found is a source that the pipeline gets.
type found struct {
	kind     string // name of the source
	patterns []string
	files    int
	bytes    int64
	samples  []string // files that are looked at
	unseen   bool     // nothing was read of it

	columns       []foundColumn // of a table
	text, id, url string        // of them
	urlByValues   bool          // the name of url does not say what it is
	texts         int           // that were looked at
	langs         []langShare
}

// names reports whether files that are texts or documents have names of a language of markup.
func (s *found) names(media string) bool {
	return (s.kind == "text" || s.kind == "documents") && slices.ContainsFunc(slices.Concat(s.patterns, s.samples), func(name string) bool { return format.NamedMedia(name) == media })
}

type foundColumn struct {
	name, kind string
	text       bool
}

type langShare struct {
	lang  string
	share float64
}

func (s *found) summary() string {
	var parts []string
	if s.unseen {
		parts = append(parts, "not looked at")
	} else {
		parts = append(parts, plural(int64(s.files), "file"), human(s.bytes))
	}
	if len(s.columns) > 0 {
		parts = append(parts, "text in "+s.text)
	}
	if l := langWords(s.langs); l != "" {
		parts = append(parts, l)
	}
	return strings.Join(parts, ", ")
}

func langWords(langs []langShare) string {
	words := make([]string, 0, 6)
	for i, l := range langs {
		if i == 6 {
			break
		}
		words = append(words, fmt.Sprintf("%s %.0f %%", l.lang, 100*l.share))
	}
	return strings.Join(words, ", ")
}

// lookAround finds the sources that paths are of.
func (p *program) lookAround(ctx context.Context, paths []string) ([]*found, error) {
	var list []*found
	empty := 0 // files that hold nothing
	of := func(kind string) *found {
		for _, s := range list {
			if s.kind == kind {
				return s
			}
		}
		s := &found{kind: kind}
		list = append(list, s)
		return s
	}
	for _, path := range paths {
		if strings.Contains(path, "://") || strings.HasPrefix(path, "cc:") || strings.HasPrefix(path, "embedded:") {
			kind := kindByName(path)
			if kind == "" {
				return nil, usageError{fmt.Errorf("%s: its name does not say what it is: end it with a pattern such as *.warc.gz, *.jsonl.zst, *.parquet", path)}
			}
			s := of(kind)
			s.patterns, s.unseen = append(s.patterns, path), true
			continue
		}
		if _, err := os.Stat(filepath.Join(path, ledger.PlanFile)); err == nil {
			return nil, usageError{fmt.Errorf("%s: the folder of a run: its documents are in %s, or where its sinks have their folders", path, filepath.Join(path, "parts"))}
		}
		groups, err := localFiles(path)
		if err != nil {
			return nil, err
		}
		for _, g := range groups {
			if g.bytes == 0 {
				empty += len(g.files)
			}
			kind, err := g.kind(ctx)
			if err != nil {
				return nil, err
			}
			if kind == "" {
				continue
			}
			s := of(kind)
			s.patterns = append(s.patterns, g.pattern)
			s.files += len(g.files)
			s.bytes += g.bytes
			s.samples = append(s.samples, g.files[:min(len(g.files), lookedFiles)]...)
		}
	}
	list = joinDocuments(list)
	if len(list) == 0 && empty > 0 {
		return nil, usageError{fmt.Errorf("%s: %s, nothing in any", strings.Join(paths, ", "), plural(int64(empty), "file"))}
	}
	if len(list) == 0 {
		return nil, usageError{fmt.Errorf("%s: no file that a source reads: want web archives, JSON lines, Parquet, Arrow, HTML, text, PDF, office documents, dumps of MediaWiki or Stack Exchange", strings.Join(paths, ", "))}
	}
	for _, s := range list {
		if s.unseen {
			continue
		}
		if err := p.lookInto(ctx, s); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// joinDocuments makes one source of pages, texts and documents where there are documents.
func joinDocuments(list []*found) []*found {
	if !slices.ContainsFunc(list, func(s *found) bool { return s.kind == "documents" }) {
		return list
	}
	all := &found{kind: "documents"}
	var rest []*found
	for _, s := range list {
		if s.kind != "documents" && s.kind != "html" && s.kind != "text" {
			rest = append(rest, s)
			continue
		}
		all.patterns = append(all.patterns, s.patterns...)
		all.samples = append(all.samples, s.samples...)
		all.files, all.bytes, all.unseen = all.files+s.files, all.bytes+s.bytes, all.unseen || s.unseen
	}
	return append(rest, all)
}

// kindByName tells a source by the end of a name.
func kindByName(path string) string {
	if path = strings.ToLower(path); strings.HasPrefix(path, "cc:") && strings.HasSuffix(path, "/wet") {
		return "warc"
	}
	base := filepath.Base(path)
	for _, x := range []struct{ part, kind string }{
		{".warc", "warc"}, {".wet", "warc"}, {".arc", "warc"}, {"/warc", "warc"}, {".jsonl", "jsonl"}, {".ndjson", "jsonl"}, {".json", "jsonl"},
		{".parquet", "parquet"}, {".arrow", "arrow"}, {".feather", "arrow"}, {"pages-articles", "mediawiki"}, {"posts.xml", "stackexchange"},
		{".pdf", "documents"}, {".docx", "documents"}, {".pptx", "documents"}, {".xlsx", "documents"}, {".odt", "documents"}, {".epub", "documents"}, {".html", "html"}, {".htm", "html"}, {".txt", "text"}, {".md", "text"}, {".tex", "text"},
	} {
		if strings.Contains(base, x.part) || strings.HasSuffix(path, x.part) {
			return x.kind
		}
	}
	return ""
}
