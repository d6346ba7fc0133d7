package pdf

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// maxInfoBytes is the longest value of a document's information that is read, in bytes
// of UTF-16.
const maxInfoBytes = 4096

// about reads the document's information.
func (d *document) about(out *Document) (err error) {
	if out.Title, err = d.info("Title"); err != nil {
		return err
	}
	if out.Author, err = d.info("Author"); err != nil {
		return err
	}
	date, err := d.info("CreationDate")
	out.Date = isoDate(date)
	return err
}

// info returns a value, "" for none and for one that is too long.
func (d *document) info(key string) (string, error) {
	p, err := d.malloc(len(key) + 1 + maxInfoBytes)
	if err != nil {
		return "", err
	}
	value := p + uint64(len(key)+1)
	if !d.in.module.Memory().Write(uint32(p), append([]byte(key), 0)) {
		return "", fmt.Errorf("%w: key outside memory", ErrMemory)
	}
	n, err := d.call("FPDF_GetMetaText", d.handle, p, value, maxInfoBytes)
	if err != nil {
		return "", err
	}
	var s string
	if n := uint32(n); n <= maxInfoBytes {
		if err := d.readUnits(value, int(n/2)); err != nil {
			return "", err
		}
		s = strings.ReplaceAll(string(utf16.Decode(d.units)), "\x00", "") // a zero ends it
	}
	_, err = d.call("free", p)
	return strings.Join(strings.Fields(s), " "), err
}

// isoDate writes a PDF date, D:20260131235959+01'00', as 2026-01-31T23:59:59+01:00, as
// far as it goes; "" for what is none.
func isoDate(s string) string {
	s = strings.TrimPrefix(s, "D:")
	n := 0
	for n < len(s) && n < 14 && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n < 4 {
		return ""
	}
	var out strings.Builder
	out.WriteString(s[:4])
	for i, sep := range "--T::" {
		k := 4 + 2*i
		if k+2 > n {
			return out.String()
		}
		out.WriteRune(sep)
		out.WriteString(s[k : k+2])
	}
	switch zone := strings.ReplaceAll(s[n:], "'", ""); {
	case zone == "Z":
		out.WriteString("Z")
	case len(zone) == 5 && (zone[0] == '+' || zone[0] == '-'):
		out.WriteString(zone[:3] + ":" + zone[3:])
	}
	return out.String()
}
