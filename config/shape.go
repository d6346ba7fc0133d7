package config

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// level is a list or mapping that the scan of tokens is in.
type level struct {
	column int  // of a block's keys or dashes; 0 in brackets
	braces bool // a mapping in brackets
	keys   int
	key    int // bytes of the key that the scan is at
}

// shape follows the lists and mappings of a file through its tokens. It never counts
// more depth than there is: what it lets through the converter looks at once more.
type shape struct {
	levels []level
	paths  int // bytes
	marks  int // tags and anchors in a row
	empty  int // values that are not there
}

// checkTokens refuses what would cost the library too much to make a tree of.
func checkTokens(file string, tokens token.Tokens) error {
	var s shape
	for i, t := range tokens {
		if msg := s.next(t); msg != "" {
			return tooLarge(file, t.Position.Line, t.Position.Column, "%s", msg)
		}
		if i >= maxYAMLTokens {
			return tooLarge(file, t.Position.Line, t.Position.Column, "more than %d words and signs", maxYAMLTokens)
		}
		if s.empty*len(tokens) > maxYAMLMoves {
			return tooLarge(file, t.Position.Line, t.Position.Column, "more than %d empty values among %d words and signs", s.empty-1, len(tokens))
		}
	}
	return nil
}

// next takes a token; it returns what is wrong, "" if nothing is.
func (s *shape) next(t *token.Token) string {
	switch t.Type {
	case token.CommentType:
		return ""
	case token.TagType, token.AnchorType:
		s.marks++
	case token.SequenceStartType, token.MappingStartType:
		s.levels = append(s.levels, level{braces: t.Type == token.MappingStartType})
	case token.SequenceEndType, token.MappingEndType:
		s.closeBracket()
	case token.DocumentHeaderType, token.DocumentEndType:
		s.levels = s.levels[:0]
	case token.SequenceEntryType:
		s.block(t.Position.Column)
		s.lacksBlock(t, t.Position.Column)
	case token.MappingValueType:
		if msg := s.colon(t); msg != "" {
			return msg
		}
	case token.StringType, token.SingleQuoteType, token.DoubleQuoteType:
		if t.Prev == nil || t.Prev.Type != token.AnchorType {
			s.marks = 0
		}
	default:
		s.marks = 0
	}
	if n := len(s.levels); n > 0 && s.levels[n-1].braces && (t.Type == token.CollectEntryType || t.Type == token.MappingStartType) {
		s.empty += lone(t)
	}
	for _, l := range s.levels {
		s.paths += l.key + 1
	}
	switch {
	case len(s.levels) > maxYAMLDepth || s.marks > maxYAMLDepth:
		return fmt.Sprintf("nested more than %d deep", maxYAMLDepth)
	case s.paths > maxYAMLPaths:
		return "too many values below long keys"
	}
	return ""
}

// closeBracket leaves the innermost bracket, with the blocks in it.
func (s *shape) closeBracket() {
	for n := len(s.levels); n > 0; n = len(s.levels) {
		last := s.levels[n-1]
		s.levels = s.levels[:n-1]
		if last.column == 0 {
			return
		}
	}
}

// block goes to the block whose keys or dashes stand in a column, and returns its level;
// nil within brackets, where columns mean nothing.
func (s *shape) block(column int) *level {
	n := len(s.levels)
	if n > 0 && s.levels[n-1].column == 0 {
		return nil
	}
	for n > 0 && s.levels[n-1].column > column {
		n--
	}
	s.levels = s.levels[:n]
	if n == 0 || s.levels[n-1].column != column {
		s.levels = append(s.levels, level{column: column})
	}
	return &s.levels[len(s.levels)-1]
}

// colon takes the colon behind a key.
func (s *shape) colon(colon *token.Token) string {
	key := colon.Prev
	if key == nil {
		return ""
	}
	l := s.block(key.Position.Column)
	if l != nil {
		s.lacksBlock(colon, key.Position.Column)
	} else if l = &s.levels[len(s.levels)-1]; closes(colon.Next) {
		s.empty++
	}
	l.keys++
	l.key = len(key.Value)
	switch {
	case l.key > maxYAMLKey:
		return fmt.Sprintf("a key of more than %d bytes: is a line break or a quote missing?", maxYAMLKey)
	case l.keys > maxYAMLKeys:
		return fmt.Sprintf("more than %d keys in one mapping", maxYAMLKeys)
	}
	return ""
}

// lacksBlock counts a dash or colon with nothing behind it, the next word standing no
// deeper than its own block.
func (s *shape) lacksBlock(t *token.Token, column int) {
	next := t.Next
	for next != nil && next.Type == token.CommentType {
		next = next.Next
	}
	if next == nil || next.Position.Line > t.Position.Line && next.Position.Column <= column {
		s.empty++
	}
}

// closes reports whether a token ends an entry in brackets.
func closes(t *token.Token) bool {
	return t == nil || t.Type == token.CollectEntryType || t.Type == token.MappingEndType || t.Type == token.SequenceEndType
}

// lone is 1 if behind a comma or brace stands a key alone, whose value is not there.
func lone(t *token.Token) int {
	if !closes(t.Next) && closes(t.Next.Next) {
		return 1
	}
	return 0
}
