package widetext_test

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/corpusmill/corpusmill/internal/widetext"
)

var orders = []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian}

func wide(order binary.AppendByteOrder, s string) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return b
}

// Each text has zero bytes: of blanks, ends of lines, digits, or of a character such as 一.
var texts = map[string]string{
	"english":    "The wheel turns, and the mill grinds.\n",
	"chinese":    "# 水磨\n\n水车一转，磨盘就把谷子磨成面粉。村里的人都来这里磨面，孩子们在河边玩耍。\n",
	"no ascii":   "一座水磨立在河边，水车转动，磨盘就把谷子磨成面粉，村里人都来。",
	"tags":       "水似<格。格似水一，水车转动，磨盘就磨面。",
	"japanese":   "水車が回ると、石臼が粉をひく。\n村の人はみんなここに来ます。\n",
	"korean":     "물레방아가 돌면 맷돌이 가루를 빻는다.\n",
	"russian":    "Колесо вертится, и мельница мелет.\n",
	"greek":      "Ο τροχός γυρίζει και ο μύλος αλέθει.\n",
	"arabic":     "تدور العجلة فتطحن الطاحونة القمح.\n",
	"hindi":      "पहिया घूमता है और चक्की पीसती है।\n",
	"thai":       "กังหันหมุนและโรงสีก็บด\nชาวบ้านมาที่นี่\n",
	"emoji":      "水车一转 😀，磨盘 🌾 就磨面。\n",
	"shortest":   "水车转,磨盘磨\n",
	"a rare one": strings.Repeat("水车转，", 8) + "一\ua500\n",
}

func TestOrder(t *testing.T) {
	for name, s := range texts {
		for _, order := range orders {
			raw := wide(order, s)
			for cut := range min(4, len(raw)-14) { // also in a character or a pair
				got, ok := widetext.Order(raw[:len(raw)-cut])
				if !ok && name == "shortest" && cut > 0 || len(raw)-cut < 16 {
					continue
				}
				if !ok || got.String() != order.String() {
					t.Errorf("%s, %v, without %d bytes: %v %v", name, order, cut, got, ok)
				}
			}
		}
	}
}

// One unit that text does not have is enough, and so are too many of scripts that are rare or too
// few that part words; below eight units nothing is said.
func TestNoOrder(t *testing.T) {
	base := "一" + strings.Repeat("水车转动磨盘，", 9) // 64 units, 9 of them punctuation
	for _, order := range orders {
		for name, s := range map[string]string{
			"seven units":     "一水，水车转动",
			"NUL":             base + "\x00",
			"control":         base + "\x08",
			"vertical":        base + "\x0e",
			"delete":          base + "\x7f",
			"C1":              base + "\u0085",
			"private use":     base + "\ue000",
			"last of private": base + "\uf8ff",
			"no character":    base + "\ufffe",
			"three rare":      base + "\ua500\ua500\ua500",
			"no separator":    "一" + strings.Repeat("水", 70),
			"no zero":         strings.Repeat("水车，", 9),
		} {
			if got, ok := widetext.Order(wide(order, s)); ok {
				t.Errorf("%s, %v: %v", name, order, got)
			}
		}
		for name, units := range map[string][]uint16{"high alone": {0xd800, 0x6c34}, "low alone": {0xdc00}, "low at the end": {0x6c34, 0xdfff}, "two highs": {0xd83d, 0xd83d}} {
			raw := wide(order, base)
			for _, u := range units {
				raw = order.AppendUint16(raw, u)
			}
			if got, ok := widetext.Order(raw); ok {
				t.Errorf("%s, %v: %v", name, order, got)
			}
		}
		if _, ok := widetext.Order(wide(order, base+"\ua500\ua500")); !ok { // 2 of 66
			t.Errorf("two rare, %v", order)
		}
	}
	for name, raw := range map[string]string{
		"empty": "", "zeros": strings.Repeat("\x00", 64),
		"utf-8":             "水车转动，磨盘就把谷子磨成面粉。\x00水车转动。\n",
		"page with a zero":  strings.Repeat("<p>The wheel turns in the river, and a mill grinds.\n", 9) + "\x00 ",
		"gbk with a zero":   strings.Repeat("\xcb\xae\xb3\xb5\xd7\xaa\xb6\xaf\xa3\xac\xc4\xa5\xc5\xcc", 9) + "\x00\x00 \x00",
		"numbers of 32 bit": "\x20\x00\x00\x00\x41\x00\x00\x00\x42\x00\x00\x00\x20\x00\x00\x00",
		"samples":           string(wide(binary.LittleEndian, "\u0003\u0002\u0001\u0020\u0041\u0061\u0020\u0020")),
	} {
		if got, ok := widetext.Order([]byte(raw)); ok {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Random bytes, random numbers of a few bits, and small floats are no text.
func TestNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 20_000 {
		var b []byte
		for range 64 {
			switch i % 4 {
			case 0:
				b = binary.LittleEndian.AppendUint64(b, r.Uint64())
			case 1:
				b = binary.LittleEndian.AppendUint16(b, uint16(r.NormFloat64()*1000))
			case 2:
				b = binary.BigEndian.AppendUint32(b, uint32(r.Uint64N(1<<24)))
			default:
				b = binary.LittleEndian.AppendUint16(b, uint16(r.Uint64N(4096)))
			}
		}
		if _, ok := widetext.Order(b); ok {
			t.Fatalf("noise %d: % x", i%4, b)
		}
	}
}

func FuzzOrder(f *testing.F) {
	for _, s := range texts {
		f.Add(wide(binary.LittleEndian, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		order, ok := widetext.Order(b)
		if !ok {
			return
		}
		for i := 0; i+1 < len(b); i += 2 {
			if u := order.Uint16(b[i:]); u < '\t' || u >= 0xe000 && u < 0xf900 || u == 0xfffe {
				t.Fatalf("unit %x in % x", u, b)
			}
		}
		if len(b) < 16 {
			t.Errorf("% x", b)
		}
	})
}
