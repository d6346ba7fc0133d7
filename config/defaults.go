package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// SetDefaults fills the zero fields of the struct that p points to from their
// `default` tags, nested structs included. Lists are written a,b,c.
func SetDefaults(p any) error {
	v := reflect.ValueOf(p)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("SetDefaults wants a pointer to a struct, not %T", p)
	}
	return fillStruct(v.Elem())
}

// Defaults returns a T with its defaults filled in. It panics on a wrong tag, so
// that a package-level variable catches one at start.
func Defaults[T any]() T {
	var t T
	if err := SetDefaults(&t); err != nil {
		panic(fmt.Sprintf("%T: %v", t, err))
	}
	return t
}

func fillStruct(v reflect.Value) error {
	t := v.Type()
	for i := range t.NumField() {
		f, field := t.Field(i), v.Field(i)
		if !f.IsExported() {
			continue
		}
		tag, ok := f.Tag.Lookup("default")
		if !ok {
			if f.Type.Kind() == reflect.Struct && f.Tag.Get("yaml") != "-" {
				if err := fillStruct(field); err != nil {
					return err
				}
			}
			continue
		}
		if !field.IsZero() {
			continue
		}
		if err := setText(field, tag); err != nil {
			return fmt.Errorf("field %s: default %q: %w", f.Name, tag, err)
		}
	}
	return nil
}

var (
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	durationType    = reflect.TypeFor[time.Duration]()
)

func setText(v reflect.Value, s string) error {
	if v.Addr().Type().Implements(textUnmarshaler) {
		return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s))
	}
	if v.Type() == durationType {
		d, err := time.ParseDuration(s)
		v.SetInt(int64(d))
		return err
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		b, err := strconv.ParseBool(s)
		v.SetBool(b)
		return err
	case reflect.Int, reflect.Int64, reflect.Int32:
		n, err := strconv.ParseInt(s, 10, 64)
		v.SetInt(n)
		return err
	case reflect.Uint, reflect.Uint64, reflect.Uint32:
		n, err := strconv.ParseUint(s, 10, 64)
		v.SetUint(n)
		return err
	case reflect.Float64:
		x, err := strconv.ParseFloat(s, 64)
		v.SetFloat(x)
		return err
	case reflect.Slice:
		items := strings.Split(s, ",")
		v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
		for i, item := range items {
			if err := setText(v.Index(i), strings.TrimSpace(item)); err != nil {
				return err
			}
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for item := range strings.SplitSeq(s, ",") {
			key, val, _ := strings.Cut(item, ":")
			k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			if err := setText(k, strings.TrimSpace(key)); err != nil {
				return err
			}
			if err := setText(e, strings.TrimSpace(val)); err != nil {
				return err
			}
			v.SetMapIndex(k, e)
		}
	default:
		return fmt.Errorf("no defaults for %s", v.Type())
	}
	return nil
}
