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
	if group := t.q.group(i.doc.ID, text, i.doc.URL); t.q.isHeldOut(group, 1) {
		count.HeldOut++
		kind := 0
		if wanted {
			kind = 1
		}
		return t.held.add(heldText{text, []int{kind}, group})
	}
	return t.trainer.Add(text, label)
}

// holdsOut decides by a hash of the seed and the text, so that equal texts are on the
// same side; or of the host, so that the texts of a site are.
func (q *qualityTraining) holdsOut(text, link string) bool {
	return q.isHeldOut(q.group("", text, link), 1)
}

// group is a hash of what is held out together.
func (q *qualityTraining) group(id, text, link string) uint64 {
	by := text
	switch q.splitBy {
	case "id":
		by = id
	case "host":
		if u, err := url.Parse(link); err == nil && u.Host != "" {
			by = strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
		}
	}
	h := sha256.New()
	_ = binary.Write(h, binary.LittleEndian, q.Seed) // a hash takes everything
	_, _ = io.WriteString(h, by)
	return binary.LittleEndian.Uint64(h.Sum(nil))
}

// isHeldOut reports whether a group is among a part, 0 to 1, of those that are held out.
func (q *qualityTraining) isHeldOut(group uint64, part float64) bool {
	return float64(group) < q.heldOut*part*math.MaxUint64
}

// heldText is a text that was held out.
type heldText struct {
	text   string
	labels []int  // of positives 1, of negatives 0, else the numbers of its labels
	group  uint64 // what it was held out with
}

// heldOut keeps the texts that are held out in a temporary file.
type heldOut struct {
	dir  string
	file *os.File
	w    *bufio.Writer
	head []byte
}

func (h *heldOut) add(t heldText) error {
	if h.file == nil {
		f, err := os.CreateTemp(h.dir, "corpusmill-held-out-*")
		if err != nil {
			return err
		}
		h.file, h.w = f, bufio.NewWriterSize(f, 1<<20)
	}
	h.head = binary.AppendUvarint(h.head[:0], uint64(len(t.text)))
	h.head = binary.AppendUvarint(h.head, t.group)
	h.head = binary.AppendUvarint(h.head, uint64(len(t.labels)))
	for _, l := range t.labels {
		h.head = binary.AppendUvarint(h.head, uint64(l))
	}
	_, err := h.w.Write(h.head)
	if err == nil {
		_, err = h.w.WriteString(t.text)
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
		number := func() (x uint64) {
			if err == nil {
				x, err = binary.ReadUvarint(r)
			}
			return x
		}
		t := heldText{group: number()}
		for range number() {
			t.labels = append(t.labels, int(number()))
		}
		if err != nil {
			return err
		}
		b := make([]byte, n) // as long as a text that add was given
		if _, err := io.ReadFull(r, b); err != nil {
			return err
		}
		t.text = string(b)
		if err := emit(t); err != nil {
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
