package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
)

// Node is one node of a parsed YAML file that remembers where it stood, so that
// every complaint about it can name file, line and column.
type Node struct {
	Kind   Kind
	Scalar string // of a ScalarNode; "" for null
	Quoted bool   // the scalar was quoted: it is a string whatever it looks like
	Items  []*Node
	Fields []Field
	File   string
	Line   int
	Column int
}

// Field is one key of a mapping with its value.
type Field struct {
	Key   string
	Value *Node
	Line  int
	Col   int
}

// Kind is the shape of a node.
type Kind uint8

// The shapes of a node.
const (
	ScalarNode Kind = iota
	ListNode
	MapNode
)

// An Error is a mistake in a configuration, with its place.
type Error struct {
	File         string
	Line, Column int
	Msg          string
}

// Error is file:line:column: message.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Msg)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Msg)
}

// Errorf makes an Error at the node. Where --set changed something below it, which may be
// what is wrong, the error says so.
func (n *Node) Errorf(format string, args ...any) error {
	msg := fmt.Sprintf(format, args...)
	if sets := n.sets(nil); len(sets) > 0 && !strings.HasPrefix(n.File, setMark) {
		msg += " (with " + strings.Join(sets, ", ") + ")"
	}
	return &Error{File: n.File, Line: n.Line, Column: n.Column, Msg: msg}
}

// Wrong makes the Error of settings that somebody checked as a whole, name: err. It stands
// at the value of the key that the text of err begins with, where the node has one, and else
// at the node.
func (n *Node) Wrong(name string, err error) error {
	wrong := n.Errorf("%s: %v", name, err).(*Error) //nolint:errorlint // made here
	key := err.Error()
	if i := strings.IndexAny(key, ",:"); i >= 0 {
		key = key[:i]
	}
	if at := n.Get(key); at != nil && !strings.HasPrefix(at.File, setMark) {
		wrong.File, wrong.Line, wrong.Column = at.File, at.Line, at.Column
	}
	return wrong
}

// setMark begins the File of nodes that --set put there.
const setMark = "--set "

// Set makes the node of a value of --set, path=value, whose errors name the flag: YAML, or
// the text as it is where it is none.
func Set(path, value string) (*Node, error) {
	mark := setMark + path + "=" + value
	if len(mark) > shownMax {
		mark = strings.ToValidUTF8(mark[:shownMax], "") + "..."
	}
	if len(value) > maxSetBytes {
		return nil, &Error{File: mark, Msg: fmt.Sprintf("more than %d KiB: put it into the file", maxSetBytes>>10)}
	}
	n, err := ParseYAML(mark, []byte(value))
	var limit *limitError
	switch {
	case errors.As(err, &limit):
		return nil, err
	case err != nil || value == "":
		return &Node{Scalar: value, Quoted: true, File: mark}, nil
	}
	n.unplace()
	return n, nil
}

// unplace takes line and column from nodes that are in no file.
func (n *Node) unplace() {
	n.Line, n.Column = 0, 0
	for _, item := range n.Items {
		item.unplace()
	}
	for i := range n.Fields {
		n.Fields[i].Line, n.Fields[i].Col = 0, 0
		n.Fields[i].Value.unplace()
	}
}

// sets lists the flags that changed something below the node, without repetition.
func (n *Node) sets(list []string) []string {
	if strings.HasPrefix(n.File, setMark) && !slices.Contains(list, n.File) {
		list = append(list, n.File)
	}
	for _, item := range n.Items {
		list = item.sets(list)
	}
	for _, f := range n.Fields {
		list = f.Value.sets(list)
	}
	return list
}

// ParseYAML parses one YAML document in UTF-8, with or without a byte order mark.
func ParseYAML(file string, src []byte) (*Node, error) {
	if err := checkSize(file, src); err != nil {
		return nil, err
	}
	if isUTF16(src) {
		return nil, &Error{File: file, Line: 1, Column: 1, Msg: "the file is UTF-16: save it as UTF-8"}
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if err := scanSteps(file, src); err != nil {
		return nil, err
	}
	tokens := lexer.Tokenize(string(src))
	if err := checkTokens(file, tokens); err != nil {
		return nil, err
	}
	f, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, syntaxError(file, src, err)
	}
	if len(f.Docs) > 1 {
		e := &Error{File: file, Msg: fmt.Sprintf("want one YAML document, found %d: what stands behind the first --- belongs in a file of its own", len(f.Docs))}
		if start := f.Docs[1].Start; start != nil {
			e.Line, e.Column = start.Position.Line, start.Position.Column
		}
		return nil, e
	}
	if len(f.Docs) == 0 || f.Docs[0].Body == nil {
		return nil, &Error{File: file, Msg: "is empty, or has nothing but comments"}
	}
	c := converter{file: file, anchors: map[string]ast.Node{}}
	return c.node(f.Docs[0].Body, 0)
}

// isUTF16 goes by the byte order mark, or by the zero byte beside an ASCII character
// (YAML 1.2.2, section 5.2).
func isUTF16(src []byte) bool {
	return len(src) >= 2 && (src[0] == 0 || src[1] == 0 || src[0] == 0xff && src[1] == 0xfe || src[0] == 0xfe && src[1] == 0xff)
}

type converter struct {
	file    string
	anchors map[string]ast.Node
	nodes   int
	scalars int // bytes
}

func (c *converter) node(a ast.Node, depth int) (*Node, error) {
	n := &Node{File: c.file}
	if t := a.GetToken(); t != nil && t.Position != nil {
		n.Line, n.Column = t.Position.Line, t.Position.Column
	}
	c.nodes++
	switch {
	case depth > maxYAMLDepth:
		return nil, n.limit("nested more than %d deep, aliases followed", maxYAMLDepth)
	case c.nodes > maxYAMLNodes || c.scalars > maxYAMLScalars:
		return nil, n.limit("more than %d values or %d MiB of them, aliases followed", maxYAMLNodes, maxYAMLScalars>>20)
	}
	switch a := a.(type) {
	case *ast.AnchorNode:
		c.anchors[a.Name.String()] = a.Value
		return c.node(a.Value, depth+1)
	case *ast.AliasNode:
		target, ok := c.anchors[a.Value.String()]
		if !ok {
			return nil, n.Errorf("unknown alias *%s", a.Value)
		}
		return c.node(target, depth+1)
	case *ast.TagNode:
		return c.node(a.Value, depth+1)
	case *ast.MappingNode:
		n.Kind = MapNode
		return n, c.fields(n, a.Values, depth)
	case *ast.MappingValueNode:
		n.Kind = MapNode
		return n, c.fields(n, []*ast.MappingValueNode{a}, depth)
	case *ast.SequenceNode:
		n.Kind = ListNode
		for _, v := range a.Values {
			item, err := c.node(v, depth+1)
			if err != nil {
				return nil, err
			}
			n.Items = append(n.Items, item)
		}
	case *ast.NullNode:
	case *ast.StringNode:
		n.Scalar = a.Value
		t := a.GetToken().Type.String()
		n.Quoted = t == "SingleQuote" || t == "DoubleQuote"
	case *ast.LiteralNode:
		n.Scalar, n.Quoted = a.Value.Value, true
	case ast.ScalarNode:
		n.Scalar = a.GetToken().Value
	default:
		return nil, n.Errorf("unexpected %s", a.Type())
	}
	c.scalars += len(n.Scalar)
	return n, nil
}

func (c *converter) fields(n *Node, values []*ast.MappingValueNode, depth int) error {
	for _, mv := range values {
		key := mv.Key.GetToken()
		f := Field{Key: key.Value, Line: key.Position.Line, Col: key.Position.Column}
		if n.Get(f.Key) != nil {
			return &Error{File: c.file, Line: f.Line, Column: f.Col, Msg: fmt.Sprintf("key %q occurs twice", f.Key)}
		}
		v, err := c.node(mv.Value, depth+1)
		if err != nil {
			return err
		}
		f.Value = v
		n.Fields = append(n.Fields, f)
	}
	if len(n.Fields) > 0 {
		n.Line, n.Column = n.Fields[0].Line, n.Fields[0].Col
	}
	return nil
}

// Get returns the value of a key of a mapping, nil if it is absent.
func (n *Node) Get(key string) *Node {
	for _, f := range n.Fields {
		if f.Key == key {
			return f.Value
		}
	}
	return nil
}

// Put sets a key of a mapping.
func (n *Node) Put(key string, v *Node) {
	for i := range n.Fields {
		if n.Fields[i].Key == key {
			n.Fields[i] = Field{Key: key, Value: v, Line: v.Line, Col: v.Column}
			return
		}
	}
	n.Fields = append(n.Fields, Field{Key: key, Value: v, Line: v.Line, Col: v.Column})
}

// Take removes a key of a mapping and returns its value, nil if it is absent.
func (n *Node) Take(key string) *Node {
	for i, f := range n.Fields {
		if f.Key == key {
			n.Fields = slices.Delete(n.Fields, i, i+1)
			return f.Value
		}
	}
	return nil
}

// Clone returns a deep copy.
func (n *Node) Clone() *Node {
	m := *n
	m.Items = make([]*Node, len(n.Items))
	for i, item := range n.Items {
		m.Items[i] = item.Clone()
	}
	m.Fields = slices.Clone(n.Fields)
	for i := range m.Fields {
		m.Fields[i].Value = m.Fields[i].Value.Clone()
	}
	return &m
}

// Expand replaces ${NAME} and ${NAME:-default} in every scalar below the node.
// A variable that is neither set nor given a default is an error, and so are more than
// 8 MiB of values.
func (n *Node) Expand(lookup func(string) (string, bool)) error {
	return n.ExpandNoting(lookup, func(*Node, string) {})
}

// ExpandNoting is Expand, and hands each scalar that it changed over with its text before.
func (n *Node) ExpandNoting(lookup func(string) (string, bool), changed func(n *Node, before string)) error {
	return n.expand(lookup, changed, new(maxYAMLScalars))
}

// expand may write so many bytes.
func (n *Node) expand(lookup func(string) (string, bool), changed func(*Node, string), left *int) error {
	for _, item := range n.Items {
		if err := item.expand(lookup, changed, left); err != nil {
			return err
		}
	}
	for _, f := range n.Fields {
		if err := f.Value.expand(lookup, changed, left); err != nil {
			return err
		}
	}
	if !strings.Contains(n.Scalar, "${") {
		return nil
	}
	var out strings.Builder
	rest := n.Scalar
	for {
		plain, after, ok := strings.Cut(rest, "${")
		out.WriteString(plain)
		if !ok {
			before := n.Scalar
			n.Scalar = out.String()
			changed(n, before)
			return nil
		}
		expr, tail, ok := strings.Cut(after, "}")
		if !ok {
			return n.Errorf("${ without }")
		}
		name, def, hasDefault := strings.Cut(expr, ":-")
		value, set := lookup(name)
		if !set && !hasDefault {
			return n.Errorf("variable %s is not set; give it with --set vars.%s=..., in the environment, or a default as ${%s:-...}", name, name, name)
		}
		if !set {
			value = def
		}
		if *left -= len(plain) + len(value); *left < 0 {
			return n.Errorf("${%s}: with their variables the values have more than %d MiB", name, maxYAMLScalars>>20)
		}
		out.WriteString(value)
		rest = tail
	}
}

// Nearest returns the candidate that the misspelt name most likely meant, "" if
// none is near.
func Nearest(name string, candidates []string) string {
	best, bestAt := "", len(name)/2+1
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		if d := editDistance(name, c); d < bestAt || (d <= 3 && strings.Contains(c, name) && best == "") {
			best, bestAt = c, d
		}
	}
	return best
}

func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diag, row[j] = row[j], min(row[j]+1, row[j-1]+1, diag+cost)
		}
	}
	return row[len(b)]
}

// sortedKeys is for messages that list what is known.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
