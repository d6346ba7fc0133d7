package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/tokencount"
)

// counted reads texts as JSON strings, a line each, and writes the number of
// tokens and the CRC-32 of the ids as little-endian words.
const counted = `
import json, struct, sys, zlib
import peer
enc = peer.encoding(sys.argv[1])
for line in sys.stdin:
    ids = enc.encode_ordinary(json.loads(line))
    print(len(ids), zlib.crc32(struct.pack("<%dI" % len(ids), *ids)))
`

// Ids equal to tiktoken's on every extracted page and labelled sentence of the
// shared data. check.py beside it goes further: raw HTML, source code, random text.
func TestTokensEqualTiktoken(t *testing.T) {
	python := os.Getenv("CORPUSMILL_TEST_PYTHON")
	if python == "" {
		t.Skip("CORPUSMILL_TEST_PYTHON names no Python")
	}
	if exec.Command(python, "-c", "import tiktoken").Run() != nil {
		t.Skip("that Python has no tiktoken")
	}
	var texts []string
	for _, name := range []string{"expected/text.jsonl.gz", "langid.jsonl.gz"} {
		texts = append(texts, readTexts(t, "../../../../shared/data/"+name)...)
	}
	var in bytes.Buffer
	for _, text := range texts {
		line, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	for _, name := range []string{"o200k_base", "cl100k_base"} {
		c := exec.Command(python, "-c", counted, name)
		c.Stdin, c.Stderr = bytes.NewReader(in.Bytes()), os.Stderr
		out, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Split(strings.TrimSpace(string(out)), "\n")
		if len(want) != len(texts) {
			t.Fatalf("%d answers to %d texts", len(want), len(texts))
		}
		tok, err := tokencount.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		counter, tokens, wrong := tok.NewCounter(), 0, 0
		var ids []uint32
		for i, text := range texts {
			ids = counter.Encode(ids[:0], text)
			tokens += len(ids)
			var b []byte
			for _, id := range ids {
				b = binary.LittleEndian.AppendUint32(b, id)
			}
			if got := fmt.Sprint(len(ids), crc32.ChecksumIEEE(b)); got != want[i] || counter.Count(text) != len(ids) {
				wrong++
			}
		}
		t.Logf("%s: %d texts, %d tokens, %d differ", name, len(texts), tokens, wrong)
		if wrong > 0 {
			t.Errorf("%s: %d of %d texts have other ids than tiktoken's", name, wrong, len(texts))
		}
	}
}

func readTexts(t *testing.T, name string) (texts []string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Skipf("no shared data: %v", err)
	}
	defer f.Close() //nolint:errcheck // read only
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var doc struct{ Text string }
		if err := json.Unmarshal(lines.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, doc.Text)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return texts
}
