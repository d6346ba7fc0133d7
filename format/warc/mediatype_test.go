package warc

import (
	"strings"
	"testing"
)

func TestMediaType(t *testing.T) {
	f := func(value, media, charset string) {
		t.Helper()
		if m, c := MediaType(value); m != media || c != charset {
			t.Errorf("%q: %q, %q; want %q, %q", value, m, c, media, charset)
		}
	}
	f("", "", "")
	f("text/html", "text/html", "")
	f(" Text/HTML ;CHARSET=UTF-8", "text/html", "utf-8")
	f(`text/html; charset="UTF-8"`, "text/html", "utf-8")
	f("text/html;;x=y; Charset = 'EUC-JP' ;", "text/html", "euc-jp")
	f(`text/html; charset="utf-8`, "text/html", "utf-8")
	f("text/html;charset:gbk", "text/html", "gbk")
	f("text/html;x-charset=gbk", "text/html", "")
	f("text/html;charset", "text/html", "")
	f("text/html;charset=", "text/html", "")
	f("image/PNG", "image/png", "")
	f("application/xhtml+xml;profile=a", "application/xhtml+xml", "")
	// What does not parse; its charset counts all the same.
	f("text/html charset=utf-8", "", "utf-8")
	f("text/html: charset=utf-8", "", "utf-8")
	f(`"text/html; charset=utf-8"`, "", "utf-8")
	f("text / html", "", "")
	f("text", "", "")
	f("text/", "", "")
	f("/html", "", "")
	f("html; charset=big5", "", "big5")
	f("text/html/x", "", "")
	f("Content-Type: text/html", "", "")
	f("charset=utf-8", "", "utf-8")
	// What says nothing.
	f("*/*", "", "")
	f("text/*; charset=utf-8", "", "utf-8")
	f("unknown/unknown", "", "")
	f("Application/Unknown", "", "")
	f("application/x-unknown", "", "")
	f("application/x-unknown-content-type", "", "")
	f("application/unknown-thing", "application/unknown-thing", "")
	// Lists.
	f("text/html, text/html; charset=utf-8", "text/html", "utf-8")
	f("text/html; charset=utf-8, text/html", "text/html", "utf-8")
	f("text/html;charset=a,text/html;charset=b", "text/html", "b")
	f("text/html, */*", "text/html", "")
	f("text/html,,", "text/html", "")
	f("text/html; charset=utf-8,gbk", "text/html", "utf-8")
	f("text/html, image/png", "", "")
	f("image/png, text/html; charset=utf-8", "", "utf-8")
	f(`text/html; a="b,image/png"; charset=utf-8`, "text/html", "utf-8")

	h := Header{{"Content-Type", "text/html"}, {"X", "image/png"}, {"content-type", "TEXT/HTML; charset=utf-8"}}
	if m, c := h.mediaType("Content-Type"); m != "text/html" || c != "utf-8" {
		t.Errorf("two lines: %q, %q", m, c)
	}
	h[2].Value = "text/css"
	if m, _ := h.mediaType("Content-Type"); m != "" {
		t.Errorf("two lines that differ: %q", m)
	}
}

func FuzzMediaType(f *testing.F) {
	f.Add(`text/html; charset="utf-8", image/png`)
	f.Add("text/html charset = 'x'")
	f.Fuzz(func(t *testing.T, value string) {
		media, charset := MediaType(value)
		if media != "" && essence(media) != media {
			t.Errorf("%q: %q", value, media)
		}
		if strings.ContainsAny(charset, " \t\"';,") {
			t.Errorf("%q: charset %q", value, charset)
		}
	})
}
