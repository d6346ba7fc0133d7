package format

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"path"
	"strings"

	"github.com/corpusmill/corpusmill/internal/widetext"
)

// Media types of documents, as Media names them.
const (
	MediaHTML  = "text/html"
	MediaXHTML = "application/xhtml+xml" // never told by the bytes: who served the page decides
	MediaText  = "text/plain"
	MediaMD    = "text/markdown" // told by the name of a file; so is the next
	MediaTeX   = "text/x-tex"
	MediaPDF   = "application/pdf"
	MediaDOCX  = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	MediaPPTX  = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	MediaXLSX  = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	MediaODT   = "application/vnd.oasis.opendocument.text"
	MediaEPUB  = "application/epub+zip"
	MediaZip   = "application/zip"
	MediaOLE   = "application/x-ole-storage" // old DOC, encrypted DOCX
)

// DocumentMedia are the types of documents that are no pages and that a stage reads.
var DocumentMedia = []string{MediaPDF, MediaDOCX, MediaPPTX, MediaXLSX, MediaODT, MediaEPUB}

// textNames are the ends of the names of texts in a language of markup.
var textNames = map[string]string{
	".md": MediaMD, ".markdown": MediaMD, ".mdown": MediaMD, ".mkd": MediaMD, ".mkdn": MediaMD, ".rmd": MediaMD, ".qmd": MediaMD,
	".tex": MediaTeX, ".latex": MediaTeX, ".ltx": MediaTeX,
}

// NamedMedia is the type of a text by the name of its file, where its bytes say no more
// than that it is one: Markdown, LaTeX, else plain text. The end of a compression does not
// matter.
func NamedMedia(name string) string {
	name = strings.ToLower(path.Base(name))
	for _, end := range []string{".gz", ".zst", ".bz2", ".xz"} {
		name = strings.TrimSuffix(name, end)
	}
	return cmp.Or(textNames[path.Ext(name)], MediaText)
}

const (
	mediaHead    = 1024 // bytes that tell HTML, text and other data apart
	minControls  = 4    // control characters that text does not have
	maxMediaName = 128  // bytes of a type that an archive names itself

	localMark   = "PK\x03\x04" // begins a part of a zip archive
	localHeader = 30           // bytes of its header before the name
)

// Media tells the media type of a document by its bytes: PDF; DOCX, PPTX, XLSX, ODT, EPUB and what
// else their archives name themselves; another zip archive; HTML; text; "" for other
// binary data.
func Media(raw []byte) string {
	head := raw[:min(len(raw), mediaHead)]
	switch {
	case isPDF(raw, head):
		return MediaPDF
	case bytes.HasPrefix(raw, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return MediaOLE
	case bytes.HasPrefix(raw, []byte(localMark)):
		return zipMedia(raw)
	}
	if room := [mediaHead]byte{}; hasMark(fold(room[:0], head)) {
		return MediaHTML
	}
	if isBinary(head) {
		return ""
	}
	return MediaText
}

// Encrypted reports a compound file with an office document behind a password: it has a
// stream of that name (MS-OFFCRYPTO, section 1.3.3). Old documents are compound files too.
func Encrypted(raw []byte) bool {
	return Media(raw) == MediaOLE && bytes.Contains(raw, encryptedName)
}

// encryptedName is the name of a stream, in UTF-16.
var encryptedName = []byte(strings.Join(strings.Split("EncryptedPackage", ""), "\x00") + "\x00")

// Sniff is Media for a payload that came without a type, or with one of no use: text
// that begins with a tag is HTML too, as the MIME Sniffing Standard has it (section
// 7.1, identifying a resource with an unknown MIME type).
func Sniff(raw []byte) string {
	m := Media(raw)
	if m == MediaText {
		if room := [mediaHead]byte{}; startsWithTag(fold(room[:0], raw[:min(len(raw), mediaHead)])) {
			return MediaHTML
		}
	}
	return m
}

// fold appends head to dst in lower case, without the NULs of UTF-16 and what may stand
// before a document: byte order marks and white space.
func fold(dst, head []byte) []byte {
	for _, c := range head {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != 0 {
			dst = append(dst, c)
		}
	}
	for _, mark := range [...]string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		dst = bytes.TrimPrefix(dst, []byte(mark))
	}
	return bytes.TrimLeft(dst, "\t\n\f\r ")
}

// hasMark finds a tag that a page has near its start. In quotes it is a program's, and
// in a JSON value data.
func hasMark(lower []byte) bool {
	if len(lower) > 0 && (lower[0] == '{' || lower[0] == '[') {
		return false
	}
	for _, mark := range [...]string{"<!doctype html", "<html", "<head", "<body"} {
		for at := 0; ; at++ {
			i := bytes.Index(lower[at:], []byte(mark))
			if i < 0 {
				break
			}
			if at += i; at == 0 || !strings.ContainsRune("\"'`", rune(lower[at-1])) {
				return true
			}
		}
	}
	return false
}

// startsWithTag knows the standard's list of tags, each ended by white space or >.
func startsWithTag(lower []byte) bool {
	if bytes.HasPrefix(lower, []byte("<!--")) {
		return true
	}
	for _, tag := range [...]string{"<!doctype html", "<html", "<head", "<script", "<iframe", "<h1", "<div", "<font",
		"<table", "<a", "<style", "<title", "<b", "<body", "<br", "<p"} {
		if rest, ok := bytes.CutPrefix(lower, []byte(tag)); ok && rest != nil && bytes.ContainsAny(rest[:min(len(rest), 1)], " \t\n\f\r>") {
			return true
		}
	}
	return false
}

// isPDF knows the header at the start, and behind other bytes where the file ends as
// a PDF does.
func isPDF(raw, head []byte) bool {
	i := bytes.Index(head, []byte("%PDF-"))
	return i == 0 || i > 0 && bytes.Contains(raw[max(0, len(raw)-mediaHead):], []byte("startxref"))
}

// zipMedia reads the type that the archive's first entry names (OpenDocument and EPUB
// ask for it), else it goes by the names of its parts.
func zipMedia(raw []byte) string {
	if len(raw) > localHeader && bytes.HasPrefix(raw[localHeader:], []byte("mimetype")) {
		size := int(binary.LittleEndian.Uint32(raw[18:]))
		start := localHeader + len("mimetype") + int(binary.LittleEndian.Uint16(raw[28:]))
		if size <= maxMediaName && start+size <= len(raw) {
			if m := strings.TrimSpace(string(raw[start : start+size])); strings.HasPrefix(m, "application/") {
				return m
			}
		}
	}
	switch {
	case hasPart(raw, "word/document"):
		return MediaDOCX
	case hasPart(raw, "ppt/presentation"):
		return MediaPPTX
	case hasPart(raw, "xl/workbook"):
		return MediaXLSX
	case hasPart(raw, "META-INF/container.xml"):
		return MediaEPUB
	case hasPart(raw, "META-INF/manifest.xml") && hasPart(raw, "content.xml"):
		return MediaODT
	}
	return MediaZip
}

// hasPart reports an archive's part whose name begins so, by its own header.
// Backslashes, capitals, and a root before the name do not matter.
func hasPart(raw []byte, name string) bool {
	for i := 0; ; i++ {
		n := bytes.Index(raw[i:], []byte(localMark))
		if n < 0 {
			return false
		}
		if i += n; len(raw)-i <= localHeader {
			return false
		}
		part := raw[i+localHeader:]
		for _, root := range [...]string{".", "/", `\`} {
			part = bytes.TrimPrefix(part, []byte(root))
		}
		if beginsWithName(part, name) {
			return true
		}
	}
}

// beginsWithName compares ASCII without regard to case and to the kind of slash.
func beginsWithName(part []byte, name string) bool {
	if len(part) < len(name) {
		return false
	}
	for i := range len(name) {
		c := part[i]
		if c == '\\' {
			c = '/'
		}
		if c != name[i] && (c|0x20 != name[i]|0x20 || c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// isBinary reports more than one control character in 32 bytes, and some at least.
// Those of UTF-16 are none: it has a mark, NULs at every other place, or units that are text.
func isBinary(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return false
	}
	var nulls [2]int
	controls := 0
	for i, c := range head {
		if c == 0 {
			nulls[i&1]++
		}
		if c < ' ' && !strings.ContainsRune("\t\n\v\f\r\x1b", rune(c)) {
			controls++
		}
	}
	if wide := max(nulls[0], nulls[1]); wide > 8*min(nulls[0], nulls[1]) && wide >= len(head)/4 {
		return false
	}
	if controls < minControls || 32*controls <= len(head) {
		return false
	}
	_, wide := widetext.Order(head)
	return !wide
}
