package latex

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/internal/damage"
	"github.com/corpusmill/corpusmill/stage"
)

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, in, plain, marks string }{
		{"sections", "\\section{One}\ntext\n\\subsection*{Two \\emph{b}}\nmore", "One\ntext\nTwo b\nmore", "# One\n\ntext\n\n## Two *b*\n\nmore"},
		{"chapters", "\\chapter{C}\\section[short]{S}", "C\nS", "# C\n\n## S"},
		{"paragraphs", "a % no\n   b\n%\nc\n\n\nd\\par e\\\\f", "a b c\nd\ne\nf", "a b c\n\nd\n\ne\nf"},
		{"signs", "``a'' `b' --- -- - ~ \\% \\& \\_ \\$5 \\{\\} \\ldots{} x\\,y \\LaTeX\\ z", "“a” ‘b’ — – - % & _ $5 {} … x y LaTeX z", ""},
		{"accents", `\'e \"{o} \^{\i} \c{c} \v s \~n \ss \o{} \aa{}b`, "é ö î ç š ñ ßø åb", ""},
		{"style", "\\textbf{a} {\\it b} \\texttt{c} \\emph{d \\textbf{e}} \\unknown{f} \\verb|g{|", "a b c d e f g{", "**a** b `c` d **e** f `g{`"},
		{"formulas", "$a_1$ \\(b\\) \\[c\\] $$d$$ e\\begin{align}x&=1\\label{l}\\\\y&=2\\nonumber\\end{align}", "$a_1$ $b$\n$$c$$\n$$d$$\ne\n$$\\begin{aligned} x&=1\\\\y&=2 \\end{aligned}$$", ""},
		{"money", "a \\$5 and \\$6 $x$", "a $5 and $6 $x$", ""},
		{"lists", "\\begin{itemize}\\item a\\item b\\begin{enumerate}\\item c\n\nd\\end{enumerate}\\end{itemize}\\begin{description}\\item[T] e\\end{description}f", "a\nb\nc\nd\nT e\nf", "- a\n- b\n  1. c\n\n     d\n\n- **T** e\n\nf"},
		{"table", "\\begin{table}[h]\\caption{Cap}\\begin{tabular}{|l|r|}\\hline A & B \\\\ \\hline \\multicolumn{2}{c}{x|y} \\\\[2pt] 1 & \\begin{tabular}{l}2\\\\3\\end{tabular} \\end{tabular}\\end{table}", "Cap\nA | B\nx|y\n1 | 2 3", "Cap\n\n| A | B |\n| --- | --- |\n| x\\|y |  |\n| 1 | 2 3 |"},
		{"code", "\\begin{verbatim}\n a{\\b}\n  c\n\\end{verbatim}\\begin{lstlisting}[language=C]\nint x;\n\\end{lstlisting}", " a{\\b}\n  c\nint x;", "```\n a{\\b}\n  c\n```\n\n```\nint x;\n```"},
		{"footnotes", "a\\footnote{N \\emph{b}} c\\footnote{M}.", "a c.\nN b\nM", "a[^1] c[^2].\n\n[^1]: N *b*\n\n[^2]: M"},
		{"dropped", "a\\label{x} \\cite[p.~1]{k} \\ref{y} \\includegraphics[width=1cm]{z}\\input{other}b \\begin{comment}no\\end{comment}\\iffalse no \\ifx no\\fi\\fi c", "a b c", ""},
		{"links", "\\url{http://a_b} \\href{http://c}{d}", "http://a_b d", ""},
		{"macros", "\\newcommand{\\R}{\\mathbb{R}}\\newcommand{\\hi}[2][you]{hi #1, #2}\\def\\x#1{<#1>}\\hi{me} \\hi[us]{a} \\x{b} $\\R^n$", "hi you, me hi us, a <b> $\\mathbb{R}^n$", ""},
		{"environments", "\\newenvironment{box}[1]{Box #1:}{End.}\\begin{box}{A}in\\end{box}\\begin{theorem}[T]t\\end{theorem}", "Box A:in\nEnd.\nt", "Box A:in\n\nEnd.\n\nt"},
		{"unbalanced", "a } b { c \\textbf{d", "a b c d", "a b c **d**"},
		{"unclosed", "\\begin{itemize}\\item a \\begin{tabular}{l} b & c", "a\nb | c", "- a\n\n  | b | c |\n  | --- | --- |"},
		{"formula without end", "a $ b\n\nc \\[ d", "a $ b\nc $$ d", ""},
		{"chinese", "\\section{引言}\n中文“引号”\\footnote{注}。", "引言\n中文“引号”。\n注", "# 引言\n\n中文“引号”[^1]。\n\n[^1]: 注"},
		{"document", "\\documentclass{article}\\usepackage{x}\\title{T \\& U}\\author{Ann \\and Bob}\\newcommand{\\z}{Z}\\pagestyle{empty}\nno\n\\begin{document}\\maketitle\\begin{abstract}Abs\\end{abstract}\\z\\end{document}rest", "T & U\nAnn Bob\nAbs\nZ", "# T & U\n\nAnn Bob\n\nAbs\n\nZ"},
		{"a chapter that quotes a document", "x\n\\begin{verbatim}\n\\documentclass{a}\\begin{document}\n\\end{verbatim}\ny", "x\n\\documentclass{a}\\begin{document}\ny", ""},
		{"empty", "%\n", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d, err := Read(c.in, Options{}); err != nil || d.Text != c.plain {
				t.Errorf("%q, %v, want %q", d.Text, err, c.plain)
			}
			if d, err := Read(c.in, Options{Markdown: true}); c.marks != "" && (err != nil || d.Text != c.marks) {
				t.Errorf("%q, %v, want %q", d.Text, err, c.marks)
			}
		})
	}
}

func TestMetadata(t *testing.T) {
	d, err := Read(`\documentclass{a}\title{A \textbf{b}}\author{Ann\thanks{x}}\date{May 2024}\begin{document}t\end{document}`, Options{})
	if m := d.Metadata; err != nil || m.Title != "A b" || m.Author != "Ann" || m.Date != "May 2024" {
		t.Errorf("%+v, %v", m, err)
	}
}

// Macros that expand without end, or to very much, are refused; what is long is read.
func TestLimits(t *testing.T) {
	doubling := `\def\a{bbbbbbbbbb}`
	for c := 'b'; c < 'j'; c++ {
		doubling += `\def\` + string(c) + `{` + strings.Repeat(`\`+string(c-1)+` `, 10) + `}`
	}
	for _, c := range []struct {
		name, in string
		refuse   bool
	}{
		{"itself", `\def\x{\x}\x`, true}, {"itself and more", `\def\x{a\x b}\x`, true}, {"each other", `\def\x{\y}\def\y{\x}\x`, true}, {"in a formula", `\def\x{\x\x}$\x$`, false}, {"in a formula", `\def\x{\x\x\x\x\x\x\x\x}$\x$`, true},
		{"doubling", doubling + `\i`, true}, {"doubling, not used", doubling, false},
		{"argument", `\def\x#1{#1#1#1#1}\x{\x{\x{\x{\x{\x{\x{\x{\x{\x{\x{abcdefgh}}}}}}}}}}}`, true},
		{"dollars", strings.Repeat("$a", 100_001), false}, {"braces", strings.Repeat("{", 200_000), false}, {"groups", strings.Repeat(`\textbf{`, 20_000), false},
		{"begin", strings.Repeat(`\begin{itemize}\item `, 20_000), false}, {"verbatim", strings.Repeat(`\begin{verbatim}`, 50_000), true}, {"tables", strings.Repeat(`\begin{tabular}{l}`, 20_000), false},
		{"accents", strings.Repeat(`\'`, 100_000), false}, {"options", strings.Repeat(`\cite[`, 50_000), false}, {"notes", strings.Repeat(`\footnote{a}`, 20_000), false},
	} {
		if _, err := Read(c.in, Options{Markdown: true}); errors.Is(err, ErrLimit) != c.refuse {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestStage(t *testing.T) {
	s, err := OpenLaTeXText(t.Context(), LaTeXText{Metadata: true, MaxFileBytes: 60}, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ media, raw, text, rule string }{
		{"application/x-latex; x=y", "a\\&b", "a&b", ""}, {"text/plain", "a", "", ""}, {format.MediaTeX, "% a", "", "no_text"},
		{format.MediaTeX, strings.Repeat("a", 61), "", "too_large"}, {format.MediaTeX, strings.Repeat("a", 60), strings.Repeat("a", 60), ""}, {format.MediaTeX, `\def\x{\x\x}\x`, "", "too_much"},
	} {
		d := &corpus.Document{Media: c.media, Raw: []byte(c.raw)}
		if v, err := s.Apply(d); err != nil || v.Rule != c.rule || d.Text != c.text {
			t.Errorf("%s %q: %q, %+v, %v", c.media, c.raw, d.Text, v, err)
		}
	}
}

const sample = "\\documentclass{article}\\title{T}\\newcommand{\\x}[1]{<#1>}\\begin{document}\\maketitle\\section{S}a \\x{b} $c$\\footnote{d}\n\n\\begin{itemize}\\item e\\end{itemize}\\begin{tabular}{ll}f & g\\\\\\end{tabular}\\begin{verbatim}\nh\n\\end{verbatim}\\begin{align}i&=1\\end{align}\\'e\\end{document}"

func FuzzRead(f *testing.F) {
	f.Add(sample)
	f.Fuzz(func(t *testing.T, in string) {
		if utf8.ValidString(in) {
			wantEnd(t, in)
		}
	})
}

func wantEnd(t *testing.T, in string) {
	t.Helper()
	for _, o := range []Options{{}, {Markdown: true}} {
		d, err := Read(in, o)
		if err != nil && !errors.Is(err, ErrLimit) || !utf8.ValidString(d.Text) {
			t.Errorf("%q: %q, %v", in, d.Text, err)
		}
	}
}

func TestDamaged(t *testing.T) {
	for n := range 500 {
		wantEnd(t, strings.ToValidUTF8(string(damage.Bytes(rand.New(rand.NewPCG(uint64(n), 1)), []byte(sample))), "\ufffd"))
	}
}
