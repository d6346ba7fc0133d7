package language

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLinks(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		var got strings.Builder
		for at := 0; at < len(text); {
			start, end := nextLink(text, at, len(text))
			got.WriteString(text[at:start])
			at = end
		}
		if got.String() != want {
			t.Errorf("%q: %q, want %q", text, got.String(), want)
		}
	}
	// Links.
	f("siehe https://a.example/the-long-title-of-a-page, dort", "siehe  dort")
	f("(http://a.example/x)", "()")
	f("<https://a.example> HTTPS://A.EXAMPLE/X ftp://a", "<>  ")
	f("水は https://a.example/x。次", "水は 。次")
	f("水はhttps://a.example/xを見る", "水はを見る")
	f("https://de.wikipedia.org/wiki/Köln_Messe_(Halle)_Nord und", " und")
	f("https://пример.рф/путь слово", " слово")
	f("https://a.example/x?ids[0]=one&ids[1]=two mehr", " mehr")
	f(`{"u":"https:\/\/a.example\/the-title"}`, `{"u":""}`)
	f("[Titel](https://a.example/the-title) weiter", "[Titel]() weiter")
	f("https://a.example/港/the-boats を", " を")
	f("https://例え.jp/the-boats を", " を")
	f("https://a.example/wiki/港の船を見る/または", "港の船を見る/または")
	f("https://a.example/港、船", "港、船")
	f("https://a.example/abcを/見る", "を/見る")
	f("magnet:?xt=urn:btih:00&dn=the+title ja", " ja")
	f("my_site.a.example/the-title Example.COM bit.ly/Abc pic.a.example/Abc", "   ")
	f("www.a.example/x WWW.A.EXAMPLE www.a.example", "  ")
	f("a.example/the-title //cdn.a.example/x.js a.example:8080/x a.com?q=word", "   ")
	f("heise.de/the-title news.bbc.co.uk example.com example.org.", "   ")
	f("an hans.meier@post.example, <mailto:a+b@c.de?subject=the-word>; a@b.de:", "an  <>; ")
	f("bild data:image/png;base64,iVBORw0KGgo= ende", "bild  ende")
	f("/wiki/%D8%B1%D9%85/the-title und x%20y%20z", " und ")
	f(strings.Repeat("x", linkBytesMax)+" y", " y")
	// None.
	for _, text := range []string{
		"", ".", "@", "%", ":", "Satz.Und weiter", "gehen.und", "z.B. usw. d.h. i.e.", "12:30 Uhr", "und/oder", "C:/Windows/System32", "/usr/share/doc",
		"@name #tag user@host a@ @b", "50% off 5%de", "Nr.5/6", "1.2.3/4", "e.g./i.e", "ja...nein", "Achtung:hier", "Mr.Smith:hello", "is.in was.so",
		"std::vector", "3.14 v1.2.3", "data: the numbers", "http:", "://", "a--b", strings.Repeat("x", linkBytesMax-1),
	} {
		f(text, text)
	}
}

func TestIdentifyLinks(t *testing.T) {
	s := open(t, Language{})
	links := []string{
		"https://www.harbour.example/posts/675689432512881/the-long-english-title-of-a-page-about-the-weather-in-the-harbour",
		"www.harbour.example/posts/the-long-english-title-of-a-page-about-the-weather-in-the-harbour",
		"harbour.example/posts/the-long-english-title-of-a-page-about-the-weather-in-the-harbour",
		"the.keeper.of.the.harbour.and.the.lighthouse@the-harbour-and-lighthouse.example",
		"data:text/plain,the-long-english-title-of-a-page-about-the-weather-in-the-harbour-and-its-boats",
		"/wiki/%D8%B1%D9%85%D8%B6%D8%A7%D9%86/the-long-english-title-of-a-page-about-the-weather",
		"data:image/png;base64," + strings.Repeat("iVBORw0KGgoAAAANSUhEUgAAthe", 300),
	}
	for want, text := range map[string]string{
		"ar": "رمضان شهر الرحمة والمغفرة", "de": "Das Buch liegt noch immer auf dem Tisch", "ja": "港の帳簿はまだ机の上にある",
		"zh": "账本还在桌子上", "ru": "Книга всё ещё лежит на столе", "ko": "장부는 아직 책상 위에 있다", "fr": "Le livre est toujours posé sur la table", "hi": "किताब अभी भी मेज़ पर है",
		"he": "הספר עדיין על השולחן", "th": "หนังสือยังอยู่บนโต๊ะ", "en": "The book is still lying on the table",
	} {
		_, alone := s.Identify(text)
		for _, link := range links {
			for _, n := range []int{1, 3, 40} { // 40: the windows see but a part
				many := strings.Repeat(link+" ", n)
				for _, with := range []string{text + " " + many, many + text, many + text + "\n" + many} {
					code, score := s.Identify(with)
					if code != want || score < alone-0.02 {
						t.Errorf("%s with %d of %.20s: %s %.4f, alone %.4f", want, n, link, code, score, alone)
					}
				}
			}
		}
	}
	if code, score := s.Identify(links[0]); code != Undetermined || score != 0 {
		t.Errorf("only a URL: %s %.4f", code, score)
	}
}

func TestLinesLinks(t *testing.T) {
	s := open(t, Language{Lines: true, DropOtherLines: true})
	url := "https://www.harbour.example/posts/the-long-english-title-of-a-page-about-the-weather\n"
	text := strings.Repeat(german+"\n"+url, 3) + english + english + "\n"
	list := s.lines(text)
	var got []string
	for _, g := range list {
		got = append(got, fmt.Sprint(g.code, strings.Count(text[g.from:g.to], "\n")))
	}
	if want := "[de2 de2 de2 en1]"; fmt.Sprint(got) != want {
		t.Errorf("groups %v, want %s: a line of one URL stays with the line before", got, want)
	}
}

// A window anywhere in a text sees no letter of a link.
func TestLinkWindows(t *testing.T) {
	text := "水 https://a.example/" + strings.Repeat("title-", 100) + " 水 " + strings.Repeat("base64x", 400) + " 水 " + strings.Repeat("水 a.example/x", 40)
	for at := range len(text) {
		if !utf8.RuneStart(text[at]) {
			continue
		}
		w := windows{text: text}
		w.fill(at)
		var l letters
		for _, p := range w.pieces[:w.used] {
			l.count(text[p.from:p.to])
		}
		if l.byModel[0] > 0 {
			t.Fatalf("%d Latin letters in the window at %d", l.byModel[0], at)
		}
	}
}

func TestProse(t *testing.T) {
	for _, n := range []int{0, 1, 3, 100} {
		if got := prose("水の町だ", n); got != firstRunes("水の町だ", n) {
			t.Errorf("%d: %q", n, got)
		}
	}
	if got := prose("eins http://a.example zwei", 100); got != "eins   zwei " {
		t.Errorf("%q", got)
	}
	if got := prose("eins http://a.example zwei", 7); got != "eins   z " {
		t.Errorf("%q", got)
	}
}

// FuzzLinks wants windows in order and whole in code points that leave out nothing
// but links.
func FuzzLinks(f *testing.F) {
	for _, s := range []string{"https://a.b/c d", "a@b.de", "x%20%20", "水www.a.b/cの", "a.b/(c)[d", "data:,"} {
		f.Add(s, 100)
	}
	d := mustDetector(f)
	f.Fuzz(func(t *testing.T, text string, maxRunes int) {
		last, read := 0, 0
		for w := newWindows(text, min(max(maxRunes, windowRunes), 1000)); w.next(); {
			runes := 0
			for _, p := range w.pieces[:w.used] {
				if p.from < last || p.to <= p.from || p.to > len(text) {
					t.Fatalf("%q: piece %v after %d", text, p, last)
				}
				last = p.to
				read += p.to - p.from
				runes += utf8.RuneCountInString(text[p.from:p.to])
			}
			if runes > windowRunes {
				t.Fatalf("%q: window of %d", text, runes)
			}
		}
		if !strings.ContainsAny(text, ":@.%") && len(text) < linkBytesMax && maxRunes >= linkBytesMax && read != len(text) {
			t.Fatalf("%q: read %d of %d", text, read, len(text))
		}
		prose(text, 50)
		d.Detect(text)
	})
}
