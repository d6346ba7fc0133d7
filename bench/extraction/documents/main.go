// Command documents runs the stages for documents over a folder of files and
// writes one JSON line a file for documents.py to score; or over damaged copies of
// them, and says how these end.
//
//	go run ./bench/extraction/documents -dir DOCS -out ours.jsonl
//	go run ./bench/extraction/documents -dir DOCS -mutate 200 -deadline 5s
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/transform/latex"
	"github.com/corpusmill/corpusmill/transform/markdown"
	"github.com/corpusmill/corpusmill/transform/office"
	"github.com/corpusmill/corpusmill/transform/pdf"
)

func main() {
	dir := flag.String("dir", "", "folder of .pdf, .docx, .pptx, .xlsx, .odt, .epub, .md and .tex files, at any depth")
	out := flag.String("out", "", "where to write the lines")
	running := flag.Bool("keep-running", false, "keep running heads and feet of PDFs")
	lines := flag.Bool("keep-lines", false, "keep the lines of PDF pages")
	notes := flag.Bool("footnotes", false, "write footnotes and endnotes of office documents")
	form := flag.String("format", "text", "text or markdown, of all but PDF")
	numbers := flag.Bool("numbers", false, "keep sheets of numbers")
	contents := flag.Bool("keep-contents", false, "keep tables of contents of office documents")
	deadline := flag.Duration("deadline", 2*time.Minute, "of one PDF")
	memory := flag.Int64("memory", 0, "MiB of memory that pdfium may take; 0 is the stage's default")
	copies := flag.Int("mutate", 0, "instead, run over this many damaged copies of each format, in a process of its own")
	var limits limits
	flag.Int64Var(&limits.memory, "most-memory", 256, "MiB that such a process may have resident at most")
	flag.DurationVar(&limits.time, "most-time", 5*time.Second, "what one copy may take at most, by the clock; of a PDF beside the deadline")
	flag.StringVar(&limits.kind, "kind", "", "of that process: the format")
	cache := flag.String("cache", "", "folder of the compiled pdfium")
	flag.Parse()
	p := pdf.PDFText{KeepRunning: *running, KeepLines: *lines, Deadline: *deadline, CacheFolder: *cache, MemoryBytes: config.Bytes(*memory << 20)}
	o := office.OfficeText{Footnotes: *notes, KeepContents: *contents, Format: *form}
	if *numbers {
		o.MaxNumbers = stage.Off()
	}
	var err error
	if *copies > 0 && limits.kind == "" {
		err = limits.children()
	} else {
		err = run(*dir, *out, *copies, limits, p, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "documents:", err)
		os.Exit(1)
	}
}

// line is the outcome of one file.
type line struct {
	ID     string `json:"id"` // the file's name without its extension
	Format string `json:"format"`
	Text   string `json:"text"`
	Rule   string `json:"rule,omitempty"`  // why it was rejected
	Error  string `json:"error,omitempty"` // why it went to quarantine
	CPU    int64  `json:"cpu_us"`          // user CPU
	Clock  int64  `json:"clock_us"`
}

func run(dir, out string, copies int, limits limits, p pdf.PDFText, o office.OfficeText) error {
	ctx := context.Background()
	ps, err := pdf.OpenPDFText(ctx, p, stage.NewEnv())
	if err != nil {
		return err
	}
	defer ps.Close() //nolint:errcheck // frees memory at the end of the process
	opened, err := office.OpenOfficeText(ctx, o, stage.NewEnv())
	if err != nil {
		return err
	}
	os := opened.Fork().(*office.OfficeTextStage)
	md, err := markdown.OpenMarkdownText(ctx, markdown.MarkdownText{Format: o.Format}, stage.NewEnv())
	if err != nil {
		return err
	}
	tex, err := latex.OpenLaTeXText(ctx, latex.LaTeXText{Format: o.Format}, stage.NewEnv())
	if err != nil {
		return err
	}
	stages := []applier{ps, os, md.Fork().(applier), tex}
	files, err := list(dir)
	if err != nil {
		return err
	}
	if copies > 0 {
		return mutate(files, copies, limits, stages...)
	}
	w, err := create(out)
	if err != nil {
		return err
	}
	for i, f := range files {
		l, err := one(f, stages...)
		if err != nil {
			return err
		}
		if i == 0 && l.Format == "pdf" { // pdfium is compiled on the first PDF
			if l, err = one(f, stages...); err != nil {
				return err
			}
		}
		if err := w.Encode(l); err != nil {
			return err
		}
	}
	return w.close()
}

// list returns the documents of a folder, PDFs first.
func list(dir string) (files []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && media(path) != "" {
			files = append(files, path)
		}
		return err
	})
	sort.Slice(files, func(i, j int) bool {
		a, b := format(files[i]) == "pdf", format(files[j]) == "pdf"
		if a != b {
			return a
		}
		return files[i] < files[j]
	})
	return files, err
}

func format(path string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
}

func media(path string) string {
	switch format(path) {
	case "pdf":
		return "application/pdf"
	case "docx":
		return office.DOCX
	case "pptx":
		return office.PPTX
	case "xlsx":
		return office.XLSX
	case "md":
		return markdown.Media
	case "tex":
		return latex.Media
	case "odt":
		return office.ODT
	case "epub":
		return office.EPUB
	}
	return ""
}

type applier interface {
	Apply(*corpus.Document) (corpus.Verdict, error)
}

func one(path string, stages ...applier) (line, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return line{}, err
	}
	return apply(path, raw, stages...), nil
}

func apply(path string, raw []byte, stages ...applier) line {
	name := filepath.Base(path)
	l := line{ID: strings.TrimSuffix(name, filepath.Ext(name)), Format: format(path)}
	d := &corpus.Document{Media: media(path), Raw: raw}
	clock, cpu := time.Now(), userCPU()
	for _, s := range stages {
		v, err := s.Apply(d)
		if err != nil {
			l.Error = err.Error()
			break
		}
		if !v.Kept() {
			l.Rule = v.Rule
			break
		}
	}
	l.Clock, l.CPU = time.Since(clock).Microseconds(), (userCPU() - cpu).Microseconds()
	l.Text = d.Text
	return l
}

// userCPU is the user CPU time of the process.
func userCPU() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano())
}

// lines writes JSON lines to a file.
type lines struct {
	*json.Encoder
	buffer *bufio.Writer
	file   *os.File
}

func create(path string) (*lines, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	b := bufio.NewWriter(f)
	return &lines{Encoder: json.NewEncoder(b), buffer: b, file: f}, nil
}

func (l *lines) close() error {
	err := l.buffer.Flush()
	if cerr := l.file.Close(); err == nil {
		err = cerr
	}
	return err
}
