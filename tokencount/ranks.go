package tokencount

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
)

// Limits on a rank file. The largest published one has 3.6 MB, 199,998 tokens of
// at most 128 bytes.
const (
	maxFileBytes  = 64 << 20
	maxRanks      = 1 << 21
	maxTokenBytes = 4096
)

// ErrRanks is wrapped by every error about the content of a rank file.
var ErrRanks = errors.New("bad rank file")

// rankLine is one parsed line; its token lies in the arena at start.
type rankLine struct {
	start uint32
	size  uint32
	rank  uint32
}

// parseRanks reads a tiktoken rank file: lines of a token in base64, a space and
// its rank in decimal. Ranks need not be in order but must be distinct.
func parseRanks(file []byte) (*vocab, error) {
	if len(file) > maxFileBytes {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", ErrRanks, len(file), maxFileBytes)
	}
	lines := make([]rankLine, 0, min(bytes.Count(file, []byte{'\n'})+1, maxRanks))
	arena := make([]byte, 0, len(file)/4*3)
	top, ordered := uint32(0), true
	for n, rest := 1, file; len(rest) > 0; n++ {
		line := rest
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			line, rest = rest[:i], rest[i+1:]
		} else {
			rest = nil
		}
		if line = bytes.TrimSuffix(line, []byte{'\r'}); len(line) == 0 {
			continue
		}
		if len(lines) == maxRanks {
			return nil, fmt.Errorf("%w: more than %d tokens", ErrRanks, maxRanks)
		}
		l, grown, err := parseRankLine(line, arena)
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrRanks, n, err)
		}
		arena = grown
		ordered = ordered && (len(lines) == 0 || l.rank > top)
		top = max(top, l.rank)
		lines = append(lines, l)
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("%w: empty", ErrRanks)
	}
	return arrange(lines, arena, top, ordered)
}

// parseRankLine appends the token of one line to arena.
func parseRankLine(line, arena []byte) (rankLine, []byte, error) {
	sp := bytes.IndexByte(line, ' ')
	if sp <= 0 {
		return rankLine{}, nil, errors.New("no token and rank parted by a space")
	}
	if sp > base64.StdEncoding.EncodedLen(maxTokenBytes) {
		return rankLine{}, nil, fmt.Errorf("token of more than %d bytes", maxTokenBytes)
	}
	l := rankLine{start: uint32(len(arena))}
	arena, err := base64.StdEncoding.AppendDecode(arena, line[:sp])
	if err != nil {
		return rankLine{}, nil, fmt.Errorf("token: %w", err)
	}
	if l.size = uint32(len(arena)) - l.start; l.size == 0 {
		return rankLine{}, nil, errors.New("empty token")
	}
	digits := line[sp+1:]
	if len(digits) == 0 || len(digits) > 9 {
		return rankLine{}, nil, errors.New("rank is no number of one to nine digits")
	}
	for _, d := range digits {
		if d-'0' > 9 {
			return rankLine{}, nil, errors.New("rank is no number of one to nine digits")
		}
		l.rank = l.rank*10 + uint32(d-'0')
	}
	if l.rank >= maxRanks {
		return rankLine{}, nil, fmt.Errorf("rank %d is not below %d", l.rank, maxRanks)
	}
	return l, arena, nil
}

// arrange brings the tokens into order of rank and builds the tables.
func arrange(lines []rankLine, arena []byte, top uint32, ordered bool) (*vocab, error) {
	v := &vocab{bytes: arena, start: make([]uint32, top+2)}
	size := v.start[1:]
	for _, l := range lines {
		if size[l.rank] != 0 {
			return nil, fmt.Errorf("%w: rank %d twice", ErrRanks, l.rank)
		}
		size[l.rank] = l.size
	}
	for r := range top + 1 {
		v.start[r+1] += v.start[r]
	}
	if !ordered {
		v.bytes = make([]byte, len(arena))
		for _, l := range lines {
			copy(v.bytes[v.start[l.rank]:], arena[l.start:l.start+l.size])
		}
	}
	if !v.build() {
		return nil, fmt.Errorf("%w: the same token twice", ErrRanks)
	}
	for i := range 256 {
		if v.find([]byte{byte(i)}) == noRank {
			return nil, fmt.Errorf("%w: no token for byte 0x%02x, so some texts have no encoding", ErrRanks, i)
		}
	}
	return v, nil
}
