package cli

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"os"
	"strings"

	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/purify/fasttext"
)

// trainingTexts deals the texts of the input to training and to what is held out.
type trainingTexts struct {
	program *program
	q       *qualityTraining
	preset  purify.ClassifierPreset
	trainer *fasttext.Trainer
	held    *heldOut

	positives, negatives textCount
	empty, bad           int
}

// textCount counts the texts of one kind.
type textCount struct {
	Documents int   `json:"documents"` // with text, held out or not
	Bytes     int64 `json:"bytes"`     // of text as prepared
	HeldOut   int   `json:"held_out"`
}

// read reads all files. Damaged records are named with file and number; more of them
// than --errors-max fail the command before it trains.
func (t *trainingTexts) read(ctx context.Context) error {
	for _, side := range []struct {
		files  []string
		label  string
		wanted bool
		count  *textCount
		flag   string
	}{
		{t.q.positive, t.q.label, true, &t.positives, "--positive"},
		{t.q.negative, t.q.other, false, &t.negatives, "--negative"},
	} {
		err := t.program.eachFile(ctx, side.files, func(ctx context.Context, file string) error {
			return t.program.texts(ctx, file, stopping(func(i item) error {
				if err := ctx.Err(); err != nil {
					return err
				}
				return t.add(i, side.label, side.wanted, side.count)
			}))
		})
		if err != nil {
			return err
		}
		if side.count.Documents == side.count.HeldOut {
			return fmt.Errorf("%s %s: no text is left to train on: %d texts, %d of them held out", side.flag, strings.Join(side.files, " "), side.count.Documents, side.count.HeldOut)
		}
	}
	if t.bad > t.q.errorsMax {
		return fmt.Errorf("%w; --errors-max %d trains without them", badDocuments(t.bad), t.bad)
	}
	return t.held.flush()
}

func (t *trainingTexts) add(i item, label string, wanted bool, count *textCount) error {
	if i.err != nil {
		t.bad++
		t.program.showBad(t.bad, i.doc.ID, i.err)
		return nil
	}
	text := t.preset.Prepare(i.doc.Text)
	if strings.TrimSpace(text) == "" {
		t.empty++
		return nil
	}
	count.Documents++
	count.Bytes += int64(len(text))
	if t.q.holdsOut(text, i.doc.URL) {
		count.HeldOut++
		return t.held.add(text, wanted)
	}
	return t.trainer.Add(text, label)
}

// holdsOut decides by a hash of the seed and the text, so that equal texts are on the
// same side; or of the host, so that the texts of a site are.
func (q *qualityTraining) holdsOut(text, link string) bool {
	by := text
	if q.splitBy == "host" {
		if u, err := url.Parse(link); err == nil && u.Host != "" {
			by = strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
		}
	}
	h := sha256.New()
	_ = binary.Write(h, binary.LittleEndian, q.Seed) // a hash takes everything
	_, _ = io.WriteString(h, by)
	return float64(binary.LittleEndian.Uint64(h.Sum(nil))) < q.heldOut*math.MaxUint64
}

// heldText is a text that was held out.
type heldText struct {
	text   string
	wanted bool
}

// heldOut keeps the texts that are held out in a temporary file.
type heldOut struct {
	dir  string
	file *os.File
	w    *bufio.Writer
}

func (h *heldOut) add(text string, wanted bool) error {
	if h.file == nil {
		f, err := os.CreateTemp(h.dir, "corpusmill-held-out-*")
		if err != nil {
			return err
		}
		h.file, h.w = f, bufio.NewWriterSize(f, 1<<20)
	}
	head := binary.AppendUvarint(nil, uint64(len(text)))
	kind := byte(0)
	if wanted {
		kind = 1
	}
	_, err := h.w.Write(append(head, kind))
	if err == nil {
		_, err = h.w.WriteString(text)
	}
	return err
}

func (h *heldOut) flush() error {
	if h.file == nil {
		return nil
	}
	return h.w.Flush()
}

// each yields the texts in the order of add.
func (h *heldOut) each(emit func(heldText) error) error {
	if h.file == nil {
		return nil
	}
	if _, err := h.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r := bufio.NewReaderSize(h.file, 1<<20)
	for {
		n, err := binary.ReadUvarint(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		kind, err := r.ReadByte()
		if err != nil {
			return err
		}
		b := make([]byte, n) // as long as a text that add was given
		if _, err := io.ReadFull(r, b); err != nil {
			return err
		}
		if err := emit(heldText{string(b), kind == 1}); err != nil {
			return err
		}
	}
}

// close removes the file.
func (h *heldOut) close() error {
	if h.file == nil {
		return nil
	}
	return errors.Join(h.file.Close(), os.Remove(h.file.Name()))
}
