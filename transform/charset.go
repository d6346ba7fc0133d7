package transform

import (
	"strings"
	"unicode/utf8"
)

// DecodeHTML stub.
func DecodeHTML(raw []byte, httpCharset string) (string, string, int) {
	if utf8.Valid(raw) {
		return string(raw), "utf-8", 0
	}
	return strings.ToValidUTF8(string(raw), "\uFFFD"), "utf-8", 1
}
