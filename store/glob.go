package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"strings"
)

// Limits of a pattern.
const (
	patternBytesMax        = 4096
	patternAlternativesMax = 1024 // after every {a,b} is written out
)

// Split cuts a pattern before its first meta character: root is the fixed
// prefix up to the last slash before it, without that slash, and glob the
// rest. Without a meta character root is the folder and glob the last
// element. root is "" for a pattern of the current folder and "/" for one
// directly below the file system's root; the scheme and bucket of an S3 URL
// always belong to root.
func Split(pattern string) (root, glob string) {
	fixed := 0 // what cannot be cut: scheme and bucket
	if scheme := strings.Index(pattern, "://"); scheme >= 0 && !strings.ContainsAny(pattern[:scheme], metaCharacters) {
		fixed = scheme + len("://")
		slash := strings.IndexByte(pattern[fixed:], '/')
		if slash < 0 {
			return pattern, ""
		}
		if !strings.HasPrefix(pattern, "file://") {
			fixed += slash
		}
	}
	end := len(pattern)
	if meta := strings.IndexAny(pattern[fixed:], metaCharacters); meta >= 0 {
		end = fixed + meta
	}
	slash := strings.LastIndexByte(pattern[fixed:end], '/')
	switch {
	case slash < 0:
		return pattern[:fixed], pattern[fixed:]
	case slash == 0 && (fixed == 0 || strings.HasPrefix(pattern, "file://")):
		return pattern[:fixed+1], pattern[fixed+1:]
	}
	return pattern[:fixed+slash], pattern[fixed+slash+1:]
}

// metaCharacters make a path a pattern; a backslash takes the meaning from
// the next character.
const metaCharacters = `*?[{\`

// Match finds the objects of a store whose names match a pattern, sorted by
// name. A pattern knows:
//
//	?      one character but the slash
//	*      any run of characters but the slash
//	[a-z]  one character of a class, [^a-z] or [!a-z] one outside it
//	{a,b}  either; may nest and may hold slashes
//	**     as a whole path element: any number of folders, also none;
//	       **.gz is **/*.gz
//	\x     the character x itself
//
// A name that begins with a dot or an underscore, of a file or of a folder, is
// matched only by an element that begins with that very character: as in Hadoop
// and Spark .part-0.crc, _SUCCESS and .ipynb_checkpoints/ are no input of **.
//
// A path that exists as it is written is that file, or as the beginning of a
// pattern that folder, whatever characters it holds: br[1].jsonl, or
// [2024] crawl/*.jsonl.
//
// A pattern without any of these is one object: [ErrNotExist] if it is not
// there, and an error that says to add /** if it is a folder. A pattern that
// matches nothing is no error. A file that matches but has a name that no
// [Store] can hold, such as one that is not UTF-8, is an error that names it;
// what does not match is never looked at.
func Match(ctx context.Context, s Store, pattern string) ([]Object, error) {
	if !strings.ContainsAny(pattern, metaCharacters) {
		return one(ctx, s, pattern)
	}
	folder, all, err := written(ctx, s, pattern)
	if err != nil {
		return nil, err
	}
	if all {
		return one(ctx, s, pattern)
	}
	m, err := compile(pattern[len(folder):])
	if err != nil {
		return nil, err
	}
	m.folder = folder
	var list iter.Seq2[Object, error]
	selects, selected := s.(Selective)
	if selected {
		list = selects.Select(ctx, folder+m.prefix, m)
	} else {
		list = s.List(ctx, folder+m.prefix)
	}
	var objects []Object
	for o, err := range list {
		if err != nil {
			return nil, err
		}
		if selected || m.Match(o.Name) {
			objects = append(objects, o)
		}
	}
	return objects, nil
}

// written tells what of a pattern exists as it is written: all of it, or the
// folder, with its slash, that the pattern begins with. Elements without a meta
// character count only before one that has some.
func written(ctx context.Context, s Store, pattern string) (folder string, all bool, err error) {
	if file, folder, err := exists(ctx, s, strings.TrimSuffix(pattern, "/")); file || folder || err != nil {
		return "", err == nil, err
	}
	for end := 0; ; end++ {
		slash := strings.IndexByte(pattern[end:], '/')
		if slash < 0 {
			return folder, false, nil
		}
		element := pattern[end : end+slash]
		end += slash
		if !strings.ContainsAny(element, metaCharacters) {
			continue
		}
		if _, there, err := exists(ctx, s, pattern[:end]); err != nil || !there {
			return folder, false, err
		}
		folder = pattern[:end+1]
	}
}

// elementBytesMax is the longest element of a path that file systems know; S3
// servers that keep keys as files refuse even to look for a longer one.
const elementBytesMax = 255

// exists reports whether a file or a folder has exactly this name.
func exists(ctx context.Context, s Store, name string) (file, folder bool, err error) {
	for element := range strings.SplitSeq(name, "/") {
		if len(element) > elementBytesMax {
			return false, false, nil
		}
	}
	_, folder, err = lookup(ctx, s, name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) || errors.Is(err, fs.ErrPermission) {
		return false, false, nil // not there, no name of an object, or not to be looked up
	}
	return err == nil && !folder, folder, err
}

// lookup finds the file or folder of a name; "" is the root.
func lookup(ctx context.Context, s Store, name string) (o Object, folder bool, err error) {
	prefix := ""
	if name != "" {
		o, err = s.Stat(ctx, name)
		// An S3 server may answer 403 for what is not there.
		if err == nil || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return o, false, err
		}
		if errors.As(err, new(isFolder)) {
			return Object{}, true, nil
		}
		prefix = name + "/"
	}
	for _, listErr := range s.List(ctx, prefix) {
		if listErr == nil || errors.Is(listErr, fs.ErrInvalid) { // a key that is no name is one all the same
			return Object{}, true, nil
		}
		if errors.Is(listErr, errors.ErrUnsupported) { // there are no folders
			break
		}
		return Object{}, false, listErr
	}
	if err == nil {
		err = fs.ErrNotExist
	}
	return Object{}, false, err
}

// one is Match without a meta character.
func one(ctx context.Context, s Store, name string) ([]Object, error) {
	path := strings.TrimSuffix(name, "/")
	o, folder, err := lookup(ctx, s, path)
	switch {
	case folder:
		return nil, notOneFile(strings.TrimSuffix(s.String(), "/") + "/" + path)
	case err == nil && path == name:
		return []Object{o}, nil
	case err == nil || errors.Is(err, fs.ErrNotExist):
		return nil, absentError(fmt.Sprintf("there is no file %s in %s", name, s))
	}
	return nil, err
}

// notOneFile is an ErrNotExist of a pattern that is a folder: there is no such file.
type notOneFile string

func (e notOneFile) Error() string {
	return string(e) + " is a folder; add /** to take every file below it"
}
func (notOneFile) Is(target error) bool { return target == ErrNotExist }

// absentError is an ErrNotExist that says what is not there.
type absentError string

func (e absentError) Error() string      { return string(e) }
func (absentError) Is(target error) bool { return target == ErrNotExist }

// matcher is a compiled pattern: its alternatives, each cut at slashes.
type matcher struct {
	folder       string // what every name begins with, "" or with its slash
	alternatives [][]string
	prefix       string // what every match below the folder begins with
}

func compile(pattern string) (*matcher, error) {
	if len(pattern) > patternBytesMax {
		return nil, fmt.Errorf("pattern is longer than %d bytes", patternBytesMax)
	}
	written, err := expand(pattern)
	if err != nil {
		return nil, err
	}
	m := &matcher{prefix: pattern}
	for _, w := range written {
		var elements []string
		for e := range strings.SplitSeq(w, "/") {
			if rest, deep := strings.CutPrefix(e, "**"); deep && strings.Trim(rest, "*") != "" {
				elements, e = append(elements, "**"), "*"+rest
			}
			e = negateClasses(e)
			if _, err := path.Match(e, ""); err != nil {
				return nil, fmt.Errorf("bad pattern element %q: a class or an escape does not end", e)
			}
			elements = append(elements, e)
		}
		m.alternatives = append(m.alternatives, elements)
	}
	if i := strings.IndexAny(pattern, metaCharacters); i >= 0 {
		m.prefix = pattern[:i]
	}
	return m, nil
}

// negateClasses writes [!a] as [^a], the form package path knows.
func negateClasses(element string) string {
	b := []byte(element)
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '[':
			if i+1 < len(b) && b[i+1] == '!' {
				b[i+1] = '^'
			}
			for i++; i < len(b) && b[i] != ']'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		}
	}
	return string(b)
}

// expand writes {a,b} out.
func expand(pattern string) ([]string, error) {
	todo, done := []string{pattern}, []string(nil)
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		open, choices, rest, err := firstBrace(p)
		if err != nil {
			return nil, err
		}
		if open < 0 {
			done = append(done, p)
		}
		for _, c := range choices {
			todo = append(todo, p[:open]+c+rest)
		}
		if len(done)+len(todo) > patternAlternativesMax {
			return nil, fmt.Errorf("pattern stands for more than %d alternatives", patternAlternativesMax)
		}
	}
	return done, nil
}

// firstBrace finds the first outermost {...} and cuts it at its commas; open
// is -1 if there is none.
func firstBrace(p string) (open int, choices []string, rest string, err error) {
	open, depth, from := -1, 0, 0
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c == '\\':
			i++
		case c == '[' && depth == 0:
			if end := strings.IndexByte(p[i:], ']'); end > 0 {
				i += end // braces in a class are characters
			}
		case c == '{':
			if depth == 0 {
				open, from = i, i+1
			}
			depth++
		case c == ',' && depth == 1:
			choices = append(choices, p[from:i])
			from = i + 1
		case c == '}' && depth > 0:
			depth--
			if depth == 0 {
				return open, append(choices, p[from:i]), p[i+1:], nil
			}
		}
	}
	if depth > 0 {
		return 0, nil, "", errors.New("bad pattern: a { has no }")
	}
	return -1, nil, "", nil
}

// Match reports whether any alternative matches a name.
func (m *matcher) Match(name string) bool { return m.any(name, false) }

// Below reports whether a folder can hold a match.
func (m *matcher) Below(dir string) bool { return m.any(dir, true) }

func (m *matcher) any(name string, folder bool) bool {
	name, ok := strings.CutPrefix(name, m.folder)
	if !ok {
		return false
	}
	elements := strings.Split(name, "/")
	for _, a := range m.alternatives {
		if matchElements(a, elements, folder) {
			return true
		}
	}
	return false
}

// matchElements reports whether the pattern matches the name, or for a folder
// something below it. It goes back only to the last ** seen, which is enough: a
// later ** takes over all that an earlier one could do, also where hidden names
// stop it, as only an element that names one gets past it.
func matchElements(pattern, name []string, folder bool) bool {
	p, n := 0, 0
	backP, backN := -1, 0
	for {
		if n == len(name) {
			if folder && (p < len(pattern) || backP == len(pattern)) || !folder && p == len(pattern) {
				return true
			}
		} else if p < len(pattern) {
			if pattern[p] == "**" {
				p++
				backP, backN = p, n
				continue
			}
			if matchElement(pattern[p], name[n]) {
				p++
				n++
				continue
			}
		}
		if backP < 0 || backN == len(name) || hidden(name[backN]) {
			return false
		}
		backN++
		p, n = backP, backN
	}
}

func matchElement(pattern, name string) bool {
	if hidden(name) && !strings.HasPrefix(strings.TrimPrefix(pattern, `\`), name[:1]) {
		return false
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// hidden reports whether a name must be named to be matched.
func hidden(name string) bool {
	return name != "" && (name[0] == '.' || name[0] == '_')
}
