package config

import (
	"encoding"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
)

// NodeUnmarshaler is a settings type that reads more than one shape of YAML.
type NodeUnmarshaler interface {
	UnmarshalNode(*Node) error
}

// Decode reads the node strictly into the struct, map, slice or scalar that p
// points to, on top of what is there. Unknown keys and wrong types are refused
// with file, line, column and the nearest known name, all of them [Together].
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
	var placed *Error
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
	var errs []error
	for _, f := range n.Fields {
		field, ok := fieldOf(v, f.Key)
		if !ok {
			errs = append(errs, unknownKey(f.Value.File, f, fieldNames(v.Type())))
			continue
		}
		errs = append(errs, decode(f.Value, field))
	}
	return Together(errs...)
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
	return &Error{File: file, Line: f.Line, Column: f.Col, Msg: msg}
}

// YAMLName returns the key of a struct field, "" if it has none.
func YAMLName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if !f.IsExported() || name == "-" {
		return ""
	}
	return name
}

// Fields yields the fields of a settings struct that can have a key, in the order of the
// source. Those of an embedded struct without a yaml tag of its own are the struct's:
// several kinds of settings share them. Index is the way from t to the field.
func Fields(t reflect.Type) iter.Seq[reflect.StructField] {
	return func(yield func(reflect.StructField) bool) { eachField(t, nil, yield) }
}

func eachField(t reflect.Type, way []int, yield func(reflect.StructField) bool) bool {
	if t.Kind() != reflect.Struct {
		return true
	}
	for i := range t.NumField() {
		f := t.Field(i)
		f.Index = append(slices.Clip(way), i)
		if _, tagged := f.Tag.Lookup("yaml"); f.Anonymous && f.IsExported() && f.Type.Kind() == reflect.Struct && !tagged {
			if !eachField(f.Type, f.Index, yield) {
				return false
			}
		} else if f.IsExported() && !yield(f) {
			return false
		}
	}
	return true
}

func fieldOf(v reflect.Value, key string) (field reflect.Value, ok bool) {
	for f := range Fields(v.Type()) {
		if name := YAMLName(f); name != "" && name == key {
			return v.FieldByIndex(f.Index), true
		}
	}
	return field, false
}

func fieldNames(t reflect.Type) []string {
	var names []string
	for f := range Fields(t) {
		if name := YAMLName(f); name != "" {
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
	var errs []error
	for _, f := range n.Fields {
		key, val := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		if err := setText(key, f.Key); err != nil {
			errs = append(errs, &Error{File: n.File, Line: f.Line, Column: f.Col, Msg: err.Error()})
			continue
		}
		errs = append(errs, decode(f.Value, val))
		m.SetMapIndex(key, val)
	}
	v.Set(m)
	return Together(errs...)
}

func decodeSlice(n *Node, v reflect.Value) error {
	if n.Kind != ListNode {
		if n.Kind == ScalarNode && n.Scalar != "" && len(n.Scalar) < shownMax && !strings.ContainsAny(n.Scalar, "[]{},") {
			return n.Errorf("want a list, also of one: [%s]", n.Scalar)
		}
		return n.Errorf("want a list: [a, b]")
	}
	s := reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items))
	errs := make([]error, len(n.Items))
	for i, item := range n.Items {
		errs[i] = decode(item, s.Index(i))
	}
	v.Set(s)
	return Together(errs...)
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
