package tokenshards

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// Export writes documents through a sink, by [OpenMegatron] or [OpenNanotron] as a
// rule, as parts named part-00000, part-00001 and so on, each closed when its text
// reaches the sink's PartBytes. It returns the parts that are visible. On an error,
// those before it stay and the open one leaves nothing; an error of docs ends the
// export. Memory is that of one batch of documents, 4 MiB of text or one document.
func Export(ctx context.Context, docs iter.Seq2[*corpus.Document, error], sink stage.Sink) (parts []stage.Part, err error) {
	e := &export{sink: sink}
	defer func() {
		if e.w != nil {
			err = errors.Join(err, e.w.Abort())
		}
		parts = e.parts
	}()
	for d, err := range docs {
		if err != nil {
			return nil, err
		}
		if err := e.add(ctx, d); err != nil {
			return nil, err
		}
	}
	return nil, e.finish(ctx)
}

type export struct {
	sink  stage.Sink
	parts []stage.Part
	w     stage.Writer // nil between parts
	batch []*corpus.Document
	size  int64 // text of the batch
	bytes int64 // text of the part, with the batch
}

func (e *export) add(ctx context.Context, d *corpus.Document) (err error) {
	e.batch = append(e.batch, d)
	e.size += int64(len(d.Text))
	e.bytes += int64(len(d.Text))
	if e.bytes >= e.sink.PartBytes() {
		return e.finish(ctx)
	}
	if len(e.batch) == windowDocuments || e.size >= windowTextBytes {
		return e.flush(ctx)
	}
	return nil
}

// flush hands the batch to the open part.
func (e *export) flush(ctx context.Context) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(e.batch) == 0 {
		return nil
	}
	if e.w == nil {
		if e.w, err = e.sink.Create(ctx, fmt.Sprintf("part-%05d", len(e.parts)), corpus.PartSchema(nil, nil)); err != nil {
			return err
		}
	}
	err = e.w.Write(e.batch)
	clear(e.batch) // lets go of the texts
	e.batch, e.size = e.batch[:0], 0
	return err
}

// finish closes the part, if one is open.
func (e *export) finish(ctx context.Context) error {
	if err := e.flush(ctx); err != nil || e.w == nil {
		return err
	}
	part, err := e.w.Commit(ctx)
	if err != nil {
		return err
	}
	e.w, e.bytes = nil, 0
	e.parts = append(e.parts, part)
	return nil
}
