package config

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
)

// shownMax is how many bytes of a line an error shows.
const shownMax = 120

// syntaxError takes place and message out of the parser's error, and shows the line.
func syntaxError(file string, src []byte, err error) error {
	var e yaml.Error
	if !errors.As(err, &e) || e.GetToken() == nil || e.GetToken().Position == nil {
		return &Error{File: file, Msg: strings.TrimSpace(err.Error())}
	}
	at := e.GetToken().Position
	lines := strings.Split(strings.ReplaceAll(string(src), "\r\n", "\n"), "\n")
	line, column := at.Line, at.Column
	if line < 1 || line > len(lines) {
		return &Error{File: file, Line: line, Column: column, Msg: e.GetMessage()}
	}
	msg := e.GetMessage()
	if hint := mistake(lines, line-1, msg); hint != "" {
		msg = hint
	}
	return &Error{File: file, Line: line, Column: column, Msg: msg + "\n" + shown(lines[line-1], line, column)}
}

// shown is a line of the file with a mark below the column.
func shown(text string, line, column int) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\t", "→")
	if len(text) > shownMax {
		cut := shownMax
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut] + "..."
	}
	column = max(1, min(column, utf8.RuneCountInString(text)+1))
	return fmt.Sprintf("%5d | %s\n      | %s^", line, text, strings.Repeat(" ", column-1))
}

var (
	keyAlone   = regexp.MustCompile(`^\s*(?:- )?([A-Za-z_]\w*)\s*[{\[]`)
	keyTight   = regexp.MustCompile(`^\s*(?:- )?([A-Za-z_]\w*):[{\["'A-Za-z0-9]`)
	keyOfLine  = regexp.MustCompile(`^\s*(?:- )?[A-Za-z_]\w*:(?:\s|$)`)
	twoColons  = regexp.MustCompile(`^\s*(?:- )?[A-Za-z_]\w*:\s+[^'"{\[|>].*?:\s`)
	tabIndent  = regexp.MustCompile(`^ *\t`)
	dashOfLine = regexp.MustCompile(`^\s*-(?:\s|$)`)
)

// mistake says what is wrong at a line in the words of who wrote it, "" where only the
// parser's message does. The parser may stop a line behind the mistake.
func mistake(lines []string, at int, msg string) string {
	for _, line := range lines[max(0, at-1) : at+1] {
		switch {
		case tabIndent.MatchString(line):
			return "a tab indents this line, or the one before: YAML wants spaces"
		case strings.HasPrefix(strings.TrimSpace(line), "#"):
		case keyAlone.MatchString(line):
			return fmt.Sprintf("a colon is missing behind %s: write %[1]s: and a space", keyAlone.FindStringSubmatch(line)[1])
		case keyTight.MatchString(line) && !strings.Contains(line, "://"):
			return fmt.Sprintf("a space is missing behind %s:", keyTight.FindStringSubmatch(line)[1])
		}
	}
	line := lines[at]
	switch {
	case strings.Contains(msg, "mapping value is not allowed") && twoColons.MatchString(line):
		return "a second colon in the value of a key: put the value in quotes"
	case strings.Contains(msg, "is a reserved character"):
		return msg + ": put the value in quotes"
	case strings.Contains(msg, "']' must be specified"), strings.Contains(msg, "'}' must be specified"):
		return "a bracket opens here and does not close, or a comma is missing (" + msg + ")"
	case strings.Contains(msg, "not allowed in this context") || strings.Contains(msg, "non-map value"):
		return misplaced(lines, at)
	}
	return ""
}

// misplaced says how the indentation of a line does not fit those before it.
func misplaced(lines []string, at int) string {
	own := indent(lines[at])
	if !keyOfLine.MatchString(lines[at]) && !dashOfLine.MatchString(lines[at]) {
		return "this line is neither a key with a colon nor an item with a dash"
	}
	var fit []string
	last := -1
	for i := at - 1; i >= 0 && last != 0; i-- {
		text := strings.TrimSpace(lines[i])
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if n := indent(lines[i]); last < 0 || n < last {
			last = n
			fit = append([]string{fmt.Sprint(n)}, fit...)
		}
	}
	if len(fit) == 0 {
		return ""
	}
	return fmt.Sprintf("the indentation fits no line before: it is %d, those are %s; keys of one block, and dashes of one list, stand below each other",
		own, strings.Join(fit, ", "))
}

func indent(line string) int { return len(line) - len(bytes.TrimLeft([]byte(line), " ")) }
