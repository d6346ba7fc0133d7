package main

import (
	"encoding"
	"reflect"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/stage"
)

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

// nonsense are words that no enumeration has. What is a name, such as that of a variable,
// refuses one of them for its hyphens.
var nonsense = []string{"zz-no-such-value", "ZZ_NO_SUCH_VALUE"}

// valuesOf finds the words that a string field takes, where it takes only some:
// those words of its comment that Validate accepts, if it refuses nonsense and lists. So
// the comment must name them and cannot name a wrong one unnoticed.
func valuesOf(settings reflect.Value, index []int, comment string) []string {
	probe := reflect.New(settings.Type())
	probe.Elem().Set(settings)
	validator, ok := reflect.TypeAssert[stage.Validator](probe)
	if !ok {
		return nil
	}
	if validator.Validate() != nil { // settings without a default must be there first
		for f := range config.Fields(settings.Type()) {
			fill(probe.Elem().FieldByIndex(f.Index))
		}
		if validator.Validate() != nil {
			return nil
		}
	}
	accepts := func(word string) bool {
		probe.Elem().FieldByIndex(index).SetString(word)
		return validator.Validate() == nil
	}
	if slices.ContainsFunc(nonsense, accepts) {
		return nil
	}
	var values []string
	for _, word := range strings.FieldsFunc(comment, notOfValue) {
		word = strings.Trim(word, ".-/:")
		if word != "" && !slices.Contains(values, word) && accepts(word) {
			values = append(values, word)
		}
	}
	if len(values) < 2 { // what else it takes depends on another setting
		return nil
	}
	if accepts(strings.Join(values[:2], ",")) { // a list, of codes that words of prose look like
		return nil
	}
	return values
}

func notOfValue(r rune) bool {
	return !(r == '_' || r == '-' || r == '.' || r == '/' || r == ':' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
}

// fill gives a zero setting some value, so that Validate looks at the others.
func fill(v reflect.Value) {
	if !v.CanSet() || !v.IsZero() {
		return
	}
	switch v.Kind() {
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Float64:
		v.SetFloat(1)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.String {
			v.Set(reflect.ValueOf([]string{"x"}))
		}
	}
}
