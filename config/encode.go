package config

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Encode writes settings as a node, every default spelled out: the inverse of
// Decode.
func Encode(p any) *Node { return encode(reflect.ValueOf(p)) }

// NodeMarshaler is the inverse of NodeUnmarshaler.
type NodeMarshaler interface{ MarshalNode() *Node }

func encode(v reflect.Value) *Node {
	if !v.IsValid() {
		return &Node{}
	}
	switch x := v.Interface().(type) {
	case *Node:
		return x
	case NodeMarshaler:
		return x.MarshalNode()
	case encoding.TextMarshaler:
		b, _ := x.MarshalText() // ours never fail
		return &Node{Scalar: string(b)}
	case time.Duration:
		return &Node{Scalar: x.String()}
	}
	n := &Node{}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return encode(v.Elem())
	case reflect.Struct:
		n.Kind = MapNode
		for f := range Fields(v.Type()) {
			if name := YAMLName(f); name != "" {
				n.Put(name, encode(v.FieldByIndex(f.Index)))
			}
		}
	case reflect.Map:
		n.Kind = MapNode
		byKey := map[string]reflect.Value{}
		for _, k := range v.MapKeys() {
			byKey[fmt.Sprint(k.Interface())] = v.MapIndex(k)
		}
		for _, k := range sortedKeys(byKey) {
			n.Put(k, encode(byKey[k]))
		}
	case reflect.Slice:
		n.Kind = ListNode
		for i := range v.Len() {
			n.Items = append(n.Items, encode(v.Index(i)))
		}
	case reflect.Float64:
		n.Scalar = strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case reflect.String:
		n.Scalar, n.Quoted = v.String(), true
	default:
		n.Scalar = fmt.Sprint(v.Interface())
	}
	return n
}

// KeyText writes the settings that can change output bytes, for the task key, in one
// canonical form: JSON with sorted keys, every scalar as a string, nothing left out
// but fields tagged `key:"-"` (folders, paths whose content has a digest). It does not
// hang on how YAML is written.
func KeyText(p any) string { return keyText(p, "-") }

// AnswerText is KeyText without the fields tagged `key:"limit"` too: settings by which a
// stage decides on what it measured, and which change none of that.
func AnswerText(p any) string { return keyText(p, "-", "limit") }

func keyText(p any, leave ...string) string {
	v := reflect.Indirect(reflect.ValueOf(p))
	if v.Kind() != reflect.Struct {
		return ""
	}
	n := &Node{Kind: MapNode}
	for f := range Fields(v.Type()) {
		if name := YAMLName(f); name != "" && !slices.Contains(leave, f.Tag.Get("key")) {
			n.Put(name, encode(v.FieldByIndex(f.Index)))
		}
	}
	return string(n.appendCanonical(nil))
}

func (n *Node) appendCanonical(b []byte) []byte {
	switch n.Kind {
	case MapNode:
		fields := slices.SortedFunc(slices.Values(n.Fields), func(x, y Field) int { return strings.Compare(x.Key, y.Key) })
		b = append(b, '{')
		for i, f := range fields {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(strconv.AppendQuote(b, f.Key), ':')
			b = f.Value.appendCanonical(b)
		}
		return append(b, '}')
	case ListNode:
		b = append(b, '[')
		for i, item := range n.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.appendCanonical(b)
		}
		return append(b, ']')
	}
	return strconv.AppendQuote(b, n.Scalar)
}

// YAML writes the node as YAML in flow style below the second level, so that a
// plan reads like a pipeline.
func (n *Node) YAML() string {
	var b strings.Builder
	n.write(&b, 0)
	return b.String()
}

func (n *Node) write(b *strings.Builder, indent int) {
	pad := strings.Repeat("  ", indent)
	switch {
	case n.Kind == MapNode && len(n.Fields) > 0 && indent < 2:
		for _, f := range n.Fields {
			b.WriteString(pad + quoteKey(f.Key) + ":")
			f.Value.writeValue(b, indent)
		}
	case n.Kind == ListNode && len(n.Items) > 0 && indent < 2:
		for _, item := range n.Items {
			b.WriteString(pad + "- ")
			item.flow(b)
			b.WriteByte('\n')
		}
	default:
		b.WriteString(pad)
		n.flow(b)
		b.WriteByte('\n')
	}
}

func (n *Node) writeValue(b *strings.Builder, indent int) {
	block := indent == 0 && (n.Kind == MapNode && len(n.Fields) > 0 || n.Kind == ListNode && len(n.Items) > 0)
	if block {
		b.WriteByte('\n')
		n.write(b, indent+1)
		return
	}
	b.WriteByte(' ')
	n.flow(b)
	b.WriteByte('\n')
}

func (n *Node) flow(b *strings.Builder) {
	switch n.Kind {
	case MapNode:
		b.WriteByte('{')
		for i, f := range n.Fields {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(quoteKey(f.Key) + ": ")
			f.Value.flow(b)
		}
		b.WriteByte('}')
	case ListNode:
		b.WriteByte('[')
		for i, item := range n.Items {
			if i > 0 {
				b.WriteString(", ")
			}
			item.flow(b)
		}
		b.WriteByte(']')
	default:
		switch {
		case n.Quoted:
			b.WriteString(strconv.Quote(n.Scalar))
		case n.Scalar == "":
			b.WriteString("null")
		default:
			b.WriteString(n.Scalar)
		}
	}
}

func quoteKey(k string) string {
	for _, r := range k {
		if !(r == '_' || r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return strconv.Quote(k)
		}
	}
	if k == "" {
		return `""`
	}
	return k
}
