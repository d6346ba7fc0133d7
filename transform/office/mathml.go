package office

import (
	"encoding/xml"
	"strings"
	"unicode/utf8"
)

// mathML writes presentation MathML 3 as TeX, as formula does with Office MathML. An
// element is written when it ends, from its arguments.
type mathML struct {
	open   []mathElement // innermost last
	tex    string        // of the formula that ended
	source string        // in TeX, where the formula brings one
	work   int           // bytes written, those of arguments again and again
}

// mathElement is an open element.
type mathElement struct {
	name  string
	attrs []xml.Attr
	args  []string // the elements in it
	text  []byte
}

// maxFormulaWork bounds mathML.work: a formula beyond it is left out.
const maxFormulaWork = 16 << 20

func (m *mathML) start(e xml.StartElement) bool {
	local := e.Name.Local
	switch local {
	case "annotation":
		if !strings.Contains(strings.ToLower(attr(e, "encoding")), "tex") {
			return false
		}
	case "annotation-xml", "mphantom", "malignmark", "maligngroup":
		return false
	}
	m.open = append(m.open, mathElement{name: local, attrs: e.Attr})
	return true
}

func (m *mathML) text(s []byte) error {
	if n := len(m.open); n > 0 {
		if m.work += len(s); m.work <= maxFormulaWork {
			m.open[n-1].text = append(m.open[n-1].text, s...)
		}
	}
	return nil
}

func (m *mathML) end(xml.Name) {
	n := len(m.open)
	if n == 0 {
		return
	}
	e := m.open[n-1]
	m.open = m.open[:n-1]
	if m.work > maxFormulaWork {
		return
	}
	if e.name == "annotation" {
		m.source = strings.Join(strings.Fields(string(e.text)), " ")
		return
	}
	s := e.tex()
	m.work += len(s)
	if n == 1 {
		m.tex = strings.TrimSpace(s)
		return
	}
	m.open[n-2].args = append(m.open[n-2].args, s)
}

// result is the formula between dollar signs, as others are written; "" for none.
func (m *mathML) result() string {
	tex := m.tex
	if m.source != "" {
		tex = m.source
	}
	if tex == "" || m.work > maxFormulaWork {
		return ""
	}
	return "$" + tex + "$"
}

// Marks of an argument list that are no text.
const (
	noScript   = "\x00none"
	preScripts = "\x00prescripts"
)

// tex writes an element.
func (e *mathElement) tex() string {
	switch e.name {
	case "mi", "mn", "mo", "mtext", "ms":
		return e.leaf()
	case "mspace":
		return " "
	case "none":
		return noScript
	case "mprescripts":
		return preScripts
	case "mfrac":
		if t := e.attr("linethickness", ""); strings.Trim(t, "0.ptemx%") == "" && t != "" {
			return "{" + e.arg(0) + ` \atop ` + e.arg(1) + "}"
		}
		return `\frac{` + e.arg(0) + "}{" + e.arg(1) + "}"
	case "msqrt":
		return `\sqrt{` + e.all() + "}"
	case "mroot":
		return `\sqrt[` + e.arg(1) + "]{" + e.arg(0) + "}"
	case "msub":
		return e.scripts(1, 0)
	case "msup":
		return e.scripts(0, 1)
	case "msubsup", "munderover":
		return e.scripts(1, 2)
	case "munder":
		return e.mark(underMarks, 1, 0)
	case "mover":
		return e.mark(overMarks, 0, 1)
	case "mmultiscripts":
		return e.multiscripts()
	case "mfenced":
		return e.fenced()
	case "mtable":
		return `\begin{matrix}` + strings.Join(e.args, ` \\ `) + `\end{matrix}`
	case "mtr":
		return strings.Join(e.args, " & ")
	case "mlabeledtr":
		return strings.Join(e.args[min(1, len(e.args)):], " & ")
	case "maction", "semantics":
		return e.arg(0)
	}
	return e.all()
}

// leaf writes a token. Names of several letters are set apart from what follows.
func (e *mathElement) leaf() string {
	s := strings.Map(func(r rune) rune {
		if r >= 0x2061 && r <= 0x2064 || r == 0x200b { // signs that only say how to read
			return -1
		}
		return r
	}, string(e.text))
	if e.name != "mtext" && e.name != "ms" {
		s = strings.TrimSpace(s)
	}
	s = escapeMath.Replace(strings.Join(append(e.args, s), ""))
	if e.name == "mi" && utf8.RuneCountInString(s) > 1 && !strings.HasSuffix(s, " ") {
		s += " "
	}
	return s
}

func (e *mathElement) attr(name, missing string) string {
	for _, a := range e.attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return missing
}

func (e *mathElement) all() string { return strings.TrimSpace(strings.Join(e.args, "")) }

// arg is an argument, "" where there is none.
func (e *mathElement) arg(i int) string {
	if i >= len(e.args) || strings.HasPrefix(e.args[i], "\x00") {
		return ""
	}
	return strings.TrimSpace(e.args[i])
}

// scripts writes the first argument with those below and above it, 0 for none.
func (e *mathElement) scripts(below, above int) string {
	s := e.arg(0)
	if below > 0 && e.arg(below) != "" {
		s += "_{" + e.arg(below) + "}"
	}
	if above > 0 && e.arg(above) != "" {
		s += "^{" + e.arg(above) + "}"
	}
	return s
}

// Commands of TeX for what stands above or below a term.
var (
	overMarks = map[string]string{
		"^": `\hat`, "ˆ": `\hat`, "\u0302": `\hat`, "~": `\tilde`, "˜": `\tilde`, "∼": `\tilde`, "\u0303": `\tilde`,
		"¯": `\bar`, "‾": `\overline`, "―": `\overline`, `\_`: `\overline`, "\u0305": `\overline`, "\u0304": `\bar`,
		"˙": `\dot`, "\u0307": `\dot`, ".": `\dot`, "¨": `\ddot`, "\u0308": `\ddot`, "⃛": `\dddot`, "ˇ": `\check`, "\u030c": `\check`,
		"˘": `\breve`, "\u0306": `\breve`, "→": `\vec`, "⃗": `\vec`, "´": `\acute`, "\u0301": `\acute`, "\x60": `\grave`, "\u0300": `\grave`,
		"⏞": `\overbrace`, "︷": `\overbrace`,
	}
	underMarks = map[string]string{
		`\_`: `\underline`, "¯": `\underline`, "‾": `\underline`, "―": `\underline`, "\u0332": `\underline`, "⏟": `\underbrace`, "︸": `\underbrace`,
	}
)

// mark writes a term with an accent, a line or a brace, else with scripts.
func (e *mathElement) mark(commands map[string]string, below, above int) string {
	if command := commands[e.arg(1)]; command != "" {
		return command + "{" + e.arg(0) + "}"
	}
	return e.scripts(below, above)
}

// multiscripts writes a term with pairs of scripts behind it and before it.
func (e *mathElement) multiscripts() string {
	var before, behind strings.Builder
	out := &behind
	for i, below := 1, true; i < len(e.args); i++ {
		if e.args[i] == preScripts {
			out, below = &before, true
			out.WriteString("{}")
			continue
		}
		sign := "^{"
		if below {
			sign = "_{"
		}
		if s := e.arg(i); s != "" {
			out.WriteString(sign + s + "}")
		}
		below = !below
	}
	return before.String() + e.arg(0) + behind.String()
}

func (e *mathElement) fenced() string {
	separators := []rune(strings.ReplaceAll(e.attr("separators", ","), " ", ""))
	var out strings.Builder
	out.WriteString(escapeMath.Replace(e.attr("open", "(")))
	for i := range e.args {
		if i > 0 && len(separators) > 0 {
			out.WriteString(escapeMath.Replace(string(separators[min(i-1, len(separators)-1)])))
		}
		out.WriteString(e.arg(i))
	}
	out.WriteString(escapeMath.Replace(e.attr("close", ")")))
	return out.String()
}

// formulaPart is the content of an embedded object, which is a formula if its root
// says so: others are charts and tables.
type formulaPart struct {
	mathML
	begun bool
}

func (f *formulaPart) start(e xml.StartElement) bool {
	if !f.begun && e.Name.Local != "math" {
		return false
	}
	f.begun = true
	return f.mathML.start(e)
}
