package charset

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// wide encodes a text in UTF-16 or UTF-32 without a byte order mark.
func wide(form, s string) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	if strings.HasSuffix(form, "be") {
		order = binary.BigEndian
	}
	var out []byte
	if strings.HasPrefix(form, "utf-32") {
		for _, r := range s {
			out = order.AppendUint32(out, uint32(r))
		}
		return out
	}
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

var wideNames = []string{"utf-16le", "utf-16be", "utf-32le", "utf-32be"}

func TestDecodeWide(t *testing.T) {
	texts := map[string]string{
		"ASCII":    "Nothing but plain letters stand on this page of the harbour master.",
		"French":   legacy["windows-1252"],
		"Russian":  legacy["windows-1251"],
		"Greek":    legacy["windows-1253"],
		"Hebrew":   legacy["windows-1255"],
		"Arabic":   legacy["windows-1256"],
		"Thai":     legacy["windows-874"],
		"Chinese":  legacy["gb18030"] + "一一一一",
		"Japanese": legacy["shift_jis"],
		"Korean":   legacy["euc-kr"],
		"emoji":    "😀😀😀 \U00020BB7",
	}
	for name, s := range texts {
		for _, page := range []string{
			"<p>" + s + "</p>",
			declaring("", strings.Repeat(s, 30)),
			"\r\n<!DOCTYPE html>" + declaring("utf-16", s),
			declaring("windows-1251", s),
			`<?xml version="1.0" encoding="UTF-16"?><html><body><p>` + s,
			"<div>" + strings.Repeat("<b class=x></b>", 50) + s + "</div>",
			"<p>" + strings.Repeat(s, 100) + "</p>",
		} {
			for _, form := range wideNames {
				for _, header := range []string{"", form, form[:6], strings.ToUpper(form), "utf-8", "iso-8859-1", "gb2312"} {
					got, label, n := DecodeHTML(wide(form, page), header)
					if got != page || label != form || n != 0 {
						t.Fatalf("%s in %s, declared %q: %s, %d replaced: %.80q", name, form, header, label, n, got)
					}
				}
			}
		}
	}
}

// TestDecodeWideText reads plain text, which only its spaces give away, and
// where it has none, the header.
func TestDecodeWideText(t *testing.T) {
	for name, s := range legacy {
		for _, form := range wideNames {
			for _, header := range []string{"", form} {
				if header == "" && strings.Count(s, " ") < 4 && !strings.HasPrefix(form, "utf-32") {
					continue
				}
				if got, label, _ := DecodeHTML(wide(form, s), header); got != s || label != form {
					t.Errorf("%s in %s, declared %q: %s %.60q", name, form, header, label, got)
				}
			}
		}
	}
}

// Text in Chinese without a tag: characters such as 似 and 格 have the bytes of one in them,
// and some no ASCII but ends of lines, or none.
func TestDecodeWideChinese(t *testing.T) {
	for _, s := range []string{
		"# 水磨\n\n一座水磨立在河边，水车上下转动，不一会儿就把谷子磨成面粉。\n",
		strings.Repeat("似格似格，这里的风格似乎一样。\n", 400), // beyond the head
		"一座水磨立在河边，水车转动，磨盘就把谷子磨成面粉，村里人都来。",
	} {
		for _, form := range []string{"utf-16le", "utf-16be"} {
			if got, label, n := DecodeHTML(wide(form, s), ""); got != s || label != form || n != 0 {
				t.Errorf("%s: %s, %d replaced, %.60q", form, label, n, got)
			}
		}
	}
	// behind a head of text comes other data: it is no text in UTF-16
	raw := append(wide("utf-16le", strings.Repeat("一座水磨立在河边，", 300)), strings.Repeat("\x01\x00\x00\xd8", 3000)...)
	if _, label, _ := DecodeHTML(raw, ""); label == "utf-16le" {
		t.Errorf("%s", label)
	}
}

func TestDecodeWideDamaged(t *testing.T) {
	page := declaring("", strings.Repeat(legacy["windows-1251"], 4))
	for _, form := range wideNames {
		raw := wide(form, page)
		got, label, n := DecodeHTML(raw[:len(raw)-1], "")
		if want := strings.TrimSuffix(page, ">") + "\uFFFD"; got != want || label != form || n != 1 {
			t.Errorf("%s cut off: %s, %d replaced: %.80q", form, label, n, got)
		}
	}
	for form, single := range map[string]string{"utf-16le": "\x00\xd8", "utf-16be": "\xdc\x00"} {
		raw := string(wide(form, "<p>")) + single + string(wide(form, page))
		if got, label, n := DecodeHTML([]byte(raw), ""); got != "<p>\uFFFD"+page || label != form || n != 1 {
			t.Errorf("%s with a single surrogate: %s, %d replaced: %.80q", form, label, n, got)
		}
	}
}

// TestDecodeNotWide reads pages that are declared to be in a wide form, or
// hold zero bytes, and are in none.
func TestDecodeNotWide(t *testing.T) {
	russian := legacy["windows-1251"]
	for _, header := range []string{"", "utf-16", "utf-16le", "utf-16be", "utf-32"} {
		for _, meta := range []string{"", "utf-16", "utf-16be"} {
			for _, body := range []string{"plain", russian, "a\x00b", strings.Repeat("\x00", 200), "n\x00u\x00l\x00s\x00"} {
				page := declaring(meta, body)
				if got, label, _ := DecodeHTML([]byte(page), header); got != page || label != "utf-8" {
					t.Errorf("header %q, meta %q: %s %.80q", header, meta, label, got)
				}
			}
			page := declaring(meta, russian)
			if got, label, _ := DecodeHTML(encoded(t, "windows-1251", page), header); got != page || label != "windows-1251" {
				t.Errorf("windows-1251, header %q, meta %q: %s %.80q", header, meta, label, got)
			}
		}
		for _, s := range []string{"plain text", russian, "12", "a\x00b", "\x00\x00\x00\x00"} {
			if got, label, _ := DecodeHTML([]byte(s), header); got != s || label != "utf-8" {
				t.Errorf("text under header %q: %s %.80q", header, label, got)
			}
		}
	}
}
