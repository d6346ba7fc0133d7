package segment

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
)

func fullDocument() *corpus.Document {
	return &corpus.Document{ID: "id", URL: "https://a.example/", Lang: "zh", LangScore: 0.75, Text: "文字", Raw: []byte{0, 1},
		Media: "text/html", Charset: "gb18030", FetchedAt: "2026-01-02T03:04:05Z",
		Origin: corpus.Origin{Source: "s", Shard: "d/f", Record: 7, Offset: -1}, Tokens: 3, ClusterID: "w", ClusterSize: 4,
		Signals: []float64{1, math.Inf(1)}, Extra: []byte(`{"a":1}`), Cells: []corpus.Value{{Int: -1}, corpus.Null, {Str: "x"}, {Float: 0.5}, {Str: ""}, {Float: math.Inf(-1)}}}
}

// Every field that is carried between passes must survive the segment.
func TestDocumentRoundTrip(t *testing.T) {
	for _, want := range []*corpus.Document{fullDocument(), {}, {Origin: corpus.Origin{Record: -1}}} {
		b := AppendDocument(nil, want)
		got, err := DecodeDocument(b[4:])
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	d := fullDocument()
	d.Header = "x-robots-tag: noai\n"
	if got, err := DecodeDocument(AppendDocument(nil, d)[4:]); err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("got %+v, %v; want %+v", got, err, d)
	}
	d.Raw = nil // its text is taken: nobody reads the header any more
	if got, err := DecodeDocument(AppendDocument(nil, d)[4:]); err != nil || got.Header != "" {
		t.Errorf("header %q, %v", got.Header, err)
	}
	d = fullDocument()
	d.Signals[0] = math.NaN()
	got, err := DecodeDocument(AppendDocument(nil, d)[4:])
	if err != nil || !math.IsNaN(got.Signals[0]) {
		t.Errorf("a missing signal came back as %v, %v", got.Signals, err)
	}
}

func TestDamagedDocumentIsAnError(t *testing.T) {
	b := AppendDocument(nil, fullDocument())[4:]
	for n := range len(b) {
		if _, err := DecodeDocument(b[:n]); err == nil {
			t.Errorf("a record cut at %d of %d bytes was taken", n, len(b))
		}
	}
}

func FuzzDecodeDocument(f *testing.F) {
	f.Add(AppendDocument(nil, fullDocument())[4:])
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := DecodeDocument(b)
		if err != nil {
			return
		}
		again, err := DecodeDocument(AppendDocument(nil, d)[4:])
		if err != nil || again.ID != d.ID || again.Text != d.Text || !slices.Equal(again.Extra, d.Extra) {
			t.Errorf("%+v became %+v, %v", d, again, err)
		}
	})
}

func TestIndexRowAndEditsRoundTrip(t *testing.T) {
	want := IndexRow{Tie: [2]uint64{1, 2}, Weight: 9, Ranks: []corpus.Rank{{Order: math.MaxUint64}, {Missing: true}, {}}, ID: "a/b#3"}
	got, err := decodeIndexRow(AppendIndexRow(nil, want)[4:])
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	edits := []Edit{{Row: 0, Drop: true, Winner: "w", Size: 3}, {Row: 1 << 30, Winner: "", Size: 1}}
	var b []byte
	for _, e := range edits {
		b = AppendEdit(b, e)
	}
	back, err := decodeEdits(b)
	if err != nil || !reflect.DeepEqual(back, edits) {
		t.Errorf("%+v, %v", back, err)
	}
	if _, err := decodeEdits(b[:len(b)-6]); err == nil {
		t.Error("cut edits were taken")
	}
}

// A last shard joins the last group or makes one; the groups before stay.
