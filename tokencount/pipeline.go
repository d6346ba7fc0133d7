package tokencount

import (
	"encoding/json"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/text/sentencepiece"
)

// pipeline is a tokenizer.json of any kind, step by step: added tokens, normalizer,
// added tokens that are looked for in normal text, pre-tokenizer, model.
type pipeline struct {
	raw, normal *addedSet // nil: none
	norms       []normStep
	pres        []preStep
	model       pieceModel
	decoder     decoder
}

// pieceModel makes the tokens of one piece. It does not change.
type pieceModel interface {
	// encode appends the ids of piece, valid UTF-8 and not empty.
	encode(dst []uint32, piece []byte, w *pipeWorker) []uint32
	// token returns the text of a token; ok is false if there is none.
	token(id uint32) (text string, ok bool)
	// size returns the greatest id plus one.
	size() int
	// id returns the id of a token.
	id(token string) (uint32, bool)
}

// newPipeline reads what byte-level byte-pair encoding alone does not cover.
func newPipeline(j *tokenizerJSON, t *Tokenizer) error {
	p := &pipeline{}
	var err error
	if p.norms, err = normalizers(j.Normalizer, nil, 0); err != nil {
		return err
	}
	if p.pres, err = preTokenizers(j.Pre, nil, 0); err != nil {
		return err
	}
	if p.model, err = newPieceModel(j.Model); err != nil {
		return err
	}
	if err := p.decoder.read(j.Decoder, 0); err != nil {
		return err
	}
	if err := p.add(j.Added); err != nil {
		return err
	}
	t.engine, t.ids = p, p.model.size()
	for _, a := range j.Added {
		t.ids = max(t.ids, int(a.ID)+1)
	}
	return nil
}

// newPieceModel reads the field "model".
func newPieceModel(raw json.RawMessage) (pieceModel, error) {
	var m struct{ Type string }
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("%w: model: %w", ErrRanks, err)
	}
	if m.Type == "" { // a file of an old version
		var m struct {
			Merges    json.RawMessage
			MaxChars  json.RawMessage `json:"max_input_chars_per_word"`
			UnknownID json.RawMessage `json:"unk_id"`
		}
		if err := json.Unmarshal(raw, &m); err != nil {
			return nil, fmt.Errorf("%w: model: %w", ErrRanks, err)
		}
		switch {
		case m.Merges != nil:
			return newCharBPE(raw)
		case m.UnknownID != nil:
			return newUnigram(raw)
		case m.MaxChars != nil:
			return newWordPiece(raw)
		}
	}
	switch m.Type {
	case "BPE":
		return newCharBPE(raw)
	case "Unigram":
		return newUnigram(raw)
	case "WordPiece":
		return newWordPiece(raw)
	case "WordLevel":
		return newWordLevel(raw)
	}
	return nil, fmt.Errorf("%w: model.type %q", ErrUnsupported, m.Type)
}

// addedSet finds added tokens in text.
type addedSet struct {
	trie   *sentencepiece.Trie
	tokens map[uint32]addedToken
	first  [256]bool
	word   *codeSet
}

// add makes the sets of added tokens.
func (p *pipeline) add(list []addedToken) error {
	if len(list) > maxAdded {
		return fmt.Errorf("%w: more than %d added tokens", ErrRanks, maxAdded)
	}
	var raw, normal []addedToken
	var w pipeWorker
	seen := make(map[string]bool, len(list))
	for _, a := range list {
		switch {
		case a.Content == "" || seen[a.Content]:
			continue
		case len(a.Content) > maxTokenBytes || !utf8.ValidString(a.Content) || a.ID >= maxRanks:
			return fmt.Errorf("%w: added token %d of %d bytes", ErrUnsupported, a.ID, len(a.Content))
		}
		seen[a.Content] = true
		// A token of the model keeps its id, whatever the list says.
		if id, ok := p.model.id(a.Content); ok {
			a.ID = id
		}
		if !a.Normalized {
			raw = append(raw, a)
			continue
		}
		w.p = p
		a.Content = string(w.normalize([]byte(a.Content)))
		if a.Content != "" {
			normal = append(normal, a)
		}
	}
	var err error
	if p.raw, err = newAddedSet(raw); err == nil {
		p.normal, err = newAddedSet(normal)
	}
	return err
}

func newAddedSet(list []addedToken) (*addedSet, error) {
	if len(list) == 0 {
		return nil, nil
	}
	s := &addedSet{tokens: make(map[uint32]addedToken, len(list)), word: newCodeSet(hfWord)}
	var keys []string
	var values []int32
	for _, a := range list {
		if _, twice := s.tokens[a.ID]; twice {
			return nil, fmt.Errorf("%w: two added tokens %d", ErrUnsupported, a.ID)
		}
		s.tokens[a.ID] = a
		s.first[a.Content[0]] = true
		keys, values = append(keys, a.Content), append(values, int32(a.ID))
	}
	var err error
	if s.trie, err = sentencepiece.NewTrie(keys, values); err != nil {
		return nil, fmt.Errorf("%w: added tokens: %w", ErrUnsupported, err)
	}
	return s, nil
}

// found is one added token in a text.
type found struct {
	start, end int // with the white space that the token takes in
	id         uint32
	next       int // where the search goes on
}

// find returns the first added token that starts at text[p] or later and counts; done
// is the end of what the tokens before it took in.
func (s *addedSet) find(text []byte, p, done int) (found, bool) {
	for ; p < len(text); p++ {
		if !s.first[text[p]] {
			continue
		}
		n, id := s.trie.Longest(text[p:])
		if n == 0 {
			continue
		}
		f := found{start: p, end: p + n, id: uint32(id), next: p + n}
		a := s.tokens[f.id]
		if a.SingleWord && !s.alone(text, p, p+n) {
			p = p + n - 1
			continue
		}
		if a.LStrip {
			for f.start > done {
				r, k := utf8.DecodeLastRune(text[:f.start])
				if !unicode.IsSpace(r) {
					break
				}
				f.start -= k
			}
		}
		if a.RStrip {
			f.end = max(f.end, done) // white space up to there, if beyond
			for f.end < len(text) {
				r, k := decodeRune(text[f.end:])
				if !unicode.IsSpace(r) {
					break
				}
				f.end += k
			}
		}
		return f, true
	}
	return found{}, false
}

// alone says whether text[start:end] has no word characters beside it.
func (s *addedSet) alone(text []byte, start, end int) bool {
	if start > 0 {
		if r, _ := utf8.DecodeLastRune(text[:start]); s.word.has(r) {
			return false
		}
	}
	if end < len(text) {
		if r, _ := decodeRune(text[end:]); s.word.has(r) {
			return false
		}
	}
	return true
}

// each calls plain for what lies between the added tokens and token for each of them.
func (s *addedSet) each(text []byte, plain func(start, end int), token func(id uint32)) {
	done := 0
	for p := 0; p < len(text); {
		f, ok := s.find(text, p, done)
		if !ok {
			break
		}
		if done < f.start {
			plain(done, f.start)
		}
		token(f.id)
		done, p = f.end, f.next
	}
	if done < len(text) {
		plain(done, len(text))
	}
}

func (p *pipeline) newWorker() worker {
	return &pipeWorker{p: p, cache: make([][2]wordEntry, wordSets)}
}

// pipeWorker is the scratch memory of a pipeline.
type pipeWorker struct {
	p      *pipeline
	cache  [][2]wordEntry
	from   []byte // of the normalizers
	to     []byte
	form   former
	pieces pieces
	ids    []uint32
	part   []int32
	merger sentencepiece.Merger
	path   sentencepiece.Path[float64]
}

const (
	// wordSets sets of two entries of 48 bytes: 3 MiB.
	wordSets  = 1 << 15
	wordLimit = 7
	// keepText bounds every buffer that is kept between texts, in bytes.
	keepText = 512 << 10
)

// wordEntry is one remembered piece.
type wordEntry struct {
	key key
	n   uint32
	ids [wordLimit]uint32
}

func (w *pipeWorker) encode(dst []uint32, text []byte) []uint32 {
	if w.p.raw == nil {
		dst = w.plain(dst, text, true)
	} else {
		w.p.raw.each(text, func(start, end int) {
			dst = w.plain(dst, text[start:end], start == 0)
		}, func(id uint32) { dst = append(dst, id) })
	}
	w.trim()
	return dst
}

// trim lets go of scratch memory that one exceptional text has grown.
func (w *pipeWorker) trim() {
	for _, b := range []*[]byte{&w.from, &w.to, &w.pieces.text, &w.pieces.spareText} {
		if cap(*b) > keepText {
			*b = nil
		}
	}
	if cap(w.pieces.spans) > keepIDs || cap(w.pieces.marks) > keepIDs || cap(w.pieces.spareSpans) > keepIDs {
		w.pieces = pieces{}
	}
	if cap(w.form.out) > keepText || cap(w.form.marks) > keepText/8 {
		w.form = former{}
	}
	if cap(w.part) > keepIDs {
		w.part = nil
	}
	if cap(w.ids) > keepIDs {
		w.ids = nil
	}
}

// plain encodes text between added tokens; first says that it starts the whole text.
func (w *pipeWorker) plain(dst []uint32, text []byte, first bool) []uint32 {
	text = w.normalize(text)
	if w.p.normal == nil {
		return w.cut(dst, text, first)
	}
	w.p.normal.each(text, func(start, end int) {
		dst = w.cut(dst, text[start:end], first && start == 0)
	}, func(id uint32) { dst = append(dst, id) })
	return dst
}

// normalize returns the normal form of text, until the next call.
func (w *pipeWorker) normalize(text []byte) []byte {
	for _, step := range w.p.norms {
		w.to = step(w.to[:0], text, &w.form)
		w.from, w.to = w.to, w.from
		text = w.from
	}
	return text
}

// cut has the pre-tokenizers cut text, and encodes the pieces.
func (w *pipeWorker) cut(dst []uint32, text []byte, first bool) []uint32 {
	if len(text) == 0 {
		return dst
	}
	if len(w.p.pres) == 0 {
		return w.p.model.encode(dst, text, w)
	}
	p := &w.pieces
	p.text = append(p.text[:0], text...)
	p.spans = append(p.spans[:0], span{0, len(text), first})
	for _, step := range w.p.pres {
		step(p)
	}
	for _, s := range p.spans {
		if s.end > s.start {
			dst = w.p.model.encode(dst, p.text[s.start:s.end], w)
		}
	}
	return dst
}

// cached appends the ids of piece as remembered, or as compute finds them, which may
// use w.ids but not the cache.
func (w *pipeWorker) cached(dst []uint32, piece []byte, compute func(dst []uint32, piece []byte) []uint32) []uint32 {
	if len(piece) > shortLen {
		return compute(dst, piece)
	}
	k := keyOf(piece)
	set := &w.cache[k.hash()%wordSets]
	if set[0].key != k {
		if set[1].key == k {
			set[0], set[1] = set[1], set[0]
		} else {
			w.ids = compute(w.ids[:0], piece)
			if len(w.ids) > wordLimit {
				return append(dst, w.ids...)
			}
			set[1] = set[0]
			set[0] = wordEntry{key: k, n: uint32(len(w.ids))}
			copy(set[0].ids[:], w.ids)
		}
	}
	return append(dst, set[0].ids[:set[0].n]...)
}
