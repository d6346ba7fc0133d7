// Package held says how much memory a value holds, by walking through it.
package held

import (
	"reflect"
	"sync"
	"unsafe"
)

// Bytes is the memory that can be reached from the values, each counted once: arrays
// below slices, strings, maps, what pointers and interfaces lead to, files that are
// mapped as slices too. It is a bound from above by the sizes that Go's allocator and
// maps have at most, about half as much again as what is held. What closures and
// sync.Pools hold does not count, nor do channels. Nothing of the values may change
// meanwhile.
func Bytes(values ...any) int64 {
	w := walk{seen: map[unsafe.Pointer]bool{}}
	for _, x := range values {
		w.value(reflect.ValueOf(x))
	}
	return w.bytes
}

type walk struct {
	seen  map[unsafe.Pointer]bool
	bytes int64
}

// allocated counts an allocation of that many bytes, with what a size class wastes.
func (w *walk) allocated(n uintptr) { w.bytes += int64(aligned(n+n/8, 16)) }

func aligned(n, to uintptr) uintptr { return (n + to - 1) / to * to }

// first reports whether the place was not seen before.
func (w *walk) first(p unsafe.Pointer) bool {
	if p == nil || w.seen[p] {
		return false
	}
	w.seen[p] = true
	return true
}

// Of 16 slots of a map at least 7 are taken once it has grown; a slot has a byte beside
// its key and element, and a map has at least 8.
const (
	slotsMin   = 8
	slotsOf    = 16
	slotsTaken = 7
)

// value counts what v leads to, not v itself, which is part of something counted.
func (w *walk) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if w.first(v.UnsafePointer()) {
			w.allocated(v.Type().Elem().Size())
			w.value(v.Elem())
		}
	case reflect.Interface:
		if e := v.Elem(); e.Kind() == reflect.Pointer || e.Kind() == reflect.Map {
			w.value(e)
		} else if e.IsValid() {
			w.allocated(e.Type().Size())
			w.value(e)
		}
	case reflect.String:
		if v.Len() > 0 && w.first(unsafe.Pointer(unsafe.StringData(v.String()))) {
			w.allocated(uintptr(v.Len()))
		}
	case reflect.Slice:
		elem := v.Type().Elem()
		if v.Cap() == 0 || !w.first(v.UnsafePointer()) {
			return
		}
		w.allocated(uintptr(v.Cap()) * elem.Size())
		if !flat(elem) {
			for i := range v.Len() {
				w.value(v.Index(i))
			}
		}
	case reflect.Array:
		if !flat(v.Type().Elem()) {
			for i := range v.Len() {
				w.value(v.Index(i))
			}
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[sync.Pool]() {
			return
		}
		for i := range v.NumField() {
			if !flat(v.Type().Field(i).Type) {
				w.value(v.Field(i))
			}
		}
	case reflect.Map:
		w.table(v)
	}
}

func (w *walk) table(v reflect.Value) {
	if !w.first(v.UnsafePointer()) {
		return
	}
	key, elem := v.Type().Key(), v.Type().Elem()
	slots := max(slotsMin, uintptr(v.Len())*slotsOf/slotsTaken)
	w.allocated(slots * (aligned(key.Size()+elem.Size(), uintptr(max(key.Align(), elem.Align()))) + 1))
	if flat(key) && flat(elem) {
		return
	}
	for it := v.MapRange(); it.Next(); {
		w.value(it.Key())
		w.value(it.Value())
	}
}

// flat says that values of the type lead to nothing.
func flat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.String, reflect.Slice, reflect.Map:
		return false
	case reflect.Array:
		return flat(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if !flat(t.Field(i).Type) {
				return false
			}
		}
	}
	return true // numbers, and what is not walked: functions, channels
}
