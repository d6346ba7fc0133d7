package pdf

import (
	"bytes"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// informed is a PDF with document information.
func informed(info string) []byte {
	return bytes.Replace(writePDF("/Info 3 0 R", column(72, 700, "The boat came in.")),
		[]byte("/BaseFont/Helvetica>>"), []byte("/BaseFont/Helvetica"+info+">>"), 1)
}

func TestInfo(t *testing.T) {
	st, err := OpenPDFText(t.Context(), PDFText{Metadata: true}, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close() //nolint:errcheck // memory alone
	long := strings.Repeat("x", maxInfoBytes)
	for info, want := range map[string]string{
		"": "",
		"/Title(The  \\nmill)/Author(Ann Lee)/CreationDate(D:20260131235959+01'00')": `{"title":"The mill","author":"Ann Lee","date":"2026-01-31T23:59:59+01:00"}`,
		"/Title<FEFF78E8574A>/Author(" + long + ")":                                  `{"title":"磨坊"}`,
		"/Title 5/CreationDate(yesterday)":                                           "",
	} {
		d := &corpus.Document{Media: "application/pdf", Raw: informed(info)}
		if v, err := st.Apply(d); err != nil || !v.Kept() || d.Text != "The boat came in." || string(d.Extra) != want {
			t.Errorf("%.60s: %s %v %v, text %q", info, d.Extra, v, err, d.Text)
		}
	}
	if d, err := shared().Extract(t.Context(), informed("/Title(The mill)")); err != nil || d.Title != "" {
		t.Errorf("title %q that nobody asked for, %v", d.Title, err)
	}
}

func TestISODate(t *testing.T) {
	for in, want := range map[string]string{
		"D:20260131235959+01'00'": "2026-01-31T23:59:59+01:00",
		"D:20260131235959-0530":   "2026-01-31T23:59:59-05:30",
		"D:20260131235959Z":       "2026-01-31T23:59:59Z",
		"D:20260131235959Z00'00'": "2026-01-31T23:59:59",
		"20260131":                "2026-01-31",
		"D:2026":                  "2026",
		"D:20260":                 "2026",
		"D:202":                   "",
		"31 January 2026":         "",
		"":                        "",
	} {
		if got := isoDate(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
