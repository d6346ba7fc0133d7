package run

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
)

// asked is what the answers of a stage are known by: what asks, and what it is asked
// about. Tasks and plans that ask the same find the same answers, so nothing else goes in.
type asked struct {
	name    string // of the stage's definition
	digest  string // of all that can change an answer
	columns []column
}

// column appends what a document has in a column.
type column func(dst []byte, d *corpus.Document) []byte

// answersVersion is that of the keys of answers. It is not that of the run folder, whose
// next one would have all questions asked again.
const answersVersion = 1

// asked finds out what the answers of a step hang on.
func (pl *Plan) asked(st *flow.Step) asked {
	part := pl.Stages[st.Index].Part
	h := sha256.New()
	fmt.Fprintf(h, "corpusmill answers %d\n%s/%d\n%s\n", answersVersion, part.Def.Name, part.Def.Revision, config.AnswerText(part.Settings))
	if d, ok := st.Object.(stage.Digester); ok {
		fmt.Fprintf(h, "%q\n", d.Digest())
	}
	a := asked{name: part.Def.Name}
	if r, ok := st.Object.(stage.ColumnReader); ok {
		for _, name := range r.Reads() {
			fmt.Fprintf(h, "%s\n", name)
			a.columns = append(a.columns, pl.askedColumn(name, st))
		}
	} else {
		a.columns = []column{segment.AppendDocument}
	}
	a.digest = hex.EncodeToString(h.Sum(nil)[:16])
	return a
}

// key names the answers about documents, by what the stage reads of them.
func (a asked) key(docs []*corpus.Document) ledger.AnswersKey {
	h, b := sha256.New(), []byte(nil)
	for _, d := range docs {
		for _, c := range a.columns {
			b = append(b[:0], make([]byte, 8)...)
			b = c(b, d)
			binary.LittleEndian.PutUint64(b, uint64(len(b)-8))
			h.Write(b)
		}
	}
	return ledger.AnswersKey{Stage: a.digest, Documents: hex.EncodeToString(h.Sum(nil)[:16])}
}

// askedColumn is how a column goes into keys: one of the input, or that a stage before has
// stored, by its value.
func (pl *Plan) askedColumn(name string, st *flow.Step) column {
	c, err := pl.valueColumn(name, st.In)
	if ownColumns[name] || err != nil {
		return columnOf(name)
	}
	return func(dst []byte, d *corpus.Document) []byte {
		v := c.Value(d)
		if v.Null {
			return dst
		}
		return append(append(dst, 1), c.Type.Text(v)...)
	}
}

// ownColumns are those of each document that columnOf knows.
var ownColumns = map[string]bool{"text": true, "text_bytes": true, "raw": true, "url": true, "host": true, "id": true, "lang": true, "source": true, "media": true, "charset": true}

// columnOf is how a column goes into keys. Those that are seldom read by what asks others
// are the whole document: who reads one asks again where any column is another.
func columnOf(name string) column {
	switch name {
	case "text", "text_bytes":
		return func(dst []byte, d *corpus.Document) []byte { return append(dst, d.Text...) }
	case "raw":
		return func(dst []byte, d *corpus.Document) []byte { return append(dst, d.Raw...) }
	case "url", "host":
		return func(dst []byte, d *corpus.Document) []byte { return append(dst, d.URL...) }
	case "id":
		return func(dst []byte, d *corpus.Document) []byte { return append(dst, d.ID...) }
	case "lang":
		return func(dst []byte, d *corpus.Document) []byte { return append(dst, d.Lang...) }
	case "source":
		return func(dst []byte, d *corpus.Document) []byte { return append(dst, d.Origin.Source...) }
	case "media":
		return func(dst []byte, d *corpus.Document) []byte { return append(dst, d.Media...) }
	case "charset":
		return func(dst []byte, d *corpus.Document) []byte { return append(dst, d.Charset...) }
	}
	return segment.AppendDocument
}
