package cli_test

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/cli"
)

// request is a frame of pairs of texts.
func request(texts ...string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(texts)/2))
	for _, s := range texts {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	}
	return append(b, strings.Join(texts, "")...)
}

// Every frame has an answer of as many documents, in order, empty ones too; a frame that is
// cut fails the child.
func TestServe(t *testing.T) {
	var in, want []byte
	for i := range 300 {
		var ask, answer []string
		for j := range i % 7 {
			ask = append(ask, "", strings.Repeat("word ", i+j)+"end")
			answer = append(answer, "", strconv.Itoa(i+j+1))
		}
		in, want = append(in, request(ask...)...), append(want, request(answer...)...)
	}
	var out, stderr bytes.Buffer
	serve := func(in []byte) int {
		out.Reset()
		stderr.Reset()
		return cli.Run(t.Context(), corpusmill.App(), []string{"serve", "tokens", "--tokenizer", "r50k_base", "--workers", "3"}, bytes.NewReader(in), &out, &stderr)
	}
	if code := serve(in); code != 0 || !bytes.Equal(out.Bytes(), want) {
		t.Errorf("exit code %d: %s; %d bytes, want %d", code, stderr.String(), out.Len(), len(want))
	}
	if code := serve(in[:len(in)-1]); code != 1 || !strings.Contains(stderr.String(), "unexpected EOF") || !bytes.HasPrefix(want, out.Bytes()) {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
	out.Reset()
	page := "<html><body><article><p>" + strings.Repeat("Words of a page that is long enough. ", 9) + "</p></article></body></html>"
	if code := cli.Run(t.Context(), corpusmill.App(), []string{"serve", "extract"}, bytes.NewReader(request("\nhttps://a.example/", page, "", "%PDF-1.4 none")), &out, &stderr); code != 0 ||
		!strings.Contains(out.String(), "Words of a page") || strings.Contains(out.String(), "<p>") || binary.LittleEndian.Uint32(out.Bytes()) != 2 || binary.LittleEndian.Uint32(out.Bytes()[12:]) == 0 {
		t.Errorf("exit code %d: %q", code, out.String())
	}
}
