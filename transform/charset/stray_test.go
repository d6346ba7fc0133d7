package charset

import (
	"strings"
	"testing"
)

// TestStrayLeadBytes reads pages with a stray byte in front of a word of ASCII
// with whose first letter it makes a rare character.
func TestStrayLeadBytes(t *testing.T) {
	const (
		zh = "守门人记下了它们的名字，然后沿着河边的小路回家。"
		tw = "守門人記下了它們的名字，然後沿著河邊的小路回家。"
		ja = "門番は船の名前を書きとめて、それから家に帰った。"
		ko = "문지기는 배의 이름을 적고 강가의 길로 돌아갔다."
	)
	for _, c := range []struct{ charset, text, stray, ascii string }{
		{"gb2312", zh, "\xc4", "Hotel</p>"},
		{"gb2312", zh, "\xc5", "keyword abc"},
		{"gb2312", zh, "\xb0", "A4 x"},
		{"gb2312", zh, "\xd7", "e-mail"},
		{"gb2312", zh, "\xb5", "[1]"},
		{"gb2312", zh, "\xb5", "| news"},
		{"gb2312", zh, "\xb5", "@home"},
		{"gbk", zh, "\x81", "keyword"},
		{"gb18030", zh, "\xf7", "Zebra"},
		{"euc-kr", ko, "\xb0", "Hotel"},
		{"euc-kr", ko, "\xc5", "keyword"},
		{"euc-kr", ko, "\x81", "mail"},
		{"big5", tw, "\xc9", "Hotel"},
		{"big5", tw, "\xe5", "keyword"},
		{"shift_jis", ja, "\x9a", "Hotel"},
		{"shift_jis", ja, "\xe5", "keyword"},
		{"johab", ko, "\x8c", "Hotel"},
		{"johab", ko, "\xe5", "keyword"},
	} {
		name := canonicalLabel(c.charset)
		for _, declared := range []string{c.charset, ""} {
			if name == "johab" && declared == "" {
				continue
			}
			text := legacyBytes(t, name, c.text)
			raw := declaring(declared, text+text+" "+c.stray+c.ascii+text)
			want := declaring(declared, c.text+c.text+" \uFFFD"+c.ascii+c.text)
			if got, label, n := DecodeHTML([]byte(raw), ""); got != want || label != name || n != 1 {
				t.Errorf("%s (declared %q), %x before %q: %s, %d replaced: %q", c.charset, declared, c.stray, c.ascii, label, n, got)
			}
		}
	}
}

// legacyBytes encodes a text, in Johab by trying its pairs.
func legacyBytes(t *testing.T, name, s string) string {
	t.Helper()
	if name != "johab" {
		return string(encoded(t, name, s))
	}
	pairs := map[rune]string{}
	for code := 0x8441; code < 0xd3ff; code++ {
		if r, n := johabCharacter(byte(code>>8), byte(code)); n == 2 {
			pairs[r] = string([]byte{byte(code >> 8), byte(code)})
		}
	}
	var out strings.Builder
	for _, r := range s {
		if r < 0x80 {
			out.WriteRune(r)
		} else {
			out.WriteString(pairs[r])
		}
	}
	return out.String()
}

// TestCharactersBeforeASCII reads pages with rare characters that are meant.
func TestCharactersBeforeASCII(t *testing.T) {
	const zh = "守门人记下了它们的名字，然后沿着河边的小路回家。"
	for _, c := range []struct{ charset, text string }{
		{"gbk", zh + "朱镕LLC" + zh},
		{"gbk", zh + "王喆Michael" + zh}, // a lead byte's trail outside ASCII
		{"gbk", zh + "李玥Amy、陈珺Lily、祎abc" + zh},
		{"gbk", zh + "東Project，國ABC，開Open" + zh},             // frequent
		{"gbk", zh + "鎔</p>" + zh + "鎔 x" + zh + "鎔，A" + zh}, // no word behind it
		{"gbk", zh + "鎔金。" + zh + "鎔Plus" + zh},              // there elsewhere
		{"gbk", zh + "鎔Plus，甁Bottle，塡Fill，丅Town，丄Up" + zh},   // more than a few
		{"gbk", "守門人記下瞭牠們的名字，然後沿著河邊的小路迴家。鎔Plus"},
		{"gbk", "鎔Plus"},
		{"big5", "守門人記下了它們的名字，然後回家。低Hotel，功keyword，龜Turtle，中Abc"},
		{"big5", "佢哋喺度食緊嘢，啲嘢好靚㗎，咁嘅嘢冇得彈。嘅Abc，咗Abc"},
		{"shift_jis", "門番は船の名前を書きとめて、アHotel、ボックスABC、ソftware、表keyword"},
		{"shift_jis", "門番は①Ⅱabc、Ⅳabc、船の名前を書きとめた。"},
		{"euc-kr", "문지기는 배의 이름을 적고 강가의 길로 돌아갔다. 뷁 뷁LOL"},
	} {
		name := canonicalLabel(c.charset)
		enc, err := encodingOf(name).NewEncoder().String(c.text)
		if err != nil {
			t.Errorf("%s: %v: %s", c.charset, err, c.text)
			continue
		}
		want := declaring(c.charset, c.text)
		if got, label, n := DecodeHTML([]byte(declaring(c.charset, enc)), ""); got != want || label != name || n != 0 {
			t.Errorf("%s: %s, %d replaced: %q", c.charset, label, n, got)
		}
	}
	if got := strayLeads("gb18030", []byte(strings.Repeat("\xb0\xa1", 40))); got != nil {
		t.Errorf("stray bytes in pairs of GB2312: %v", got)
	}
}
