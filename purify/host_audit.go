package purify

import (
	"context"
	"errors"
	"fmt"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/corpus/where"
	"github.com/corpusmill/corpusmill/stage"
)

// HostAudit looks at some documents of each host, and drops hosts whole that are mostly
// irrelevant: what a stage before it said of a page is then held against all of its site.
//
//	host_audit: { irrelevant: "chinese_grade_class = 'low'", max_ratio: 0.8 }
//
// A condition on columns says what is irrelevant, so that what it goes by must be stored
// and not dropped before: by annotate, or by a stage that adds a class. Of every host the
// same documents are looked at in every run, those with the lowest hashes of source and ID,
// among all that come to the stage and that no stage beside it dropped. A document without
// a host stays. Rejects name the host in their detail, and its number of documents as value.
type HostAudit struct {
	// Irrelevant is the condition on columns, as that of `where`.
	Irrelevant string `yaml:"irrelevant"`
	// Documents is how many documents of a host are looked at, at most, 2 to 10000. Of a
	// hundred a host with half of them irrelevant shows 80 by a chance of one in a billion.
	Documents int `yaml:"documents" default:"100"`
	// MinDocuments is the least number of documents that a host is judged by; smaller ones
	// stay.
	MinDocuments int `yaml:"min_documents" default:"10"`
	// MaxRatio is the share of irrelevant documents above which a host goes, 0 to 1.
	MaxRatio stage.Limit `yaml:"max_ratio"`
}

// hostAuditMaxRatio is the default of MaxRatio.
const hostAuditMaxRatio = 0.8

// ruleIrrelevantHost is the rule of the audit.
const ruleIrrelevantHost = "irrelevant_host"

// Validate checks the settings.
func (h *HostAudit) Validate() error {
	if h.Irrelevant == "" {
		return errors.New("irrelevant: say by a condition on columns what is, such as lang != 'zh'")
	}
	if _, err := where.Parse(h.Irrelevant); err != nil {
		return fmt.Errorf("irrelevant: %w", err)
	}
	x, on := h.MaxRatio.Or(stage.At(hostAuditMaxRatio)).Get()
	switch {
	case h.Documents < 2 || h.Documents > 10_000:
		return fmt.Errorf("documents: %d: want 2 to 10000", h.Documents)
	case h.MinDocuments < 2 || h.MinDocuments > h.Documents:
		return fmt.Errorf("min_documents: %d: want 2 to documents, %d", h.MinDocuments, h.Documents)
	case !on || !(x >= 0 && x < 1):
		return errors.New("max_ratio: want a share below 1")
	}
	return nil
}

// HostAuditDef defines the stage host_audit.
var HostAuditDef = stage.DefineOpen("host_audit", 1, newHostAudit)

func newHostAudit(_ context.Context, h HostAudit, _ *stage.Env) (*HostAuditStage, error) {
	x, err := where.Parse(h.Irrelevant)
	s := &HostAuditStage{settings: h, condition: x}
	s.maxRatio, _ = h.MaxRatio.Or(stage.At(hostAuditMaxRatio)).Get()
	return s, err
}

// HostAuditStage is the opened stage. Each worker has a fork.
type HostAuditStage struct {
	settings   HostAudit
	maxRatio   float64
	condition  *where.Expr
	irrelevant func(*corpus.Document) bool
	last       byte // whether the document last given to Keys is irrelevant
}

// Fork implements stage.Forker.
func (h *HostAuditStage) Fork() any {
	own := *h
	return &own
}

// FindColumns implements stage.ColumnFinder.
func (h *HostAuditStage) FindColumns(columns corpus.Schema) (err error) {
	if h.irrelevant, err = h.condition.Bind(columns); err != nil {
		return fmt.Errorf("irrelevant: %w", err)
	}
	return nil
}

// Reads lists the address and the columns of the condition.
func (h *HostAuditStage) Reads() []string { return append([]string{"url"}, h.condition.Columns()...) }

// Rules are the rules that the stage may give.
func (*HostAuditStage) Rules() []string { return []string{ruleIrrelevantHost} }

// KeyBytes is 8: of ten million hosts two share a key by a chance of 1 in 370,000.
func (*HostAuditStage) KeyBytes() int { return 8 }

// Keys emits the host's.
func (h *HostAuditStage) Keys(d *corpus.Document, emit func(stage.Key, uint32)) error {
	h.last = 0
	host := d.Host()
	if host == "" {
		return nil
	}
	if h.irrelevant != nil && h.irrelevant(d) {
		h.last = 1
	}
	emit(stage.Key{Hi: xxh3.HashString(host)}, 0)
	return nil
}

// SketchBytes is 1: whether a document is irrelevant.
func (*HostAuditStage) SketchBytes() int { return 1 }

// Sketch appends it.
func (h *HostAuditStage) Sketch(dst []byte) []byte { return append(dst, h.last) }

// Link makes one cluster of a host that goes, and none of another.
func (h *HostAuditStage) Link(g stage.Group, edge func(a, b stage.Unit)) error {
	looked, irrelevant := 0, 0
	for u := range g.Units {
		if looked == h.settings.Documents {
			break
		}
		s, err := g.Sketch(u)
		if err != nil {
			return err
		}
		looked++
		irrelevant += int(s[0])
	}
	if looked >= h.settings.MinDocuments && float64(irrelevant) > h.maxRatio*float64(looked) {
		g.Star(edge)
	}
	return nil
}

// Survivor is none: all documents of the host go.
func (*HostAuditStage) Survivor() stage.Keep { return stage.Keep{Policy: "none"} }

// Dropped implements stage.Dropper: the verdict names the host.
func (h *HostAuditStage) Dropped(d *corpus.Document, documents int64) corpus.Verdict {
	return corpus.Verdict{Rule: ruleIrrelevantHost, Value: float64(documents), Limit: h.maxRatio, Detail: d.Host()}
}
