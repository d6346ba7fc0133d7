package charset

import (
	"strings"
	"testing"
)

// declaring returns a page that declares a charset, and whose body is s.
func declaring(charset, s string) string {
	if charset != "" {
		charset = `<meta charset="` + charset + `">`
	}
	return "<html><head>" + charset + "<title>log</title></head><body><p>" + s + "</p></body></html>"
}

// TestUTF8WithStrayBytes reads pages that are UTF-8 but for some bytes.
func TestUTF8WithStrayBytes(t *testing.T) {
	const bad = "\uFFFD"
	russian := "Лодки стояли у причала, и сторож записывал их имена."
	chinese := "渔船停在港口，守门人记下了它们的名字。"
	for _, c := range []struct {
		name, raw, want string
		replaced        int
	}{
		{"five good, one bad", "crème, fête, señal, über, più, Jos\xe9 Mar", "crème, fête, señal, über, più, José Mar", 0},
		{"one good, one bad", "crème, Jos\xe9 Mar", "crème, José Mar", 0},
		{"one good, three bad", "crème, Jos\xe9 Mar\xeda Nu\xf1o", "crème, José María Nuño", 0},
		{"glued together of two charsets", "© 2010. " + "Jos\xe9 Mar\xeda Nu\xf1o y \xc1lvaro, se\xf1ores de C\xe1diz, M\xe1laga, Le\xf3n", "© 2010. José María Nuño y Álvaro, señores de Cádiz, Málaga, León", 0},
		{"quotation marks of windows-1252", "It’s “fine” – \x93quite\x94 \x96 isn\x92t it\x85", "It’s “fine” – “quite” – isn’t it…", 0},
		{"footer", strings.Repeat("“Stay” – she said. ", 9) + "\xa9 2011\xa0Board \xae", strings.Repeat("“Stay” – she said. ", 9) + "© 2011\u00a0Board ®", 0},
		{"bytes that windows-1252 lacks", "crème, fête \x81 \x8d \x8f \x90 \x9d end", "crème, fête " + strings.Repeat(bad+" ", 5) + "end", 5},
		{"bytes of no charset's lead", "crème, fête, più \xfe\xff x", "crème, fête, più þÿ x", 0},
		{"Cyrillic", russian + " \xa9 2011 \xef\xf0", russian + " " + bad + " 2011 " + bad + bad, 3},
		{"Cyrillic, one word", "Море \xa9", "Море " + bad, 1},
		{"Chinese", chinese + "\xa3 \xe9 x", chinese + bad + " " + bad + " x", 2},
		{"cut in a Chinese character", chinese + "\xe6\xb8</a> \xe6...", chinese + bad + "</a> " + bad + "...", 2},
		{"Chinese, one character and one cut", "港\xe5\x8f", "港" + bad, 1},
		{"cut in a quotation mark", "It’s a wren’s nest\xe2\x80... and\xe2... more", "It’s a wren’s nest" + bad + "... and" + bad + "... more", 2},
		{"cut in an accent", "crème, fête, pi\xc3... sens\xc3", "crème, fête, pi" + bad + "... sens" + bad, 2},
		{"nothing but a cut accent", "a caf\xc3...", "a caf" + bad + "...", 1},
		{"nothing but a cut quotation mark", "a wren\xe2\x80... x", "a wren" + bad + "... x", 1},
		{"nothing but a cut emoji", "fine \xf0\x9f\x98 x", "fine " + bad + " x", 1},
		{"capital that leads sequences elsewhere", "mère, fête, N\xc3O", "mère, fête, NÃO", 0},
		{"cut in an emoji", "crème \U0001F600 \xf0\x9f\x98 x", "crème \U0001F600 " + bad + " x", 1},
		{"tail of a cut character", chinese + "\x80\x99 x", chinese + bad + bad + " x", 2},
		{"CESU-8", "boat \xed\xa0\xbd\xed\xb8\x80 and \xed\xa1\x82\xed\xbe\xb7.", "boat \U0001F600 and \U00020BB7.", 0},
		{"CESU-8 among Chinese", chinese + "\xed\xa0\xbd\xed\xb8\x80", chinese + "\U0001F600", 0},
		{"single surrogates", chinese + "\xed\xa0\xbd x \xed\xb8\x80", chinese + bad + " x " + bad, 2},
		{"surrogates the wrong way round", chinese + "\xed\xb8\x80\xed\xa0\xbd", chinese + bad + bad, 2},
		{"overlong forms", "crème, fête \xc0\xaf \xe0\x80\xaf \xf0\x80\x80\xaf \xc0\x80 \xc1\xbf.", "crème, fête " + strings.Repeat(bad+" ", 4) + bad + ".", 5},
		{"forms of five and six bytes", "crème, fête \xf8\x88\x80\x80\x80 \xfc\x84\x80\x80\x80\x80.", "crème, fête " + bad + " " + bad + ".", 2},
		{"beyond U+10FFFF", "crème, fête \xf4\x90\x80\x80 \xf7\xbf\xbf\xbf.", "crème, fête " + bad + " " + bad + ".", 2},
		{"many good, several bad", strings.Repeat("crème, fête, ", 40) + strings.Repeat("Jos\xe9, ", 20), strings.Repeat("crème, fête, ", 40) + strings.Repeat("José, ", 20), 0},
		{"as many bad as good", strings.Repeat("crème, Jos\xe9, ", 30), strings.Repeat("crème, José, ", 30), 0},
	} {
		raw, want := declaring("utf-8", c.raw), declaring("utf-8", c.want)
		if got, label, n := DecodeHTML([]byte(raw), ""); got != want || label != "utf-8" || n != c.replaced {
			t.Errorf("%s: %s, %d replaced:\n got %q\nwant %q", c.name, label, n, got, want)
		}
		raw, want = declaring("", c.raw), declaring("", c.want)
		if got, label, n := DecodeHTML([]byte(raw), "utf-8"); got != want || label != "utf-8" || n != c.replaced {
			t.Errorf("%s, by the header: %s, %d replaced: %q", c.name, label, n, got)
		}
	}
}

// TestUTF8Undeclared reads pages of which nothing but the bytes says that they
// are UTF-8, or something else than the bytes say.
func TestUTF8Undeclared(t *testing.T) {
	french := "Les crêpes, les gâteaux, la fête, le café et la crème brûlée de l’été"
	korean := "배는 항구에 있었고 문지기는 이름을 적었다"
	for _, c := range []struct{ name, declared, raw, want string }{
		{"French", "", french + " Jos\xe9", french + " José"},
		{"Korean", "", korean + " \xa9", korean + " \uFFFD"},
		{"French, few", "", "crème, fête, Jos\xe9 x", "crème, fête, José x"},
		{"header of a server", "iso-8859-1", french + " Jos\xe9 x", french + " José x"},
		{"declared gb2312", "gb2312", "渔船停在港口\xe6 <b>", "渔船停在港口\uFFFD <b>"},
		{"declared euc-kr", "euc-kr", korean + "\xed <b>", korean + "\uFFFD <b>"},
		{"declared windows-1251", "windows-1251", "Лодки стояли у причала \xd0...", "Лодки стояли у причала \uFFFD..."},
	} {
		raw, want := declaring(c.declared, c.raw), declaring(c.declared, c.want)
		if got, label, _ := DecodeHTML([]byte(raw), ""); got != want || label != "utf-8" {
			t.Errorf("%s: %s %q", c.name, label, got)
		}
	}
}

// TestUTF8ByNameOnly reads pages that are declared UTF-8 and hold another
// charset, with or without a sequence or two that happen to be well-formed.
func TestUTF8ByNameOnly(t *testing.T) {
	for name, s := range legacy {
		for _, extra := range []string{"", "© "} {
			want := declaring("utf-8", s+s)
			raw := strings.Replace(string(encoded(t, name, want)), "<p>", "<p>"+extra, 1)
			got, label, _ := DecodeHTML([]byte(raw), "utf-8")
			if extra != "" { // read as UTF-8 or as the charset, it is lost to the other
				i := strings.Index(got, "<p>") + len("<p>")
				j := strings.Index(got[i:], " ")
				got = got[:i] + got[i+j+1:]
			}
			if got != want {
				t.Errorf("%s behind %q taken for %s: %q", name, extra, label, got)
			}
		}
	}
}

// TestMultiByteKeepsASCII reads multi-byte pages with a bad byte in front of
// markup, letters and spaces.
func TestMultiByteKeepsASCII(t *testing.T) {
	text := map[string]string{
		"gb2312": "守门人记下了它们的名字，然后回家。", "gbk": "守门人记下了它们的名字，然后回家。", "gb18030": "守门人记下了它们的名字，然后回家。",
		"big5": "守門人記下了它們的名字，然後回家。", "big5-hkscs": "守門人記下了它們的名字，然後回家。",
		"shift_jis": "門番は船の名前を書きとめて、それから家に帰った。", "euc-jp": "門番は船の名前を書きとめて、それから家に帰った。",
		"euc-kr": "문지기는 배의 이름을 적고 집으로 돌아갔다.",
	}
	unmapped := map[string]string{ // lead bytes that mean nothing with the ASCII behind them
		"gb2312": "\xff", "gbk": "\xff", "gb18030": "\xff", "big5": "\xff\xfe\x80", "big5-hkscs": "\xff\x80", "shift_jis": "\xfd\xfe\xff\xa0", "euc-jp": "\xff\xa0\xb0\x8e\x8f", "euc-kr": "\xff\xa0\xfe\xc9",
	}
	for name, s := range text {
		leads := unmapped[name]
		for _, ascii := range []string{"</p>", " x", "\n", "\"q\"", "5 m"} {
			for i := range len(leads) {
				for _, times := range []int{1, 4} {
					raw, want := "", ""
					for range times {
						enc := encoded(t, canonicalLabel(name), s)
						raw += string(enc) + leads[i:i+1] + ascii + string(enc)
						want += s + "\uFFFD" + ascii + s
					}
					raw, want = declaring(name, raw), declaring(name, want)
					if got, label, n := DecodeHTML([]byte(raw), ""); got != want || label != canonicalLabel(name) || n != times {
						t.Errorf("%s, %x before %q: %s, %d replaced\n got %q\nwant %q", name, leads[i], ascii, label, n, got, want)
					}
				}
			}
		}
	}
	for _, c := range []struct{ name, raw, want string }{
		{"gb18030", "\x81\x30</b>", "\uFFFD0</b>"},          // two bytes of four
		{"gb18030", "\xfe\x39\xfe\x39z", "\uFFFD9\uFFFD9z"}, // four bytes beyond Unicode
		{"big5", "\x87\x40a", "\u43f0a"},                    // HKSCS
		{"big5", "\x81Az", "\uFFFDAz"},                      // unmapped pair
		{"big5", "\x81\x7fz", "\uFFFD\x7fz"},
		{"shift_jis", "\x85Az", "\uFFFDAz"},
		{"shift_jis", "\x82</b>", "\uFFFD</b>"},
		{"euc-jp", "\x8f\xa1</b>", "\uFFFD\uFFFD</b>"},
		{"euc-kr", "\xfeAz", "\uFFFDAz"},
		{"gb18030", "\xb0", "\uFFFD"}, // cut at the end
		{"euc-kr", "\xb0", "\uFFFD"},
	} {
		if got, n := decodeCharset(c.name, []byte(c.raw)); got != c.want || n != strings.Count(c.want, "\uFFFD") {
			t.Errorf("%s %x: %q, %d replaced, want %q", c.name, c.raw, got, n, c.want)
		}
	}
}

// TestMultiByteHolds cuts many characters of pages that are what they declare.
func TestMultiByteHolds(t *testing.T) {
	for _, name := range []string{"gb18030", "big5", "shift_jis", "euc-jp", "euc-kr"} {
		enc := encoded(t, name, legacy[name])
		var raw []byte
		characters, cut := 0, 0
		for i := 0; i+1 < len(enc); i++ {
			raw = append(raw, enc[i])
			if enc[i] >= 0x80 {
				characters++
				if i++; characters%6 == 0 {
					raw = append(raw, "<i></i>"...)
					cut++
				} else {
					raw = append(raw, enc[i])
				}
			}
		}
		got, label, _ := DecodeHTML([]byte(declaring(name, string(raw))), "")
		if label != name || strings.Count(got, "<i></i>") != cut || cut < 3 {
			t.Errorf("%s with %d characters cut: %s %q", name, cut, label, got)
		}
	}
}

// TestHeaderAgainstMeta reads pages whose header and <meta> disagree.
func TestHeaderAgainstMeta(t *testing.T) {
	for name, s := range legacy {
		for _, other := range []string{"utf-8", "iso-8859-1", "windows-1251", "gb2312", "big5", "euc-jp", "euc-kr", "shift_jis"} {
			if canonicalLabel(other) == name {
				continue
			}
			want := declaring(name, s)
			if got, label, _ := DecodeHTML(encoded(t, name, want), other); got != want {
				t.Errorf("%s by its meta, %s by its header: %s", name, other, label)
			}
			want = declaring(other, s)
			if got, label, _ := DecodeHTML(encoded(t, name, want), name); got != want {
				t.Errorf("%s by its header, %s by its meta: %s", name, other, label)
			}
		}
	}
}
