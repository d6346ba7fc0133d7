package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// shared is compiled once for all tests.
var shared = sync.OnceValue(func() *Extractor { return NewExtractor(Options{}) })

func wantPDF(t *testing.T, raw []byte, want string) {
	t.Helper()
	d, err := shared().Extract(t.Context(), raw)
	if err != nil || d.Text != want {
		t.Errorf("got %q, %v\nwant %q", d.Text, err, want)
	}
}

var prose = []string{
	"A pipeline reads documents, measures them and writes the ones that are wor-",
	"thy of training. It does so in one pass over the input, and every rejected",
	"document leaves a reason behind. Nothing is lost in silence.",
	"The next paragraph speaks of a well-known problem of long lines, the state-",
	"of-the-art of which is well-known to be the well-",
	"known hyphen.",
}

func TestParagraphs(t *testing.T) {
	wantPDF(t, writePDF("", column(72, 700, prose...)),
		"A pipeline reads documents, measures them and writes the ones that are worthy of training. It does so in one pass over the input, and every rejected document leaves a reason behind. Nothing is lost in silence.\n"+
			"The next paragraph speaks of a well-known problem of long lines, the state-of-the-art of which is well-known to be the well-known hyphen.")
}

func TestColumns(t *testing.T) {
	left := column(60, 700, "The left column holds the first part", "of the text, which ends")
	right := column(330, 700, "in the right column, whose lines are", "just as short.")
	wantPDF(t, writePDF("", append(left, right...)),
		"The left column holds the first part of the text, which ends in the right column, whose lines are just as short.")
}

func TestChinese(t *testing.T) {
	wantPDF(t, writePDF("", column(72, 700, "大规模语言模型的训练数据来自网页书籍和论文需要清洗", "和去重。")),
		"大规模语言模型的训练数据来自网页书籍和论文需要清洗和去重。")
}

// A font that the document names and does not hold, with every character set on
// its own, as in the text that a scanner recognized.
func TestMissingFont(t *testing.T) {
	raw := writePDF("", []placed{{72, 700, "x"}})
	raw = bytes.Replace(raw, []byte("/Subtype/Type1/BaseFont/Helvetica"), []byte("/Subtype/Type0/BaseFont/SimSun/Encoding/GBK-EUC-H/DescendantFonts["+
		"<</Type/Font/Subtype/CIDFontType2/BaseFont/SimSun/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/DW 1000>>]"), 1)
	raw = bytes.Replace(raw, []byte("(x) Tj"), []byte("<b9d8> Tj 10 0 Td <d3da> Tj"), 1)
	wantPDF(t, raw, "关于")
}

func TestRunning(t *testing.T) {
	var pages [][]placed
	words := []string{"alpha", "bravo", "charlie", "delta"}
	for i, w := range words {
		p := column(72, 760, "Annals of Testing")
		p = append(p, column(72, 700, "This page tells of "+w+" and of nothing else.")...)
		pages = append(pages, append(p, column(300, 30, fmt.Sprintf("Page %d of 4", i+11))...))
	}
	raw := writePDF("", pages...)
	var want []string
	for _, w := range words {
		want = append(want, "This page tells of "+w+" and of nothing else.")
	}
	wantPDF(t, raw, "Annals of Testing\n"+strings.Join(want, "\n"))
	// Two pages prove nothing.
	wantPDF(t, writePDF("", pages[:2]...), "Annals of Testing\n"+want[0]+"\nPage 11 of 4\nAnnals of Testing\n"+want[1]+"\nPage 12 of 4")
}

func TestErrors(t *testing.T) {
	good := writePDF("", column(72, 700, "Hello"), column(72, 700, "there"))
	locked := writePDF("/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<"+strings.Repeat("11", 32)+">/U<"+strings.Repeat("22", 32)+">>>",
		column(72, 700, "Hello"))
	for _, c := range []struct {
		name string
		raw  []byte
		o    Options
		want error
	}{
		{"empty", nil, Options{}, ErrDamaged},
		{"no pdf", []byte("hello"), Options{}, ErrDamaged},
		{"truncated", good[:40], Options{}, ErrDamaged},
		{"encrypted", locked, Options{}, ErrEncrypted},
		{"pages", good, Options{MaxPages: 1}, ErrTooLong},
		{"text", good, Options{MaxTextBytes: 9}, ErrTooLong},
		{"deadline", good, Options{Deadline: 1}, ErrDeadline},
		{"memory", bytes.Repeat(good, (600<<20)/len(good)), Options{}, ErrMemory},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d, err := withOptions(c.o).Extract(t.Context(), c.raw); !errors.Is(err, c.want) {
				t.Errorf("got %q, %v; want %v", d.Text, err, c.want)
			}
		})
	}
	for _, o := range []Options{{MaxPages: 2}, {MaxTextBytes: 10}, {}} {
		if d, err := withOptions(o).Extract(t.Context(), good); err != nil || d.Text != "Hello\nthere" || d.Pages != 2 {
			t.Errorf("%+v: got %q, %v", o, d.Text, err)
		}
	}
	// The second of two pages is missing.
	half := bytes.Replace(good, []byte("Kids[7 0 R 9 0 R ]"), []byte("Kids[7 0 R       ]"), 1)
	if d, err := shared().Extract(t.Context(), half); err != nil || d.Text != "Hello" || d.Pages != 2 || d.Damaged != 1 {
		t.Errorf("half a document: %+v, %v", d, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := shared().Extract(ctx, good); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// withOptions is an extractor of its own limits on the shared compiled code.
func withOptions(o Options) *Extractor {
	return &Extractor{options: o.orDefaults(), engine: shared().engine}
}

func TestConcurrent(t *testing.T) {
	raw := writePDF("", column(72, 700, "Hello"))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 10 {
				wantPDF(t, raw, "Hello")
			}
		})
	}
	wg.Wait()
}

func check(t *testing.T, raw []byte) {
	_, err := withOptions(Options{Deadline: 20 * time.Second}).Extract(t.Context(), raw)
	for _, kind := range []error{nil, ErrDamaged, ErrEncrypted, ErrTooLong, ErrMemory} {
		if errors.Is(err, kind) {
			return
		}
	}
	t.Errorf("untyped error or hang: %v", err)
}

func FuzzExtract(f *testing.F) {
	hello := writePDF("", column(72, 700, "Hello"))
	// Compiled before the first input, which may take ten seconds at most.
	if _, err := shared().Extract(f.Context(), hello); err != nil {
		f.Fatal(err)
	}
	f.Add(hello)
	f.Add(writePDF("/Encrypt 1 0 R", column(72, 700, "汉字")))
	f.Fuzz(check)
}

// FuzzCompose reaches the text rules without pdfium.
func FuzzCompose(f *testing.F) {
	f.Add("Head 1\r\nbody of a\uFFFEb\r\n\fHead 2\r\nx-\r\ny", false)
	f.Fuzz(func(t *testing.T, s string, keep bool) {
		pages := strings.Split(strings.ToValidUTF8(s, ""), "\f")
		if got := compose(pages, Options{KeepLines: keep}); strings.ContainsRune(got, divided) {
			t.Errorf("a mark is left in %q", got)
		}
	})
}

func TestStage(t *testing.T) {
	s, err := OpenPDFText(t.Context(), PDFText{}, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	s.extractor = shared()
	good := writePDF("", column(72, 700, "Hello"))
	for _, c := range []struct {
		name       string
		raw        []byte
		max        int
		text, rule string
		err        bool
	}{
		{name: "text", raw: good, max: len(good), text: "Hello"},
		{name: "too large", raw: good, max: len(good) - 1, rule: "too_large"},
		{name: "scan", raw: writePDF("", nil), max: 1 << 20, rule: "no_text"},
		{name: "damaged", raw: []byte("%PDF-1.4"), max: 1 << 20, err: true},
	} {
		s.settings.MaxFileBytes = config.Bytes(c.max)
		d := &corpus.Document{Media: "Application/PDF; x=y", Raw: c.raw}
		v, err := s.Apply(d)
		if d.Text != c.text || v.Rule != c.rule || (err != nil) != c.err || d.Raw != nil {
			t.Errorf("%s: text %q, rule %q, error %v", c.name, d.Text, v.Rule, err)
		}
	}
	s.extractor = withOptions(Options{MaxTextBytes: 4})
	if v, err := s.Apply(&corpus.Document{Media: "application/pdf", Raw: writePDF("", column(72, 700, "Hello"))}); err != nil || v.Rule != "too_long" {
		t.Errorf("too long: %v, %v", v, err)
	}
	page := &corpus.Document{Media: "text/html", Raw: []byte("<p>x")}
	if v, err := s.Apply(page); err != nil || !v.Kept() || page.Raw == nil {
		t.Error("a page did not go through unchanged")
	}
}

func TestValidate(t *testing.T) {
	for i, set := range []func(*PDFText){
		func(p *PDFText) { p.MaxFileBytes = -1 },
		func(p *PDFText) { p.MaxPages = -1 },
		func(p *PDFText) { p.MaxTextBytes = -1 },
		func(p *PDFText) { p.MemoryBytes = minMemoryBytes - 1 },
		func(p *PDFText) { p.MemoryBytes = maxMemoryBytes + 1 },
		func(p *PDFText) { p.Deadline = -1 },
	} {
		var p PDFText
		set(&p)
		if _, err := OpenPDFText(t.Context(), p, stage.NewEnv()); err == nil {
			t.Errorf("setting %d: no error", i)
		}
	}
}

// A page that takes many times the deadline is stopped within pdfium.
func TestDeadline(t *testing.T) {
	page := make([]placed, 200_000)
	for i := range page {
		page[i] = placed{72, 700 - i%600, "one of very many lines"}
	}
	raw := writePDF("", page)
	if d, err := withOptions(Options{Deadline: 200 * time.Millisecond}).Extract(t.Context(), raw); !errors.Is(err, ErrDeadline) || !strings.Contains(err.Error(), ": in ") {
		t.Errorf("got %d bytes, %v", len(d.Text), err)
	}
	wantPDF(t, writePDF("", column(72, 700, "Hello")), "Hello")
}

// Trusted files are read without checks inside of calls, and their deadline is
// still looked at between calls.
func TestTrusted(t *testing.T) {
	x := NewExtractor(Options{Trusted: true})
	defer x.Close()
	raw := writePDF("", column(72, 700, prose...))
	want, _ := shared().Extract(t.Context(), raw)
	if d, err := x.Extract(t.Context(), raw); err != nil || d != want {
		t.Errorf("got %+v, %v", d, err)
	}
	x.options.Deadline = 1
	if _, err := x.Extract(t.Context(), raw); !errors.Is(err, ErrDeadline) {
		t.Errorf("deadline: %v", err)
	}
}

func TestClose(t *testing.T) {
	x := NewExtractor(Options{CacheFolder: t.TempDir()})
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Extract(t.Context(), []byte("x")); !errors.Is(err, errClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func ExampleExtractor() {
	x := NewExtractor(Options{MaxPages: 100})
	defer x.Close()
	d, err := x.Extract(context.Background(), writePDF("", column(72, 700, "Hello, world.")))
	fmt.Println(d.Text, d.Pages, err)
	// Output: Hello, world. 1 <nil>
}

func BenchmarkExtract(b *testing.B) {
	var pages [][]placed
	for range 20 {
		var lines []string
		for range 8 {
			lines = append(lines, prose...)
		}
		pages = append(pages, column(72, 740, lines...))
	}
	raw := writePDF("", pages...)
	if _, err := shared().Extract(b.Context(), raw); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := shared().Extract(b.Context(), raw); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N*len(pages)), "ms/page")
}
