package charset

import (
	"strings"
	"testing"
)

// TestFewHighBytes reads pages that say nothing of their charset and hold few
// bytes outside ASCII.
func TestFewHighBytes(t *testing.T) {
	story := "The warden of the weir counts the eels each night and writes their number on a slate beside the door."
	for _, s := range []string{
		// signs
		"Eel pie £4.20, bread £1, ale £0.80, bed £30", "£9", "Only £9!", "From £12 to £15 (was £18), save £3, £2.75 p&p, £1,000,000",
		"¥900 or ¥1200", "5¢ each, 10¢ for three", "Nets of 4 × 6 m, 3×5, 12×", "A 2×4 beam, 3×6 beams, 10 × zoom",
		"½ pint, 1½ pints, 2¼ miles, ¾ full", "9 m² of net, 4 m³, 8 km²", "12 m², 30 cm², 7 ft³, x², y³", "±3 days, ±0.5",
		"§ 12 and §§ 13", "¶ 4", "© 2019 Weir Board", "Copyright © 1998-2004", "Weir® and Sluice®", "20° warm, 5°C, 41° 12' N", "25 ºC", "1º, 2ª", "5 µm, 8µg",
		"¡Hola! ¿Qué tal?", "¡Anguilas!", "¿Cuántas?", "«Oui», dit-il", "a·b", "¬q or ¬r", "A ¦ B", "100 ÷ 4", "©", "x £ y", "The year’s “best” eel – £5…",
		"£5 © 2019", "1½×2¼",
		// loans and names
		"a naïve eel, a naïve warden, naïve, naïve, naïve", "naïveté of the naïf", "Haïti and Zaïre", "Moët, Citroën, Noël, Brontë", "café", "two cafés", "résumé", "the façade",
		"El Niño", "jalapeño and piñata", "señor, señora", "mañana", "Peña", "São Paulo", "Curaçao", "Zürich", "Müller", "Gödel and Schrödinger",
		"Ångström", "smörgåsbord", "Tromsø", "Malmö", "rôle", "crème brûlée", "déjà vu", "à la carte", "vis-à-vis", "coöperate, reëlect, coördinate",
		"doppelgänger", "über", "Beyoncé", "Björk", "Besançon", "Île-de-France", "Ærø", "José", "Córdoba", "Jürgen", "fiancée", "Düsseldorf, Köln", "Æsir", "Þórr", "encyclopædia", "Ålesund",
	} {
		for _, want := range []string{declaring("", s), declaring("", story+"</p><p>"+s), declaring("", strings.Repeat(s+" ", 20))} {
			got, label, _ := DecodeHTML(encoded(t, "windows-1252", want), "")
			if got != want {
				t.Errorf("%q taken for %s: %.200q", s, label, got)
				break
			}
		}
		want := declaring("utf-8", s)
		if got, label, _ := DecodeHTML(encoded(t, "windows-1252", want), "utf-8"); got != want {
			t.Errorf("%q, declared UTF-8, taken for %s", s, label)
		}
	}
}

// TestFewWords reads pages of English with few words of another script.
func TestFewWords(t *testing.T) {
	story := "The warden of the weir counts the eels each night and writes their number on a slate beside the door."
	for name, list := range map[string][]string{
		"windows-1251": {"Москва", "слово", "Пётр Первый", "река Волга", "книга"},
		"koi8-r":       {"Москва", "слово", "река Волга"},
		"iso-8859-5":   {"Москва", "река Волга"},
		"ibm866":       {"Москва река", "слово и дело"},
		"windows-1253": {"λόγος", "Ελλάδα", "Αθήνα", "και"},
		"windows-1255": {"שלום", "ירושלים"},
		"windows-1256": {"السلام", "القاهرة"},
		"windows-874":  {"กรุงเทพ", "ประเทศไทย"},
		"windows-1254": {"İstanbul’da şişli ığdır", "Beşiktaş, Kadıköy, Eskişehir, Iğdır"},
		"windows-1250": {"Łódź, Kraków, Gdańsk, Częstochowa", "příliš žluťoučký kůň"},
		"windows-1257": {"Šiauliai, Panevėžys, Kėdainiai, Mažeikiai", "jūras zvejnieki dzīvo pilsētā"},
		"gb18030":      {"中国", "北京", "你好世界"},
		"big5":         {"中國", "台北市"},
		"shift_jis":    {"こんにちは", "日本語", "東京タワー"},
		"euc-jp":       {"こんにちは", "日本の言葉"},
		"euc-kr":       {"한국어", "서울특별시"},
	} {
		for _, s := range list {
			want := declaring("", story+"</p><p>"+s+".")
			if got, label, _ := DecodeHTML(encoded(t, name, want), ""); got != want {
				t.Errorf("%q in %s taken for %s: %q", s, name, label, got[len(got)-40:])
			}
		}
	}
}
