package store

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Place is a location written so that two of one folder are equal: a local one is
// absolute and without symbolic links, as far as it exists; of others slashes at the end
// are cut. It asks no server.
func (s Schemes) Place(location string) string {
	scheme := s.scheme(location)
	if scheme == "" && strings.HasPrefix(location, "file://") {
		if u, err := url.Parse(location); err == nil {
			location = u.Path
		}
	}
	if scheme != "" || strings.Contains(location, "://") {
		return strings.TrimRight(location, "/")
	}
	abs, err := filepath.Abs(location)
	if err != nil {
		return filepath.ToSlash(filepath.Clean(location))
	}
	return filepath.ToSlash(resolve(abs))
}

// resolve follows the symbolic links of that part of a path which exists.
func resolve(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	dir := filepath.Dir(path)
	if dir == path {
		return path
	}
	if link, err := os.Readlink(path); err == nil { // to what does not exist yet
		if !filepath.IsAbs(link) {
			link = filepath.Join(dir, link)
		}
		return filepath.Join(resolve(filepath.Dir(link)), filepath.Base(link))
	}
	return filepath.Join(resolve(dir), filepath.Base(path))
}

// Within returns the path of a place below another, "" where it is that place; ok is
// false where it does not lie there. Both are written as [Schemes.Place] does.
func Within(place, folder string) (below string, ok bool) {
	if place == folder {
		return "", true
	}
	return strings.CutPrefix(place, strings.TrimSuffix(folder, "/")+"/")
}

// Matches reports whether a pattern would find a file of that place, should there be
// one: see [Match]. It lists nothing.
func (s Schemes) Matches(pattern, place string) bool {
	root, glob := s.split(pattern)
	name, ok := Within(place, s.Place(root))
	if !ok || name == "" {
		return false
	}
	if name == glob {
		return true
	}
	if !strings.ContainsAny(glob, metaCharacters) {
		return false
	}
	m, err := compile(glob)
	return err == nil && m.Match(name)
}

// split cuts a pattern at the root of its store.
func (s Schemes) split(pattern string) (root, glob string) {
	root, glob = Split(pattern)
	if strings.HasSuffix(s.scheme(pattern), ":") {
		root, glob, _ = strings.Cut(pattern, "/")
	}
	if root == "" {
		root = "."
	}
	return root, glob
}
