package dumpxml

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// read lists the tags of a file with their attributes, and the text behind each.
func read(r io.Reader, limit int64) (list []string, err error) {
	x := NewReader(r, limit)
	for {
		tag, err := x.Tag()
		switch {
		case errors.Is(err, ErrTooLong):
			list = append(list, fmt.Sprintf("too long at %d", tag.Offset))
			continue
		case err != nil:
			return list, err
		}
		s := fmt.Sprintf("%s@%d", tag.Name, tag.Offset)
		for name, value := range tag.Attributes() {
			s += fmt.Sprintf(" %s=%q", name, value)
		}
		text := ""
		if !tag.Empty && tag.Name != nil {
			if text, err = x.Text(); err != nil {
				text = err.Error()
			}
		}
		list = append(list, strings.TrimSpace(s+" "+strings.TrimSpace(text)))
	}
}

func TestRead(t *testing.T) {
	in := `<?xml version="1.0"?><!DOCTYPE x><!-- <a> --><a b="1 &lt; 2" c='"' d = "x>y">t &amp; u</a> <e/><f g="` + strings.Repeat("z", 50) + `"/><h>` + strings.Repeat("y", 51) + `</h><i>end`
	want := []string{`a@45 b="1 < 2" c="\"" d="x>y" t & u`, `/a@86`, `e@91`, `too long at 95`, `h@154 longer than record_bytes_max`, `/h@208`, `i@212 unexpected EOF`}
	for name, r := range map[string]io.Reader{"whole": strings.NewReader(in), "bytes": iotest.OneByteReader(strings.NewReader(in))} {
		got, err := read(r, 50)
		if !errors.Is(err, io.EOF) || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: %v\n%s", name, err, strings.Join(got, "\n"))
		}
	}
}

// TestLimit has a tag and a text of the limit and one more.
func TestLimit(t *testing.T) {
	for n, want := range map[int]string{9: "<nil>", 10: ErrTooLong.Error()} {
		x := NewReader(strings.NewReader("<"+strings.Repeat("a", n)+">b"), 10)
		if _, err := x.Tag(); fmt.Sprint(err) != want {
			t.Errorf("a tag of %d: %v", n, err)
		}
	}
	for n, want := range map[int]string{10: "<nil>", 11: ErrTooLong.Error()} {
		x := NewReader(strings.NewReader("<a>"+strings.Repeat("b", n)+"<c>"), 10)
		_, err := x.Tag()
		if _, textErr := x.Text(); err != nil || fmt.Sprint(textErr) != want {
			t.Errorf("a text of %d: %v %v", n, err, textErr)
		}
		if tag, err := x.Tag(); err != nil || string(tag.Name) != "c" {
			t.Errorf("behind it: %s %v", tag.Name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{`<a b="c">d</a>`, `<!-- - --><a`, `<a b='`, `<a =>`, `<?x`, `<a/>&amp;<`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		whole, err := read(strings.NewReader(s), 20)
		parts, partsErr := read(iotest.OneByteReader(strings.NewReader(s)), 20)
		if strings.Join(whole, "\n") != strings.Join(parts, "\n") || fmt.Sprint(err) != fmt.Sprint(partsErr) {
			t.Errorf("%q: %q %v, byte by byte %q %v", s, whole, err, parts, partsErr)
		}
	})
}
