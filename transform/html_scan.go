package transform

import (
	"strings"
	"unicode/utf8"
)

// Classes of bytes in text.
const (
	clsOther uint8 = iota
	clsLower
	clsUpper
	clsDigit
	clsSpace
	clsStop
	clsComma
	clsHigh
	clsAmp
	clsControl
)

var byteClass = func() (t [256]uint8) {
	for i := range t {
		switch c := byte(i); {
		case isSpace(c):
			t[i] = clsSpace
		case c < 0x20 || c == 0x7f:
			t[i] = clsControl
		case c >= 'a' && c <= 'z':
			t[i] = clsLower
		case c >= 'A' && c <= 'Z':
			t[i] = clsUpper
		case c >= '0' && c <= '9':
			t[i] = clsDigit
		case c == '.' || c == '!' || c == '?':
			t[i] = clsStop
		case c == ',' || c == ';' || c == ':':
			t[i] = clsComma
		case c >= 0x80:
			t[i] = clsHigh
		case c == '&':
			t[i] = clsAmp
		}
	}
	return t
}()

// hanWeight is what a Han, kana or Hangul character weighs in Latin letters.
const hanWeight = 2.2

const textWordLimit = 24 // words of a block that are looked up

// scanner measures the text of blocks.
type scanner struct {
	texts  *wordTable
	into   *shingles // filter that is being filled
	known  float32   // words of the page that the table holds
	looked float32   // words that could be looked up
	before uint32    // hash of the Han character before, 0 = none
	marks  float32   // weight of pairs of characters that name furniture
	b      *block
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
}

// shingles is a Bloom filter of runs of three words.
type shingles struct {
	bits [1024]uint64
	size float32
}

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
		b := block{}
		s.into = t
		s.scan(text, &b, []piece{{stop: int32(len(text))}})
		s.into = nil
	}
}

// shingle looks the last three words up, or learns them.
func (s *scanner) shingle() {
	h := ((s.word2*31+s.word1)*31 + s.word) * 2654435761
	s.word2, s.word1 = s.word1, s.word
	if s.b.words < 3 {
		return
	}
	if s.into != nil {
		s.into.bits[h>>22] |= 1 << (h >> 16 & 63)
		s.into.size++
		return
	}
	if s.descr.size > 0 && s.descr.has(h) {
		s.b.descr++
	}
	if s.body.size > 0 && s.body.has(h) {
		s.b.body++
	}
}

// scan fills in the figures of a block from its pieces.
func (s *scanner) scan(html string, b *block, pieces []piece) {
	s.b, s.shape, s.exact, s.word, s.wlen, s.last = b, fnvBasis64, fnvBasis64, fnvBasis, 0, 0
	s.before, s.marks = 0, 0
	for _, p := range pieces {
		if p.line {
			s.endWord()
			b.breaks++
		}
		switch p.kind {
		case pieceBreak:
			s.endWord()
			b.breaks++
			continue
		case pieceGap:
			s.endWord()
			continue
		case pieceTeX, pieceDisplay:
			s.endWord()
			n := float32(min(p.stop-p.start, 40))
			b.weight += n
			b.words += int32(n/5) + 1
			s.shape = (s.shape ^ uint64(hashWord(html[p.start:p.stop]))) * fnvPrime64
			continue
		}
		s.link = p.kind == pieceLink
		s.run(html[p.start:p.stop])
	}
	s.endWord()
	if b.words <= markWords && s.marks < 0 {
		b.textSum += s.marks
		b.textNeg = min(b.textNeg, s.marks)
	}
	s.looked += float32(min(b.words, textWordLimit))
	b.counted = s.counted(html, pieces)
	b.shape, b.hash = s.shape, s.shape^s.exact*fnvPrime64
	b.endStop = s.last == clsStop
}

func (s *scanner) endWord() {
	if s.wlen == 0 {
		return
	}
	b := s.b
	w := float32(s.wlen)
	if s.wlen > 40 {
		w = 40
	}
	b.weight += w
	b.words++
	if s.link {
		b.link += w
		b.linkW++
	}
	s.shape = (s.shape ^ uint64(s.word)) * fnvPrime64
	if b.words <= textWordLimit {
		v := float32(s.texts.get(s.word | 1))
		if v != 0 {
			s.known++
		}
		b.textSum += v
		b.textNeg = min(b.textNeg, v)
	}
	s.shingle()
	s.before = 0
	s.word, s.wlen = fnvBasis, 0
}

// tell counts a digit or a mark, and where it stands, into the exact hash.
func (s *scanner) tell(r uint32) {
	s.exact = (s.exact ^ uint64(r) ^ uint64(s.b.words)<<32 ^ uint64(s.wlen)<<56) * fnvPrime64
}

// run measures one text run.
func (s *scanner) run(t string) {
	b := s.b
	for i := 0; i < len(t); i++ {
		c := t[i]
		cls := byteClass[c]
		switch cls {
		case clsLower:
			s.word = (s.word ^ uint32(c)) * fnvPrime
			s.wlen++
		case clsUpper:
			s.word = (s.word ^ uint32(c|0x20)) * fnvPrime
			s.wlen++
			b.uppers++
		case clsDigit:
			s.tell(uint32(c))
			s.word = (s.word ^ '0') * fnvPrime
			s.wlen++
			b.digits++
		case clsSpace, clsControl:
			s.endWord()
			continue
		case clsStop:
			s.endWord()
			s.tell(uint32(c))
			if i+1 == len(t) || byteClass[t[i+1]] == clsSpace || t[i+1] == '"' {
				b.stops++
			}
		case clsComma:
			s.endWord()
			s.tell(uint32(c))
			b.commas++
		case clsAmp:
			n, space := entitySpan(t[i:])
			switch {
			case space:
				s.endWord()
			case n > 1:
				s.tell(hashWord(t[i : i+n]))
				s.word = (s.word ^ uint32(t[i+1])) * fnvPrime
				s.wlen++
			}
			i += n - 1
			continue
		case clsHigh:
			i += s.high(t[i:]) - 1
			continue
		default:
			if c != '\'' && c != '-' {
				s.endWord()
			}
			s.tell(uint32(c))
			if c == '$' {
				b.money++
			}
		}
		s.last = cls
	}
}

// high measures one character outside ASCII and returns its length.
func (s *scanner) high(t string) int {
	c := t[0]
	s.last = clsHigh
	switch {
	case c < 0xe0:
		n := min(2, len(t))
		if c == 0xc2 && n == 2 && t[1] != 0xaa && t[1] != 0xb5 && t[1] != 0xba { // Latin-1 without its letters ª µ º
			s.endWord()
			if t[1] > 0xa0 && t[1] != 0xad { // neither space nor soft hyphen
				s.tell(uint32(t[1]))
			}
			if t[1] == 0xa3 || t[1] == 0xa5 {
				s.b.money++
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
			s.tell(hashWord(t[:n]))
		}
		return n
	}
}

func (s *scanner) letter(t string) {
	for i := 0; i < len(t); i++ {
		s.word = (s.word ^ uint32(t[i])) * fnvPrime
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
		s.b.stops++
		s.last = clsStop
	case r == 0xff0c || r == 0x3001 || r == 0xff1b || r == 0xff1a:
		s.endWord()
		s.tell(uint32(r))
		s.b.commas++
	case r >= 0x2000 && r < 0x2c00 || r >= 0x3000 && r < 0x3040 || r >= 0xff00 && r < 0xff10:
		if r >= 0x20a0 && r < 0x20c0 || r == 0xffe5 {
			s.b.money++
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
	b.weight += hanWeight
	b.words++
	if s.link {
		b.link += hanWeight
		b.linkW++
	}
	for i := 0; i < len(t); i++ {
		s.shape = (s.shape ^ uint64(t[i])) * fnvPrime64
		s.word = (s.word ^ uint32(t[i])) * fnvPrime
	}
	if s.before != 0 && b.words <= markWords {
		s.marks += pairMark(s.before ^ s.word)
	}
	s.before = s.word * fnvPrime
	s.shingle()
	s.word = fnvBasis
}

// markWords is the length up to which a block of Han characters is searched for
// pairs that name furniture; in longer text they prove nothing.
const markWords = 12

// hanMarks are pairs of characters that headings and links of furniture are
// made of: related, recommended, hot, share, previous, next, sign in, register,
// copyright, record number, scan, client, back, home page. The gold sets hold
// next to no Chinese or Japanese pages to learn them from.
const hanMarks = "相关 推荐 猜你 热门 热点 排行 分享 上一 下一 登录 注册 版权 备案 扫码 扫描 客户 返回 首页 收藏 举报 更多 " +
	"相關 推薦 熱門 登入 註冊 版權 首頁 関連 人気 一覧 戻る"

var hanPairs = func() map[uint32]bool {
	m := map[uint32]bool{}
	for pair := range strings.FieldsSeq(hanMarks) {
		_, n := utf8.DecodeRuneInString(pair)
		m[hashHan(pair[:n])*fnvPrime^hashHan(pair[n:])] = true
	}
	return m
}()

func hashHan(s string) uint32 {
	h := uint32(fnvBasis)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint32(s[i])) * fnvPrime
	}
	return h
}

func pairMark(h uint32) float32 {
	if hanPairs[h] {
		return -20
	}
	return 0
}
