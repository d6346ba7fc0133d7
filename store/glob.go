package store

import (
	"context"
	"errors"
	"fmt"
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

// Glob finds the objects of a pattern, sorted by name. The store's root is
// the fixed prefix of the pattern (see [Split]) and the names are relative to
// it. A pattern knows:
//
//	?      one character but the slash
//	*      any run of characters but the slash
//	[a-z]  one character of a class, [^a-z] or [!a-z] one outside it
//	{a,b}  either; may nest and may hold slashes
//	**     as a whole path element: any number of folders, also none
//	\x     the character x itself
//
// A pattern without any of these is one object: [ErrNotExist] if it is not
// there, and an error that says to add /** if it is a folder. A pattern that
// matches nothing is no error.
func Glob(ctx context.Context, pattern string, o Options) (Store, []Object, error) {
	root, glob := Split(pattern)
	if root == "" {
		root = "."
	}
	s, err := Open(ctx, root, o)
	if err != nil {
		return nil, nil, err
	}
	objects, err := Match(ctx, s, glob)
	if err != nil {
		return nil, nil, fmt.Errorf("pattern %s: %w", hideUser(pattern), err)
	}
	return s, objects, nil
}

// Match finds the objects of a store whose names match a pattern as in
// [Glob], sorted by name.
func Match(ctx context.Context, s Store, pattern string) ([]Object, error) {
	if !strings.ContainsAny(pattern, metaCharacters) {
		return one(ctx, s, pattern)
	}
	m, err := compile(pattern)
	if err != nil {
		return nil, err
	}
	list := s.List(ctx, m.prefix)
	if f, ok := s.(folders); ok {
		list = f.list(ctx, m.prefix, m.below)
	}
	var objects []Object
	for o, err := range list {
		if err != nil {
			return nil, err
		}
		if m.match(o.Name) {
			objects = append(objects, o)
		}
	}
	return objects, nil
}

// folders is a store that reads folder by folder and can leave some out.
type folders interface {
	list(ctx context.Context, prefix string, descend func(dir string) bool) iter.Seq2[Object, error]
}

// one is Match without a meta character.
func one(ctx context.Context, s Store, name string) ([]Object, error) {
	folder := strings.TrimSuffix(name, "/")
	if folder == name && name != "" {
		o, err := s.Stat(ctx, name)
		if err == nil {
			return []Object{o}, nil
		}
		if !errors.Is(err, ErrNotExist) {
			return nil, err
		}
	}
	prefix := ""
	if folder != "" {
		prefix = folder + "/"
	}
	for _, err := range s.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s is a folder; add /** to take every file below it", strings.TrimSuffix(s.String(), "/")+"/"+folder)
	}
	return nil, fmt.Errorf("%s in %s: %w", name, s, ErrNotExist)
}

// matcher is a compiled pattern: its alternatives, each cut at slashes.
type matcher struct {
	alternatives [][]string
	prefix       string // what every match begins with
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
		elements := strings.Split(w, "/")
		for i, e := range elements {
			elements[i] = negateClasses(e)
			if _, err := path.Match(elements[i], ""); err != nil {
				return nil, fmt.Errorf("bad pattern element %q: a class or an escape does not end", e)
			}
		}
		m.alternatives = append(m.alternatives, elements)
	}
	m.prefix = pattern[:strings.IndexAny(pattern, metaCharacters)]
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

// match reports whether any alternative matches a name.
func (m *matcher) match(name string) bool {
	elements := strings.Split(name, "/")
	for _, a := range m.alternatives {
		if matchElements(a, elements) {
			return true
		}
	}
	return false
}

// matchElements goes back only to the last ** seen, which is enough, as a
// later ** takes over all that an earlier one could do.
func matchElements(pattern, name []string) bool {
	p, n := 0, 0
	backP, backN := -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == "**":
			if p == len(pattern)-1 {
				return true // a final ** takes the file as well
			}
			backP, backN = p+1, n
			p++
		case p < len(pattern) && matchElement(pattern[p], name[n]):
			p++
			n++
		case backP >= 0:
			backN++
			p, n = backP, backN
		default:
			return false
		}
	}
	return p == len(pattern)
}

func matchElement(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// below reports whether a folder can hold a match.
func (m *matcher) below(dir string) bool {
	elements := strings.Split(dir, "/")
	for _, a := range m.alternatives {
		if belowElements(a, elements) {
			return true
		}
	}
	return false
}

func belowElements(pattern, dir []string) bool {
	for i, d := range dir {
		if i >= len(pattern) {
			return false
		}
		if pattern[i] == "**" {
			return true
		}
		if !matchElement(pattern[i], d) {
			return false
		}
	}
	return len(pattern) > len(dir)
}
