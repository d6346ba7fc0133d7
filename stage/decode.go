package stage

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// NodeUnmarshaler is a settings type that reads more than one shape of YAML.
type NodeUnmarshaler interface {
	UnmarshalNode(*Node) error
}

// Decode reads the node strictly into the struct, map, slice or scalar that p
// points to, on top of what is there. Unknown keys and wrong types are refused
// with file, line, column and the nearest known name.
func Decode(n *Node, p any) error {
	v := reflect.ValueOf(p)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("Decode wants a pointer, not %T", p)
	}
	return decode(n, v.Elem())
}

func decode(n *Node, v reflect.Value) error {
	if v.CanAddr() {
		switch p := v.Addr().Interface().(type) {
		case **Node:
			*p = n
			return nil
		case NodeUnmarshaler:
			return at(n, p.UnmarshalNode(n))
		case encoding.TextUnmarshaler:
			if n.Kind != ScalarNode {
				return n.Errorf("want one value here")
			}
			return at(n, p.UnmarshalText([]byte(n.Scalar)))
		}
	}
	switch v.Kind() {
	case reflect.Struct:
		return decodeStruct(n, v)
	case reflect.Map:
		return decodeMap(n, v)
	case reflect.Slice:
		return decodeSlice(n, v)
	case reflect.Pointer:
		if v.IsNil() {
			if n.Kind == ScalarNode && n.Scalar == "" && !n.Quoted {
				return nil
			}
			v.Set(reflect.New(v.Type().Elem()))
			if v.Elem().Kind() == reflect.Struct {
				if err := fillStruct(v.Elem()); err != nil {
					return err
				}
			}
		}
		return decode(n, v.Elem())
	}
	return decodeScalar(n, v)
}

// at gives an error its place, if it has none yet.
func at(n *Node, err error) error {
	var placed *ConfigError
	if err == nil || errors.As(err, &placed) {
		return err
	}
	return n.Errorf("%v", err)
}

func decodeStruct(n *Node, v reflect.Value) error {
	if n.Kind == ScalarNode && n.Scalar == "" && !n.Quoted {
		return nil // "stage:" with nothing behind it takes the defaults
	}
	if n.Kind != MapNode {
		return n.Errorf("want a mapping with keys %s", strings.Join(fieldNames(v.Type()), ", "))
	}
	for _, f := range n.Fields {
		i := fieldIndex(v.Type(), f.Key)
		if i < 0 {
			return unknownKey(f.Value.File, f, fieldNames(v.Type()))
		}
		if err := decode(f.Value, v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

func unknownKey(file string, f Field, known []string) error {
	msg := fmt.Sprintf("unknown key %q", f.Key)
	if near := Nearest(f.Key, known); near != "" {
		msg += fmt.Sprintf("; did you mean %q?", near)
	} else if len(known) > 0 {
		msg += "; known: " + strings.Join(known, ", ")
	} else {
		msg += "; there are no settings here"
	}
	return &ConfigError{File: file, Line: f.Line, Column: f.Col, Msg: msg}
}

// YAMLName returns the key of a struct field, "" if it has none.
func YAMLName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if !f.IsExported() || name == "-" {
		return ""
	}
	return name
}

func fieldIndex(t reflect.Type, key string) int {
	for i := range t.NumField() {
		if name := YAMLName(t.Field(i)); name != "" && name == key {
			return i
		}
	}
	return -1
}

func fieldNames(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		if name := YAMLName(t.Field(i)); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func decodeMap(n *Node, v reflect.Value) error {
	if n.Kind != MapNode {
		return n.Errorf("want a mapping")
	}
	m := reflect.MakeMapWithSize(v.Type(), len(n.Fields))
	for _, f := range n.Fields {
		key, val := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		if err := setText(key, f.Key); err != nil {
			return &ConfigError{File: n.File, Line: f.Line, Column: f.Col, Msg: err.Error()}
		}
		if err := decode(f.Value, val); err != nil {
			return err
		}
		m.SetMapIndex(key, val)
	}
	v.Set(m)
	return nil
}

func decodeSlice(n *Node, v reflect.Value) error {
	if n.Kind != ListNode {
		return n.Errorf("want a list: [a, b]")
	}
	s := reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items))
	for i, item := range n.Items {
		if err := decode(item, s.Index(i)); err != nil {
			return err
		}
	}
	v.Set(s)
	return nil
}

func decodeScalar(n *Node, v reflect.Value) error {
	if n.Kind != ScalarNode {
		return n.Errorf("want one value here, of type %s", kindName(v))
	}
	s := n.Scalar
	if v.Kind() != reflect.String {
		s = strings.ReplaceAll(strings.TrimSpace(s), "_", "")
		if n.Quoted || s == "" {
			return n.Errorf("%q: want %s", n.Scalar, kindName(v))
		}
	}
	if err := setText(v, s); err != nil {
		return n.Errorf("%q: want %s", n.Scalar, kindName(v))
	}
	return nil
}

func kindName(v reflect.Value) string {
	if v.Type() == durationType {
		return "a duration such as 30s"
	}
	switch v.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "a number"
	case reflect.String:
		return "a string"
	}
	return "a whole number"
}

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
		for i := range v.NumField() {
			if name := YAMLName(v.Type().Field(i)); name != "" {
				n.Put(name, encode(v.Field(i)))
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
func KeyText(p any) string {
	v := reflect.Indirect(reflect.ValueOf(p))
	if v.Kind() != reflect.Struct {
		return ""
	}
	n := &Node{Kind: MapNode}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if name := YAMLName(f); name != "" && f.Tag.Get("key") != "-" {
			n.Put(name, encode(v.Field(i)))
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
