package gather_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/formattest"
)

// TestTextLosses checks what errors of JSON lines and of compressed text say is lost:
// content, record or rest, and how many stored bytes. lost says that the shard has
// bytes of which none is a record.
func TestTextLosses(t *testing.T) {
	line := func(id string) string { return fmt.Sprintf(`{"id":%q,"text":"t"}`, id) + "\n" }
	var many strings.Builder
	for i := range 2000 {
		many.WriteString(line(fmt.Sprintf("%x", i*i*i*7919)))
	}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	a, b, big := gzipped(t, []byte(line("a"))), gzipped(t, []byte(line("b"))), gzipped(t, []byte(many.String()))
	za, zbig := zstded(t, []byte(line("a"))), zstded(t, []byte(many.String()))
	for _, c := range []struct {
		name string
		open openFunc
		file []byte
		want []string
		lost bool
	}{
		{"jsonl, empty", openJSONL, nil, nil, false},
		{"jsonl, an empty array", openJSONL, []byte("[]\n"), nil, false},
		{"jsonl, no text", openJSONL, []byte(`{"id":"a"}`), []string{"content"}, false},
		{"jsonl, null text", openJSONL, []byte("{\"text\":null}\n"), []string{"content"}, false},
		{"jsonl, broken lines", openJSONL, []byte("x\n{\n"), []string{"record", "record"}, true},
		{"jsonl, a broken line among others", openJSONL, []byte(line("a") + "x\n" + line("b")), []string{"record"}, false},
		{"jsonl, Latin-1", openJSONL, []byte("{\"text\":\"caf\xe9\"}\n"), []string{"record"}, true},
		{"jsonl, no line at all", openJSONL, bytes.Repeat([]byte{1}, 2*limit), []string{"record"}, true},
		{"jsonl, cut", openJSONL, []byte(line("a") + line("b")[:9]), []string{"rest"}, false},
		{"jsonl, cut in the only line", openJSONL, []byte(line("a")[:9]), []string{"rest"}, true},
		{"jsonl, UTF-16", openJSONL, []byte("\xff\xfe{\x00"), []string{"rest"}, true},
		{"jsonl, an array cut", openJSONL, []byte(`[{"text":"a"},{"te`), []string{"rest"}, false},
		{"jsonl, a damaged element", openJSONL, []byte(`[{"text":"a"},{"text":b"},{"text":"c"}]`), []string{"record+12"}, false},
		{"jsonl.gz, a damaged element", openJSONL, gzipped(t, []byte(`[{"text":"a"},{"text":b"},{"text":"c"}]`)), []string{"record"}, false},
		{"jsonl.gz, a tar archive", openJSONL, gzipped(t, append([]byte("PK\x03\x04"), make([]byte, 600)...)), []string{"rest"}, true},
		{"jsonl.gz in gz", openJSONL, gzipped(t, a), []string{"rest"}, true},
		{"jsonl.lz4", openJSONL, []byte("\x04\x22\x4d\x18data"), []string{"rest"}, true},
		{"jsonl.gz, cut", openJSONL, join(a, big[:len(big)/2]), []string{"rest"}, false},
		{"jsonl.gz, cut in the header", openJSONL, a[:5], []string{"rest"}, true},
		{"jsonl.gz, garbage between", openJSONL, join(a, []byte("garbage"), b), []string{"record+7"}, false},
		{"jsonl.gz, garbage behind", openJSONL, join(a, []byte("garbage")), []string{"record+7"}, false},
		{"jsonl.gz, a wrong checksum", openJSONL, join(wrongByte(a, 5), b), []string{"~1"}, false},
		{"jsonl.gz, wrong checksums", openJSONL, join(b, wrongByte(a, 5), b, wrongByte(gzipped(t, []byte(line("a")+line("b"))), 5), b), []string{"~3"}, false},
		{"jsonl.gz, a wrong checksum of 2,000 records", openJSONL, join(a, wrongByte(big, 5), b), []string{"~2000"}, false},
		{"jsonl.gz, a wrong checksum within a record", openJSONL, join(wrongByte(gzipped(t, []byte(line("a")+line("b")[:9])), 5), gzipped(t, []byte(line("b")[9:]+line("c")))), []string{"~2"}, false},
		{"jsonl.gz, a wrong checksum of two records on a line", openJSONL, join(b, wrongByte(gzipped(t, []byte(strings.TrimSpace(line("a"))+line("b"))), 5), b), []string{"~2"}, false},
		{"jsonl.gz, a wrong checksum behind many members", openJSONL, join(bytes.Repeat(a, 5_000), wrongByte(gzipped(t, []byte(line("a")+line("b"))), 5), b), []string{"~2"}, false},
		{"jsonl.gz, a wrong checksum, the rest cut", openJSONL, join(wrongByte(a, 5), big[:len(big)/2]), []string{"rest", "~1"}, false},
		{"jsonl.zst, a wrong checksum", openJSONL, wrongByte(zbig, 1), []string{"~2000"}, false},
		{"jsonl.zst, a frame cut short", openJSONL, join(za, zbig[:len(zbig)/2]), []string{"rest"}, false},
		{"jsonl.zst, a window of 4 GiB", openJSONL, []byte("\x28\xb5\x2f\xfd\x00\xb0\x01\x00\x00"), []string{"rest+9"}, true},

		{"text, too large", openText, bytes.Repeat([]byte("x"), limit+1), []string{"content"}, false},
		{"text.gz, cut", openText, big[:len(big)/2], []string{"rest"}, true},
		{"text.gz, a damaged member", openText, join(a, big[:len(big)/2], b), []string{fmt.Sprint("record+", len(big)/2)}, true},
		{"text.gz, garbage behind", openText, join(a, []byte("garbage")), []string{"~1"}, false},
		{"text.gz, garbage between", openText, join(a, []byte("garbage"), b), []string{"~1"}, false},
		{"text.gz, a wrong checksum", openText, wrongByte(a, 5), []string{"~1"}, false},
		{"text.gz, a wrong checksum and too large", openText, wrongByte(gzipped(t, bytes.Repeat([]byte("x"), limit+1)), 5), []string{"content"}, false},
		{"text.zst, a wrong checksum", openText, wrongByte(za, 1), []string{"~1"}, false},
		{"text.gz, no member", openText, []byte("\x1f\x8b\x07garbage"), []string{"rest"}, true},
		{"text, a zip archive", openText, []byte("PK\x03\x04"), []string{"record"}, true},
	} {
		feeds, err := formattest.Source{Open: c.open}.Read(t, env(), map[string][]byte{"f": c.file})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		read := len(feeds[0].Documents) > 0
		worst := corpus.LossContent
		var got []string
		for _, e := range feeds[0].Quarantined {
			s := [...]string{"content", "record", "rest"}[e.Loss]
			if e.Bytes > 0 {
				s += fmt.Sprint("+", e.Bytes)
			}
			got = append(got, s)
			read, worst = read || e.Loss == corpus.LossContent, max(worst, e.Loss)
		}
		for _, n := range feeds[0].Noted {
			got = append(got, fmt.Sprint("~", n))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: lost %q, want %q: %v", c.name, got, c.want, feeds[0].Quarantined)
		}
		if lost := !read && worst > corpus.LossContent; lost != c.lost {
			t.Errorf("%s: the shard is lost: %v", c.name, lost)
		}
	}
}

// wrongByte changes one byte, counted from the end.
func wrongByte(b []byte, fromEnd int) []byte {
	b = bytes.Clone(b)
	b[len(b)-fromEnd] ^= 1
	return b
}
