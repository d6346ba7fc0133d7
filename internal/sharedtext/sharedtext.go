// Package sharedtext gives tests the shared texts and texts that try rules.
package sharedtext

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// maxLine bounds a line of shared data, in bytes.
const maxLine = 64 << 20

// Gold is a page's text as it should be.
type Gold struct {
	ID   string `json:"id"`
	Text string `json:"gold"`
}

// Chinese are the Chinese gold texts of the shared data beside the module, whose folder is
// root. The test is skipped without them.
func Chinese(t testing.TB, root string) []Gold {
	t.Helper()
	cached.Lock()
	defer cached.Unlock()
	if cached.list != nil {
		return cached.list
	}
	var list []Gold
	for _, name := range []string{"zh", "magic", "web", "train"} {
		Lines(t, filepath.Join(root, "..", "shared", "data", name+".gold.jsonl.gz"), func(line []byte) {
			var g Gold
			if err := json.Unmarshal(line, &g); err != nil {
				t.Fatal(err)
			}
			if g.ID = name + "/" + g.ID; isChinese(g.Text) {
				list = append(list, g)
			}
		})
	}
	cached.list = list
	return list
}

// cached are the texts once they have been read.
var cached struct {
	sync.Mutex
	list []Gold
}

// isChinese reports whether most of a text is Han and little of it kana.
func isChinese(s string) bool {
	han, kana, all := 0, 0, 0
	for _, r := range s {
		switch {
		case r == ' ' || r == '\n':
			continue
		case 0x4E00 <= r && r <= 0x9FFF:
			han++
		case 0x3040 <= r && r <= 0x30FF:
			kana++
		}
		all++
	}
	return han*10 > all*3 && kana*20 < all
}

// Lines yields the lines of a plain or gzip file; the test is skipped where it is absent.
func Lines(t testing.TB, path string, yield func([]byte)) {
	t.Helper()
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		t.Skipf("%s is absent", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // it was read
	var r io.Reader = f
	if filepath.Ext(path) == ".gz" {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	for s.Scan() {
		yield(s.Bytes())
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
}

// Stress are texts of so many bytes that rules must get through in linear time.
func Stress(bytes int) map[string]string {
	to := func(s string) string { return strings.Repeat(s, bytes/len(s)+1)[:bytes] }
	return map[string]string{
		"line": to("汉字"), "ads": to("代开发票加微信 "), "ad lines": to("代开发票，加薇信abc12345\n"), "equal lines": to("相同的一行。\n"),
		"ad sentences": to("代开发票，加薇信abc12345。村里的桥修好了。"), "breaks": to("\n"), "emoji": to("😀👩‍👩‍👧❤️"), "invalid": to("\xff\xe4\xb8"), "digits": to("1"), "right to left": to("שלום עולם "), "zero width": to("代\u200b"),
	}
}
