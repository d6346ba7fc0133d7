package output

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// keyDigits is how much of a task's key stands in the names of its parts.
const keyDigits = 12

// PartName is the name, without extension, of a part: the n-th that the task of a part
// group writes for a set. What stands behind its dot is of the task's key, so that parts
// of two plans never have one name; what stands before it sorts in reading order.
func PartName(set string, group, n int, key string) string {
	if set != "" {
		set += "-"
	}
	return fmt.Sprintf("part-%s%05d-%03d.%s", set, group, n, key[:keyDigits])
}

// RejectsName is the name, without extension, of the file of rejects of a task.
func RejectsName(pass, key string) string { return pass + "-" + key }

// endings are those of the files that sinks write. A copy with another ending, such as
// part-….parquet.bak, is its owner's.
const endings = `\.(parquet|jsonl\.zst|arrow|bin|idx|ds(\.index|\.metadata)?)$`

// written tells files that runs write for a set from those of anybody else; those too
// of before the names had keys.
func written(set string) func(name string) bool {
	if set != "" {
		set = regexp.QuoteMeta(set) + "-"
	}
	part := regexp.MustCompile(`^part-` + set + `\d{5,}-\d{3,}(\.[0-9a-f]{12})?` + endings)
	return func(name string) bool {
		base := path.Base(name)
		return part.MatchString(base) || set == "" && rejects.MatchString(base)
	}
}

var rejects = regexp.MustCompile(`^.+-[0-9a-f]{32}` + endings)

// hidden reports names that readers of folders leave out: an element begins with a dot
// or an underscore.
func hidden(name string) bool {
	for element := range strings.SplitSeq(name, "/") {
		if element[0] == '.' || element[0] == '_' {
			return true
		}
	}
	return false
}
