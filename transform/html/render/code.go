package render

import (
	"cmp"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/token"
)

// maxLanguageBytes is the longest name of a programming language.
const maxLanguageBytes = 24

// bareLanguages are names of languages that may stand as a class of their own
// beside one that names a highlighter.
var bareLanguages = [...]string{"ada", "awk", "bash", "basic", "batch", "c", "c#", "c++", "clojure", "cmake", "cobol", "console",
	"cpp", "csharp", "css", "dart", "diff", "dockerfile", "elixir", "erlang", "fortran", "fsharp", "go", "golang", "gradle", "graphql",
	"groovy", "haskell", "hcl", "html", "http", "ini", "java", "javascript", "js", "json", "jsx", "julia", "kotlin", "latex", "lisp",
	"lua", "makefile", "markdown", "matlab", "nginx", "objc", "objectivec", "ocaml", "pascal", "perl", "php", "powershell", "prolog",
	"protobuf", "py", "python", "python3", "r", "rb", "ruby", "rust", "sass", "scala", "scheme", "scss", "sh", "shell", "sql", "swift",
	"terraform", "tex", "toml", "ts", "tsx", "typescript", "vb", "verilog", "vhdl", "xml", "yaml", "yml", "zig"}

// codeWithin is how many elements behind its <pre> a <code> is looked for: a bar with
// buttons may stand between.
const codeWithin = 12

// codeLanguage finds the language of a <pre> in its attributes, in those of a
// <code> in it and of up to three elements around it, parts of tables not counted.
func (r *Renderer) codeLanguage(pre int32) string {
	el := r.p.Elems
	for in := pre + 1; pre > 0 && int(in) < len(el) && in <= pre+codeWithin && el[in].Depth > el[pre].Depth; in++ {
		if el[in].Parent != pre || el[in].Tag != token.Code {
			continue
		}
		if l := r.languageAt(in); l != "" {
			return l
		}
	}
	for k := 0; k < 4 && pre > 0; pre = el[pre].Parent {
		if l := r.languageAt(pre); l != "" {
			return l
		}
		switch el[pre].Tag {
		case token.TD, token.TR, token.Tbody, token.Table: // a table with the lines' numbers
		default:
			k++
		}
	}
	return ""
}

func (r *Renderer) languageAt(e int32) string {
	data, class, lang := "", "", ""
	token.EachAttr(r.p.HTML, int(r.p.Elems[e].At), token.MaxSharedBytes, func(name, val string) bool {
		switch {
		case token.EqualFold(name, "data-lang"), token.EqualFold(name, "data-language"):
			data = languageName(val)
		case token.EqualFold(name, "class"):
			class = classLanguage(val)
		case token.EqualFold(name, "lang"):
			if l := languageName(val); len(l) > 2 && slices.Contains(bareLanguages[:], l) {
				lang = l
			}
		}
		return true
	})
	return cmp.Or(data, cmp.Or(class, lang))
}

// classLanguage reads language-go, lang-go, highlight-source-go, brush: go,
// sourceCode go, hljs go and their like.
func classLanguage(class string) string {
	class = class[:min(len(class), token.MaxClassBytes)]
	highlighter, brush := false, false
	found := ""
	for word := range strings.FieldsSeq(class) {
		w := strings.ToLower(word)
		if brush {
			return languageName(strings.TrimSuffix(w, ";"))
		}
		if rest, ok := strings.CutPrefix(w, "brush:"); ok {
			if rest, _, _ = strings.Cut(rest, ";"); rest != "" {
				return languageName(rest)
			}
			brush = true
			continue
		}
		for _, prefix := range [...]string{"language-", "lang-", "highlight-source-", "highlight-text-", "mw-highlight-lang-", "highlight-"} {
			if rest, ok := strings.CutPrefix(w, prefix); ok {
				if l := languageName(rest); l != "" && (prefix != "highlight-" || slices.Contains(bareLanguages[:], l)) {
					return l
				}
				break
			}
		}
		switch w {
		case "sourcecode", "hljs", "highlight", "prettyprint", "shiki", "codehilite", "syntaxhighlighter", "prism-code", "src", "code":
			highlighter = true
		default:
			if found == "" && slices.Contains(bareLanguages[:], w) {
				found = w
			}
			if rest, ok := strings.CutPrefix(w, "src-"); ok && found == "" { // org-mode
				found = languageName(rest)
			}
		}
	}
	if highlighter {
		return found
	}
	return ""
}

// languageName cleans the name of a language; "" for none.
func languageName(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "" || len(s) > maxLanguageBytes {
		return ""
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("+#._-", rune(c)) {
			return ""
		}
	}
	switch s {
	case "none", "text", "plain", "plaintext", "txt", "default", "auto", "unknown", "nohighlight", "no-highlight", "undefined", "null":
		return ""
	}
	return s
}
