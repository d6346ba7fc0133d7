package output

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// hiveNull is the folder of rows whose value is null, and of empty texts, which Hive does
// not tell apart.
const hiveNull = "__HIVE_DEFAULT_PARTITION__"

// HiveEscape writes the value of a partition as the names of folders have it: column=value
// with the characters that Hive escapes as %XX. The null name stands for null and for "".
func HiveEscape(value string, null bool) string {
	if null || value == "" {
		return hiveNull
	}
	var b strings.Builder
	for i := range len(value) {
		c := value[i]
		if c < ' ' || c == 0x7f || strings.IndexByte(`"#%'*/:=?\{[]^`, c) >= 0 || i == 0 && value == hiveNull {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// HiveValues reads the columns that the folders of a file's name have: lang=en/part-0 has
// lang "en". A null is left out.
func HiveValues(name string) map[string]string {
	values := map[string]string{}
	elements := strings.Split(name, "/")
	for _, e := range elements[:len(elements)-1] {
		column, value, ok := strings.Cut(e, "=")
		if !ok || value == hiveNull {
			continue
		}
		if v, err := url.PathUnescape(value); err == nil && utf8.ValidString(v) {
			value = v
		}
		values[column] = value
	}
	return values
}
