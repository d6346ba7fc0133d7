package web

import (
	"fmt"
	"net/http"
	"strings"
)

// version is what a server says of a file that changes with its content.
type version struct {
	tag      string // the ETag as it was sent, "" without one
	modified string // the header Last-Modified
	size     int64  // bytes, -1 where it is not known
}

func versionOf(resp *http.Response, size int64) version {
	v := version{tag: resp.Header.Get("ETag"), modified: resp.Header.Get("Last-Modified"), size: size}
	if _, err := http.ParseTime(v.modified); err != nil {
		v.modified = ""
	}
	return v
}

// validator is what If-Range takes: no weak tag.
func (v version) validator() string {
	if strings.HasPrefix(v.tag, `"`) {
		return v.tag
	}
	return v.modified
}

// differs reports whether two answers are of different versions, by the best that both have.
func (v version) differs(w version) bool {
	switch {
	case v.size >= 0 && w.size >= 0 && v.size != w.size:
		return true
	case v.tag != "" && w.tag != "":
		return strings.TrimPrefix(v.tag, "W/") != strings.TrimPrefix(w.tag, "W/")
	}
	return v.modified != "" && w.modified != "" && v.modified != w.modified
}

// stamp is the ETag, or size and time.
func (v version) stamp() string {
	if v.tag != "" {
		return strings.Trim(strings.TrimPrefix(v.tag, "W/"), `"`)
	}
	if t, err := http.ParseTime(v.modified); err == nil {
		return fmt.Sprintf("%d-%d", v.size, t.Unix())
	}
	return fmt.Sprint(v.size)
}
