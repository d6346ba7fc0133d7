package pdf

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/tetratelabs/wazero/sys"
)

// document is a file opened in an instance.
type document struct {
	ctx     context.Context
	in      *instance
	data    uint64 // the file's bytes in the instance's memory
	size    int
	handle  uint64
	scratch uint64 // room for a rectangle in the instance's memory
	units   []uint16
	lines   []line    // of a page
	heights []float64 // of its lines

	characterCount, unmappedCount int
	flagged                       []int // characters of a page that no font explains

	inherits bool   // pages lose their fonts when they are flattened
	again    uint64 // the file opened a second time, 0 before
}

// Codes of FPDF_GetLastError.
const (
	errorPassword = 4
	errorSecurity = 5
)

// errPage reports a page that pdfium cannot load; the others may be sound.
var errPage = errors.New("pdf: page cannot be read")

// load copies the file into the instance and opens it.
func (in *instance) load(ctx context.Context, raw []byte) (*document, error) {
	if len(raw) == 0 {
		return nil, fmt.Errorf("%w: an empty file", ErrDamaged)
	}
	d := &document{ctx: ctx, in: in}
	data, err := d.malloc(len(raw))
	if err != nil {
		return nil, err
	}
	d.data, d.size = data, len(raw)
	if d.scratch, err = d.malloc(rectBytes); err != nil {
		return nil, err
	}
	if !in.module.Memory().Write(uint32(data), raw) {
		return nil, fmt.Errorf("%w: the file does not fit into the instance", ErrMemory)
	}
	if d.handle, err = d.call("FPDF_LoadMemDocument64", data, uint64(len(raw)), 0); err != nil {
		return nil, err
	}
	if d.handle != 0 {
		return d, nil
	}
	code, err := d.call("FPDF_GetLastError")
	if err != nil {
		return nil, err
	}
	if code == errorPassword || code == errorSecurity {
		return nil, fmt.Errorf("%w: pdfium error %d", ErrEncrypted, code)
	}
	return nil, fmt.Errorf("%w: pdfium error %d", ErrDamaged, code)
}

// call gives pdfium's errors their kinds.
func (d *document) call(name string, args ...uint64) (uint64, error) {
	// Looked at here too: an instance for trusted files never does.
	if err := d.ctx.Err(); errors.Is(err, context.DeadlineExceeded) {
		return 0, fmt.Errorf("%w: before %s", ErrDeadline, name)
	} else if err != nil {
		return 0, fmt.Errorf("pdf: %w", err)
	}
	v, err := d.in.call(d.ctx, name, args...)
	if err == nil {
		return v, nil
	}
	if exit := (*sys.ExitError)(nil); errors.As(err, &exit) {
		switch exit.ExitCode() {
		case sys.ExitCodeDeadlineExceeded:
			return 0, fmt.Errorf("%w: in %s", ErrDeadline, name)
		case sys.ExitCodeContextCanceled:
			return 0, fmt.Errorf("pdf: %w", context.Canceled)
		}
	}
	return 0, fmt.Errorf("%w: pdfium stopped in %s: %w", ErrDamaged, name, err)
}

func (d *document) malloc(n int) (uint64, error) {
	if n < 1 || n > math.MaxInt32 {
		return 0, fmt.Errorf("%w: %d bytes", ErrMemory, n)
	}
	p, err := d.call("malloc", uint64(n))
	if err == nil && p == 0 {
		err = fmt.Errorf("%w: no room for %d bytes", ErrMemory, n)
	}
	return p, err
}

func (d *document) pages() (int, error) {
	n, err := d.call("FPDF_GetPageCount", d.handle)
	return int(int32(n)), err
}

// characters copies a page's text, which pdfium gives in UTF-16.
func (d *document) characters(page, text uint64, maxUnits int) (string, error) {
	v, err := d.call("FPDFText_CountChars", text)
	if err != nil {
		return "", err
	}
	n := int(int32(v))
	if n <= 0 {
		return "", nil
	}
	if n > maxUnits {
		return "", fmt.Errorf("%w: a page of %d characters", ErrTooLong, n)
	}
	// A character may take two units, and a zero ends the text.
	buffer, err := d.malloc(2 * (2*n + 1))
	if err != nil {
		return "", err
	}
	written, err := d.call("FPDFText_GetText", text, 0, uint64(n), buffer)
	if err != nil {
		return "", err
	}
	units := min(max(int(int32(written))-1, 0), 2*n)
	if err := d.readUnits(buffer, units); err != nil {
		return "", err
	}
	if _, err = d.call("free", buffer); err != nil {
		return "", err
	}
	return d.arrange(page, text, d.units, n)
}

// readUnits copies UTF-16 out of the instance's memory into d.units.
func (d *document) readUnits(at uint64, n int) error {
	b, ok := d.in.module.Memory().Read(uint32(at), uint32(2*n))
	if !ok {
		return fmt.Errorf("%w: text outside memory", ErrDamaged)
	}
	d.units = d.units[:0]
	for i := 0; i+1 < len(b); i += 2 {
		d.units = append(d.units, uint16(b[i])|uint16(b[i+1])<<8)
	}
	return nil
}

// close frees what load took.
func (d *document) close() error {
	if d.again != 0 {
		if _, err := d.call("FPDF_CloseDocument", d.again); err != nil {
			return err
		}
	}
	if _, err := d.call("FPDF_CloseDocument", d.handle); err != nil {
		return err
	}
	if _, err := d.call("free", d.scratch); err != nil {
		return err
	}
	_, err := d.call("free", d.data)
	return err
}
