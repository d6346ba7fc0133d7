package score

import (
	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/inline"
	"github.com/corpusmill/corpusmill/transform/html/token"
	"github.com/corpusmill/corpusmill/transform/html/words"
)

// hanWeight is what a Han, kana or Hangul character weighs in Latin letters.
const hanWeight = 2.2

const textWordLimit = 24 // words of a block that are looked up

// scanner measures the text of blocks.
type scanner struct {
	texts  *words.Table
	into   *shingles // filter that is being filled
	known  float32   // words of the page that the table holds
	looked float32   // words that could be looked up
	before uint32    // hash of the Han character before, 0 = none
	tail   [3]uint32 // hashes of the Han characters before, the newest last
	hans   float32   // Han characters of the page
	b      *dom.Block
	shape  uint64 // hash of the words, digits all alike
	exact  uint64 // hash of what the shape leaves out: digits and marks
	word   uint32
	wlen   int
	link   bool
	last   uint8 // class of the last byte that is no space
	// The two words before the running one, and the runs of three words that
	// the page's description and the body in its metadata hold.
	word1, word2 uint32
	descr, body  shingles
	shingles     bool // there are any, or they are being learned
}

// shingles is a Bloom filter of runs of three words.
type shingles struct {
	bits [1024]uint64
	size float32
}

func (t *shingles) add(h uint32) { t.bits[h>>22] |= 1 << (h >> 16 & 63) }

func (t *shingles) has(h uint32) bool { return t.bits[h>>22]&(1<<(h>>16&63)) != 0 }

const metaShingles = 1 << 15 // bytes of a description or body that are read

// learn fills a filter with the runs of words of some texts.
func (s *scanner) learn(t *shingles, texts ...string) {
	if t.size > 0 {
		*t = shingles{}
	}
	for _, text := range texts {
		if text = text[:min(len(text), metaShingles)]; text == "" {
			continue
		}
		b := dom.Block{}
		s.into = t
		s.scan(text, &b, []dom.Piece{{Stop: int32(len(text))}})
		s.into = nil
	}
}

// shingle looks the last three words up, or learns them.
func (s *scanner) shingle() {
	if !s.shingles {
		return
	}
	h := ((s.word2*31+s.word1)*31 + s.word) * 2654435761
	s.word2, s.word1 = s.word1, s.word
	if s.b.Words < 3 {
		return
	}
	if s.into != nil {
		s.into.add(h)
		s.into.size++
		return
	}
	if s.descr.size > 0 && s.descr.has(h) {
		s.b.Descr++
	}
	if s.body.size > 0 && s.body.has(h) {
		s.b.Body++
	}
}

// Scan fills in the figures of a block from its pieces.
func (s *scanner) scan(html string, b *dom.Block, pieces []dom.Piece) {
	s.b, s.shape, s.exact, s.word, s.wlen, s.last = b, words.Basis64, words.Basis64, words.Basis32, 0, 0
	s.before, s.tail = 0, [3]uint32{}
	for _, p := range pieces {
		if p.Line {
			s.endWord()
			b.Breaks++
		}
		switch p.Kind {
		case dom.PieceBreak:
			s.endWord()
			b.Breaks++
			continue
		case dom.PieceGap:
			s.endWord()
			continue
		case dom.PieceTeX, dom.PieceDisplay:
			s.endWord()
			n := float32(min(p.Stop-p.Start, 40))
			b.Weight += n
			b.Words += int32(n/5) + 1
			s.shape = (s.shape ^ uint64(words.Hash(html[p.Start:p.Stop]))) * words.Prime64
			continue
		}
		s.link = p.Kind == dom.PieceLink
		s.run(html[p.Start:p.Stop])
	}
	s.endWord()
	s.looked += float32(min(b.Words, textWordLimit))
	b.Counted = s.counted(html, pieces)
	b.Shape, b.Hash = s.shape, s.shape^s.exact*words.Prime64
	b.EndStop = s.last == token.ClassStop
}

// endWord ends the running word, if there is one.
func (s *scanner) endWord() {
	if s.wlen > 0 {
		s.takeWord()
	}
}

func (s *scanner) takeWord() {
	b := s.b
	w := float32(s.wlen)
	if s.wlen > 40 {
		w = 40
	}
	b.Weight += w
	b.Words++
	if s.link {
		b.Link += w
		b.LinkW++
	}
	s.shape = (s.shape ^ uint64(s.word)) * words.Prime64
	if b.Words <= textWordLimit {
		v := float32(s.texts.Get(s.word | 1))
		if v != 0 {
			s.known++
		}
		b.TextSum += v
		b.TextNeg = min(b.TextNeg, v)
	}
	s.shingle()
	s.before = 0
	s.word, s.wlen = words.Basis32, 0
}

// tell counts a digit or a mark, and where it stands, into the exact hash.
func (s *scanner) tell(r uint32) {
	s.exact = (s.exact ^ uint64(r) ^ uint64(s.b.Words)<<32 ^ uint64(s.wlen)<<56) * words.Prime64
}

// run measures one text run.
func (s *scanner) run(t string) {
	b := s.b
	for i := 0; i < len(t); i++ {
		c := t[i]
		cls := token.Class[c]
		switch cls {
		case token.ClassLower: // most of a text: the rest of the word at once
			h, start := s.word, i
			for {
				h = (h ^ uint32(c)) * words.Prime32
				if i++; i == len(t) {
					break
				}
				if c = t[i]; token.Class[c] != token.ClassLower {
					break
				}
			}
			s.word, s.wlen = h, s.wlen+i-start
			i--
		case token.ClassUpper:
			s.word = (s.word ^ uint32(c|0x20)) * words.Prime32
			s.wlen++
			b.Uppers++
		case token.ClassDigit:
			s.tell(uint32(c))
			s.word = (s.word ^ '0') * words.Prime32
			s.wlen++
			b.Digits++
		case token.ClassSpace, token.ClassControl:
			s.endWord()
			continue
		case token.ClassStop:
			s.endWord()
			s.tell(uint32(c))
			if i+1 == len(t) || token.Class[t[i+1]] == token.ClassSpace || t[i+1] == '"' {
				b.Stops++
			}
		case token.ClassComma:
			s.endWord()
			s.tell(uint32(c))
			b.Commas++
		case token.ClassAmp:
			n, space := inline.ReferenceSpan(t[i:])
			switch {
			case space:
				s.endWord()
			case n > 1:
				s.tell(words.Hash(t[i : i+n]))
				s.word = (s.word ^ uint32(t[i+1])) * words.Prime32
				s.wlen++
			}
			i += n - 1
			continue
		case token.ClassHigh:
			if c >= 0xe4 && c <= 0xe9 && i+2 < len(t) { // Han of the basic plane
				s.last = cls
				s.han(t[i : i+3])
				i += 2
				continue
			}
			i += s.high(t[i:]) - 1
			continue
		default:
			if c != '\'' && c != '-' {
				s.endWord()
			}
			s.tell(uint32(c))
			if c == '$' {
				b.Money++
			}
		}
		s.last = cls
	}
}

// high measures one character outside ASCII and returns its length.
func (s *scanner) high(t string) int {
	c := t[0]
	s.last = token.ClassHigh
	switch {
	case c < 0xe0:
		n := min(2, len(t))
		if c == 0xc2 && n == 2 && t[1] != 0xaa && t[1] != 0xb5 && t[1] != 0xba { // Latin-1 without its letters ª µ º
			s.endWord()
			if t[1] > 0xa0 && t[1] != 0xad { // neither space nor soft hyphen
				s.tell(uint32(t[1]))
			}
			if t[1] == 0xa3 || t[1] == 0xa5 {
				s.b.Money++
			}
			return n
		}
		s.letter(t[:n])
		return n
	case c < 0xf0:
		if len(t) < 3 {
			return len(t)
		}
		s.three(t[:3])
		return 3
	default:
		n := min(4, len(t))
		switch {
		case c == 0xf0 && n == 4 && t[1] >= 0xa0: // Han beyond the basic plane
			s.han(t[:4])
		case c == 0xf0 && n == 4 && t[1] < 0x9f: // other scripts
			s.letter(t[:4])
		default: // pictures
			s.endWord()
			s.tell(words.Hash(t[:n]))
		}
		return n
	}
}

func (s *scanner) letter(t string) {
	for i := 0; i < len(t); i++ {
		s.word = (s.word ^ uint32(t[i])) * words.Prime32
	}
	s.wlen++
}

// three handles three-byte characters: U+0800 to U+FFFF.
func (s *scanner) three(t string) {
	r := rune(t[0]&0xf)<<12 | rune(t[1]&0x3f)<<6 | rune(t[2]&0x3f)
	switch {
	case r == 0x3002 || r == 0xff01 || r == 0xff1f || r == 0x2026 || r == 0xff0e || r == 0x0964:
		s.endWord()
		s.tell(uint32(r))
		s.b.Stops++
		s.last = token.ClassStop
	case r == 0xff0c || r == 0x3001 || r == 0xff1b || r == 0xff1a:
		s.endWord()
		s.tell(uint32(r))
		s.b.Commas++
	case r >= 0x2000 && r < 0x2c00 || r >= 0x3000 && r < 0x3040 || r >= 0xff00 && r < 0xff10:
		if r >= 0x20a0 && r < 0x20c0 || r == 0xffe5 {
			s.b.Money++
		}
		if r == 0x2019 && s.wlen > 0 {
			s.tell(uint32(r))
			return
		}
		s.endWord()
		if r > 0x200f && r != 0x3000 && r != 0x2028 && r != 0x2029 && r != 0x202f && r != 0x205f { // no space
			s.tell(uint32(r))
		}
	case r >= 0x3040 && r <= 0x9fff || r >= 0xac00 && r <= 0xd7af || r >= 0xf900 && r <= 0xfaff:
		s.han(t)
	default:
		s.letter(t)
	}
}

// han counts one character of a script without spaces as a word.
func (s *scanner) han(t string) {
	s.endWord()
	b := s.b
	b.Weight += hanWeight
	b.Words++
	if s.link {
		b.Link += hanWeight
		b.LinkW++
	}
	shape := uint64(0)
	for i := 0; i < len(t); i++ {
		shape = shape<<8 | uint64(t[i])
		s.word = (s.word ^ uint32(t[i])) * words.Prime32
	}
	s.shape = (s.shape ^ shape) * words.Prime64
	s.pair()
	s.shingle()
	s.word = words.Basis32
}
