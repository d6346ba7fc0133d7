package cli

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/tokencount"
	"github.com/corpusmill/corpusmill/transform"
)

// A frame is a batch of pairs of texts, little-endian: how many pairs, the lengths of both
// texts of each, then the bytes of all texts in their order. A request has the address and
// the body of each document; its answer, in the order of requests, what went wrong ("" for
// nothing) and the result. The address of a request stands behind the character set of the
// body, as a server told it or "", and a line break.
const (
	framePairs = 1 << 16   // most pairs of a frame
	frameBytes = 256 << 20 // most bytes of all its texts
)

type pair struct{ first, second []byte }

// readFrame reads a frame; io.EOF where the input ends before one.
func readFrame(r io.Reader) ([]pair, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n > framePairs {
		return nil, fmt.Errorf("a frame of %d documents: want %d at most", n, framePairs)
	}
	lengths := make([]byte, 8*n)
	if _, err := io.ReadFull(r, lengths); err != nil {
		return nil, cut(err)
	}
	var total int64
	for i := range 2 * n {
		total += int64(binary.LittleEndian.Uint32(lengths[4*i:]))
	}
	if total > frameBytes {
		return nil, fmt.Errorf("a frame of %d bytes: want %d at most", total, frameBytes)
	}
	body := make([]byte, total)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, cut(err)
	}
	pairs := make([]pair, n)
	for i := range pairs {
		a, b := binary.LittleEndian.Uint32(lengths[8*i:]), binary.LittleEndian.Uint32(lengths[8*i+4:])
		pairs[i] = pair{body[:a:a], body[a : a+b : a+b]}
		body = body[a+b:]
	}
	return pairs, nil
}

// cut says that the input ended inside a frame.
func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// writeFrame writes a frame.
func writeFrame(w io.Writer, pairs []pair) error {
	head := binary.LittleEndian.AppendUint32(nil, uint32(len(pairs)))
	for _, p := range pairs {
		head = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(head, uint32(len(p.first))), uint32(len(p.second)))
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	for _, p := range pairs {
		for _, b := range [][]byte{p.first, p.second} {
			if _, err := w.Write(b); err != nil {
				return err
			}
		}
	}
	return nil
}

// serveCommand is the other end of the Python package: it is not for people.
func (p *program) serveCommand() *cobra.Command {
	c := &cobra.Command{Use: "serve", Short: "Answer batches of documents on pipes", Hidden: true}
	x := extraction{settings: config.Defaults[transform.HTMLText](), tables: true}
	var tied parentFlag
	extract := &cobra.Command{Use: "extract", Short: "Extract texts of pages and documents", Args: exactArgs(0)}
	fl := extract.Flags()
	fl.BoolVar(&x.settings.Metadata, "metadata", false, "answer with JSON: text and what the page says of itself")
	fl.StringVar(&x.settings.Mode, "mode", x.settings.Mode, "as of extract")
	fl.StringVar(&x.settings.Format, "format", x.settings.Format, "as of extract")
	fl.BoolVar(&x.settings.Links, "links", false, "as of extract")
	fl.BoolVar(&x.settings.Images, "images", false, "as of extract")
	fl.BoolVar(&x.settings.Comments, "comments", false, "as of extract")
	fl.BoolVar(&x.settings.KeepTitle, "title", false, "as of extract")
	workersFlag(extract, &x.workers)
	tied.add(extract)
	extract.RunE = func(c *cobra.Command, _ []string) error {
		readers, err := openReaders(c.Context(), x.settings)
		if err != nil {
			return usageError{fmt.Errorf("--%w", withoutStage(err))}
		}
		defer readers.pdf.Close() //nolint:errcheck // memory alone
		return p.serve(c.Context(), &tied, x.workers, func() func(pair) pair {
			own := readers.fork()
			return func(q pair) pair { return x.answer(own, q) }
		})
	}
	settings := config.Defaults[tokencount.TokenCount]()
	var workers int
	tokens := &cobra.Command{Use: "tokens", Short: "Count tokens of texts", Args: exactArgs(0)}
	tokens.Flags().StringVar(&settings.Tokenizer, "tokenizer", settings.Tokenizer, "as of tokens")
	workersFlag(tokens, &workers)
	tied.add(tokens)
	tokens.RunE = func(c *cobra.Command, _ []string) error {
		st, err := tokencount.OpenTokenCount(c.Context(), settings, stage.NewEnv())
		if err != nil {
			return usageError{withoutStage(err)}
		}
		return p.serve(c.Context(), &tied, workers, func() func(pair) pair {
			counter := st.Tokenizer().NewCounter()
			return func(q pair) pair {
				return pair{second: strconv.AppendInt(nil, int64(counter.Count(string(q.second))), 10)}
			}
		})
	}
	var f folderFlags
	parts := &cobra.Command{Use: "parts RUN", Short: "Name the parts of a run", Args: exactArgs(1)}
	f.add(parts, p)
	parts.RunE = func(c *cobra.Command, args []string) error {
		folder, err := f.open(c.Context(), args[0])
		if err != nil {
			return err
		}
		list, err := folder.PartFiles(c.Context())
		if err != nil {
			return err
		}
		return json.NewEncoder(p.stdout).Encode(list)
	}
	c.AddCommand(extract, tokens, parts)
	return c
}

// answer is that to a page or document.
func (x *extraction) answer(st readers, q pair) pair {
	charset, url, _ := strings.Cut(string(q.first), "\n")
	e := x.one(st, numbered{item: item{doc: &corpus.Document{URL: url, Charset: charset, Raw: q.second, Media: pageMedia(q.second)}}})
	if !x.settings.Metadata {
		return pair{[]byte(e.Error), []byte(e.Text)}
	}
	b, err := json.Marshal(e)
	if err != nil {
		return pair{first: []byte(err.Error())}
	}
	return pair{[]byte(e.Error), b}
}

// serve answers frames until the input ends: documents in parallel, answers in order. What
// is under way is bounded by ordered and by the size of frames.
func (p *program) serve(ctx context.Context, tied *parentFlag, workers int, fork func() func(pair) pair) error {
	ctx, stop, err := tied.bind(ctx)
	if err != nil {
		return err
	}
	defer stop()
	type asked struct {
		pair
		rest int // of its frame behind it; -1 for a frame without documents
	}
	type answered struct {
		pair
		rest int
	}
	in, out := bufio.NewReaderSize(p.stdin, 1<<20), bufio.NewWriterSize(p.stdout, 1<<20)
	var frame []pair
	frames := make(chan []pair)
	failed := make(chan error, 1)
	go func() { // it may wait for ever: the end of the context does not end a read
		defer close(frames)
		for {
			pairs, err := readFrame(in)
			if err != nil {
				failed <- err
				return
			}
			select {
			case frames <- pairs:
			case <-ctx.Done():
				return
			}
		}
	}()
	err = ordered(ctx, workers, func(emit func(asked) error) error {
		for {
			var pairs []pair
			select {
			case got, ok := <-frames:
				if !ok {
					return <-failed
				}
				pairs = got
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			if len(pairs) == 0 {
				if err := emit(asked{rest: -1}); err != nil {
					return err
				}
			}
			for i, q := range pairs {
				if err := emit(asked{q, len(pairs) - 1 - i}); err != nil {
					return err
				}
			}
		}
	}, func() func(asked) answered {
		work := fork()
		return func(q asked) answered {
			if q.rest < 0 {
				return answered{rest: -1}
			}
			return answered{work(q.pair), q.rest}
		}
	}, func(a answered) error {
		if a.rest >= 0 {
			frame = append(frame, a.pair)
		}
		if a.rest > 0 {
			return nil
		}
		if err := writeFrame(out, frame); err != nil {
			return err
		}
		frame = frame[:0]
		return out.Flush()
	})
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
