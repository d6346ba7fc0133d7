package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Opener opens the store at a location, which is given whole, with its scheme.
// It sends nothing to a server: [Probe] finds out whether a store works.
type Opener func(ctx context.Context, location string) (Store, error)

// Schemes are the stores that a program knows beside local folders, by what
// their locations begin with:
//
//	"s3://"      a location is a folder at any depth, as s3://bucket/prefix
//	"embedded:"  without slashes: a location is one name, up to the first slash
//
// What begins with none of them is a local folder. The nil Schemes knows these
// only.
type Schemes map[string]Opener

// Server is how to reach the server of an object store, as in the s3 block of a
// pipeline. The zero value is Amazon S3. Credentials are no part of it.
type Server struct {
	Endpoint  string `yaml:"endpoint"`   // "host:port" or "https://host:port"; default s3.amazonaws.com
	Region    string `yaml:"region"`     // default: asked from the server
	PathStyle bool   `yaml:"path_style"` // endpoint/bucket/key in place of bucket.endpoint/key
	Insecure  bool   `yaml:"insecure"`   // plain HTTP where Endpoint has no scheme
}

// Open returns the store at a location: "dir", "file:///dir", or one of a known
// scheme. A local folder need not exist yet.
func (s Schemes) Open(ctx context.Context, location string) (Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if scheme := s.scheme(location); scheme != "" {
		return s[scheme](ctx, location)
	}
	scheme, _, ok := strings.Cut(location, "://")
	switch {
	case location == "":
		return nil, errors.New("store: empty location; use a folder, file:///folder or s3://bucket/prefix")
	case !ok:
		return openLocal(location)
	case scheme == "file":
		u, err := url.Parse(location)
		if err != nil {
			return nil, fmt.Errorf("store: location %q is no valid URL", HideUser(location))
		}
		if u.Host != "" && u.Host != "localhost" {
			return nil, fmt.Errorf("store: location %q names a host; a local folder has three slashes: file:///folder", HideUser(location))
		}
		return openLocal(u.Path)
	default:
		return nil, fmt.Errorf("store: location %q: unknown scheme %q; %s", HideUser(location), scheme, s.known())
	}
}

// scheme is the known scheme of a location, "" if it has none.
func (s Schemes) scheme(location string) string {
	name, rest, ok := strings.Cut(location, ":")
	if !ok {
		return ""
	}
	scheme := name + ":"
	if strings.HasPrefix(rest, "//") {
		if _, ok := s[scheme+"//"]; ok {
			return scheme + "//"
		}
	}
	if _, ok := s[scheme]; ok {
		return scheme
	}
	return ""
}

// known tells which URLs can be opened.
func (s Schemes) known() string {
	names := []string{"file"}
	for _, scheme := range slices.Sorted(maps.Keys(s)) {
		if name, ok := strings.CutSuffix(scheme, "://"); ok {
			names = append(names, name)
		}
	}
	if len(names) == 1 {
		return "known is " + names[0]
	}
	return "known are " + strings.Join(names, " and ")
}

// Glob finds the objects of a pattern, sorted by name, as [Match] does. The
// store's root is the fixed prefix of the pattern (see [Split]), the names are
// relative to it. The root of a scheme without slashes ends at the first slash.
func (s Schemes) Glob(ctx context.Context, pattern string) (Store, []Object, error) {
	root, glob := s.split(pattern)
	opened, err := s.Open(ctx, root)
	if err != nil {
		return nil, nil, err
	}
	objects, err := Match(ctx, opened, glob)
	if err != nil {
		return nil, nil, fmt.Errorf("pattern %s: %w", HideUser(pattern), err)
	}
	return opened, objects, nil
}

// Embedded opens stores by the name that follows the colon of a location, such
// as "embedded:demo" for "demo". The String of a store should be its location, so
// that another process finds it again.
func Embedded(stores map[string]Store) Opener {
	return func(_ context.Context, location string) (Store, error) {
		_, name, _ := strings.Cut(location, ":")
		if s, ok := stores[name]; ok {
			return s, nil
		}
		return nil, fmt.Errorf("%s: no such embedded files", location)
	}
}

func openLocal(dir string) (Store, error) {
	if dir == "" {
		return nil, errors.New("store: empty folder name")
	}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: filepath.Clean(dir), Err: errors.New("not a folder")}
	}
	return Local(dir), nil
}

// HideUser masks what stands before an @ in a location or a server's address, and the query
// of a web address, as errors must not show a password or a signature.
func HideUser(location string) string {
	scheme, rest, ok := strings.Cut(location, "://")
	if !ok {
		scheme, rest = "", location
	} else {
		scheme += "://"
	}
	host, path, slash := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		host = "***" + host[at:]
	}
	if slash {
		path = "/" + path
	}
	if shown, query, ok := strings.Cut(path, "?"); ok && query != "" && (scheme == "http://" || scheme == "https://") {
		path = shown + "?***"
	}
	return scheme + host + path
}
